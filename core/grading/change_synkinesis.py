"""Change of synkinesis: whether two scores can be compared, and the millimetres of every unwanted movement (reference E4).

A score begins beyond the noise of its region and is that of the strongest movement, so that it hides small changes and those of all
other movements. The millimetres hide nothing: they find smaller changes (docs/accuracy.md, Change).
"""

from __future__ import annotations

from collections.abc import Iterator

from core.exam.protocol import Expression
from core.grading.change_quantity import Quantity
from core.grading.change_rules import common_affected_side
from core.grading.change_types import Better, Kind
from core.grading.synkinesis import REGION_SPECS, Region
from core.result import ExamResult, SynkinesisEntry
from core.words import AffectedSide, Branch, Side

_WHAT_MOVES = {
    Region.EYE: "Eye narrows",
    Region.MOUTH_CORNER: "Mouth corner is pulled",
    Region.BROW: "Brow moves",
    Region.LOWER_LIP: "Lower lip moves",
    Region.NECK: "Mouth corner is pulled down",
}


def unwanted_movements(before: ExamResult, after: ExamResult) -> Iterator[Quantity]:
    """Of every region and trigger that was watched at either visit what the one affected side moved beyond the other, mm (x of E4).

    A side that moves less than the other has no unwanted movement: it counts as 0, or a weak side that recovers would be called
    worse. Nothing where no one side is affected: there is then no other side that tells how much a healthy one moves.
    """
    side = common_affected_side(before, after)
    if side is None:
        return
    entries = [_of_side(result, side) for result in (before, after)]
    for region, spec in REGION_SPECS.items():
        for trigger in spec.triggers:
            found = [watched.get((region.value, trigger)) for watched in entries]
            if any(found):
                missing = f"It was not watched in “{trigger.label}”."
                yield Quantity(
                    Kind.UNWANTED,
                    unwanted_name(region, trigger),
                    side,
                    f"{_WHAT_MOVES[region]} in “{trigger.label}”",
                    "mm",
                    _beyond_other_mm(found[0]),
                    _beyond_other_mm(found[1]),
                    Better.LOWER,
                    missing=(missing, missing),
                )


def unwanted_name(region: Region, trigger: Expression) -> str:
    """Name of the row of an unwanted movement.

    >>> unwanted_name(Region.EYE, Expression.SMILE_OPEN)
    'eye:smile_open'
    """
    return f"{region.value}:{trigger.value}"


def _of_side(result: ExamResult, side: Side) -> dict[tuple[str, Expression], SynkinesisEntry]:
    return {(entry.region, entry.trigger): entry for entry in result.synkinesis if entry.side is side}


def _beyond_other_mm(entry: SynkinesisEntry | None) -> float | None:
    if entry is None or entry.other_side_mm is None:
        return None
    return max(0.0, entry.unwanted_mm - entry.other_side_mm)


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
