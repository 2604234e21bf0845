"""The clinical scales as a list of values, each with the way that is better."""

from __future__ import annotations

from dataclasses import dataclass

from core.grading.change_types import Better
from core.result import Scales


@dataclass(frozen=True)
class ScaleValue:
    """One total or part of a scale; ``value`` is None with a ``reason`` where one is known."""

    name: str
    label: str
    unit: str
    better: Better
    value: float | None
    reason: str | None


def scale_values(scales: Scales) -> list[ScaleValue]:
    """All totals and parts, always the same ones in the same order."""
    sunnybrook, house = scales.sunnybrook, scales.house_brackmann
    eface, fngs = scales.eface_style, scales.fngs2
    up, down = Better.HIGHER, Better.LOWER

    def points(name: str, label: str, better: Better, value: float | None, reason: str | None) -> ScaleValue:
        return ScaleValue(name, label, "points", better, value, reason)

    def grade(name: str, label: str, value: int | None, reason: str | None) -> ScaleValue:
        return ScaleValue(name, label, "grade", down, None if value is None else float(value), reason)

    return [
        points("sunnybrook_composite", "Sunnybrook composite", up, sunnybrook.composite, sunnybrook.reason),
        points("sunnybrook_voluntary", "Sunnybrook voluntary movement", up, sunnybrook.voluntary, sunnybrook.reason),
        points("sunnybrook_resting", "Sunnybrook resting symmetry", down, sunnybrook.resting, sunnybrook.reason),
        points("sunnybrook_synkinesis", "Sunnybrook synkinesis", down, sunnybrook.synkinesis, sunnybrook.reason),
        grade("house_brackmann_grade", "House-Brackmann grade", house.grade, house.reason),
        points("house_brackmann_function", "House-Brackmann function, %", up, house.function_pct, house.reason),
        points("eface_style_total", "eFACE-style total", up, eface.total, eface.reason),
        points("eface_style_static", "eFACE-style static", up, eface.static, eface.reason),
        points("eface_style_dynamic", "eFACE-style dynamic", up, eface.dynamic, eface.reason),
        points("eface_style_synkinesis", "eFACE-style synkinesis", up, eface.synkinesis, eface.reason),
        points("fngs2_total", "FNGS 2.0 total", down, fngs.total, fngs.reason),
        grade("fngs2_grade", "FNGS 2.0 grade", fngs.grade, fngs.reason),
    ]
