"""Judging comparisons of visits with a known change between them: limits, false alarms, detection, coverage, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from benchmarks.change_visits import UNCHANGED, Examined, truth
from core.grading.change import ChangeRow, Kind, Verdict, compare
from core.grading.synkinesis import Region
from core.statistics.intervals import Interval, cluster_bootstrap, cluster_weights, percentile_ends, wilson
from core.words import BRANCHES, Branch

BANDS = ((5, 15), (15, 25), (25, 35), (35, 45), (45, 60))
WANTED = 0.90
_SCORED = tuple(branch for branch in BRANCHES if branch is not Branch.CERVICAL)
_KNOWN = (Kind.WEAKNESS, Kind.SYNKINESIS, Kind.UNWANTED)
# What is told apart in the tables: kind, name in words, and which names of rows belong to it.
_GROUPS: tuple[tuple[Kind, str, Callable[[str], bool]], ...] = (
    *(
        (kind, branch.label.lower(), branch.value.__eq__)
        for kind in (Kind.WEAKNESS, Kind.SYNKINESIS)
        for branch in _SCORED
    ),
    *(
        (Kind.UNWANTED, region.value.replace("_", " "), lambda name, region=region: name.startswith(f"{region.value}:"))
        for region in Region
        if region is not Region.NECK
    ),
)
_SHORT = {Kind.WEAKNESS: "weakness", Kind.SYNKINESIS: "synkinesis", Kind.UNWANTED: "unwanted movement, mm"}
_RESAMPLES = 300
_FEW = 5
_ROUNDED = {"points": 1.0, "grade": 1.0, "mm": 0.1, "mm2": 1.0, "deg": 0.1, "1": 0.01}
_MINIMUM_PAIRS = 5


@dataclass(frozen=True)
class Judged:
    """One row of one comparison.

    Attributes:
        person: of both visits.
        row: what the comparison says.
        affected: it is about the affected side, or has no side.
        synkinetic: whether synkinesis is what changes in this person, and not weakness.
        same: both visits are of those in the same state.
        put_in: known change of weakness or of (the strength of) synkinesis in points; None for other quantities.
        exact: change that the same formulas see on exact landmarks with usual effort; None where not assessable.
    """

    person: str
    row: ChangeRow
    affected: bool
    synkinetic: bool
    same: bool
    put_in: float | None
    exact: float | None

    @property
    def comparable(self) -> bool:
        return self.row.verdict is not Verdict.NOT_COMPARABLE

    @property
    def alarmed(self) -> bool:
        """Said to have changed, in whichever direction."""
        return self.row.verdict in (Verdict.IMPROVED, Verdict.WORSE, Verdict.CHANGED)

    @property
    def detected(self) -> bool:
        """Said to have changed in the direction that was put in."""
        wanted = Verdict.WORSE if (self.put_in or 0.0) > 0 else Verdict.IMPROVED
        return self.row.verdict is wanted

    @property
    def unit(self) -> str:
        return self.row.unit


def judged_rows(people: Iterable[Examined]) -> list[Judged]:
    """Every row of every pair of visits of everybody."""
    found = []
    for person in people:
        for i, j in person.pairs():
            before, after = person.visits[i], person.visits[j]
            rows = compare(before.result, after.result, pitch_deg=(before.pitch_deg, after.pitch_deg)).rows
            exact = {row.key: row.change for row in compare(before.exact, after.exact).rows}
            for row in rows:
                put_in = None
                if row.kind in _KNOWN and row.side is not None:
                    put_in, was = (truth(visit, row.kind, row.name, row.side) for visit in (after, before))
                    put_in -= was
                found.append(
                    Judged(
                        person.person,
                        row,
                        row.side in (None, person.side),
                        person.synkinetic,
                        j < person.unchanged,
                        put_in,
                        exact.get(row.key),
                    )
                )
    return found


def calibrated(people: Iterable[Examined]) -> dict[str, float]:
    """ "kind name" -> what 95 % of the pairs of visits in the same state differ by less than, in the unit of the row.

    The greater of 1.96 standard deviations of the change and the 95 % quantile of its size, rounded up; grades, which move in
    steps, take the quantile alone. Scores come from affected sides, everything else from both. Rows that could not be compared
    for want of these very limits count.
    """
    changes: dict[str, list[float]] = {}
    units: dict[str, str] = {}
    for judged in judged_rows(people):
        row = judged.row
        scored = row.kind in (Kind.WEAKNESS, Kind.SYNKINESIS, Kind.OVERALL)
        if not judged.same or row.change is None or (scored and not judged.affected):
            continue
        name = f"{row.kind.value} {row.name}"
        changes.setdefault(name, []).append(abs(row.change))
        units[name] = row.unit
    return {
        name: _limit(np.array(sizes), units[name]) for name, sizes in changes.items() if len(sizes) >= _MINIMUM_PAIRS
    }


def _limit(sizes: np.ndarray, unit: str) -> float:
    quantile = float(np.quantile(sizes, 0.95, method="higher"))
    spread = 0.0 if unit == "grade" else 1.96 * float(np.sqrt(np.mean(sizes**2)))
    step = _ROUNDED[unit]
    return round(float(np.ceil(round(max(quantile, spread) / step, 6))) * step, 2)


def limits_text(limits: dict[str, float]) -> str:
    """The constants as they stand in the source."""
    lines = "".join(f'    "{name}": {value},\n' for name, value in limits.items())
    return f"CALIBRATED: dict[str, float] = {{\n{lines}}}\n"


def document(people: list[Examined], rows: list[Judged], command: str) -> str:
    """The part of docs/accuracy.md."""
    pairs = sum(1 for person in people for _ in person.pairs())
    same = sum(1 for person in people for _, j in person.pairs() if j < person.unchanged)
    parts = [
        f"Command: `{command}`",
        f"{len(people)} simulated people who did not calibrate the limits, {sum(len(p.visits) for p in people)} visits, "
        f"{pairs} pairs of visits, {same} of them in the same state. {_lost(people)}{_not_compared(rows)}",
        "**False alarms**: pairs of visits in the same state that were called improved, worse or changed. In brackets 95 % "
        "intervals over the people.",
        _false_alarms(rows),
        "**Detection** on the affected side: pairs called improved or worse, as they should be, by the change that was put in "
        "(points; weakness = attenuation x 100, synkinesis and unwanted movement = strength x 100), and the smallest change from "
        "which on 90 % are detected (a rising curve fitted to all pairs).",
        _detection(rows),
        "**Coverage** of the stated 95 % intervals (change ± detectable change) on the affected side: how often they hold the "
        "change that the same formulas see on exact landmarks with usual effort, and the change that was put in. The formulas are "
        "not linear in what was put in (see above), so the last column can be low where the one before it is not.",
        _coverage(rows),
    ]
    return "\n\n".join(part for part in parts if part)


def _lost(people: list[Examined]) -> str:
    lost = sum(UNCHANGED * 2 - len(person.visits) for person in people)
    return f"At {lost} visits the face was lost. " if lost else ""


def _not_compared(rows: list[Judged]) -> str:
    scores = [row for row in rows if row.row.kind is Kind.WEAKNESS and row.row.name != Branch.CERVICAL]
    gone = [row for row in scores if not row.comparable]
    if not gone:
        return ""
    reasons = Counter(_first_words(row.row.reason) for row in gone).most_common(3)
    told = "; ".join(f"{count}: {reason}" for reason, count in reasons)
    return f"Of {len(scores)} pairs of weakness scores {len(gone)} were not comparable ({told})."


def _first_words(reason: str) -> str:
    return reason.split(",")[0].split(":")[0].split(".")[0]


def _false_alarms(rows: list[Judged]) -> str:
    same = [row for row in rows if row.same and row.comparable]
    groups: list[tuple[str, Callable[[Judged], bool]]] = []
    for kind in (Kind.WEAKNESS, Kind.SYNKINESIS):
        for branch in _SCORED:
            name = f"{kind.label}, {branch.label.lower()}, affected side"
            groups.append((name, lambda r, k=kind, b=branch: r.row.kind is k and r.row.name == b and r.affected))
        groups.append((f"{kind.label}, sound side", lambda r, k=kind: r.row.kind is k and not r.affected))
    groups.append((Kind.UNWANTED.label, lambda r: r.row.kind is Kind.UNWANTED))
    groups += [
        (kind.label, lambda r, k=kind: r.row.kind is k)
        for kind in (Kind.OVERALL, Kind.EXCURSION, Kind.FUNCTION_RATIO, Kind.CLOSURE, Kind.RESTING, Kind.SCALE)
    ]
    groups.append(("All branch scores", lambda r: r.row.kind in (Kind.WEAKNESS, Kind.SYNKINESIS)))
    lines = ["| quantity | pairs | false alarms |", "| --- | --- | --- |"]
    for name, wanted in groups:
        chosen = [row for row in same if wanted(row)]
        lines.append(f"| {name} | {len(chosen)} | {_told(share(chosen, lambda row: row.alarmed))} |")
    return "\n".join(lines)


def _detection(rows: list[Judged]) -> str:
    head = [
        "score",
        "branch or region",
        *(f"{low} to {high}" for low, high in BANDS),
        "wrong way",
        "90 % detected from",
    ]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for kind, name, belongs in _GROUPS:
        chosen = [row for row in changing(rows, kind) if belongs(row.row.name)]
        cells = []
        for low, high in BANDS:
            band = [row for row in chosen if low <= abs(row.put_in or 0.0) < high]
            cells.append(f"{_percent(np.mean([row.detected for row in band]))} ({len(band)})" if band else "-")
        wrong = sum(row.comparable and row.alarmed and not row.detected for row in chosen)
        cells += [f"{wrong} of {len(chosen)}", _from(smallest_detected(chosen))]
        lines.append(f"| {' | '.join([_SHORT[kind], name, *cells])} |")
    return "\n".join(lines)


def _coverage(rows: list[Judged]) -> str:
    lines = [
        "| score | branch or region | pairs | typical detectable change | holds the exact change | holds what was put in |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind, name, belongs in _GROUPS:
        chosen = [r for r in rows if _judged_as(r, kind) and belongs(r.row.name) and r.row.interval is not None]
        if kind is Kind.UNWANTED:
            chosen = [row for row in chosen if row.put_in]
        exact = [row for row in chosen if row.exact is not None]
        limits = [row.row.detectable.value for row in chosen if row.row.detectable is not None]
        cells = [
            _SHORT[kind],
            name,
            str(len(chosen)),
            f"{np.median(limits):.{1 if kind is Kind.UNWANTED else 0}f}" if limits else "-",
            _told(share(exact, lambda row: _holds(row, row.exact))),
            "-" if kind is Kind.UNWANTED else _told(share(chosen, lambda row: _holds(row, row.put_in))),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _judged_as(row: Judged, kind: Kind) -> bool:
    """A score of the affected side, in people in whom this is what changes."""
    return row.row.kind is kind and row.affected and row.synkinetic == (kind is not Kind.WEAKNESS) and row.comparable


def changing(rows: Iterable[Judged], kind: Kind) -> list[Judged]:
    """Comparable scores of a kind on affected sides between which something was put in."""
    return [row for row in rows if _judged_as(row, kind) and abs(row.put_in or 0.0) > 0]


def share(rows: list[Judged], is_so: Callable[[Judged], bool]) -> Interval:
    """How often something is so, with an interval over the people; Wilson's where fewer than five pairs are one way."""
    answers = np.array([is_so(row) for row in rows], dtype=float)
    if min(answers.sum(), len(answers) - answers.sum()) < _FEW:
        return wilson(float(answers.sum()), len(answers))
    clusters = np.array([row.person for row in rows])
    return cluster_bootstrap(lambda weights: weights @ answers / weights.sum(axis=1), clusters)


def smallest_detected(rows: list[Judged]) -> Interval:
    """Smallest change in points from which on 90 % are detected; infinite where it lies beyond what was put in."""
    if not rows:
        return Interval(None)
    size = np.array([abs(row.put_in or 0.0) for row in rows])
    found = np.array([row.detected for row in rows], dtype=float)
    value = _crossing(size, found, np.ones(len(rows)))
    weights = cluster_weights(np.array([row.person for row in rows]), 0, _RESAMPLES)
    ends = percentile_ends(np.array([_crossing(size, found, row) for row in weights]))
    return Interval(value, *ends)


def _crossing(size: np.ndarray, found: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(size, kind="stable")
    order = order[weights[order] > 0]
    if not order.size:
        return float("inf")
    rising = isotonic_regression(found[order], weights=weights[order]).x
    reached = size[order][rising >= WANTED]
    return float(reached[0]) if reached.size else float("inf")


def _holds(row: Judged, value: float | None) -> bool:
    interval = row.row.interval
    return interval is not None and value is not None and interval[0] <= value <= interval[1]


def _told(found: Interval) -> str:
    if found.value is None:
        return "-"
    ends = "" if found.low is None or found.high is None else f" ({100 * found.low:.0f} to {100 * found.high:.0f})"
    return f"{_percent(found.value)}{ends}"


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %"


def _from(found: Interval) -> str:
    if found.value is None:
        return "-"
    ends = [_points(end) for end in (found.low, found.high) if end is not None]
    return f"{_points(found.value)} ({' to '.join(ends)})"


def _points(value: float) -> str:
    return f"{value:.0f}" if np.isfinite(value) else "more than 60"
