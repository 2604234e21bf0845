"""Many simulated patients in the records, to try the pages with: courses without video, made in about a minute.

Every recording has the same tiny grey clip for a file; the analyses hold result.json and measures.csv, and no track. Rows and
files of one patient are entered together, in one transaction.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from core.errors import Cancelled
from core.exam.protocol import CORE_PROTOCOL, Expression
from core.measures.table import write_measures_csv
from core.phantom.condition import synkinetic
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.exam import SHORT_TIMING, custom_script
from core.records.analyses import MEASURES, RESULT
from core.records.base import new_id, now
from core.records.clinical_entries import PromInstrument, TreatmentDetails
from core.records.entries import RecordingKind
from core.records.files import disk_errors, hash_file
from core.records.judged_items import JudgedItem
from core.records.many_courses import NUMBER_PREFIX, Course, PlannedVisit, courses
from core.records.patients import patient_columns
from core.records.scaled_result import scaled_result
from core.records.store import Store
from core.records.summaries import ExamSummary, summary_row
from core.records.tables import (
    AnalysisRow,
    AuditRow,
    Base,
    JudgementRow,
    PatientRow,
    PromTotalsRow,
    RecordingRow,
    TreatmentRow,
    VisitRow,
)
from core.result import ExamResult
from core.words import SIDES, AffectedSide, Side

Progress = Callable[[str, int, int, float | None], None]
"""Called with what is being done, visits done, visits in all, and None."""

_CLIP_NAME = "simulated-without-video.mp4"
_CLINICIAN = "simulated clinician"
_TEMPLATE_FPS, _REPETITIONS = 25.0, 2
_BEST_GRADE, _WORST_GRADE = 1, 6


@dataclass(frozen=True)
class ManyOutcome:
    """What ``add_many`` entered."""

    patients: int
    visits: int


def add_many(
    store: Store,
    patients: int = 200,
    visits: int = 2000,
    *,
    seed: int = 0,
    progress: Progress = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ManyOutcome:
    """Enter simulated patients with visits, treatments and analyses, but without video; those that are there already stay.

    Args:
        store: where they go.
        patients: how many in all.
        visits: how many in all, at least one for each patient.
        seed: of everything that is random; the same patients for the same numbers and seed.
        progress: called after every patient.
        cancelled: asked before every patient.

    Raises:
        Cancelled: ``cancelled`` said True; patients that were entered before stay, each of them complete.
        HemifaceError: the records cannot be written.
        ValueError: fewer visits than patients.
    """
    planned = list(courses(patients, visits, seed))
    present = _present(store)
    missing = [(number, one) for number, one in enumerate(planned, 1) if one.details.record_number not in present]
    total = sum(len(one.visits) for _, one in missing)
    if not missing:
        return ManyOutcome(0, 0)
    progress("measuring one simulated examination of each side", 0, total, None)
    templates = {side: _template(side) for side in SIDES}
    done = 0
    with tempfile.TemporaryDirectory(dir=store.files.incoming, prefix="many-") as folder:
        clip = _Clip.write(Path(folder) / _CLIP_NAME)
        for number, one in missing:
            if cancelled():
                raise Cancelled
            _Entry(store, clip).enter(one, templates[one.side], np.random.default_rng([seed, number, 1]))
            done += len(one.visits)
            progress(f"{done} of {total} visits entered", done, total, None)
    return ManyOutcome(len(missing), total)


def _present(store: Store) -> set[str]:
    query = select(PatientRow.record_number).where(
        PatientRow.simulated, PatientRow.record_number.startswith(NUMBER_PREFIX)
    )
    with store.database.read() as session:
        return set(session.scalars(query))


def _template(side: Side) -> ExamResult:
    """A half weak side with strong synkinesis, every movement twice, as exact landmarks measure it."""
    from core.analysis import analyse_track
    from core.phantom.drawing.shape import face_shape
    from core.phantom.motion import simulate
    from core.phantom.truth import exact_track

    movements = [expression for expression in CORE_PROTOCOL if expression is not Expression.REST]
    script = custom_script(movements, _REPETITIONS, 1, timing=SHORT_TIMING)
    motion = simulate(face_shape(IDENTITIES[0]), synkinetic(side, 1.0, 0.5), script, _TEMPLATE_FPS, 1)
    return analyse_track(exact_track(motion), segments=motion.segments, simulated=True).result


@dataclass(frozen=True)
class _Clip:
    """The file that stands in the place of a recording."""

    content: bytes
    sha256: str
    facts: dict[str, Any]

    @classmethod
    def write(cls, path: Path) -> _Clip:
        from core.video.probe import probe_video
        from core.video.writer import VideoWriter

        with disk_errors():
            with VideoWriter(path, 64, 64, 10.0) as writer:
                for _ in range(10):
                    writer.write(np.full((64, 64, 3), 128, np.uint8))
            content = path.read_bytes()
        facts = asdict(probe_video(path)) | {"without_video": True}
        return cls(content, hashlib.sha256(content).hexdigest(), facts)


class _Entry:
    """Enters one patient: the files first, then all rows in one transaction."""

    def __init__(self, store: Store, clip: _Clip) -> None:
        self._store, self._clip = store, clip
        self._rows: list[Base] = []
        self._moment = now()

    def enter(self, course: Course, template: ExamResult, random: np.random.Generator) -> None:
        patient_id = new_id()
        columns = patient_columns(course.details.checked())
        self._add("patient", PatientRow(id=patient_id, **self._times("created_at", "updated_at"), **columns))
        try:
            for treatment in course.treatments:
                self._treatment(patient_id, treatment.checked())
            for visit in course.visits:
                self._visit(patient_id, visit, scaled_result(template, visit.state, random))
            with self._store.database.write() as session:
                for table in Base.metadata.sorted_tables:  # parents first
                    session.add_all(row for row in self._rows if row.__tablename__ == table.name)
                    session.flush()
        except BaseException:
            self._store.files.remove_patient(patient_id)
            raise

    def _times(self, *names: str) -> dict[str, datetime]:
        return dict.fromkeys(names, self._moment)

    def _add(self, subject: str, row: Any, **details: Any) -> None:
        self._rows.append(row)
        event = {"at": self._moment, "who": self._store.who, "action": "create", "subject": subject}
        self._rows.append(AuditRow(**event, subject_id=row.id, details=details))

    def _treatment(self, patient_id: str, treatment: TreatmentDetails) -> None:
        row = TreatmentRow(
            id=new_id(),
            patient_id=patient_id,
            day=treatment.day,
            kind=treatment.kind.value,
            description=treatment.description,
            sites=[site.as_json() for site in treatment.sites],
            who=_CLINICIAN,
            withdrawn_at=None,
            withdrawn_by=None,
            **self._times("created_at"),
        )
        self._add("treatment", row, patient=patient_id)

    def _visit(self, patient_id: str, planned: PlannedVisit, result: ExamResult) -> None:
        visit = VisitRow(
            id=new_id(),
            patient_id=patient_id,
            day=planned.day,
            label=planned.label,
            notes="",
            **self._times("created_at"),
        )
        self._add("visit", visit, patient=patient_id)
        analysis_id = self._examination(patient_id, visit.id, result)
        grade = result.scales.house_brackmann.grade
        if planned.house_brackmann_error is not None and grade is not None:
            judged = min(max(grade + planned.house_brackmann_error, _BEST_GRADE), _WORST_GRADE)
            self._rows.append(
                JudgementRow(
                    id=new_id(),
                    visit_id=visit.id,
                    analysis_id=analysis_id,
                    item=JudgedItem.HOUSE_BRACKMANN_GRADE.value,
                    version=1,
                    value=judged,
                    comment="Simulated.",
                    who=_CLINICIAN,
                    **self._times("created_at"),
                )
            )
        if planned.saq_total is not None:
            self._rows.append(
                PromTotalsRow(
                    id=new_id(),
                    visit_id=visit.id,
                    instrument=PromInstrument.SAQ.value,
                    version=1,
                    totals={"total": planned.saq_total},
                    who=_CLINICIAN,
                    **self._times("created_at"),
                )
            )

    def _examination(self, patient_id: str, visit_id: str, result: ExamResult) -> str:
        """Files and rows of a recording and its analysis; returns the id of the analysis."""
        files, clip = self._store.files, self._clip
        recording_id, analysis_id = new_id(), new_id()
        source = files.recording_folder(patient_id, recording_id) / "source.mp4"
        folder = files.analysis_folder(patient_id, recording_id, analysis_id)
        facts = result.video.model_copy(update={"sha256": clip.sha256})
        with disk_errors():
            folder.mkdir(mode=0o700, parents=True)
            source.write_bytes(clip.content)
            content = result.model_copy(update={"video": facts}).model_dump_json()
            (folder / RESULT).write_text(content, encoding="utf-8")
            write_measures_csv(folder / MEASURES, result)
            hashes = {name: hash_file(folder / name) for name in (RESULT, MEASURES)}
        recording = RecordingRow(
            id=recording_id,
            visit_id=visit_id,
            kind=RecordingKind.EXAM.value,
            expression=None,
            original_name=_CLIP_NAME,
            path=files.relative(source),
            sha256=clip.sha256,
            size_bytes=len(clip.content),
            mirrored=False,
            affected_side=AffectedSide.UNDETERMINED.value,
            facts=clip.facts,
            confirmed=True,
            **self._times("created_at"),
        )
        self._add("recording", recording, visit=visit_id, sha256=clip.sha256)
        analysis = AnalysisRow(
            id=analysis_id,
            recording_id=recording_id,
            software_version=result.software.version,
            tracker_name=result.tracker.name,
            tracker_version=result.tracker.version,
            weights_sha256=result.tracker.weights_sha256,
            options={"without_video": True},
            segments_version=None,
            folder=files.relative(folder),
            hashes=hashes,
            **self._times("created_at"),
        )
        self._add("analysis", analysis, recording=recording_id)
        self._rows.append(summary_row(analysis_id, ExamSummary.of(result)))
        return analysis_id
