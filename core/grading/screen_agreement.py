"""Whether the screen by a network and the measured synkinesis agree (reference E4): where they do not, a person has to look."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.grading.synkinesis import synkinesis_grade
from core.result import BranchResult, ExamResult, Screening
from core.words import SIDES, Branch


class Agreement(StrEnum):
    """What comparing both says.

    The screen is one answer about the whole face, the measured scores are one a branch and side; neither changes the other.
    """

    BOTH_FOUND = "both_found"
    NEITHER_FOUND = "neither_found"
    SCREEN_ONLY = "screen_only"
    MEASURED_ONLY = "measured_only"
    SCREEN_UNSURE = "screen_unsure"
    NOT_COMPARED = "not_compared"

    @property
    def needs_review(self) -> bool:
        """Whether they contradict each other."""
        return self in (Agreement.SCREEN_ONLY, Agreement.MEASURED_ONLY)


def screen_agreement(result: ExamResult) -> Agreement:
    """Compare the screen of an examination with its scores of synkinesis."""
    return compared(result.screening, strongest_synkinesis(result.branches))


def compared(screening: Screening | None, strongest: float | None) -> Agreement:
    """The rule of reference E4: flagged while every K_b is below 20, or not flagged while one is not.

    Args:
        screening: of the examination; None when it was not run.
        strongest: the greatest K_b, 0 to 100; None when none could be assessed.
    """
    if screening is None or screening.verdict == "not_assessable" or strongest is None:
        return Agreement.NOT_COMPARED
    if screening.verdict == "unsure":
        return Agreement.SCREEN_UNSURE
    measured = synkinesis_grade(strongest) > 0
    if screening.verdict == "flagged":
        return Agreement.BOTH_FOUND if measured else Agreement.SCREEN_ONLY
    return Agreement.MEASURED_ONLY if measured else Agreement.NEITHER_FOUND


def strongest_synkinesis(branches: Mapping[Branch, BranchResult]) -> float | None:
    """The greatest K_b over branches and sides; None when none could be assessed."""
    scores = [branch.get(side).synkinesis for branch in branches.values() for side in SIDES]
    return max((score for score in scores if score is not None), default=None)
