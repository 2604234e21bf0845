"""Tables of a screen for synkinesis from its stored predictions: how well it does, where, and how sure one can be of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.exam.protocol import Expression
from core.markdown import markdown_table
from core.statistics.intervals import Interval, wilson
from models.evidence.measures import MEASURES
from models.evidence.rows import (
    GROUPS,
    NEGATIVE_GROUPS,
    SOURCES,
    cases_of,
    chosen,
    exams_of,
    pictures_of,
    with_probabilities,
)
from models.evidence.statistics import (
    PREVALENCES,
    Cases,
    accuracy,
    auc,
    calibration_error,
    chance_calibration_error,
    coverage_curve,
    estimate,
    predictive_values,
    proportion,
    reliability_bins,
    sensitivity,
    specificity,
)
from models.evidence.store import Limits
from models.evidence.words import NOTHING, number, percent, share_of

if TYPE_CHECKING:
    from models.screening.predictions import PredictionRow

Rows = Sequence["PredictionRow"]

STRENGTHS = ((0.0, 0.5), (0.5, 0.75), (0.75, 1.01))
FOUND_SCORE = 20.0
"""Measured synkinesis is found from this score on (docs/measures.md, E4)."""
COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
_VERDICTS = {"flagged": "refer", "unsure": "unsure", "not_flagged": "not flagged"}
PUBLISHED: Mapping[str, Interval] = {
    "accuracy": wilson(70, 71),
    "precision": wilson(31, 31),
    "recall": wilson(31, 32),
    "specificity": wilson(39, 39),
    "f1": Interval(2 * 31 / (2 * 31 + 1)),
}
"""Regensburg 2025 (reference F4) on its 71 test images: 31 of 32 with synkinesis, 39 of 39 healthy; intervals are Wilson's."""
PUBLISHED_MS = "24 ± 11"


def exam_report(rows: Rows, exam: Limits, picture: Limits) -> str:
    """All tables that need predictions only.

    Args:
        rows: predictions of the people to judge with: examinations and their pictures.
        exam: operating point of examinations.
        picture: operating point of single pictures.
    """
    exams, pictures = exams_of(rows), pictures_of(rows)
    parts = [people_table(exams), judged_table({"examinations": (exams, exam), "pictures": (pictures, picture)})]
    parts += ["**Whom it flags.**\n\n" + verdict_table(exams, exam)]
    if any(row.label and np.isfinite(row.strength) for row in exams):
        parts.append("**By strength of the synkinesis.**\n\n" + strength_table(exams, exam))
    if pictures:
        parts.append("**Single pictures, by expression.**\n\n" + expression_table(pictures, picture))
    parts += [
        "**Calibration.** " + calibration_words(exams) + "\n\n" + reliability_table(exams),
        "**What an answer is worth** where so many of those examined have synkinesis.\n\n"
        + prevalence_table(exams, exam),
        "**Accuracy against coverage**: when only the examinations farthest from the threshold are answered.\n\n"
        + coverage_table(exams, exam),
    ]
    return "\n\n".join(parts)


def people_table(rows: Rows) -> str:
    """How many examinations of how many people there are, by source and group."""
    exams = exams_of(rows)
    groups = _groups(exams)
    lines = []
    for source in [name for name in SOURCES if any(row.source == name for row in exams)]:
        some = chosen(exams, lambda row, source=source: row.source == source)
        counts = [str(sum(row.group == group for row in some)) for group in groups]
        lines.append([SOURCES[source], str(len({row.person for row in some})), *counts])
    return markdown_table(["source", "people", *(f"{group} examinations" for group in groups)], lines)


def judged_table(
    columns: Mapping[str, tuple[Rows, Limits]], more: Mapping[str, Mapping[str, str]] | None = None
) -> str:
    """One row a measure, one column a kind of cases.

    Args:
        columns: title -> rows (examinations or pictures) and their operating point.
        more: further columns that stand first: title -> key of a measure -> what is to be read there.
    """
    cases = {title: (cases_of(rows), limits) for title, (rows, limits) in columns.items()}
    lines = []
    for judged in MEASURES:
        first = [texts.get(judged.key, NOTHING) for texts in (more or {}).values()]
        lines.append([judged.title, *first, *(judged.words(judged.of(*told)) for told in cases.values())])
    first = [texts.get("cases", NOTHING) for texts in (more or {}).values()]
    told = [_counts(some) for some, _ in cases.values()]
    return markdown_table(["", *(more or {}), *cases], [["cases", *first, *told], *lines])


def published_column() -> dict[str, str]:
    """What the paper reports, as a column of ``judged_table``."""
    found = {judged.key: judged.words(PUBLISHED[judged.key]) for judged in MEASURES if judged.key in PUBLISHED}
    return {"cases": "71 (32 with) images", **found}


def verdict_table(exams: Rows, limits: Limits, refused: Mapping[str, str] | None = None) -> str:
    """Share flagged, unsure and not flagged of each group, and with ``refused`` what the gate does not let pass."""
    head = ["group", "examinations", "people", *_VERDICTS.values()]
    lines = []
    for group in _groups(exams):
        some = chosen(exams, lambda row, group=group: row.group == group)
        asked = chosen(some, lambda row: row.exam not in (refused or {}))
        verdicts = [limits.verdict(row.probability) for row in asked]
        people = np.array([row.person for row in asked])
        shares = [
            percent(proportion(np.array([v == verdict for v in verdicts], bool), people)) for verdict in _VERDICTS
        ]
        line = [group, str(len(some)), str(len({row.person for row in some})), *shares]
        lines.append([*line, share_of(len(some) - len(asked), len(some))] if refused is not None else line)
    return markdown_table([*head, "not assessable (gate)"] if refused is not None else head, lines)


def abstention_table(exams: Rows, used: Rows, limits: Limits, refused: Mapping[str, str]) -> str:
    """What the gate refuses, and how right the screen is on all examinations and on those that it lets pass.

    Args:
        exams: all examinations, judged with all of their pictures.
        used: the same as in use: without refused pictures where the rest is enough.
        limits: operating point.
        refused: examination -> why.
    """
    parts: list[tuple[str, Callable[[PredictionRow], bool]]] = [("all", lambda _row: True)]
    parts += [(group, lambda row, group=group: row.group == group) for group in _groups(exams)]
    parts += [(SOURCES[s], lambda row, s=s: row.source == s) for s in SOURCES if any(row.source == s for row in exams)]
    right, lines = accuracy(limits.threshold), []
    for title, keep in parts:
        some = chosen(exams, keep)
        out = np.array([row.exam in refused for row in some], bool)
        passed = chosen(used, lambda row, keep=keep: keep(row) and row.exam not in refused)
        share = percent(proportion(out, np.array([row.person for row in some])))
        told = [percent(estimate(right, cases_of(rows))) for rows in (some, passed)]
        lines.append([title, str(len(some)), f"{int(out.sum())}: {share}", *told])
    return markdown_table(["", "examinations", "refused by the gate", "accuracy of all", "of those that pass"], lines)


def measured_table(exams: Rows, measured: Mapping[str, float], limits: Limits) -> str:
    """The rule of the measured scores beside the screen, on the same examinations.

    Args:
        exams: judged by the screen.
        measured: examination -> the greatest score of synkinesis, 0 to 100; found from ``FOUND_SCORE`` on.
        limits: the screen's operating point.
    """
    rows = chosen(exams, lambda row: row.exam in measured)
    scores = with_probabilities(rows, {exam: score / 100 for exam, score in measured.items()})
    rule = Limits(threshold=FOUND_SCORE / 100, unsure_from=FOUND_SCORE / 100)
    columns = {"measured, score of 20 or more": (scores, rule), "Hemiface": (cases_of(rows), limits)}
    lines = [
        [judged.title, *(judged.words(judged.of(*told)) for told in columns.values())]
        for judged in MEASURES
        if judged.key in (*_AGAINST, "precision")
    ]
    review = [
        (measured[row.exam] >= FOUND_SCORE and limits.verdict(row.probability) == "not_flagged")
        or (measured[row.exam] < FOUND_SCORE and limits.verdict(row.probability) == "flagged")
        for row in rows
    ]
    share = percent(proportion(np.array(review, bool), np.array([row.person for row in rows])))
    table = markdown_table(["", *columns], [["cases", *[_counts(scores)] * 2], *lines])
    return f"{table}\n\nThey contradict each other, which the page marks with “review”, in {share}."


def _counts(cases: Cases) -> str:
    return f"{len(cases)} ({int(cases.labels.sum())} with), {cases.person_count} people"


def against_table(exams: Rows, limits: Limits) -> str:
    """Synkinesis against each group without it alone."""
    lines = []
    for group in [name for name in NEGATIVE_GROUPS if any(row.group == name for row in exams)]:
        some = cases_of(chosen(exams, lambda row, group=group: row.label or row.group == group))
        found = [judged.words(judged.of(some, limits)) for judged in MEASURES if judged.key in _AGAINST]
        lines.append([f"synkinetic against {group}", *found])
    return markdown_table(["", *(judged.title for judged in MEASURES if judged.key in _AGAINST)], lines)


_AGAINST = ("accuracy", "recall", "specificity", "f1", "auc")


def strength_table(exams: Rows, limits: Limits) -> str:
    """Sensitivity by the strength of the strongest synkinesis."""
    lines = []
    for low, high in STRENGTHS:
        some = chosen(exams, lambda row, low=low, high=high: row.label and low <= row.strength < high)
        if some:
            flagged = np.array([row.probability >= limits.threshold for row in some])
            found = proportion(flagged, np.array([row.person for row in some]))
            lines.append([f"{low:g} to {min(high, 1):g}", str(len(some)), percent(found)])
    return markdown_table(["strength", "examinations", "flagged"], lines)


def source_table(exams: Rows, limits: Limits) -> str:
    """Photographs of people and drawn people apart."""
    columns = {}
    for source in [name for name in SOURCES if any(row.source == name for row in exams)]:
        columns[SOURCES[source]] = (chosen(exams, lambda row, source=source: row.source == source), limits)
    return judged_table(columns)


def expression_table(pictures: Rows, limits: Limits) -> str:
    """Single pictures of each expression."""
    names = {expression.value: expression.label for expression in Expression} | {"": "not known"}
    lines = []
    for name, label in names.items():
        some = chosen(pictures, lambda row, name=name: row.expression == name)
        if some:
            cases = cases_of(some)
            measures = (sensitivity(limits.threshold), specificity(limits.threshold))
            told = [percent(estimate(measure, cases)) for measure in measures]
            lines.append([label, str(len(some)), number(estimate(auc, cases), 3), *told])
    return markdown_table(["expression", "pictures", "AUC", "sensitivity", "specificity"], lines)


def calibration_words(exams: Rows) -> str:
    """The expected calibration error with what perfect calibration would give on as many cases."""
    cases = cases_of(exams)
    found = estimate(calibration_error, cases)
    events = int(cases.labels.sum())
    few = min(events, len(cases) - events)
    warned = (
        f" With {few} examinations in the smaller class, a curve of calibration is unstable (at least about 200 are needed)."
        if few < 200
        else ""
    )
    return (
        f"Expected calibration error {number(found, 3)}; perfectly calibrated probabilities would show about "
        f"{chance_calibration_error(cases):.3f} on as many examinations, because bins are never even by chance.{warned}"
    )


def reliability_table(exams: Rows) -> str:
    """Bins of equal mass."""
    lines = [
        [str(bin_.count), f"{bin_.mean_probability:.3f}", percent(bin_.share)]
        for bin_ in reliability_bins(cases_of(exams))
    ]
    return markdown_table(["examinations in the bin", "mean probability", "with synkinesis (Wilson)"], lines)


def prevalence_table(exams: Rows, limits: Limits) -> str:
    """PPV and NPV."""
    cases = cases_of(exams)
    found = estimate(sensitivity(limits.threshold), cases)
    cleared = estimate(specificity(limits.threshold), cases)
    lines = []
    for prevalence in PREVALENCES:
        told = [percent(value) for value in predictive_values(found, cleared, prevalence)]
        lines.append([f"{100 * prevalence:.0f} %", *told])
    return markdown_table(["with synkinesis", "flagged ones that have it (PPV)", "others that do not (NPV)"], lines)


def coverage_table(exams: Rows, limits: Limits, refused: Mapping[str, str] | None = None) -> str:
    """Accuracy when fewer are answered: by distance from the threshold, without the unsure, without what the gate refuses."""
    cases = cases_of(exams)
    curve = coverage_curve(cases, limits.threshold, COVERAGES)
    lines = [[f"{100 * point.share:.0f} % surest", share_of(round(point.share * len(cases)), len(cases)),
              percent(point.accuracy)] for point in curve]  # fmt: skip
    clear = chosen(exams, lambda row: limits.verdict(row.probability) != "unsure")
    lines.append(_answered("all but the unsure", clear, cases, limits))
    if refused is not None:
        passed = chosen(exams, lambda row: row.exam not in refused)
        lines.append(_answered("all that the gate lets pass", passed, cases, limits))
        both = chosen(clear, lambda row: row.exam not in refused)
        lines.append(_answered("passed by the gate and not unsure", both, cases, limits))
    return markdown_table(["answered", "examinations", "accuracy of these"], lines)


def _answered(title: str, rows: Rows, cases: Cases, limits: Limits) -> list[str]:
    return [title, share_of(len(rows), len(cases)), percent(estimate(accuracy(limits.threshold), cases_of(rows)))]


def _groups(exams: Rows) -> list[str]:
    """The groups that occur, the known ones first and in their order."""
    there = {row.group for row in exams}
    return [group for group in GROUPS if group in there] + sorted(there - set(GROUPS))
