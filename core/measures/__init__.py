"""Measures: pure functions on millimetre points and on the curves made of them."""
