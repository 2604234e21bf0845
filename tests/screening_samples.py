"""Tiny pictures in which "synkinesis" is a bright square on one side of every movement, for tests of the screening networks."""

from __future__ import annotations

import numpy as np

from core.exam.protocol import Expression
from models.screening.data import ExamFacts, ScreeningData, joined

EXPRESSIONS = (Expression.REST, Expression.EYES_TIGHT, Expression.SMILE_OPEN)
_SPLITS = ("train", "train", "train", "validation", "test")


def tiny_data(size_px: int = 64, people: int = 20) -> ScreeningData:
    """Two examinations of each person, one of either class; every fifth person is tested on."""
    random = np.random.default_rng(0)

    def parts():
        for number in range(2 * people):
            shown = number % 2 == 0
            pictures = random.integers(90, 150, (len(EXPRESSIONS), size_px, size_px, 3)).astype(np.uint8)
            if shown:
                left = 8 if random.random() < 0.5 else size_px - 16
                pictures[1:, size_px // 2 : size_px // 2 + 8, left : left + 8] = 250
            group = "synkinetic" if shown else "healthy"
            split = _SPLITS[(number // 2) % len(_SPLITS)]
            person = f"P{number // 2}"
            facts = ExamFacts(f"E{number}", person, "drawn", split, group, "none", float(shown), shown)
            yield facts, pictures, EXPRESSIONS

    return joined(parts())
