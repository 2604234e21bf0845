"""The items that a clinician can judge, each with the automatic value that it stands beside and the range of its scale."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.errors import InputError
from core.result import ExamResult, ScaleItem
from core.words import AffectedSide

JudgedValue = float | str | None


class JudgedItem(StrEnum):
    """An automatic item of an examination: scale and name of the item in result.json, joined by a point (reference D1-D4)."""

    AFFECTED_SIDE = "affected_side"

    SUNNYBROOK_REST_EYE = "sunnybrook.rest_eye"
    SUNNYBROOK_REST_CHEEK = "sunnybrook.rest_cheek"
    SUNNYBROOK_REST_MOUTH = "sunnybrook.rest_mouth"
    SUNNYBROOK_VOLUNTARY_BROW_RAISE = "sunnybrook.voluntary_brow_raise"
    SUNNYBROOK_VOLUNTARY_EYES_GENTLE = "sunnybrook.voluntary_eyes_gentle"
    SUNNYBROOK_VOLUNTARY_SMILE_OPEN = "sunnybrook.voluntary_smile_open"
    SUNNYBROOK_VOLUNTARY_SNARL = "sunnybrook.voluntary_snarl"
    SUNNYBROOK_VOLUNTARY_PUCKER = "sunnybrook.voluntary_pucker"
    SUNNYBROOK_SYNKINESIS_BROW_RAISE = "sunnybrook.synkinesis_brow_raise"
    SUNNYBROOK_SYNKINESIS_EYES_GENTLE = "sunnybrook.synkinesis_eyes_gentle"
    SUNNYBROOK_SYNKINESIS_SMILE_OPEN = "sunnybrook.synkinesis_smile_open"
    SUNNYBROOK_SYNKINESIS_SNARL = "sunnybrook.synkinesis_snarl"
    SUNNYBROOK_SYNKINESIS_PUCKER = "sunnybrook.synkinesis_pucker"
    SUNNYBROOK_COMPOSITE = "sunnybrook.composite"

    HOUSE_BRACKMANN_GRADE = "house_brackmann.grade"

    EFACE_STATIC_BROW = "eface_style.static_brow"
    EFACE_STATIC_FISSURE = "eface_style.static_fissure"
    EFACE_STATIC_COMMISSURE = "eface_style.static_commissure"
    EFACE_STATIC_FOLD = "eface_style.static_fold"
    EFACE_DYNAMIC_BROW = "eface_style.dynamic_brow"
    EFACE_DYNAMIC_GENTLE = "eface_style.dynamic_gentle"
    EFACE_DYNAMIC_FULL = "eface_style.dynamic_full"
    EFACE_DYNAMIC_SMILE = "eface_style.dynamic_smile"
    EFACE_DYNAMIC_LOWER_LIP = "eface_style.dynamic_lower_lip"
    EFACE_SYNKINESIS_OCULAR = "eface_style.synkinesis_ocular"
    EFACE_TOTAL = "eface_style.total"

    FNGS2_BROW = "fngs2.brow"
    FNGS2_EYE = "fngs2.eye"
    FNGS2_NASOLABIAL_FOLD = "fngs2.nasolabial_fold"
    FNGS2_ORAL = "fngs2.oral"
    FNGS2_SECONDARY = "fngs2.secondary"
    FNGS2_GRADE = "fngs2.grade"

    @property
    def scale(self) -> str:
        """The scale it belongs to: "sunnybrook", "house_brackmann", "eface_style", "fngs2", or "affected_side"."""
        return self.value.partition(".")[0]

    @property
    def name_in_scale(self) -> str:
        """Its name within the scale as in result.json, e.g. ``"rest_eye"`` or ``"grade"``."""
        return self.value.rpartition(".")[2]

    @property
    def label(self) -> str:
        """Scale and item in words, e.g. ``"House-Brackmann: grade"``."""
        if self is JudgedItem.AFFECTED_SIDE:
            return "Affected side"
        name = self.name_in_scale.replace("_", " ")
        return f"{_SCALE_LABELS[self.scale]}: {name}"

    @property
    def allowed(self) -> AllowedValues:
        """What a judgement of it may be."""
        return _allowed(self)

    def automatic(self, result: ExamResult) -> JudgedValue:
        """The value that the analysis found; None where it could not be assessed."""
        if self is JudgedItem.AFFECTED_SIDE:
            return result.affected_side.value
        scales = result.scales
        if self is JudgedItem.SUNNYBROOK_COMPOSITE:
            return scales.sunnybrook.composite
        if self is JudgedItem.HOUSE_BRACKMANN_GRADE:
            return scales.house_brackmann.grade
        if self is JudgedItem.FNGS2_GRADE:
            return scales.fngs2.grade
        if self is JudgedItem.EFACE_TOTAL:
            return scales.eface_style.total
        item = _item(self._items(result), self.name_in_scale)
        return None if item is None else item.value

    def _items(self, result: ExamResult) -> Iterable[ScaleItem]:
        scales = result.scales
        return {"sunnybrook": scales.sunnybrook, "eface_style": scales.eface_style, "fngs2": scales.fngs2}[
            self.scale
        ].items

    def checked(self, value: JudgedValue) -> JudgedValue:
        """``value`` in its kept form (int, float, str, or None to withdraw); raises InputError when the item cannot have it."""
        if value is None:
            return None
        allowed = self.allowed
        if allowed.options:
            if value not in allowed.options:
                raise InputError(
                    f"{self.label} must be one of {', '.join(allowed.options)}, not {value!r}.", code="judgement_value"
                )
            return str(value)
        if isinstance(value, bool | str) or not math.isfinite(value) or (allowed.whole and value != int(value)):
            raise InputError(
                f"{self.label} must be a {'whole ' if allowed.whole else ''}number, not {value!r}.",
                code="judgement_value",
            )
        if not allowed.minimum <= value <= allowed.maximum:
            raise InputError(
                f"{self.label} must lie between {allowed.minimum:g} and {allowed.maximum:g}, not {value:g}.",
                code="judgement_value",
            )
        return int(value) if allowed.whole else float(value)


@dataclass(frozen=True)
class AllowedValues:
    """What an item may be: one of ``options``, or a number from ``minimum`` to ``maximum``, whole where ``whole`` says so."""

    minimum: float = 0.0
    maximum: float = 0.0
    whole: bool = False
    options: tuple[str, ...] = ()


_SCALE_LABELS = {
    "sunnybrook": "Sunnybrook",
    "house_brackmann": "House-Brackmann",
    "eface_style": "eFACE-style",
    "fngs2": "FNGS 2.0",
}
# The lowest composite: no movement (20), everything wrong at rest (-20), severe synkinesis (-15).
_SUNNYBROOK_COMPOSITE = (-15, 100)
_GRADES = (1, 6)


def _allowed(item: JudgedItem) -> AllowedValues:
    name = item.name_in_scale
    if item is JudgedItem.AFFECTED_SIDE:
        return AllowedValues(options=tuple(side.value for side in AffectedSide))
    if item is JudgedItem.SUNNYBROOK_COMPOSITE:
        return AllowedValues(*_SUNNYBROOK_COMPOSITE, whole=True)
    if item.scale == "house_brackmann" or (item.scale == "fngs2" and name != "secondary"):
        return AllowedValues(*_GRADES, whole=True)
    if item.scale == "eface_style":
        return AllowedValues(0, 200 if name.startswith("static_") else 100)
    if name.startswith("voluntary_"):
        return AllowedValues(1, 5, whole=True)
    if name.startswith("rest_"):
        return AllowedValues(0, 2 if name == "rest_cheek" else 1, whole=True)
    return AllowedValues(0, 3, whole=True)


def _item(items: Iterable[ScaleItem], name: str) -> ScaleItem | None:
    return next((item for item in items if item.name == name), None)
