"""Two visits compared, quantity by quantity: before, after, change, what can be detected, and whether it is better (reference C9).

A change counts only when it exceeds the minimal detectable change: the error of the mean of the repetitions of both visits, and
never less than what visits differ by without any change in the patient (``change_limits``). What was measured in different ways
is "not comparable" with its reason and is never interpreted.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.grading.change_rows import all_rows
from core.grading.change_rules import general_blockers, remarks
from core.grading.change_types import Better, Blocker, ChangeRow, Comparison, Detectable, Kind, Verdict
from core.result import ExamResult

__all__ = [
    "Better",
    "Blocker",
    "ChangeRow",
    "Comparison",
    "Detectable",
    "Kind",
    "Verdict",
    "compare",
    "compare_series",
]


def compare(
    before: ExamResult, after: ExamResult, *, pitch_deg: tuple[float | None, float | None] = (None, None)
) -> Comparison:
    """Compare a later visit with an earlier one.

    Args:
        before, after: the results.
        pitch_deg: head pitch at rest in both recordings (``change_rules.resting_pitch_deg`` of their tracks), degrees; None where
            it is not known, which a remark then says.
    """
    blockers = general_blockers(before, after, pitch_deg)
    return Comparison(
        rows=tuple(all_rows(before, after, blockers)),
        blockers=tuple(blockers),
        remarks=tuple(remarks(before, after, pitch_deg)),
    )


def compare_series(
    baseline: ExamResult, later: Sequence[ExamResult], *, pitch_deg: Sequence[float | None] = ()
) -> list[Comparison]:
    """A baseline against every later visit, in the order given.

    Args:
        baseline, later: the results.
        pitch_deg: of the baseline and then of every later visit; empty where none is known.

    Raises:
        ValueError: ``pitch_deg`` is neither empty nor one longer than ``later``.
    """
    pitches = list(pitch_deg) or [None] * (len(later) + 1)
    if len(pitches) != len(later) + 1:
        raise ValueError(f"pitch_deg must have {len(later) + 1} values, got {len(pitches)}")
    return [
        compare(baseline, result, pitch_deg=(pitches[0], pitch))
        for result, pitch in zip(later, pitches[1:], strict=True)
    ]
