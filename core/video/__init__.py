"""Probing with limits, reading with true timestamps, writing H.264."""
