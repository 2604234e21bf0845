"""Observations of the FHIR export: one for each branch and side, one for each scale, and what clinicians and patients entered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.exports.examinations import Examination, iso_time
from core.exports.fhir_codes import (
    Json,
    LocalCodes,
    absent,
    affected_side,
    body_site,
    category,
    codes,
    coding,
    quantity,
)
from core.exports.measure_names import BRANCH
from core.exports.measure_rows import judged_measure
from core.records.clinical_entries import Judgement, PromInstrument, PromTotals
from core.records.judged_items import JudgedItem
from core.result import ClinicalScale, ExamResult
from core.words import SIDES, AffectedSide, Branch, Side

_EXAM, _SURVEY = ("exam", "Exam"), ("survey", "Survey")
_ROMAN = ("I", "II", "III", "IV", "V", "VI")
_SCALES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("sunnybrook", "Sunnybrook facial grading, estimate", "composite", ("resting", "voluntary", "synkinesis")),
    ("eface_style", "eFACE-style score, estimate", "total", ("static", "dynamic", "synkinesis")),
    ("fngs2", "FNGS 2.0, estimate", "grade", ("total",)),
)


class ObservationMaker:
    """Makes the observations of one analysis.

    Args:
        examination: the analysis.
        local: collects the local codes.
        common: what every observation has: subject, encounter, device, recording, time.
    """

    def __init__(self, examination: Examination, local: LocalCodes, common: Json) -> None:
        self._result: ExamResult = examination.result
        self._local, self._common = local, common

    def all(self) -> Iterator[tuple[str, Json]]:
        """(name, observation); the name is unique within the analysis."""
        yield from self._branches()
        yield "affected-side", self._affected_side()
        yield "overall-weakness", self._overall()
        yield "house-brackmann", self._house_brackmann()
        for scale in _SCALES:
            yield scale[0], self._scale(*scale)
        if self._result.screening is not None:
            yield "screening", self._screening()

    def _observation(
        self, code: Json, value: Json, components: list[Json], side: Side | None, branch: Branch | None = None
    ) -> Json:
        tracker = self._result.tracker
        made = {
            "resourceType": "Observation",
            "status": "preliminary",
            "category": [category(*_EXAM)],
            "code": code,
            **value,
            "method": {
                "text": f"Hemiface {self._result.software.version}: video of facial movement, protocol "
                f"{self._result.protocol}, tracker {tracker.name} {tracker.version}, mode {self._result.mode}. "
                "An estimate, not a rating by a clinician."
            },
            **self._common,
        }
        site = body_site(self._local, branch, side)
        if site is not None:
            made["bodySite"] = site
        if components:
            made["component"] = components
        return made

    def _branches(self) -> Iterator[tuple[str, Json]]:
        code = self._local.concept(
            "branch-function",
            "Function of a facial nerve branch, estimate",
            "Weakness and synkinesis in the territory of one branch on one side, from 0 (normal) to 100.",
        )
        for branch, sides in self._result.branches.items():
            for side in SIDES:
                entry = sides.get(side)
                components = []
                for name, (unit, words) in BRANCH.items():
                    value = getattr(entry, "grade" if name == "weakness_grade" else name)
                    reason = entry.synkinesis_reason if name.startswith("synkinesis") else None
                    concept = self._local.concept(name, name.replace("_", " ").capitalize(), f"{words}; {unit}.")
                    components.append({"code": concept} | _number(value, reason or entry.reason))
                # The values stand in the components; without any, the observation itself says why.
                nothing = all("dataAbsentReason" in component for component in components)
                value = {"dataAbsentReason": absent(entry.reason)} if nothing else {}
                yield f"{branch.value}-{side.value}", self._observation(code, value, components, side, branch)

    def _affected_side(self) -> Json:
        source = f"Decided from: {self._result.affected_side_source}."
        value = {"valueCodeableConcept": affected_side(self._local, self._result.affected_side)}
        return self._observation(_affected_side_code(self._local), value, [], None) | {"note": [{"text": source}]}

    def _overall(self) -> Json:
        code = self._local.concept(
            "overall-weakness",
            "Overall weakness, estimate",
            "Mean weakness of the assessable branches of a side without the cervical one; not a clinical scale.",
        )
        weakness = self._result.overall.weakness
        components = []
        for side in SIDES:
            words = f"Overall weakness of the {side.label}."
            concept = self._local.concept(f"overall-weakness-{side.value}", f"Overall weakness, {side.label}", words)
            components.append({"code": concept} | _number(weakness.get(side), None))
        return self._observation(code, {}, components, None)

    def _house_brackmann(self) -> Json:
        scale = self._result.scales.house_brackmann
        if scale.grade is None:
            value: Json = {"dataAbsentReason": absent(scale.reason)}
        else:
            value = {"valueCodeableConcept": house_brackmann_grade(self._local, scale.grade)}
        words = "Function behind the House-Brackmann estimate, in percent."
        concept = self._local.concept("house_brackmann_function", "House-Brackmann: function", words)
        components = [{"code": concept} | _number(scale.function_pct, scale.reason, "%")]
        return self._observation(
            _item_code(self._local, JudgedItem.HOUSE_BRACKMANN_GRADE), value, components, self._side
        )

    def _scale(self, name: str, label: str, whole: str, parts: tuple[str, ...]) -> Json:
        scale: ClinicalScale = getattr(self._result.scales, name)
        components = []
        for part in parts:
            concept = self._local.concept(f"{name}_{part}", f"{label}: {part}", f"{label}: {part}.")
            components.append({"code": concept} | _number(getattr(scale, part), scale.reason))
        for item in scale.items:
            words = f"{label}: {item.label}, {item.minimum:g} to {item.maximum:g}."
            concept = self._local.concept(f"{name}_item_{item.name}", f"{label}: {item.label}", words)
            components.append({"code": concept} | _number(item.value, item.reason))
        code = self._local.concept(f"{name}_{whole}", f"{label}: {whole}", f"{label}: {whole}.")
        return self._observation(code, _number(getattr(scale, whole), scale.reason), components, self._side)

    def _screening(self) -> Json:
        found = self._result.screening
        assert found is not None
        words = "Calibrated probability of synkinesis by a network that learned from simulated patients, 0 to 1."
        code = self._local.concept("screen-synkinesis", "Screen for synkinesis, estimate", words)
        value = _number(found.probability, found.reason, "1")
        note = f"Verdict: {found.verdict}. Model {found.model}, weights {found.weights_sha256}."
        return self._observation(code, value, [], None) | {"note": [{"text": note}]}

    @property
    def _side(self) -> Side | None:
        return self._result.scales.side


def judgement_observation(local: LocalCodes, judgement: Judgement, common: Json) -> Json:
    """What a clinician set, with who set it and when; it stands beside the automatic observation."""
    item, value = judgement.item, judgement.value
    said: Json
    if item is JudgedItem.AFFECTED_SIDE:
        said = {"valueCodeableConcept": affected_side(local, AffectedSide(str(value)))}
    elif item is JudgedItem.HOUSE_BRACKMANN_GRADE:
        said = {"valueCodeableConcept": house_brackmann_grade(local, round(float(value or 0)))}
    else:
        said = _number(None if value is None else float(value), None)
    return {
        "resourceType": "Observation",
        "status": "preliminary",
        "category": [category(*_EXAM)],
        "code": _item_code(local, item),
        **said,
        "method": {"text": "Set by a clinician."},
        "performer": [{"display": judgement.who}],
        "issued": iso_time(judgement.created_at),
        **common,
    }


def automatic_name(item: JudgedItem) -> str:
    """Name within its analysis of the automatic observation that holds an item; single items are components of their scale."""
    return item.scale if item.scale in [scale[0] for scale in _SCALES] else item.scale.replace("_", "-")


def prom_observation(local: LocalCodes, totals: PromTotals, common: Json) -> Json:
    """Totals of a questionnaire as a person entered them."""
    instrument: PromInstrument = totals.instrument
    components = []
    for name, value in totals.totals.items():
        scale = instrument.scales[name]
        better = "higher is better" if scale.higher_is_better else "lower is better"
        words = f"{instrument.label}, {scale.label}: {scale.minimum:g} to {scale.maximum:g}, {better}."
        code = f"prom-{instrument.value.lower()}-{name}"
        concept = local.concept(code, f"{instrument.label}: {scale.label}", words)
        components.append({"code": concept} | _number(value, None))
    words = f"Totals of the {instrument.label} as entered; its items are not part of Hemiface."
    return {
        "resourceType": "Observation",
        "status": "preliminary",
        "category": [category(*_SURVEY)],
        "code": local.concept(f"prom-{instrument.value.lower()}", instrument.label, words),
        "component": components,
        "performer": [{"display": totals.who}],
        "issued": iso_time(totals.created_at),
        **common,
    }


def house_brackmann_grade(local: LocalCodes, grade: int) -> Json:
    """A grade as a concept, with the code of SNOMED CT where the mapping file has one."""
    known: Json | None = codes()["house_brackmann_grades"].get(str(grade))
    also = [coding(known)] if known else []
    name = f"House-Brackmann grade {_ROMAN[grade - 1]}"
    return local.concept(
        f"house-brackmann-grade-{grade}", name, f"{name} of I (normal) to VI (no movement).", also=also
    )


def _affected_side_code(local: LocalCodes) -> Json:
    return local.concept("affected-side", "Affected side", "The side on which the palsy is, the patient's own.")


def _item_code(local: LocalCodes, item: JudgedItem) -> Json:
    if item is JudgedItem.AFFECTED_SIDE:
        return _affected_side_code(local)
    return local.concept(judged_measure(item), item.label, f"{item.label}.")


def _number(value: Any, reason: str | None, unit: str = "score") -> Json:
    """A number, or why there is none."""
    if value is None:
        return {"dataAbsentReason": absent(reason)}
    return {"valueQuantity": quantity(float(value), unit)}
