"""A branch score ready to be drawn: value, name of its grade, reason where there is none, and its evidence in words."""

from __future__ import annotations

from dataclasses import dataclass

from core.charts.style import Quantity, grade_name
from core.charts.wording import NOT_ASSESSABLE, measure_words, quantity, region_words, share
from core.result import BranchSide, ExamResult, MovementEvidence, RestingEvidence, SynkinesisEntry
from core.words import BRANCHES, SIDES, Branch, Side

_MOST_LINES = 4
_MOVES = {
    "eye": "the eye narrows by",
    "mouth_corner": "the mouth corner moves by",
    "brow": "the brow moves by",
    "lower_lip": "the lower lip or chin rises by",
    "neck": "the mouth corner is pulled down by",
}


@dataclass(frozen=True)
class Score:
    """One score of one branch on one side.

    Attributes:
        value: 0 to 100, None where it cannot be assessed.
        grade: name of the grade, None with the value.
        reason: one sentence where the value is None.
        hypertonic: the resting position deviates against the direction of weakness.
        evidence: lines in words, what the value rests on.
    """

    branch: Branch
    side: Side
    quantity: Quantity
    value: float | None
    grade: str | None
    reason: str | None
    hypertonic: bool
    evidence: tuple[str, ...]

    @property
    def words(self) -> str:
        """Value and grade, e.g. "49, moderate", or that it is not assessable."""
        return NOT_ASSESSABLE if self.value is None else f"{self.value:.0f}, {self.grade}"


def branch_scores(result: ExamResult, of: Quantity) -> list[Score]:
    """All ten scores, side by side in the order of the branches, the patient's right first."""
    return [
        branch_score(result, branch, side, of) for side in SIDES for branch in BRANCHES if branch in result.branches
    ]


def branch_score(result: ExamResult, branch: Branch, side: Side, of: Quantity) -> Score:
    """One score with its evidence."""
    found = result.branches[branch].get(side)
    if of is Quantity.WEAKNESS:
        value, grade, reason = found.weakness, found.grade, found.reason
        evidence = weakness_evidence(found)
    else:
        value, grade, reason = found.synkinesis, found.synkinesis_grade, found.synkinesis_reason
        evidence = synkinesis_evidence(result, branch, side)
    return Score(
        branch=branch,
        side=side,
        quantity=of,
        value=value,
        grade=None if grade is None else grade_name(of, grade),
        reason=None if value is not None else reason or "No reason was recorded.",
        hypertonic=found.hypertonic and of is Quantity.WEAKNESS,
        evidence=evidence,
    )


def weakness_evidence(found: BranchSide) -> tuple[str, ...]:
    """One line for each movement and one for the resting position."""
    lines = [movement_words(movement) for movement in found.movements]
    if found.resting is not None:
        lines.append(resting_words(found.resting))
    if found.confidence is not None:
        lines.append(f"Confidence: {found.confidence}")
    return tuple(lines)


def movement_words(movement: MovementEvidence) -> str:
    """What one movement says of a branch, e.g. "Big smile with teeth: 3.1 mm of 9.8 mm"."""
    name = movement.expression.label
    if not movement.used:
        return f"{name}: not used. {movement.reason or ''}".strip()
    done = f"{quantity(movement.excursion_mm)} of {quantity(movement.reference_mm)}"
    return f"{name}: {done}, function {share(movement.function)}"


def resting_words(resting: RestingEvidence) -> str:
    """What the resting position says of a branch."""
    if resting.deviation_mm is None:
        return "At rest: not seen well enough"
    if resting.opposite:
        way = "against the direction of weakness (hypertonic)"
    elif resting.score:
        way = "in the direction of weakness"
    else:
        way = "within the tolerance"
    return f"At rest: {measure_words(resting.measure)} {quantity(abs(resting.deviation_mm))} from the other side, {way}"


def synkinesis_evidence(result: ExamResult, branch: Branch, side: Side) -> tuple[str, ...]:
    """The worst entries of a branch on one side, those above 0 first."""
    entries = [entry for entry in result.synkinesis if entry.branch is branch and entry.side is side]
    entries.sort(key=lambda entry: -entry.score)
    found = [entry for entry in entries if entry.score > 0][:_MOST_LINES]
    if found:
        return tuple(entry_words(entry) for entry in found)
    watched = ", ".join(dict.fromkeys(entry.trigger.label.lower() for entry in entries))
    return (f"Nothing unwanted seen during: {watched}",) if watched else ()


def entry_sentence(entry: SynkinesisEntry) -> str:
    """One unwanted movement as a sentence without its pattern, e.g. "the eye narrows by 2.3 mm during “big smile with teeth”"."""
    moves = _MOVES.get(entry.region, f"the {region_words(entry.region)} moves by")
    other = "" if entry.other_side_mm is None else f" (other side {quantity(max(entry.other_side_mm, 0.0))})"
    return f"{moves} {quantity(entry.unwanted_mm)} during “{entry.trigger.label.lower()}”{other}"


def entry_words(entry: SynkinesisEntry) -> str:
    """One unwanted movement, e.g. "Oral-ocular (smile): eye 2.3 mm, other side 0.40 mm"."""
    other = "" if entry.other_side_mm is None else f", other side {quantity(entry.other_side_mm)}"
    return (
        f"{entry.pattern}: {region_words(entry.region)} {quantity(entry.unwanted_mm)} during "
        f"“{entry.trigger.label.lower()}”{other}"
    )
