"""Examinations that are exported: which visits, their analyses, and the ids and dates under which their rows stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from core.errors import Cancelled, HemifaceError, InputError
from core.exam.protocol import Expression
from core.measures.curves import Curves
from core.records.entries import Analysis, Patient, Recording, Visit
from core.records.store import Store
from core.result import ExamResult
from core.tracking import FaceTrack

_PAGE = 500

Progress = Callable[[str, int, int | None], None]
"""Is told the stage, how many steps are done and of how many."""


def no_progress(_stage: str, _done: int, _total: int | None) -> None:
    """Tells nobody."""


def not_cancelled() -> bool:
    """Goes on."""
    return False


@dataclass(frozen=True)
class Keys:
    """Ids and dates of an examination's rows: its own, or those that stand for them in a research export.

    Attributes:
        visit_label, analysed_at, source_sha256: None where they must not be told.
        with_names: whether rows may say who set a value.
    """

    patient_pid: str
    visit_id: str
    visit_date: date
    recording_id: str
    analysis_id: str
    visit_label: str | None = None
    analysed_at: str | None = None
    source_sha256: str | None = None
    with_names: bool = False

    def as_row(self) -> dict[str, object]:
        """The columns that every table begins with."""
        return {
            "patient_pid": self.patient_pid,
            "visit_id": self.visit_id,
            "visit_date": self.visit_date,
            "recording_id": self.recording_id,
            "analysis_id": self.analysis_id,
        }


@dataclass(frozen=True)
class Examination:
    """One analysis of one recording with everything that it belongs to; track and curves are read when they are asked for.

    Raises (the properties):
        HemifaceError: a file of the analysis is missing, was changed, or cannot be read.
    """

    store: Store = field(repr=False)
    patient: Patient
    visit: Visit
    recording: Recording
    analysis: Analysis

    @cached_property
    def result(self) -> ExamResult:
        return self.store.load_result(self.analysis)

    @property
    def track(self) -> FaceTrack:
        return self.store.load_track(self.analysis)

    @property
    def curves(self) -> Curves | None:
        return self.store.load_curves(self.analysis)

    @property
    def keys(self) -> Keys:
        """Its own ids and dates."""
        return Keys(
            self.patient.id,
            self.visit.id,
            self.visit.day,
            self.recording.id,
            self.analysis.id,
            self.visit.label or None,
            iso_time(self.analysis.created_at),
            self.result.video.sha256,
            with_names=True,
        )

    def task_at(self, time_s: float) -> Expression | None:
        """The expression whose segment holds a time."""
        return next((s.expression for s in self.result.segments if s.start_s <= time_s <= s.end_s), None)


@dataclass(frozen=True)
class LeftOut:
    """Something that could not be exported or imported: ids or a file's name, and why."""

    what: str
    reason: str


def iso_time(moment: datetime) -> str:
    """UTC to the second, e.g. 2026-03-12T08:30:00Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def examinations(
    store: Store, visit_ids: Sequence[str], left_out: list[LeftOut], *, every_analysis: bool = False
) -> Iterator[Examination]:
    """Examinations of visits in the order of the visits; what cannot be read is noted in ``left_out``.

    Args:
        store: the records.
        visit_ids: which visits; raises HemifaceError for one that is not there.
        left_out: recordings without an analysis and analyses that cannot be read are added here.
        every_analysis: all analyses of a recording, newest first, instead of the newest one.
    """
    for visit_id in visit_ids:
        visit = store.visit(visit_id)
        patient = store.patient(visit.patient_id)
        for recording in store.recordings(visit_id):
            analyses = store.analyses(recording.id)
            if not analyses:
                left_out.append(LeftOut(f"recording {recording.id}", "It has not been analysed."))
            for analysis in analyses if every_analysis else analyses[:1]:
                examination = Examination(store, patient, visit, recording, analysis)
                try:
                    _ = examination.result
                except HemifaceError as problem:
                    left_out.append(LeftOut(f"analysis {analysis.id}", problem.message))
                    continue
                yield examination


def choose_visits(
    store: Store, *, patients: Sequence[str] = (), visits: Sequence[str] = (), everything: bool = False
) -> list[str]:
    """Ids of the visits that somebody names, patient by patient and oldest first, each once.

    Args:
        store: the records.
        patients: ids or record numbers.
        visits: ids of visits, or RECORD-NUMBER/YYYY-MM-DD for all visits of that day.
        everything: all visits of all patients.

    Raises:
        InputError: nothing was named, or a name fits no patient or visit, or several patients.
    """
    if not (patients or visits or everything):
        raise InputError("Say what to export.", hint="Use --patient, --visit or --all.", code="selection")
    chosen: list[str] = []
    for patient in all_patients(store) if everything else [find_patient(store, name) for name in patients]:
        chosen += [visit.id for visit in _visits_of(store, patient)]
    for name in visits:
        chosen += _find_visits(store, name)
    if not chosen:
        raise InputError("There is no visit to export.", hint="Add a visit first.", code="selection")
    return list(dict.fromkeys(chosen))


def all_patients(store: Store) -> Iterator[Patient]:
    """Every patient of the records."""
    offset = 0
    while found := store.patients(limit=_PAGE, offset=offset).rows:
        yield from (row.patient for row in found)
        offset += len(found)


def with_record_number(store: Store, number: str) -> list[Patient]:
    """Patients with exactly this record number, without regard to case."""
    found = store.patients(number, limit=_PAGE).rows
    return [row.patient for row in found if row.patient.details.record_number.casefold() == number.casefold()]


def find_patient(store: Store, name: str) -> Patient:
    """The patient with this id or record number; raises InputError for none or several."""
    try:
        return store.patient(name)
    except HemifaceError:
        found = with_record_number(store, name)
    if not found:
        raise InputError(f"No patient has the record number or id “{name}”.", code="patient")
    if len(found) > 1:
        raise InputError(
            f"{len(found)} patients have the record number “{name}”.",
            hint="Name the id; the address of the patient's page holds it.",
            code="patient",
        )
    return found[0]


def each_visit(
    visit_ids: Sequence[str], progress: Progress, cancelled: Callable[[], bool], stage: str = "exporting"
) -> Iterator[str]:
    """The visits one after the other; asks before and tells of each. Raises Cancelled when the user asked to end."""
    for done, visit_id in enumerate(visit_ids):
        raise_if(cancelled)
        progress(stage, done, len(visit_ids))
        yield visit_id
    progress(stage, len(visit_ids), len(visit_ids))


def nothing_to_export() -> InputError:
    """The error of an export whose visits have no analysis."""
    return InputError(
        "There is nothing to export: none of these visits has an analysis.",
        hint="Analyse a recording first.",
        code="nothing",
    )


def raise_if(cancelled: Callable[[], bool]) -> None:
    """Raise Cancelled when the user asked to end."""
    if cancelled():
        raise Cancelled


def packing(progress: Progress, cancelled: Callable[[], bool]) -> Callable[[int, int], None]:
    """What ``files.zip_folder`` calls while it packs: tells how far it is; raises Cancelled when the user asked to end."""

    def step(done: int, total: int) -> None:
        raise_if(cancelled)
        progress("packing", done, total)

    return step


def _visits_of(store: Store, patient: Patient) -> list[Visit]:
    return sorted((row.visit for row in store.visits(patient.id)), key=lambda visit: (visit.day, visit.created_at))


def _find_visits(store: Store, name: str) -> list[str]:
    number, slash, day = name.rpartition("/")
    try:
        if not slash:
            return [store.visit(name).id]
        wanted = date.fromisoformat(day)
    except (HemifaceError, ValueError) as problem:
        raise InputError(
            f"No visit is called “{name}”.", hint="Name its id, or RECORD-NUMBER/YYYY-MM-DD.", code="visit"
        ) from problem
    found = [visit.id for visit in _visits_of(store, find_patient(store, number)) if visit.day == wanted]
    if not found:
        raise InputError(f"The patient “{number}” has no visit on {day}.", code="visit")
    return found
