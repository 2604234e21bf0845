"""Parts of the report of two visits: before, after and change of branches, movements and scales, each with what is detectable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.charts.change_style import MINUS
from core.charts.scales import grade_words
from core.charts.scores import branch_scores
from core.charts.style import LIGHT, Quantity
from core.charts.wording import short_name
from core.exam.protocol import Expression
from core.grading.change_types import ChangeRow, Comparison, Kind, Verdict
from core.reports import findings, parts
from core.reports.change_words import SHORT_VERDICTS, change_words, detectable_words, value_words
from core.reports.content import KeyPicture, ReportExam, day_words
from core.reports.face_drawing import MISSING, FaceDrawing, Mark, Pattern, ScaleBar, Swatch, score_marks
from core.reports.fonts import TEXT, marked, text_width
from core.reports.sheet import (
    BODY,
    CENTRED,
    COLUMN,
    SMALL,
    bold,
    boxed,
    boxes,
    columns,
    cut,
    gap,
    heading,
    mixed,
    picture,
    table,
    text,
)
from core.result import ExamResult
from core.words import BRANCHES, SIDES, Branch, Side

ARROW = "→"
# Told apart in grey, too: by number, pattern and darkness.
_LOOKS: dict[Verdict, tuple[str, Pattern]] = {
    Verdict.IMPROVED: ("#CFE6F2", Pattern.FALLING),
    Verdict.WORSE: ("#8F3D00", Pattern.PLAIN),
    Verdict.CHANGED: ("#E9E9E9", Pattern.DOTTED),
    Verdict.WITHIN_ERROR: ("#FFFFFF", Pattern.PLAIN),
    Verdict.NOT_COMPARABLE: (LIGHT.missing, Pattern.HATCHED),
}
_SCALES = (
    "sunnybrook_composite",
    "sunnybrook_voluntary",
    "sunnybrook_resting",
    "sunnybrook_synkinesis",
    "house_brackmann_grade",
    "eface_style_total",
    "fngs2_total",
)
# Unwanted movements that are printed at most.
_MOST_UNWANTED = 6
_TOTALS = ("sunnybrook_composite", "house_brackmann_grade", "eface_style_total", "fngs2_total")


# ------------------------------------------------------------------ headline
def notices(comparison: Comparison, width: float) -> list[Any]:
    """In a box what forbids comparing the visits."""
    if not comparison.blockers:
        return []
    lines = [mixed(bold("These visits cannot be compared: numbers stand side by side, but no change is interpreted."))]
    lines += [text(blocker.sentence) for blocker in comparison.blockers]
    return [gap(5), boxed(lines, width)]


def headline(before: ExamResult, after: ExamResult, comparison: Comparison, width: float) -> list[Any]:
    """The four things that are asked first at both visits, and how many branch scores changed."""
    sunnybrook = [result.scales.sunnybrook.composite for result in (before, after)]
    grades = [grade_words(result.scales.house_brackmann.grade).split(" (")[0] for result in (before, after)]
    facts = [
        ("Affected side", _affected(before, after)),
        ("Mean weakness, of 100", _means(before, after)),
        ("House-Brackmann (estimate)", _both(*grades)),
        ("Sunnybrook (estimate)", _both(*("–" if v is None else f"{v:.0f}" for v in sunnybrook))),
    ]
    scores = [*comparison.of(Kind.WEAKNESS), *comparison.of(Kind.SYNKINESIS)]
    counts = {verdict: sum(row.verdict is verdict for row in scores) for verdict in Verdict}
    told = ", ".join(f"{count} {verdict.label}" for verdict, count in counts.items() if count)
    note = f"Of {len(scores)} branch scores: {told}. Sunnybrook 100 is normal."
    return [boxes(facts, width), gap(2.5), text(note, SMALL)]


def _affected(before: ExamResult, after: ExamResult) -> str:
    first, second = parts.affected_words(before), parts.affected_words(after)
    return first if first == second else _both(first, second)


def _means(before: ExamResult, after: ExamResult) -> str:
    """Mean weakness of each side before and after, a line a side."""
    lines = []
    for side in SIDES:
        values = [result.overall.weakness.get(side) for result in (before, after)]
        lines.append(f"{side.value[0].upper()} " + _both(*("–" if v is None else f"{v:.0f}" for v in values)))
    return "\n".join(lines)


def _both(first: str, second: str) -> str:
    """Two short values on one line, two long ones on two."""
    return f"{first} {ARROW} {second}" if len(first + second) < 16 else f"{first} {ARROW}\n{second}"


# ------------------------------------------------------------------ maps
def maps(before: ExamResult, after: ExamResult, comparison: Comparison, width: float, size: float) -> list[Any]:
    """Weakness before, after, and its change; below them what tones and patterns mean."""
    each = width / 3
    drawn = [
        ("Weakness before", score_marks(branch_scores(before, Quantity.WEAKNESS))),
        ("Weakness after", score_marks(branch_scores(after, Quantity.WEAKNESS))),
        (f"Change ({MINUS} is better)", change_marks(comparison.of(Kind.WEAKNESS))),
    ]
    cells = [[heading(title), FaceDrawing(marks, size * each, names=False)] for title, marks in drawn]
    legend = columns([ScaleBar(Quantity.WEAKNESS, 0.34 * width), _legend()], [0.36 * width, 0.64 * width])
    return [gap(5), columns(cells, [each] * 3), legend]


def change_marks(rows: Sequence[ChangeRow]) -> list[Mark]:
    """Territories of a map of change."""
    marks = []
    for row in rows:
        assert row.side is not None
        colour, pattern = _LOOKS[row.verdict]
        words = MISSING if row.verdict is Verdict.NOT_COMPARABLE else change_words(row.change, row.unit)
        marks.append(Mark(Branch(row.name), row.side, words, colour, pattern))
    return marks


def _legend() -> Any:
    cells: list[Any] = []
    widths = []
    for verdict, look in _LOOKS.items():
        words = SHORT_VERDICTS[verdict]
        cells += [Swatch(*look), text(words, SMALL)]
        widths += [19.0, text_width(words, TEXT, SMALL.fontSize) + 7.0]
    return [gap(8), columns(cells, widths)]


# ------------------------------------------------------------------ tables
def branch_table(comparison: Comparison, width: float) -> list[Any]:
    """Overall weakness, then weakness and synkinesis of every branch: before, after, change, what is detectable, verdict."""
    told: list[tuple[str, dict[Side, ChangeRow | None]]] = []
    overall = {side: next(iter(comparison.of(Kind.OVERALL, side)), None) for side in SIDES}
    told += [(Kind.OVERALL.label, overall)] if any(overall.values()) else []
    for kind in (Kind.WEAKNESS, Kind.SYNKINESIS):
        found = [(b, {side: comparison.row(kind, b.value, side) for side in SIDES}) for b in BRANCHES]
        kept = [(branch.label, rows) for branch, rows in found if any(rows.values())]
        told += [(kind.label, {}), *kept] if kept else []
    return [
        heading(
            "Branches",
            "0 is normal, 100 the worst; a change counts beyond its limit, the smallest detectable one (95 %)",
        ),
        _two_sided(told, width),
    ]


def movement_table(comparison: Comparison, width: float) -> list[Any]:
    """Excursions of every movement on both sides."""
    told: list[tuple[str, dict[Side, ChangeRow | None]]] = []
    for expression in Expression:
        rows = {side: comparison.row(Kind.EXCURSION, expression.value, side) for side in SIDES}
        if any(row is not None and not (row.before is None and row.after is None) for row in rows.values()):
            told.append((expression.label, rows))
    if not told:
        return []
    return [heading("Movements", "mean peak excursion in mm from the patient's own rest"), _two_sided(told, width)]


def unwanted_table(comparison: Comparison, width: float) -> list[Any]:
    """The strongest unwanted movements of the affected side that were more than noise at a visit, or that have changed."""
    rows = _told_unwanted(comparison)
    if not rows or rows[0].side is None:
        return []
    widths = [part * width for part in (0.48, 0.1, 0.1, 0.1, 0.08, 0.14)]
    heads = ("Unwanted movement", "Before", "After", "Change", "Limit", "Verdict")
    lines = [[text(name, COLUMN) for name in heads], *([text(row.label), *_cells(row)] for row in rows)]
    note = f"of the {rows[0].side.label}, mm beyond the other side: the {_MOST_UNWANTED} strongest beyond the noise"
    return [heading("Synkinesis in millimetres", note), table(lines, widths, tight=True)]


def _told_unwanted(comparison: Comparison) -> list[ChangeRow]:
    rows = [row for row in comparison.of(Kind.UNWANTED) if _is_beyond_noise(row)]
    return sorted(rows, key=lambda row: -max(row.before or 0.0, row.after or 0.0))[:_MOST_UNWANTED]


def _is_beyond_noise(row: ChangeRow) -> bool:
    if row.verdict in (Verdict.IMPROVED, Verdict.WORSE, Verdict.CHANGED):
        return True
    floor = row.detectable.floor if row.detectable is not None else 0.0
    return max(row.before or 0.0, row.after or 0.0) > floor


def _two_sided(told: Sequence[tuple[str, dict[Side, ChangeRow | None]]], width: float) -> Any:
    """Rows of both sides under one label; a label without rows heads those that follow."""
    first = 0.205 * width
    each = (width - first) / 2
    widths = [first, *(each * part for _ in SIDES for part in (0.165, 0.14, 0.19, 0.155, 0.35))]
    names = ("Before", "After", "Change", "Limit", "Verdict")
    head = ["", *(cell for side in SIDES for cell in (mixed(bold(side.label.capitalize())), "", "", "", ""))]
    rows: list[list[Any]] = [head, ["", *(text(name, COLUMN) for _ in SIDES for name in names)]]
    groups = []
    for label, found in told:
        if found:
            rows.append([text(label), *(cell for side in SIDES for cell in _cells(found[side]))])
        else:
            groups.append(len(rows))
            rows.append([mixed(bold(label)), *([""] * 10)])
    return table(rows, widths, heads=2, rules=[1, 6], spans=[(0, 1, 5), (0, 6, 10)], tight=True, groups=groups)


def _cells(row: ChangeRow | None) -> list[Any]:
    if row is None:
        return [text("–"), text("–"), text("–"), text("–"), text("not recorded", SMALL)]
    decided = row.verdict in (Verdict.IMPROVED, Verdict.WORSE, Verdict.CHANGED)
    change, verdict = change_words(row.change, row.unit), SHORT_VERDICTS[row.verdict]
    return [
        text(value_words(row.before, row.unit)),
        text(value_words(row.after, row.unit)),
        mixed(bold(change)) if decided else text(change),
        text(detectable_words(row), SMALL),
        mixed(bold(verdict), BODY) if decided else text(verdict, SMALL),
    ]


def scale_table(comparison: Comparison, width: float, *, with_parts: bool) -> list[Any]:
    """Totals of the scales at both visits; every one is an estimate."""
    widths = [part * width for part in (0.28, 0.2, 0.2, 0.08, 0.08, 0.16)]
    heads = ("Scale (estimate)", "Before", "After", "Change", "Limit", "Verdict")
    rows: list[list[Any]] = [[text(name, COLUMN) for name in heads]]
    for name in _scales(with_parts):
        row = comparison.row(Kind.SCALE, name)
        if row is not None:
            rows.append([text(row.label), *_cells(row)])
    if len(rows) == 1:
        return []
    note = "estimates from the measurements, for orientation; a scale is rated by a clinician"
    return [heading("Clinical scales, estimated", note), table(rows, widths, tight=True)]


def notes(comparison: Comparison, *, with_parts: bool) -> Any:
    """What short verdicts stand for, and which quantities of the page Compare are not printed, with how many values."""
    short = [f"“{short}” is {verdict.label}" for verdict, short in SHORT_VERDICTS.items() if short != verdict.label]
    told = [f"Short in the tables: {'; '.join(short)}."]
    counted: dict[str, int] = {}
    unwanted = _told_unwanted(comparison)
    for row in comparison.rows:
        if row not in unwanted and not _is_shown(row, _scales(with_parts)):
            never = " measured at neither visit" if row.kind is Kind.EXCURSION else ""
            words = f"{row.kind.label.lower()}{never}"
            counted[words] = counted.get(words, 0) + 1
    if counted:
        left_out = "; ".join(f"{words} ({count})" for words, count in counted.items())
        told.append(f"Not printed here, but on the page Compare: {left_out}.")
    return text(" ".join(told), SMALL)


def _scales(with_parts: bool) -> tuple[str, ...]:
    return _SCALES if with_parts else _TOTALS


# ------------------------------------------------------------------ pictures, reasons
def pictures(before: ReportExam, after: ReportExam, width: float, largest: float) -> list[Any]:
    """Key pictures of both visits, the same movement above one another; nothing without pictures."""
    shown = [{shown.expression: shown for shown in exam.pictures} for exam in (before, after)]
    kept = [expression for expression in Expression if any(expression in row for row in shown)]
    missing = [
        text(f"{name}: {marked(exam.pictures_note)}", SMALL)
        for name, exam in (("Before", before), ("After", after))
        if exam.pictures_note
    ]
    if not kept:
        return [heading("Key pictures"), *missing] if missing else []
    label = 44.0
    side = min(largest, (width - label) / len(kept) - 4)
    rows: list[Any] = [heading("Key pictures", "the moment of the largest movement; patient's right on the left")]
    for exam, row, name in zip((before, after), shown, ("Before", "After"), strict=True):
        last = exam is after
        cells: list[Any] = [[mixed(bold(name)), text(day_words(exam.day), SMALL)]]
        cells += [_picture_cell(row.get(expression), expression, side, captioned=last) for expression in kept]
        rows += [columns(cells, [label, *([side + 4] * len(kept))], space=4), gap(3)]
    return [*rows, *missing]


def _picture_cell(shown: KeyPicture | None, expression: Expression, side: float, *, captioned: bool) -> list[Any]:
    cell = [picture(shown.image, side) if shown is not None else text("not recorded", CENTRED)]
    return [*cell, text(short_name(expression), CENTRED)] if captioned else cell


def judgements(before: ReportExam, after: ReportExam, width: float, most: int) -> list[Any]:
    """The clinician's judgements of both visits; the item says of which."""
    named = [
        replace(judged, item=f"{when}: {judged.item}")
        for when, exam in (("Before", before), ("After", after))
        for judged in exam.judgements
    ]
    return findings.judgement_table(named, width, most)


def reasons(comparison: Comparison, width: float, most: int) -> list[Any]:
    """Remarks, and why quantities are not comparable, each reason once."""
    told: dict[str, list[str]] = {}
    stop = {blocker.sentence for blocker in comparison.blockers}
    for row in comparison.rows:
        if row.verdict is Verdict.NOT_COMPARABLE and row.reason not in stop and _is_shown(row, _SCALES):
            what = row.label if row.kind is Kind.SCALE else f"{_WHAT[row.kind]} {row.label.lower()}".strip()
            if what not in told.setdefault(row.reason, []):
                told[row.reason].append(what)
    lines = [text(cut(remark, width, 2)) for remark in comparison.remarks]
    lines += [mixed(f"{bold(_listed(what))}: {marked(cut(reason, width, 2))}") for reason, what in told.items()]
    if not lines:
        return []
    shown = [heading("Remarks, and what is not comparable"), *lines[:most]]
    if len(lines) > most:
        shown.append(text(f"{len(lines) - most} more on the page Compare.", SMALL))
    return shown


_WHAT = {
    Kind.WEAKNESS: "weakness",
    Kind.SYNKINESIS: "synkinesis",
    Kind.OVERALL: "",
    Kind.EXCURSION: "movement",
}


def _is_shown(row: ChangeRow, scales: Sequence[str]) -> bool:
    """Whether the report has a place for the row; movements that neither visit has are left out."""
    if row.kind is Kind.SCALE:
        return row.name in scales
    if row.kind is Kind.EXCURSION:
        return row.before is not None or row.after is not None
    return row.kind in _WHAT


def _listed(what: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(what[:most])
    return (shown[:1].upper() + shown[1:]) + (f" and {len(what) - most} more" if len(what) > most else "")


def sources(comparison: Comparison) -> str:
    """Where the detectable changes come from, each sentence once."""
    kinds = (Kind.WEAKNESS, Kind.SYNKINESIS, Kind.UNWANTED, Kind.EXCURSION, Kind.SCALE)
    found = [row.detectable.source for kind in kinds for row in comparison.of(kind) if row.detectable is not None]
    return " ".join(dict.fromkeys(found))
