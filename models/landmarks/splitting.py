"""Dividing people into those who are learned from, those who say when to stop, and those who judge. By patient, never by frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from models.landmarks.manifest import LandmarkItem

LEAST_PATIENTS = 3


@dataclass(frozen=True)
class Split:
    """Pseudonyms of each part; nobody is in two of them."""

    train: frozenset[str]
    validation: frozenset[str]
    test: frozenset[str]

    def __post_init__(self) -> None:
        if self.train & self.validation or self.train & self.test or self.validation & self.test:
            raise ValueError("a patient must be in one part only")

    def items(self, part: str, items: Sequence[LandmarkItem]) -> list[LandmarkItem]:
        """The items of ``"train"``, ``"validation"`` or ``"test"``, in their order."""
        chosen: frozenset[str] = getattr(self, part)
        return [item for item in items if item.patient in chosen]


def split_patients(patients: Iterable[str], seed: int, *, validation: float = 0.15, test: float = 0.2) -> Split:
    """Divide patients at random; the same seed and patients give the same split in whatever order they come.

    Args:
        patients: pseudonyms, repeated or not.
        seed: of the division.
        validation, test: parts of the patients; each part gets at least one.

    Raises:
        InputError: there are fewer than three patients.
    """
    names = sorted(set(patients))
    if len(names) < LEAST_PATIENTS:
        raise InputError(
            f"Training needs at least {LEAST_PATIENTS} patients, because it is judged on people it never saw; "
            f"the manifest has {len(names)}.",
            code="manifest",
        )
    shuffled = [names[i] for i in np.random.default_rng([seed, len(names)]).permutation(len(names))]
    tested, checked = (max(1, round(part * len(names))) for part in (test, validation))
    return Split(
        train=frozenset(shuffled[tested + checked :]),
        validation=frozenset(shuffled[tested : tested + checked]),
        test=frozenset(shuffled[:tested]),
    )
