"""Drawn phantom faces: every pixel comes from this code, from parameters and a seed."""
