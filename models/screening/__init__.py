"""Screening for synkinesis: is this face's movement likely to be synkinetic? A CNN of our own, and the published layout beside it.

Both learned from simulated people (``models.cohort``); neither has seen a patient. ``models.screening.screener`` is what the pages
and the command line use.
"""
