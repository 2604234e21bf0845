"""Parts that both reports have: whose it is, the headline, pictures, notes, quality, what is missing, methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.charts.scales import grade_words
from core.charts.scores import branch_scores
from core.charts.style import Quantity
from core.charts.wording import short_name
from core.reports.content import (
    INTENDED_USE,
    LEARNED,
    ReportExam,
    ReportSubject,
    day_words,
    since_words,
)
from core.reports.fonts import is_printable, marked
from core.reports.sheet import (
    CENTRED,
    NAME,
    QUIET,
    SMALL,
    bold,
    boxes,
    columns,
    cut,
    gap,
    heading,
    mixed,
    picture,
    text,
)
from core.result import ExamResult
from core.words import SIDES, AffectedSide

_AFFECTED = {
    AffectedSide.NONE: "No side weak",
    AffectedSide.UNDETERMINED: "Undetermined",
    AffectedSide.BOTH: "Both sides",
}
_COMPARED = {
    "side_to_side": "each side with the stronger one",
    "normative": "both sides with published norms, because no healthy side could be named",
}
_GRAVEST_FIRST = ("error", "warning", "info")
_GRAVITY = {"error": "Problem", "warning": "Caution", "info": "Note"}
_SHORT_HASH = 12


# ------------------------------------------------------------------ whose, and how it was found
def identification(subject: ReportSubject, exams: Sequence[ReportExam], width: float) -> list[Any]:
    """Name, facts of the patient, the visits, and what this document is for."""
    facts = [
        ("Record number", subject.record_number),
        ("Born", "" if subject.birth_year is None else str(subject.birth_year)),
        ("Cause", subject.cause),
        ("Onset", "" if subject.onset is None else day_words(subject.onset)),
    ]
    told = "&nbsp;&nbsp;·&nbsp;&nbsp;".join(
        f"{marked(label)} {bold(cut(value, width / 2, 1))}" for label, value in facts if value
    )
    lines = [text(cut(subject.name, width, 2, NAME), NAME)]
    if told:
        lines.append(mixed(told))
    for number, exam in enumerate(exams):
        lines.append(mixed(_visit_line(subject, exam, number, len(exams), width)))
    if subject.simulated:
        lines.append(mixed(bold("Simulated patient: the pictures were made by a program. This is no person's record.")))
    if not all(is_printable(words) for words in (subject.name, subject.record_number, subject.cause)):
        lines.append(text("“?” stands for a letter that this document cannot print.", SMALL))
    return lines


def _visit_line(subject: ReportSubject, exam: ReportExam, number: int, visits: int, width: float) -> str:
    name = "Visit" if visits == 1 else ("Before", "After")[number]
    after = "" if subject.onset is None else since_words(subject.onset, exam.day)
    parts = [
        f"{name} {bold(day_words(exam.day))}",
        f"{marked(after)} after onset" if after and "after onset" not in exam.label else "",
        marked(cut(exam.label, width / 2, 1)) if exam.label else "",
        f"video {marked(cut(exam.recording, width / 3, 1))}" if exam.recording else "",
    ]
    return "&nbsp;&nbsp;·&nbsp;&nbsp;".join(part for part in parts if part)


def intended_use() -> Any:
    """The sentence of intended use."""
    return text(INTENDED_USE, QUIET)


def affected_words(result: ExamResult) -> str:
    """The affected side, e.g. "Patient's right"."""
    side = result.affected_side.side
    return _AFFECTED.get(result.affected_side, side.label.capitalize() if side else "")


def mean_words(result: ExamResult) -> str:
    """Mean weakness of both sides, e.g. "R 41 · L 3"."""
    right, left = (result.overall.weakness.get(side) for side in SIDES)
    return "–" if right is None or left is None else f"R {right:.0f} · L {left:.0f}"


def headline(result: ExamResult, width: float) -> list[Any]:
    """The four things that are asked first, and what they rest on."""
    sunnybrook = result.scales.sunnybrook.composite
    facts = [
        ("Affected side", affected_words(result)),
        ("Mean weakness, of 100", mean_words(result)),
        ("House-Brackmann (estimate)", grade_words(result.scales.house_brackmann.grade)),
        ("Sunnybrook (estimate)", "not assessable" if sunnybrook is None else f"{sunnybrook:.0f} of 100"),
    ]
    return [boxes(facts, width), gap(2.5), text(basis(result), SMALL), gap(5)]


def basis(result: ExamResult) -> str:
    """How the side was decided and what scores compare with."""
    source = "given by the clinician" if result.affected_side_source == "clinician" else "decided from the movement"
    return (
        f"The affected side was {source}. Weakness compares {_COMPARED[result.mode]}. "
        f"Mean over {result.overall.branches_used} branches."
    )


# ------------------------------------------------------------------ pictures
def key_pictures(exam: ReportExam, width: float, largest: float, across: int) -> list[Any]:
    """Pictures in rows with what they show; nothing where they were left out, a sentence where they could not be read."""
    pictures = exam.pictures
    if not pictures:
        return [heading("Key pictures"), text(exam.pictures_note)] if exam.pictures_note else []
    side = min(largest, width / across - 4)
    rows = [heading("Key pictures", "the moment of the largest movement; patient's right on the left")]
    for start in range(0, len(pictures), across):
        shown = pictures[start : start + across]
        cells = [[picture(each.image, side), text(short_name(each.expression), CENTRED)] for each in shown]
        rows += [columns(cells, [side + 4] * len(shown), space=4), gap(2)]
    return rows


# ------------------------------------------------------------------ notes, what is missing, methods
def notes(words: str, width: float, lines: int) -> list[Any]:
    """The clinician's notes of the visit, cut where they are long."""
    return [heading("Notes of the visit"), text(cut(words, width, lines))] if words.strip() else []


def quality_notes(result: ExamResult, width: float, most: int) -> list[Any]:
    """Remarks on the recording, the gravest first."""
    entries = sorted(result.quality, key=lambda entry: _GRAVEST_FIRST.index(entry.severity))
    lines = [heading("Quality of the recording")]
    if not entries:
        return [*lines, text("Nothing to remark.")]
    for entry in entries[:most]:
        about = "" if entry.expression is None else f" ({short_name(entry.expression)})"
        lines.append(mixed(f"{bold(_GRAVITY[entry.severity])}{marked(about)}: {marked(cut(entry.message, width, 2))}"))
    if len(entries) > most:
        lines.append(text(f"{len(entries) - most} more remarks on the page Severity.", SMALL))
    return lines


def quality_of_two(results: Sequence[ExamResult], width: float, most: int) -> list[Any]:
    """Remarks on both recordings; what both have is said once."""
    told: dict[str, list[str]] = {}
    for result, when in zip(results, ("before", "after"), strict=True):
        for entry in sorted(result.quality, key=lambda entry: _GRAVEST_FIRST.index(entry.severity)):
            about = "" if entry.expression is None else f" ({short_name(entry.expression)})"
            times = told.setdefault(
                f"{bold(_GRAVITY[entry.severity])}{marked(about)}: {marked(cut(entry.message, width, 2))}", []
            )
            if when not in times:
                times.append(when)
    lines = [mixed(f"{words} <i>({' and '.join(times)})</i>") for words, times in told.items()]
    shown = [heading("Quality of the recordings"), *(lines[:most] or [text("Nothing to remark.")])]
    if len(lines) > most:
        shown.append(text(f"{len(lines) - most} more remarks on the page Severity.", SMALL))
    return shown


def missing_words(result: ExamResult) -> list[str]:
    """What is not assessable and why, each reason once; scores first, then movements."""
    reasons: dict[str, list[str]] = {}
    for of in Quantity:
        for score in branch_scores(result, of):
            if score.value is None and score.reason:
                what = f"{of.label.lower()} {score.branch.label.lower()}"
                if what not in reasons.setdefault(score.reason, []):
                    reasons[score.reason].append(what)
    for expression, entry in result.expressions.items():
        if not entry.assessable and entry.reason:
            reasons.setdefault(entry.reason, []).append(f"movement “{short_name(expression).lower()}”")
    return [f"{', '.join(what).capitalize()}: {reason}" for reason, what in reasons.items()]


def not_assessable(result: ExamResult, width: float, most: int) -> list[Any]:
    """The part that says what is missing and why; nothing when all could be assessed."""
    found = missing_words(result)
    if not found:
        return []
    lines = [heading("Not assessable")] + [text(cut(words, width, 2)) for words in found[:most]]
    if len(found) > most:
        lines.append(text(f"{len(found) - most} more reasons on the page Severity.", SMALL))
    return lines


def methods_words(exam: ReportExam) -> str:
    """With what the numbers were made."""
    result = exam.result
    tracker, video, scale = result.tracker, result.video, result.scale.mm_per_px
    facts = [
        f"{result.software.name.capitalize()} {result.software.version}",
        ", ".join([f"tracker {tracker.name} {tracker.version}", *tracker.ways]),
        f"weights {tracker.weights_sha256[:_SHORT_HASH]}",
        f"protocol {result.protocol}",
        "no millimetre scale" if scale is None else f"{scale:.3f} mm a pixel, iris {result.scale.iris_mm} mm",
        f"video {video.sha256[:_SHORT_HASH]}, {video.width} × {video.height} pixels, {video.duration_s:.0f} s at "
        f"{video.fps_median:.0f} frames a second",
    ]
    opinions = [
        f"{opinion.model} {opinion.weights_sha256[:_SHORT_HASH]}"
        for opinion in (result.screening, result.severity_opinion)
        if opinion is not None
    ]
    if opinions:
        facts.append(f"networks {', '.join(opinions)} ({LEARNED})")
    if exam.analysis_id:
        made = "" if exam.analysed_at is None else f" of {day_words(exam.analysed_at.date())}"
        facts.append(f"analysis {exam.analysis_id[:_SHORT_HASH]}{made}")
    return " · ".join(facts)


def methods(exams: Sequence[ReportExam]) -> list[Any]:
    """Methods and versions of the examinations."""
    lines: list[Any] = [heading("Methods and versions")]
    for number, exam in enumerate(exams):
        before = "" if len(exams) == 1 else f"{('Before', 'After')[number]}: "
        lines.append(text(before + methods_words(exam), SMALL))
    lines.append(
        text(
            "Right and left are the patient's own; pictures and maps are arranged as when facing the patient. Branch names stand "
            "for regions of the face that overlap. Thresholds of the scores are not calibrated against clinicians' ratings yet.",
            SMALL,
        )
    )
    return lines
