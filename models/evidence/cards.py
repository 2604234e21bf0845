"""The figures in the card of a screen, from its stored predictions and evidence, so that a test can make them again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.statistics.intervals import RESAMPLES, Interval
from models.card import Metric, ModelCard
from models.evidence.groups import FEWEST_PEOPLE, subgroup_rows
from models.evidence.measures import MEASURES
from models.evidence.probes import headline_label, marked, probe_findings
from models.evidence.rows import GROUPS, SOURCES, cases_of, chosen, counted, exams_of, pictures_of
from models.evidence.statistics import accuracy, auc, estimate, proportion
from models.evidence.store import Limits
from models.evidence.stored import SCREEN, Stored
from models.evidence.tables import calibration_words
from models.evidence.words import number

if TYPE_CHECKING:
    from models.screening.predictions import PredictionRow

_DIGITS = 4
_KINDS = {"chance": "probe, ideal 0.5", "more": "control"}


def metric(name: str, found: Interval, data: str, people: int, unit: str = "1") -> Metric | None:
    """A value for a card; None when it is not defined or without end."""
    if found.value is None or not math.isfinite(found.value):
        return None
    value, ends = round(found.value, _DIGITS), (found.low, found.high)
    if any(end is None or not math.isfinite(end) for end in ends):
        return Metric(
            name=name,
            value=value,
            unit=unit,
            data=data,
            interval=f"none: the {people} people differ too little, or too few",
        )
    low, high = (round(float(end), _DIGITS) for end in ends if end is not None)
    return Metric(
        name=name,
        value=value,
        unit=unit,
        low=min(low, value),
        high=max(high, value),
        interval=f"95 %, {RESAMPLES:,} resamples of {people} people; Wilson's where fewer than 5 of them err",
        data=data,
    )


def metrics_of(rows: Sequence[PredictionRow], exam: Limits, picture: Limits, data: str) -> tuple[Metric, ...]:
    """All measures of examinations, and accuracy and AUC of single pictures.

    Args:
        rows: predictions of the people judged with.
        exam, picture: operating points.
        data: what the data are; simulated ones are called so.
    """
    exams, pictures = cases_of(exams_of(rows)), cases_of(pictures_of(rows))
    found = [metric(f"{m.title}, examinations", m.of(exams, exam), data, exams.person_count) for m in MEASURES]
    if len(pictures):
        for title, measure in (("accuracy", accuracy(picture.threshold)), ("AUC", auc)):
            found.append(metric(f"{title}, single pictures", estimate(measure, pictures), data, pictures.person_count))
    return tuple(one for one in found if one is not None)


def subgroups_of(rows: Sequence[PredictionRow], exam: Limits, data: str) -> tuple[Metric, ...]:
    """Share flagged of each group of patients, and AUC of each source."""
    exams, found = exams_of(rows), []
    for group in [name for name in GROUPS if any(row.group == name for row in exams)]:
        some = chosen(exams, lambda row, group=group: row.group == group)
        flagged = np.array([row.probability >= exam.threshold for row in some])
        share = proportion(flagged, np.array([row.person for row in some]))
        found.append(metric(f"share flagged, {group}", share, data, len({row.person for row in some})))
    for source in [name for name in SOURCES if any(row.source == name for row in exams)]:
        cases = cases_of(chosen(exams, lambda row, source=source: row.source == source))
        found.append(metric(f"AUC, {SOURCES[source]}", estimate(auc, cases), data, cases.person_count))
    return tuple(one for one in found if one is not None)


def calibration_of(rows: Sequence[PredictionRow]) -> str:
    """In words."""
    exams = exams_of(rows)
    told = {m.key: number(m.of(cases_of(exams), Limits(threshold=0.5, unsure_from=0.5)), 3) for m in MEASURES if m.key in
            ("intercept", "slope", "brier")}  # fmt: skip
    return (
        f"Platt's on validation people only. On test people: intercept {told['intercept']} (ideal 0), slope {told['slope']} "
        f"(ideal 1), Brier score {told['brier']}. {calibration_words(exams)}"
    )


def operating_words(exam: Limits, picture: Limits) -> str:
    """The operating points in words."""
    return (
        "Fixed on validation people before the test, for a sensitivity of at least 0.95 there: examinations are flagged from "
        f"{exam.threshold:.3f} and unsure from {exam.unsure_from:.3f}; single pictures from {picture.threshold:.3f} and "
        f"{picture.unsure_from:.3f}."
    )


def with_evidence(card: ModelCard, stored: Stored, name: str = SCREEN) -> ModelCard:
    """The card with every figure taken from what is stored: twice gives the same as once.

    Args:
        card: of the network ``name``.
        stored: predictions and evidence.
        name: which of the stored networks. Probes, stress and groups are of the screen that ships only.
    """
    evidence, facts, rows = stored.evidence, stored.facts(name), stored.rows[name]
    exams, data = exams_of(rows), f"simulated test people: {counted(exams_of(rows))}"
    metrics = metrics_of(rows, facts.exam, facts.picture, data)
    if facts.runtime is not None:
        time = Metric(
            name="time an image",
            value=round(facts.runtime.mean_ms, 2),
            unit="ms",
            interval=f"none; SD {facts.runtime.sd_ms:.2f} over {facts.runtime.images} images",
            data=facts.runtime.machine,
        )
        metrics = (*metrics, time)
    changed: dict[str, object] = {
        "evaluation_data": f"{evidence.cohort} Test: {counted(exams)}.",
        "metrics": metrics,
        "operating_point": operating_words(facts.exam, facts.picture),
        "calibration": calibration_of(rows),
        "subgroup_results": subgroups_of(rows, facts.exam, data),
    }
    if name == SCREEN:
        changed |= _of_the_screen(stored, metrics, data)
    # Through validation, so that no field can be left empty.
    return ModelCard.model_validate(card.model_copy(update=changed).model_dump())


def _of_the_screen(stored: Stored, metrics: tuple[Metric, ...], data: str) -> dict[str, object]:
    evidence, facts, exams = stored.evidence, stored.facts(), stored.exams()
    cases = cases_of(exams)
    findings = probe_findings(exams, evidence.probes)
    label = headline_label(findings)
    refused = evidence.asked_refused
    passed = None if refused is None else cases_of(chosen(stored.as_used(), lambda row: row.exam not in refused))
    rows = subgroup_rows(cases, evidence.people, facts.exam, passed=passed)
    groups = [one for row in rows if row.auc is not None
              if (one := metric(f"AUC, {row.kind}: {row.group}", row.auc, data, row.test_people))]  # fmt: skip
    too_few = "; ".join(f"{row.group} ({row.test_people})" for row in rows if row.auc is None)
    words = f"{evidence.cohort} Test: {counted(exams)}."
    if too_few:
        words += f" Insufficient data, fewer than {FEWEST_PEOPLE} test people, in these groups: {too_few}."
    gate: list[Metric | None] = []
    if refused is not None and passed is not None:
        out = np.isin([row.exam for row in exams], list(refused))
        right = estimate(accuracy(facts.exam.threshold), passed)
        gate = [
            metric("refused by the quality gate", proportion(out, cases.people), data, cases.person_count),
            metric("accuracy of what the quality gate lets pass, examinations", right, data, passed.person_count),
        ]
    probes = [metric(f"{_KINDS[finding.probe.expected]}: AUC from {finding.probe.title}", finding.auc, data, cases.person_count)
              for finding in findings]  # fmt: skip
    mark = marked(label)
    told = (*metrics, *(one for one in gate if one is not None))
    named = tuple(one.model_copy(update={"name": f"{mark}: {one.name}"}) if mark else one for one in told)
    return {
        "evaluation_data": f"{words} {label}",
        "metrics": named,
        "subgroup_results": (*subgroups_of(stored.rows[SCREEN], facts.exam, data), *groups),
        "confound_probes": tuple(one for one in probes if one is not None) or label,
    }
