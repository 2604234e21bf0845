"""What training did: errors before and after it, by region and by class of the palsy, with intervals over patients.

Error: NME, the mean distance of the points of a region from their true places as per cent of the distance of the outer canthi
(iBUG 36 and 45), the interocular distance of the 300-W data. Every patient weighs the same; intervals are percentiles of 2,000
bootstrap resamples of the patients, because pictures of one person are no independent evidence (reliability section 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.face.ibug68 import Region, interocular_px, region_side_points
from core.statistics.intervals import percentile_ends, resamples
from core.words import SIDES
from models.landmarks.manifest import LandmarkItem

WHOLE = "whole face"
REGIONS = (Region.BROWS, Region.LIDS, Region.NOSE, Region.LIPS, Region.JAW)
_SIDED_REGIONS = (Region.BROWS, Region.LIDS, Region.LIPS)


@dataclass(frozen=True)
class Interval:
    """A mean over patients with its 95 % interval, per cent; ``patients`` and ``pictures`` behind it."""

    value: float
    low: float
    high: float
    patients: int
    pictures: int

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        group: ``"region"``, ``"class"`` or ``"side"``.
        name: e.g. ``"lids"``.
        before, after: errors.
        change: after minus before, of the same patients.
    """

    group: str
    name: str
    before: Interval
    after: Interval
    change: Interval


def point_errors(found: np.ndarray, items: Sequence[LandmarkItem]) -> np.ndarray:
    """(n, 68) distance of found points (n, 68, 2) from the items' points, per cent of the interocular distance.

    NaN for points that the annotator could only guess: nobody knows where they are.
    """
    true = np.stack([item.points for item in items])
    errors = 100 * np.linalg.norm(found - true, axis=-1) / interocular_px(true)[:, None]
    return np.where(np.stack([item.visible for item in items]), errors, np.nan)


def _mean_of_points(errors: np.ndarray) -> np.ndarray:
    """(n,) mean over the visible points of (n, P) errors; NaN where none is visible."""
    visible = np.isfinite(errors)
    count = visible.sum(axis=1)
    return np.where(count > 0, np.where(visible, errors, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def compare(before: np.ndarray, after: np.ndarray, items: Sequence[LandmarkItem], seed: int = 0) -> list[Row]:
    """The rows of the table: whole face, regions, classes of the palsy, and affected against sound side.

    Args:
        before, after: (n, 68) errors of the same items (``point_errors``).
        items: n of them.
        seed: of the bootstrap.
    """
    everybody = np.ones(len(items), bool)
    patients = np.array([item.patient for item in items])
    rows = _rows("region", WHOLE, before, after, patients, everybody, seed)
    for region in REGIONS:
        chosen = list(region.points)
        rows += _rows("region", region.value, before[:, chosen], after[:, chosen], patients, everybody, seed)
    classes = np.array([item.severity or "" for item in items])
    for name in sorted(set(classes) - {""}):
        rows += _rows("class", name, before, after, patients, classes == name, seed)
    return rows + _side_rows(before, after, items, patients, seed)


def _side_rows(
    before: np.ndarray, after: np.ndarray, items: Sequence[LandmarkItem], patients: np.ndarray, seed: int
) -> list[Row]:
    sided = np.array([item.side is not None for item in items])
    if not sided.any():
        return []
    rows = []
    for region in _SIDED_REGIONS:
        of_side = {side: list(region_side_points(region, side)) for side in SIDES}
        for label, other in (("affected", False), ("sound", True)):
            chosen = [of_side[item.side.opposite if other else item.side] if item.side else [] for item in items]
            errors = []
            for table in (before, after):
                values = np.full((len(items), len(of_side[SIDES[0]])), np.nan)
                for number, points in enumerate(chosen):
                    values[number, : len(points)] = table[number, points]
                errors.append(values)
            rows += _rows("side", f"{region}, {label} side", errors[0], errors[1], patients, sided, seed)
    return rows


def _rows(
    group: str,
    name: str,
    before: np.ndarray,
    after: np.ndarray,
    patients: np.ndarray,
    chosen: np.ndarray,
    seed: int,
) -> list[Row]:
    """One row of errors (n, P) of the chosen items; none where no point of theirs is visible."""
    one, other = _mean_of_points(before), _mean_of_points(after)
    known = chosen & np.isfinite(one) & np.isfinite(other)
    if not known.any():
        return []
    one, other, patients = one[known], other[known], patients[known]
    intervals = (over_patients(errors, patients, seed) for errors in (one, other, other - one))
    return [Row(group, name, *intervals)]


def over_patients(values: np.ndarray, patients: np.ndarray, seed: int = 0) -> Interval:
    """Mean over patients of their mean (n,) values, with the percentile interval of resampled patients."""
    names = np.unique(patients)
    means = np.array([values[patients == name].mean() for name in names])
    low, high = percentile_ends(means[resamples(len(means), seed)].mean(axis=1))
    return Interval(float(means.mean()), low, high, len(names), len(values))


def table(rows: Sequence[Row], before: str = "before", after: str = "after") -> str:
    """The rows as a Markdown table."""
    lines = [
        f"| points | patients | pictures | {before}: NME, % (95 %) | {after}: NME, % (95 %) | change (95 %) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        name = row.name if row.group != "class" else f"class: {row.name}"
        counts = f"{row.before.patients} | {row.before.pictures}"
        lines.append(f"| {name} | {counts} | {row.before} | {row.after} | {row.change} |")
    return "\n".join(lines)


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The rows for report.json."""
    return [
        {
            "group": row.group,
            "name": row.name,
            **{key: vars(getattr(row, key)) for key in ("before", "after", "change")},
        }
        for row in rows
    ]


def whole_face(rows: Sequence[Row]) -> Row:
    """The row of all points."""
    return next(row for row in rows if row.name == WHOLE)


def counts(items: Sequence[LandmarkItem]) -> Mapping[str, int]:
    """How many pictures and patients."""
    return {"pictures": len(items), "patients": len({item.patient for item in items})}
