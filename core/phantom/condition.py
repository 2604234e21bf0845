"""What is wrong with a simulated face: weakness by branch and side, synkinesis, and which resting signs show.

The values are the truth that an examination of the phantom is judged against (``truth``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.checks import check_range
from core.exam.protocol import Expression
from core.grading.synkinesis import REGION_SPECS, Region
from core.words import BRANCHES, SIDES, AffectedSide, Branch, Side

# Less than this is not counted as a palsy of that side.
_COUNTS_FROM = 0.1


class RestingSign(StrEnum):
    """What lost tone, or the contracture that goes with synkinesis, does to the face at rest (reference D5)."""

    LOW_BROW = "low_brow"
    WIDE_EYE = "wide_eye"
    DROPPED_CORNER = "dropped_corner"
    HIGH_LOWER_LIP = "high_lower_lip"
    FLAT_FOLD = "flat_fold"
    NARROW_EYE = "narrow_eye"
    RAISED_CORNER = "raised_corner"
    DEEP_FOLD = "deep_fold"


ALL_RESTING_SIGNS = frozenset(RestingSign)


@dataclass(frozen=True)
class Synkinesis:
    """One region that moves unwanted whenever another movement is made.

    Attributes:
        side: where the unwanted movement is.
        trigger: the movement that brings it on.
        region: what moves.
        strength: 0 to 1; 1 is the unwanted movement that scores 100 in reference E4 (3 mm, the mouth corner 4 mm).
    """

    side: Side
    trigger: Expression
    region: Region
    strength: float

    def __post_init__(self) -> None:
        check_range("strength", self.strength, 0.0, 1.0)

    @property
    def branch(self) -> Branch:
        """Branch in whose territory the unwanted movement is."""
        return REGION_SPECS[self.region].branch

    @property
    def unwanted_mm(self) -> float:
        """Unwanted movement at full contraction of the trigger, millimetres."""
        return self.strength * REGION_SPECS[self.region].full_mm


@dataclass(frozen=True)
class Condition:
    """State of a simulated face.

    Attributes:
        name: what it is, in a few words.
        attenuation: (branch, side) -> 0 normal to 1 no function; what is missing is normal.
        synkinesis: unwanted movements.
        resting_signs: which signs may show at rest; how much follows from ``attenuation`` and ``synkinesis`` (``resting``).
        natural_asymmetry: greatest part by which one muscle of a healthy person may move more or less than usual on one side.
        person: seed of these natural differences; the same person keeps it from visit to visit.
    """

    name: str
    attenuation: Mapping[tuple[Branch, Side], float] = field(default_factory=dict)
    synkinesis: tuple[Synkinesis, ...] = ()
    resting_signs: frozenset[RestingSign] = ALL_RESTING_SIGNS
    natural_asymmetry: float = 0.05
    person: int = 0

    def __post_init__(self) -> None:
        for (branch, side), value in self.attenuation.items():
            check_range(f"attenuation of {branch.value}, {side.value}", value, 0.0, 1.0)
        check_range("natural_asymmetry", self.natural_asymmetry, 0.0, 0.3)

    def weakness(self, branch: Branch, side: Side) -> float:
        """Attenuation of one branch on one side, 0 to 1."""
        return self.attenuation.get((branch, side), 0.0)

    def synkinesis_strength(self, branch: Branch, side: Side) -> float:
        """Strongest unwanted movement in the territory of a branch on one side, 0 to 1."""
        return max((s.strength for s in self.synkinesis if s.side is side and s.branch is branch), default=0.0)

    def contracture(self, side: Side) -> float:
        """Resting overactivity of one side, 0 to 1: as strong as its strongest synkinesis."""
        return max((s.strength for s in self.synkinesis if s.side is side), default=0.0)

    @property
    def affected_side(self) -> AffectedSide:
        """Side of the palsy or synkinesis; never undetermined."""
        affected = [
            side
            for side in SIDES
            if max(*(self.weakness(branch, side) for branch in BRANCHES), self.contracture(side)) >= _COUNTS_FROM
        ]
        if len(affected) == 2:
            return AffectedSide.BOTH
        return AffectedSide(affected[0].value) if affected else AffectedSide.NONE


def healthy(person: int = 0) -> Condition:
    """No palsy; the small natural differences of one person."""
    return Condition("Healthy", person=person)


def flaccid(side: Side, severity: float = 1.0, branches: Collection[Branch] = BRANCHES, person: int = 0) -> Condition:
    """Flaccid palsy of one side: every branch in ``branches`` loses ``severity`` of its movement and tone."""
    attenuation = {(branch, side): severity for branch in branches}
    return Condition(f"Flaccid palsy, {side.label}", attenuation, person=person)


def single_branch(branch: Branch, side: Side, severity: float = 1.0, person: int = 0) -> Condition:
    """Isolated weakness of one branch on one side."""
    return replace(flaccid(side, severity, (branch,), person), name=f"{branch.label} branch weakness, {side.label}")


def bilateral(severity_right: float, severity_left: float, person: int = 0) -> Condition:
    """Flaccid palsy of both sides."""
    severity = {Side.RIGHT: severity_right, Side.LEFT: severity_left}
    attenuation = {(branch, side): severity[side] for branch in BRANCHES for side in SIDES}
    return Condition("Bilateral palsy", attenuation, person=person)


# Pattern of a synkinetic face: the frequent combinations of reference D5, in parts of the strongest.
_SYNKINETIC_PATTERN: tuple[tuple[Expression, Region, float], ...] = (
    (Expression.SMILE_OPEN, Region.EYE, 1.0),
    (Expression.SMILE_CLOSED, Region.EYE, 0.7),
    (Expression.PUCKER, Region.EYE, 0.9),
    (Expression.SNARL, Region.EYE, 0.6),
    (Expression.EEE, Region.EYE, 0.5),
    (Expression.EYES_TIGHT, Region.MOUTH_CORNER, 0.9),
    (Expression.EYES_GENTLE, Region.MOUTH_CORNER, 0.6),
    (Expression.BROW_RAISE, Region.MOUTH_CORNER, 0.5),
    (Expression.EYES_GENTLE, Region.LOWER_LIP, 0.5),
    (Expression.EYES_TIGHT, Region.NECK, 0.4),
)


def synkinetic(side: Side, strength: float = 0.8, weakness: float = 0.2, person: int = 0) -> Condition:
    """Synkinesis after an incomplete recovery of one side: ``weakness`` is left in every branch.

    ``strength`` is that of the strongest combination (eye in the open smile); the others follow by their usual part of it.
    """
    links = tuple(Synkinesis(side, trigger, region, strength * part) for trigger, region, part in _SYNKINETIC_PATTERN)
    attenuation = {(branch, side): weakness for branch in BRANCHES}
    return Condition(f"Synkinesis, {side.label}", attenuation, links, person=person)


def after_botulinum(
    condition: Condition, remaining: float = 0.35, regions: Collection[Region] = frozenset(Region)
) -> Condition:
    """The same patient some weeks after botulinum toxin: synkinesis in ``regions`` is down to ``remaining`` of itself."""
    check_range("remaining", remaining, 0.0, 1.0)
    links = tuple(
        replace(link, strength=link.strength * remaining) if link.region in regions else link
        for link in condition.synkinesis
    )
    return replace(condition, name=f"{condition.name}, after botulinum toxin", synkinesis=links)
