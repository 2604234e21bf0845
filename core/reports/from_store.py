"""Reports of stored visits: what a page or the command line asks for by the id of a visit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.analysis import Analysis as Analysed
from core.charts.face_views import face_view
from core.charts.scales import grade_words
from core.errors import HemifaceError, InputError
from core.grading.change import compare
from core.grading.change_rules import resting_pitch_deg
from core.key_frames import ChosenFrame, choose_key_frames
from core.records import Analysis, Patient, Recording, Store, Visit
from core.records.frame_pictures import frame_picture, keep_pictures
from core.records.judged_items import JudgedItem, JudgedValue
from core.reports.comparison import comparison_report
from core.reports.content import EXPRESSIONS_SHOWN, Judgement, KeyPicture, Paper, ReportExam, ReportSubject
from core.reports.visit import visit_report
from core.result import ExamResult
from core.video.limits import DEFAULT_LIMITS, VideoLimits

PICTURE_PX = 360


@dataclass(frozen=True)
class _Stored:
    """One analysed video with where it belongs."""

    patient: Patient
    visit: Visit
    recording: Recording
    analysis: Analysis
    result: ExamResult


def report_of_visit(
    store: Store,
    visit_id: str,
    *,
    analysis_id: str | None = None,
    pictures: bool = True,
    paper: Paper = Paper.A4,
    limits: VideoLimits = DEFAULT_LIMITS,
) -> bytes:
    """The PDF of one visit.

    Args:
        store: of the records.
        visit_id: of the visit.
        analysis_id: which analysis; None is the newest of the last video that has one, as pages show it.
        pictures: print the key pictures; the first time they are read from the video, which takes seconds.
        paper: A4 or letter.
        limits: on what is accepted as a video.

    Raises:
        InputError: the visit has no analysis, the analysis is of another visit, or its sides were changed since.
        HemifaceError: unknown visit or analysis, or its files cannot be read.
    """
    found = _stored(store, visit_id, analysis_id)
    return visit_report(_subject(found.patient), _exam(store, found, limits, pictures=pictures), paper=paper)


def report_of_comparison(
    store: Store,
    baseline_visit_id: str,
    visit_id: str,
    *,
    analysis_ids: tuple[str | None, str | None] = (None, None),
    pictures: bool = True,
    paper: Paper = Paper.A4,
    limits: VideoLimits = DEFAULT_LIMITS,
) -> bytes:
    """The PDF of a visit against an earlier one of the same patient.

    Args:
        store: of the records.
        baseline_visit_id, visit_id: the earlier and the later visit.
        analysis_ids: of both; None as in ``report_of_visit``.
        pictures, paper, limits: as in ``report_of_visit``.

    Raises:
        InputError: as ``report_of_visit``; the visits are of two patients, or are the same one.
        HemifaceError: as ``report_of_visit``.
    """
    if baseline_visit_id == visit_id:
        raise InputError("A visit cannot be compared with itself.", code="report_same_visit")
    before, after = (
        _stored(store, each, analysis)
        for each, analysis in zip((baseline_visit_id, visit_id), analysis_ids, strict=True)
    )
    if before.patient.id != after.patient.id:
        raise InputError("The two visits are of different patients.", code="report_patients")
    if before.visit.day > after.visit.day:
        raise InputError("The baseline is the later one of the two visits.", code="report_order")
    pitch = tuple(resting_pitch_deg(store.load_track(each.analysis), each.result) for each in (before, after))
    return comparison_report(
        _subject(after.patient),
        _exam(store, before, limits, pictures=pictures),
        _exam(store, after, limits, pictures=pictures),
        compare(before.result, after.result, pitch_deg=(pitch[0], pitch[1])),
        paper=paper,
    )


def _stored(store: Store, visit_id: str, analysis_id: str | None) -> _Stored:
    visit = store.visit(visit_id)
    recording, analysis = _chosen(store, visit, analysis_id)
    result = store.load_result(analysis)
    if result.video.mirrored != recording.mirrored:
        raise InputError(
            "Right and left of this video were changed after its analysis.",
            hint="Analyse the video again.",
            code="report_sides",
        )
    return _Stored(store.patient(visit.patient_id), visit, recording, analysis, result)


def _chosen(store: Store, visit: Visit, analysis_id: str | None) -> tuple[Recording, Analysis]:
    if analysis_id is not None:
        analysis = store.analysis(analysis_id)
        recording = store.recording(analysis.recording_id)
        if recording.visit_id != visit.id:
            raise InputError("This analysis belongs to another visit.", code="report_analysis")
        return recording, analysis
    for recording in reversed(store.recordings(visit.id)):
        newest = store.latest_analysis(recording.id)
        if newest is not None:
            return recording, newest
    raise InputError(
        "Nothing of this visit was analysed yet.", hint="Analyse one of its videos.", code="report_no_analysis"
    )


def _subject(patient: Patient) -> ReportSubject:
    details = patient.details
    return ReportSubject(
        details.name, details.record_number, details.birth_year, details.cause, details.onset, details.simulated
    )


def _exam(store: Store, found: _Stored, limits: VideoLimits, *, pictures: bool) -> ReportExam:
    exam = ReportExam(
        day=found.visit.day,
        result=found.result,
        label=found.visit.label,
        notes=found.visit.notes,
        recording=found.recording.title,
        analysis_id=found.analysis.id,
        analysed_at=found.analysis.created_at,
        judgements=_judgements(store, found),
    )
    if not pictures:
        return exam
    try:
        return replace(exam, pictures=_pictures(store, found, limits))
    except HemifaceError as problem:
        return replace(exam, pictures_note=f"The key pictures cannot be printed. {problem.message}")


def _pictures(store: Store, found: _Stored, limits: VideoLimits) -> list[KeyPicture]:
    """The first key picture of every movement that a report shows; none where the analysis kept no curves."""
    curves, track = store.load_curves(found.analysis), store.load_track(found.analysis)
    if curves is None:
        return []
    first: dict[str, ChosenFrame] = {}
    for frame in choose_key_frames(Analysed(found.result, curves, track)):
        first.setdefault(frame.expression, frame)
    chosen = [first[expression] for expression in EXPRESSIONS_SHOWN if expression in first]
    keep_pictures(store, found.recording, [frame.index for frame in chosen], limits)
    return [
        KeyPicture(
            frame.expression,
            face_view(
                frame_picture(store, found.recording, frame.index, limits), track.points[frame.index], PICTURE_PX
            ),
            frame.time_s,
        )
        for frame in chosen
    ]


def _judgements(store: Store, found: _Stored) -> list[Judgement]:
    return [
        Judgement(
            item.label,
            _words(item, item.automatic(found.result)),
            _words(item, judged.value),
            judged.who,
            judged.created_at.date(),
        )
        for item, judged in store.judgements(found.visit.id).items()
    ]


def _words(item: JudgedItem, value: JudgedValue) -> str:
    """A judged or automatic value as it is printed."""
    if value is None or isinstance(value, str):
        return value or ""
    return grade_words(round(value)) if item is JudgedItem.HOUSE_BRACKMANN_GRADE else f"{value:g}"
