"""What was found at one visit, as parts of a report: maps and table of the branches, synkinesis, movements, scales, judgement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from core.charts.scales import scale_tables
from core.charts.scores import branch_score, branch_scores, entry_words
from core.charts.screening import probability_words, verdict_words
from core.charts.second_opinion import opinion_reasons, opinion_words
from core.charts.style import Quantity
from core.charts.synkinesis import found_entries, watched_triggers
from core.charts.wording import measure_words, quantity, share
from core.grading.screen_agreement import Agreement, screen_agreement
from core.reports.content import (
    LEARNED,
    Judgement,
    day_words,
)
from core.reports.face_drawing import FaceDrawing, ScaleBar, score_marks
from core.reports.fonts import marked
from core.reports.sheet import (
    BODY,
    COLUMN,
    SMALL,
    bold,
    columns,
    cut,
    heading,
    mixed,
    table,
    text,
)
from core.result import ExamResult
from core.words import BRANCHES, SIDES

_AGREEMENT = {
    Agreement.SCREEN_ONLY: "Review: the screen flags it, the measured movement does not.",
    Agreement.MEASURED_ONLY: "Review: the measured movement shows it, the screen does not flag it.",
    Agreement.SCREEN_UNSURE: "The screen is unsure; judge by the measured movement and the video.",
    Agreement.BOTH_FOUND: "Screen and measured movement both point to synkinesis.",
    Agreement.NEITHER_FOUND: "Neither the screen nor the measured movement shows synkinesis.",
}


# ------------------------------------------------------------------ branches
def maps(result: ExamResult, width: float, size: float) -> Any:
    """The face maps of weakness and of synkinesis side by side."""
    each = width / 2
    cells = []
    for of in Quantity:
        scores = branch_scores(result, of)
        cells.append(
            [
                heading(of.label, of.meaning),
                columns([FaceDrawing(score_marks(scores), size * each)], [each]),
                ScaleBar(of, 0.72 * each),
            ]
        )
    return columns(cells, [each, each])


def branch_table(result: ExamResult, width: float) -> list[Any]:
    """Weakness and synkinesis of every branch, both sides, with a network's second opinion where there is one."""
    opinion = result.severity_opinion
    per_side = 3 if opinion is not None else 2
    first = 0.215 * width
    each = (width - first) / 2
    shares = (0.36, 0.28, 0.36) if per_side == 3 else (0.55, 0.45)
    widths = [first, *(each * part for _ in SIDES for part in shares)]
    names = ["Weakness", "Synkinesis", *(["Second opinion*"] if per_side == 3 else [])]
    rows: list[list[Any]] = [
        ["", *(cell for side in SIDES for cell in _side_head(side.label.capitalize(), per_side))],
        [text("Branch (region)", COLUMN), *(text(name, COLUMN) for _ in SIDES for name in names)],
    ]
    for branch in (b for b in BRANCHES if b in result.branches):
        row = [mixed(f"{bold(branch.label)}<br/><font size='6.6'>{marked(branch.region)}</font>")]
        for side in SIDES:
            found = result.branches[branch].get(side)
            weak, linked = (branch_score(result, branch, side, of) for of in Quantity)
            remarks = [
                f"{found.confidence} confidence" if found.confidence and weak.value is not None else "",
                "◆ hypertonic at rest" if weak.hypertonic else "",
            ]
            row += [_score_cell(weak.value, weak.grade, remarks), _score_cell(linked.value, linked.grade, [])]
            if opinion is not None:
                shown = opinion.branches.get(branch)
                row.append(text("–" if shown is None else opinion_words(shown.get(side)), BODY))
        rows.append(row)
    spans = [(0, 1, per_side), (0, 1 + per_side, 2 * per_side)]
    parts = [
        heading("Branches", "0 is normal, 100 the worst; grade behind the number"),
        table(rows, widths, heads=2, rules=[1, 1 + per_side], spans=spans, tight=True),
    ]
    if opinion is not None:
        told = "; ".join(opinion_reasons(result))
        parts.append(
            text(
                f"* Second opinion on weakness by the network {opinion.model}, {LEARNED}; in brackets its 80 % interval. It "
                f"changes no score. {told}".strip(),
                SMALL,
            )
        )
    return parts


def _side_head(label: str, per_side: int) -> list[Any]:
    return [mixed(bold(label), BODY), *([""] * (per_side - 1))]


def _score_cell(value: float | None, grade: str | None, remarks: Iterable[str]) -> Any:
    below = ", ".join(remark for remark in remarks if remark)
    if value is None:
        return text("not assessable", BODY)
    shown = f"<font size='9'>{bold(f'{value:.0f}')}</font> {marked(grade or '')}"
    return mixed(shown + (f"<br/><font size='6.6'>{marked(below)}</font>" if below else ""), BODY)


# ------------------------------------------------------------------ synkinesis in words, screen
def synkinesis_words(result: ExamResult, most: int) -> list[Any]:
    """The worst unwanted movements, and what the screen says."""
    lines: list[Any] = [heading("Synkinesis found", "unwanted movement of at least mild degree, worst first")]
    found = found_entries(result)
    if not watched_triggers(result):
        lines.append(text("Not assessable: no movement was recorded during which synkinesis can be watched."))
    elif not found:
        lines.append(text("None."))
    for entry in found[:most]:
        lines.append(text(f"{entry.side.label.capitalize()}: {entry_words(entry)}, score {entry.score:.0f}"))
    if len(found) > most:
        lines.append(text(f"{len(found) - most} more on the page Synkinesis.", SMALL))
    lines += screen_words(result)
    return lines


def screen_words(result: ExamResult) -> list[Any]:
    """What the screen for synkinesis says, marked as what it is."""
    found = result.screening
    if found is None:
        return []
    verdict = verdict_words(found)
    if found.probability is None:
        said = f"{bold(verdict)}. {marked(found.reason or '')}"
    else:
        said = f"{bold(verdict)}, probability {marked(probability_words(found))}"
    agreement = _AGREEMENT.get(screen_agreement(result), "")
    return [
        mixed(
            f"Screen by the network {marked(found.model)} ({LEARNED}): {said}. {marked(agreement)}".replace("..", ".")
        )
    ]


# ------------------------------------------------------------------ scales, judgement, movements
def scale_table(result: ExamResult, width: float, lines: int) -> list[Any]:
    """The four scales with their parts; every one is an estimate."""
    side = result.scales.side
    whose = "" if side is None else f"of the {side.label} side"
    widths = [0.255 * width, 0.315 * width, 0.43 * width]
    rows: list[list[Any]] = [[text(name, COLUMN) for name in ("Scale", "Estimate", "Parts, and what is open")]]
    for found in scale_tables(result):
        parts = " · ".join(found.parts)
        told = " ".join(part for part in (f"{parts}." if parts else "", found.reason or "") if part)
        rows.append(
            [
                text(f"{found.name} (estimate)"),
                mixed(bold(found.total)),
                text(cut(told, widths[2] - 6, lines, SMALL), SMALL),
            ]
        )
    return [
        heading(
            "Clinical scales, estimated",
            f"{whose or 'from the measurements'}, for orientation; a scale is rated by a clinician",
        ),
        table(rows, widths, tight=True),
    ]


def judgement_table(judgements: Sequence[Judgement], width: float, most: int) -> list[Any]:
    """What the clinician judged, beside the automatic value."""
    if not judgements:
        return []
    widths = [part * width for part in (0.3, 0.19, 0.19, 0.32)]
    rows: list[list[Any]] = [[text(name, COLUMN) for name in ("Item", "Automatic", "Clinician", "By, on")]]
    for judged in judgements[:most]:
        rows.append(
            [
                text(cut(judged.item, widths[0] - 6, 2)),
                text(cut(judged.automatic or "not assessable", widths[1] - 6, 2)),
                mixed(bold(cut(judged.clinician, widths[2] - 6, 2))),
                text(cut(f"{judged.who}, {day_words(judged.when)}", widths[3] - 6, 2), SMALL),
            ]
        )
    parts = [
        heading("Clinician's judgement", "stands beside the automatic value and replaces none"),
        table(rows, widths, tight=True),
    ]
    if len(judgements) > most:
        parts.append(text(f"{len(judgements) - most} more in the record.", SMALL))
    return parts


def movement_table(result: ExamResult, width: float) -> list[Any]:
    """Excursions of every movement from the patient's own rest, and the sides against each other."""
    widths = [part * width for part in (0.2, 0.31, 0.1, 0.1, 0.17, 0.12)]
    heads = ("Movement", "Measured", "Right", "Left", "Weaker : stronger", "Repetitions")
    rows: list[list[Any]] = [[text(name, COLUMN) for name in heads]]
    for expression, entry in result.expressions.items():
        if not entry.assessable:
            continue
        rows.append(
            [
                text(expression.label),
                text(cut(measure_words(entry.measure), widths[1] - 6, 2, SMALL), SMALL),
                *(mixed(bold(quantity(entry.excursion_mm.get(side)))) for side in SIDES),
                text(share(entry.function_ratio)),
                text(f"{sum(r.used for r in entry.repetitions)} of {len(entry.repetitions)}"),
            ]
        )
    if len(rows) == 1:
        return []
    return [
        heading("Movements", "peak excursion from the patient's own rest, mean over usable repetitions"),
        table(rows, widths, tight=True),
    ]
