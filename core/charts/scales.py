"""The clinical scales as tidy rows: every item with its value, range, what it was estimated from, or why there is no value."""

from __future__ import annotations

from dataclasses import dataclass

from core.charts.wording import number
from core.result import ClinicalScale, ExamResult, ScaleItem, Scales

ROMAN = ("I", "II", "III", "IV", "V", "VI")
"""Grades as House and Brackmann, and Vrabec, number them."""

_GRADES = ("normal", "mild", "moderate", "moderately severe", "severe", "total palsy")


@dataclass(frozen=True)
class ScaleTable:
    """One scale for showing.

    Attributes:
        name: of the scale; every one is an estimate.
        total: in words with its range, or that it is not assessable.
        parts: further sums in words.
        reason: what is missing, or what has to be known about the total; None where there is nothing to say.
        rows: one dict an item, with the same keys in every row; values are texts.
        source: what the estimate follows.
    """

    name: str
    total: str
    parts: tuple[str, ...]
    reason: str | None
    rows: tuple[dict[str, str], ...]
    source: str


def scale_tables(result: ExamResult) -> list[ScaleTable]:
    """All four scales of the scored side."""
    scales = result.scales
    return [_sunnybrook(scales), _house_brackmann(scales), _eface_style(scales), _fngs2(scales)]


def grade_words(grade: int | None) -> str:
    """House-Brackmann grade, e.g. "III (moderate)"."""
    return "not assessable" if grade is None else f"{ROMAN[grade - 1]} ({_GRADES[grade - 1]})"


def _sunnybrook(scales: Scales) -> ScaleTable:
    found = scales.sunnybrook
    parts = (
        f"voluntary movement {_points(found.voluntary)} of 100",
        f"resting symmetry {_points(found.resting)} (0 to 20)",
        f"synkinesis {_points(found.synkinesis)} (0 to 15)",
    )
    total = "not assessable" if found.composite is None else f"{found.composite:.0f} of 100 (100 is normal)"
    return ScaleTable(
        name="Sunnybrook",
        total=total,
        parts=parts,
        reason=found.reason,
        rows=_rows(found),
        source="Sunnybrook Facial Grading System (Ross 1996): composite = voluntary - resting - synkinesis.",
    )


def _house_brackmann(scales: Scales) -> ScaleTable:
    found = scales.house_brackmann
    parts = []
    if found.function_pct is not None:
        parts.append(f"function {found.function_pct:.0f} % of the reference")
    if found.measured_points is not None:
        parts.append(f"measured movement {found.measured_points:.0f} of 8 points")
    rows = [
        _row("Grade", None if found.grade is None else ROMAN[found.grade - 1], "I to VI", text, "")
        for text in found.basis
    ]
    if not rows:
        rows = [_row("Grade", None, "I to VI", "", found.reason or "")]
    return ScaleTable(
        name="House-Brackmann",
        total=grade_words(found.grade),
        parts=tuple(parts),
        reason=found.reason,
        rows=tuple(rows),
        source="House and Brackmann (1985): grade by the worst rule that applies.",
    )


def _eface_style(scales: Scales) -> ScaleTable:
    found = scales.eface_style
    parts = tuple(
        f"{name} {_points(value)} of 100"
        for name, value in (("static", found.static), ("dynamic", found.dynamic), ("synkinesis", found.synkinesis))
    )
    total = "not assessable" if found.total is None else f"{found.total:.0f} of 100 (100 is balanced)"
    return ScaleTable(
        name="eFACE-style",
        total=total,
        parts=parts,
        reason=found.reason,
        rows=_rows(found),
        source="Measured items in the style of auto-eFACE; not the eFACE of its authors. Static items: 100 is balanced, 0 to 200.",
    )


def _fngs2(scales: Scales) -> ScaleTable:
    found = scales.fngs2
    total = "not assessable"
    if found.total is not None and found.grade is not None:
        total = f"grade {ROMAN[found.grade - 1]}, {found.total:.0f} points (4 is normal, 24 and more is none)"
    return ScaleTable(
        name="FNGS 2.0",
        total=total,
        parts=(),
        reason=found.reason,
        rows=_rows(found),
        source="Facial Nerve Grading Scale 2.0 (Vrabec 2009).",
    )


def _rows(scale: ClinicalScale) -> tuple[dict[str, str], ...]:
    return tuple(_item(item) for item in scale.items)


def _item(item: ScaleItem) -> dict[str, str]:
    value = None if item.value is None else _points(item.value)
    return _row(item.label, value, f"{item.minimum:.0f} to {item.maximum:.0f}", item.basis, item.reason or "")


def _row(label: str, value: str | None, limits: str, basis: str, reason: str) -> dict[str, str]:
    return {
        "Item": label,
        "Estimate": "not assessable" if value is None else value,
        "Range": limits,
        "Estimated from": basis or reason,
    }


def _points(value: float | None) -> str:
    if value is None:
        return "not assessable"
    return f"{value:.0f}" if float(value).is_integer() else number(value)
