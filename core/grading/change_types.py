"""What a comparison of two visits consists of: rows with before, after, change, what can be detected, and a verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from core.words import Side


class Verdict(StrEnum):
    """What a change means (reference C9)."""

    IMPROVED = "improved"
    WORSE = "worse"
    # More than the measurement error, but neither good nor bad by itself: a sound side that moves less, or a resting difference
    # that has gone over to the other side.
    CHANGED = "changed"
    WITHIN_ERROR = "within_error"
    NOT_COMPARABLE = "not_comparable"

    @property
    def label(self) -> str:
        return _VERDICT_LABELS[self]


_VERDICT_LABELS = {
    Verdict.IMPROVED: "improved",
    Verdict.WORSE: "worse",
    Verdict.CHANGED: "changed, neither better nor worse",
    Verdict.WITHIN_ERROR: "within measurement error",
    Verdict.NOT_COMPARABLE: "not comparable",
}


class Better(StrEnum):
    """Which way is better.

    ``NEARER`` is nearer to the row's ``reference``: an excursion nearer to the other side's (or the norm), a resting difference
    nearer to 0. Beyond the reference an excursion counts as over-activity, once it exceeds healthy asymmetry.
    """

    LOWER = "lower"
    HIGHER = "higher"
    NEARER = "nearer"
    NEITHER = "neither"


class Kind(StrEnum):
    """What a row is about; the name of a row is unique within its kind and side."""

    WEAKNESS = "weakness"
    SYNKINESIS = "synkinesis"
    UNWANTED = "unwanted"
    OVERALL = "overall"
    EXCURSION = "excursion"
    FUNCTION_RATIO = "function_ratio"
    CLOSURE = "closure"
    RESTING = "resting"
    SCALE = "scale"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    Kind.WEAKNESS: "Weakness",
    Kind.SYNKINESIS: "Synkinesis",
    Kind.UNWANTED: "Unwanted movement beyond the other side",
    Kind.OVERALL: "Overall weakness",
    Kind.EXCURSION: "Excursion",
    Kind.FUNCTION_RATIO: "Movement against the other side",
    Kind.CLOSURE: "Part of the eye that closes",
    Kind.RESTING: "Difference at rest, right minus left",
    Kind.SCALE: "Scales (estimates)",
}


@dataclass(frozen=True)
class Detectable:
    """The smallest change that is more than measurement error, MDC95 (reference C8): in the unit of its row, never negative.

    Attributes:
        value: the greater of the two below.
        floor: what visits differ by without any change in the patient; more repetitions do not get below it.
        source: one sentence, where the floor comes from.
        from_repetitions: 1.96 standard errors of the change from the repetitions of both visits; None where fewer than two
            repetitions of a visit are there.
    """

    value: float
    floor: float
    source: str
    from_repetitions: float | None = None


@dataclass(frozen=True)
class Blocker:
    """Why two visits, or a part of them, cannot be compared.

    Attributes:
        code: ``software``, ``tracker``, ``protocol``, ``iris``, ``scale``, ``simulated``, ``pitch``, ``mode`` or ``side``.
        sentence: for the reader, with what to do about it where something can be done.
    """

    code: str
    sentence: str

    @property
    def by_reanalysis(self) -> bool:
        """Whether analysing the older recording again with what is in use now would remove it."""
        return self.code in ("software", "tracker", "iris")


@dataclass(frozen=True)
class ChangeRow:
    """One quantity at both visits.

    Attributes:
        kind, name, side: which quantity; ``name`` is a branch, an expression, a measure, a scale ("sunnybrook_composite") or, of
            unwanted movement, region and trigger ("eye:smile_open"). ``side`` is None for what has no side.
        label: the name in words, without the side.
        unit: ``"points"`` (scores and scales), ``"mm"``, ``"mm2"``, ``"deg"``, ``"1"`` (ratios) or ``"grade"``.
        before, after: None where not assessable.
        change: after minus before; None where either is missing. It is there even where the verdict is "not comparable".
        repetitions_before, repetitions_after: single repetitions, where the result holds them; the means are before and after.
        detectable: None where it is not known.
        better: which way is better.
        reference: for ``Better.NEARER`` what a value should be near to; the same for both visits.
        verdict, reason: what the change means, and why, in one sentence.
    """

    kind: Kind
    name: str
    side: Side | None
    label: str
    unit: str
    before: float | None
    after: float | None
    change: float | None
    repetitions_before: tuple[float, ...]
    repetitions_after: tuple[float, ...]
    detectable: Detectable | None
    better: Better
    reference: float | None
    verdict: Verdict
    reason: str

    @property
    def key(self) -> tuple[Kind, str, Side | None]:
        """The same quantity has the same key in every comparison."""
        return self.kind, self.name, self.side

    @property
    def interval(self) -> tuple[float, float] | None:
        """The change, give or take what is detectable: where 95 % of examinations of the same two states would put it.

        It says how well the change repeats, not how near it is to what happened in the nerve: scores are not linear in that
        (docs/accuracy.md, Change). None where nothing can be compared.
        """
        if self.change is None or self.detectable is None or self.verdict is Verdict.NOT_COMPARABLE:
            return None
        return self.change - self.detectable.value, self.change + self.detectable.value


@dataclass(frozen=True)
class Comparison:
    """A later visit against an earlier one.

    Attributes:
        rows: branches (weakness, synkinesis) of both sides, unwanted movements, overall weakness, excursions, ratios, closure,
            rest, scales.
        blockers: what forbids comparing anything at all; every row is then "not comparable" with the first one's sentence.
        remarks: sentences on what the reader should know besides.
    """

    rows: tuple[ChangeRow, ...]
    blockers: tuple[Blocker, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        """Whether anything could be compared."""
        return any(row.verdict is not Verdict.NOT_COMPARABLE for row in self.rows)

    @property
    def needs_reanalysis(self) -> bool:
        """Whether analysing the older recording again would make more comparable."""
        return any(blocker.by_reanalysis for blocker in self.blockers)

    def of(self, kind: Kind, side: Side | None = None) -> list[ChangeRow]:
        """Rows of a kind, in order; of one side when given."""
        return [row for row in self.rows if row.kind is kind and side in (None, row.side)]

    def row(self, kind: Kind, name: str, side: Side | None = None) -> ChangeRow | None:
        """One row; None when neither visit has that quantity."""
        return next((row for row in self.rows if row.key == (kind, name, side)), None)

    def counts(self) -> dict[Verdict, int]:
        """How many rows have each verdict, every verdict listed."""
        counted = Counter(row.verdict for row in self.rows)
        return {verdict: counted[verdict] for verdict in Verdict}
