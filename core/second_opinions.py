"""What learned models are shown of an examination and what they answer; models/screening and models/severity implement it.

A second opinion is shown beside what was measured, never instead of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from core.checks import check_shape
from core.exam.protocol import Expression
from core.face.landmarks import MESH478_COUNT
from core.result import ExamResult, Screening, SeverityOpinion


@dataclass(frozen=True)
class KeyFrame:
    """One picture of a face that stands for an expression.

    Attributes:
        image: (H, W, 3) uint8 RGB, the patient's right on the left of the picture (as a camera in front sees it).
        points: (478, 3) MESH478 points in pixels of ``image``.
        expression: what was performed; None for a loose picture of which nobody knows.
        time_s: when in the recording; None for a loose picture.
    """

    image: np.ndarray
    points: np.ndarray
    expression: Expression | None = None
    time_s: float | None = None

    def __post_init__(self) -> None:
        check_shape("points", self.points, (MESH478_COUNT, 3))
        check_shape("image", self.image, (None, None, 3))


@runtime_checkable
class SynkinesisScreener(Protocol):
    """Says how likely a face in pictures is to have synkinesis."""

    def screen(self, frames: Sequence[KeyFrame]) -> Screening:
        """The probability of every picture and of the examination; "not_assessable" with its reason where the gate refuses."""
        ...

    def explain(self, frame: KeyFrame) -> np.ndarray:
        """(H, W) float32 from 0 to 1 over the picture: how much each place spoke for synkinesis."""
        ...


@runtime_checkable
class SeverityModel(Protocol):
    """Estimates the weakness of every branch on both sides from measurements and pictures together."""

    def assess(self, result: ExamResult, frames: Sequence[KeyFrame]) -> SeverityOpinion:
        """Severity from 0 to 100 with its interval, for every branch that can be assessed."""
        ...
