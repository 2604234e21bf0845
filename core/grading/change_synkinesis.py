"""Whether two scores of synkinesis can be compared: the same movements watched, against the same reference (reference E4)."""

from __future__ import annotations

from core.result import ExamResult, SynkinesisEntry
from core.words import AffectedSide, Branch, Side


def synkinesis_reason(before: ExamResult, after: ExamResult, branch: Branch, side: Side) -> str | None:
    """Why the synkinesis of a branch on one side cannot be compared; None when it can.

    The score is that of the strongest unwanted movement. When that movement was not watched at the other visit, a lower score
    there would say nothing. What a side is judged against depends on whether it is the affected one.
    """
    if _judged_against(before, side) != _judged_against(after, side):
        return "Unwanted movement is judged against another reference. Set the affected side of both visits."
    strongest = _strongest(before, branch, side), _strongest(after, branch, side)
    for entry, other, (here, there) in (
        (strongest[0], after, ("before", "after")),
        (strongest[1], before, ("after", "before")),
    ):
        if entry is not None and not _watched(other, entry):
            name = entry.trigger.label
            return f"The strongest unwanted movement {here} was during “{name}”, which was not watched {there}."
    return None


def _judged_against(result: ExamResult, side: Side) -> str:
    if result.affected_side.side is side:
        return "other side"
    return "norm" if result.affected_side in (AffectedSide.BOTH, AffectedSide.UNDETERMINED) else "both"


def _strongest(result: ExamResult, branch: Branch, side: Side) -> SynkinesisEntry | None:
    found = [entry for entry in result.synkinesis if entry.branch is branch and entry.side is side and entry.score > 0]
    return max(found, key=lambda entry: entry.score, default=None)


def _watched(result: ExamResult, entry: SynkinesisEntry) -> bool:
    return any(
        e.region == entry.region and e.trigger is entry.trigger and e.side is entry.side for e in result.synkinesis
    )
