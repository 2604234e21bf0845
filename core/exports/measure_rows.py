"""Rows of the table of measures, from one examination and from what clinicians entered at its visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.exam.protocol import Expression
from core.exports.examinations import Examination, Keys, iso_time
from core.exports.measure_names import BRANCH, MOVEMENT, OVERALL, SCREEN, SEVERITY, unit_of
from core.measures.curves import MEASURES
from core.records.entries import Visit
from core.records.judged_items import JudgedItem
from core.records.store import Store
from core.result import ClinicalScale, ExamResult, ExpressionResult, Pair, RestingMeasure
from core.words import SIDES

Row = dict[str, Any]
_NOT_MEASURED = "Not measured in this movement, or not with these repetitions."
_NOT_DETERMINED = "It could not be determined."
_BOTH, _SCORE, _GRADE = "both", "score", "grade"


def examination_rows(examination: Examination, keys: Keys) -> Iterator[Row]:
    """Rows of everything that an analysis says, missing values with their reason.

    Args:
        examination: the analysis.
        keys: the ids and dates to write.
    """
    result = examination.result
    common = keys.as_row() | {
        "visit_label": keys.visit_label,
        "analysed_at": keys.analysed_at,
        "mode": result.mode,
        "affected_side": result.affected_side.value,
        "affected_side_source": result.affected_side_source,
        "protocol": result.protocol,
        "iris_mm": result.scale.iris_mm,
        "app_version": result.software.version,
        "schema_version": result.schema_version,
        "tracker": result.tracker.name,
        "tracker_version": ", ".join([result.tracker.version, *result.tracker.ways]),
        "source_sha256": keys.source_sha256,
        "simulated": examination.patient.simulated,
    }
    general = _remarks(result, None)
    base: Row = {"method": "measured", "model_sha256": result.tracker.weights_sha256, "quality": general}
    for row in (*_resting(result), *_movements(result), *_examination(result), *_networks(result)):
        yield common | base | _finished(row)


def judged_rows(store: Store, visit: Visit, keys: Keys, simulated: bool) -> Iterator[Row]:
    """Rows of what clinicians judged and of totals of questionnaires at a visit; recording and analysis are missing.

    A judgement has the name of the automatic measure that it stands beside, and the method "clinician". Comments are not exported.
    """
    common = keys.as_row() | {"recording_id": None, "analysis_id": None, "visit_label": keys.visit_label}
    common |= {"phase": "examination", "side": _BOTH, "valid": True, "simulated": simulated}

    def entered(who: str, at: str) -> Row:
        return {"who": who, "analysed_at": at} if keys.with_names else {}

    for item, judgement in store.judgements(visit.id).items():
        value = judgement.value
        if value is not None:
            said = {"value_text": value} if isinstance(value, str) else {"value": float(value)}
            named = {"measure": judged_measure(item), "unit": judged_unit(item), "method": "clinician"}
            yield common | said | named | entered(judgement.who, iso_time(judgement.created_at))
    for instrument, totals in store.prom_totals(visit.id).items():
        for scale, total in totals.totals.items():
            named = {"measure": f"prom_{instrument.value}_{scale}", "unit": _SCORE, "method": "questionnaire"}
            yield common | {"value": float(total)} | named | entered(totals.who, iso_time(totals.created_at))


def judged_measure(item: JudgedItem) -> str:
    """Name of the measure that an item is in this table, e.g. ``"sunnybrook_item_rest_eye"``."""
    if item is JudgedItem.AFFECTED_SIDE:
        return "affected_side"
    whole = item.name_in_scale in ("composite", "grade", "total")
    return f"{item.scale}_{'' if whole else 'item_'}{item.name_in_scale}"


def judged_unit(item: JudgedItem) -> str:
    """Unit of a judged item."""
    if item is JudgedItem.AFFECTED_SIDE:
        return "word"
    return _GRADE if item.name_in_scale == "grade" else _SCORE


def _finished(row: Row) -> Row:
    """A row with "valid", and with a reason exactly where its value is missing or may not be used."""
    value, reason = row.get("value"), row.get("missing_reason")
    missing = value is None and row.get("value_text") is None
    valid = row.get("valid", True) and not missing
    return row | {
        "value": None if value is None else float(value),
        "side": row.get("side", _BOTH),
        "valid": valid,
        "missing_reason": None if valid else reason or _NOT_DETERMINED,
    }


def _remarks(result: ExamResult, task: Expression | None) -> str | None:
    codes = dict.fromkeys(entry.code for entry in result.quality if entry.expression is task)
    return " ".join(codes) or None


def _sides(value: Pair) -> tuple[tuple[str, float | None], ...]:
    return tuple((side.value, value.get(side)) for side in SIDES)


def _resting(result: ExamResult) -> Iterator[Row]:
    for name, resting in result.resting.items():
        common = {"task": Expression.REST.value, "phase": "rest", "unit": resting.unit}
        for side, measure, value in _resting_values(name, resting):
            yield common | {"side": side, "measure": measure, "value": value}


def _resting_values(name: str, resting: RestingMeasure) -> Iterator[tuple[str, str, float | None]]:
    if name in MEASURES:  # the others are of the midline
        yield "right", name, resting.right
        yield "left", name, resting.left
    yield _BOTH, f"{name}_difference", resting.difference


def _movements(result: ExamResult) -> Iterator[Row]:
    for task, entry in result.expressions.items():
        branches = task.spec.branches
        common = {"task": task.value, "branch": branches[0].value if branches else None}
        common["quality"] = _remarks(result, task)
        yield from (common | {"phase": "movement"} | row for row in _movement(entry))
        for number, repetition in enumerate(entry.repetitions, start=1):
            for side, value in _sides(repetition.excursion_mm):
                yield common | {
                    "phase": "repetition",
                    "repetition": number,
                    "side": side,
                    "measure": "excursion_mm",
                    "value": value,
                    "unit": "mm",
                    "valid": repetition.used,
                    "missing_reason": repetition.reason,
                }


def _movement(entry: ExpressionResult) -> Iterator[Row]:
    if not entry.assessable:  # one row for each side says so; forty would say no more
        for side in SIDES:
            yield {"side": side.value, "measure": "excursion_mm", "unit": "mm", "missing_reason": entry.reason}
        return
    for name in MOVEMENT:
        value = getattr(entry, name)
        reason = entry.correlation_reason if name == "correlation_r" else None
        named = {"measure": name, "unit": unit_of(name), "missing_reason": reason or _NOT_MEASURED}
        for where, number in _sides(value) if isinstance(value, Pair) else ((_BOTH, value),):
            yield named | {"side": where, "value": number}
    for name, pair in entry.measures.items():
        for where, number in _sides(pair):
            yield {"measure": name, "unit": unit_of(name), "side": where, "value": number}


def _examination(result: ExamResult) -> Iterator[Row]:
    common: Row = {"phase": "examination", "method": "estimated"}
    for rows in (_branches(result), _synkinesis(result), _scales(result)):
        yield from (common | row for row in rows)
    yield from _blinks(result)


def _blinks(result: ExamResult) -> Iterator[Row]:
    blink = result.blink
    common = {"task": Expression.REST.value, "phase": "rest", "missing_reason": blink.reason}
    for name in type(blink).model_fields:
        if name != "reason":
            value, measure = getattr(blink, name), f"blink_{name}"
            for side, number in _sides(value) if isinstance(value, Pair) else ((_BOTH, value),):
                yield common | {"measure": measure, "unit": unit_of(measure), "side": side, "value": number}


def _branches(result: ExamResult) -> Iterator[Row]:
    for side, value in _sides(result.overall.weakness):
        yield {"side": side, "measure": OVERALL, "unit": unit_of(OVERALL), "value": value}
    for branch, sides in result.branches.items():
        for side in SIDES:
            entry = sides.get(side)
            for name, (unit, _) in BRANCH.items():
                reason = entry.synkinesis_reason if name.startswith("synkinesis") else entry.reason
                yield {
                    "branch": branch.value,
                    "side": side.value,
                    "measure": name,
                    "value": getattr(entry, "grade" if name == "weakness_grade" else name),
                    "unit": unit,
                    "confidence": entry.confidence,
                    "missing_reason": reason or entry.reason,
                }


def _synkinesis(result: ExamResult) -> Iterator[Row]:
    for entry in result.synkinesis:
        common = {"task": entry.trigger.value, "branch": entry.branch.value, "side": entry.side.value}
        common["phase"] = "movement"
        name = f"synkinesis_{entry.region}"
        yield common | {"measure": f"{name}_unwanted_mm", "unit": "mm", "value": entry.unwanted_mm}
        yield common | {"measure": f"{name}_score", "unit": "0-100", "value": entry.score}


def _scales(result: ExamResult) -> Iterator[Row]:
    scales = result.scales
    common = {"side": scales.side.value if scales.side else _BOTH}
    yield {"measure": "affected_side", "unit": "word", "value_text": result.affected_side.value}
    graded = scales.house_brackmann
    for name in ("grade", "function_pct"):
        measure = f"house_brackmann_{name}"
        named = {"measure": measure, "unit": unit_of(measure), "missing_reason": graded.reason}
        yield common | named | {"value": getattr(graded, name)}
    totals: tuple[tuple[str, ClinicalScale, tuple[str, ...]], ...] = (
        ("sunnybrook", scales.sunnybrook, ("resting", "voluntary", "synkinesis", "composite")),
        ("eface_style", scales.eface_style, ("static", "dynamic", "synkinesis", "total")),
        ("fngs2", scales.fngs2, ("grade", "total")),
    )
    for scale, entry, parts in totals:
        for part in parts:
            measure = f"{scale}_{part}"
            named = {"measure": measure, "unit": unit_of(measure), "missing_reason": entry.reason}
            yield common | named | {"value": getattr(entry, part)}
        for item in entry.items:
            named = {"measure": f"{scale}_item_{item.name}", "unit": _SCORE, "missing_reason": item.reason}
            yield common | named | {"value": item.value}


def _networks(result: ExamResult) -> Iterator[Row]:
    common: Row = {"phase": "examination", "method": "network"}
    screen, opinion = result.screening, result.severity_opinion
    if screen is not None:
        yield common | {
            "measure": SCREEN,
            "unit": unit_of(SCREEN),
            "value": screen.probability,
            "ci_low": screen.low,
            "ci_high": screen.high,
            "missing_reason": screen.reason,
            "model_sha256": screen.weights_sha256,
        }
    if opinion is not None:
        for branch, sides in opinion.branches.items():
            for side in SIDES:
                entry = sides.get(side)
                yield common | {
                    "branch": branch.value,
                    "side": side.value,
                    "measure": SEVERITY,
                    "unit": unit_of(SEVERITY),
                    "value": entry.severity,
                    "ci_low": entry.low,
                    "ci_high": entry.high,
                    "missing_reason": entry.reason or opinion.reason,
                    "model_sha256": opinion.weights_sha256,
                }
