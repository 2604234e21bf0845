"""Landmark schemes, the face frame, the millimetre scale and head pose."""
