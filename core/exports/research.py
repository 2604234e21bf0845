"""The research export: chosen visits as one zip, pseudonymised, BIDS-like, without video unless asked (reliability section 3).

What may go in is listed here; everything else stays out. Free text (names, record numbers, notes, labels, file names, comments,
descriptions) is never copied, not even where it looks harmless: what is not on a list of ours becomes "Other".
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

from core.errors import HemifaceError, InputError
from core.exports import bids
from core.exports.audit import note_export
from core.exports.columns import MEASURES_TABLE
from core.exports.dictionary import dictionary
from core.exports.examinations import (
    Examination,
    Keys,
    LeftOut,
    Progress,
    examinations,
    no_progress,
    not_cancelled,
    nothing_to_export,
    packing,
    raise_if,
)
from core.exports.files import whole_file, zip_folder
from core.exports.formats import TableFormat, TidyTable
from core.exports.measure_rows import judged_rows
from core.exports.pseudonyms import Pseudonyms
from core.exports.research_consent import COLUMNS, consent_cells, consent_facts, require_consents
from core.exports.tables import TableWriter
from core.exports.tidy import DICTIONARY, examination_tables
from core.exports.video_copy import copy_pictures
from core.records.clinical_entries import INJECTION_SITES
from core.records.entries import CAUSES, Patient, Visit
from core.records.store import Store

_OLDEST = 89
_OTHER = CAUSES[-1]


@dataclass(frozen=True)
class ResearchExport:
    """What was written.

    Attributes:
        path: the zip.
        participants, sessions, recordings: how many.
        left_out: what could not be exported, and why; it names true ids and stands nowhere in the zip.
    """

    path: Path
    participants: int
    sessions: int
    recordings: int
    left_out: tuple[LeftOut, ...]


def write_research(
    store: Store,
    visit_ids: Sequence[str],
    target: Path,
    *,
    form: TableFormat = TableFormat.PARQUET,
    with_video: bool = False,
    video_consent: bool = False,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = not_cancelled,
) -> ResearchExport:
    """Write the research export of visits as a zip; it is complete or not there.

    Args:
        store: the records; the export is noted in the audit trail.
        visit_ids: the visits (``choose_visits``).
        target: the zip.
        form: of curves and landmarks; measures are always CSV.
        with_video: put the videos in, without sound and metadata. Faces identify people.
        video_consent: the caller confirms that; without it videos are refused. Besides, the records must hold the consent of
            every patient who is not simulated (core.exports.research_consent).
        progress, cancelled: are told and asked after each visit.

    Raises:
        InputError: video without consent, a patient who has withdrawn consent to the use of measures, no analysed visit, or the
            zip cannot be written.
        HemifaceError: a visit is not in the records.
        Cancelled: nothing was written.
    """
    if with_video and not video_consent:
        raise InputError(
            "Videos show faces and need the consent of every patient.",
            hint="Confirm their consent (on the command line: --video-consent), or leave the videos out.",
            code="consent",
        )
    with whole_file(target) as zipped:
        folder = Path(mkdtemp(prefix=".partial-", dir=target.parent))
        try:
            dataset = _Dataset(store, folder, form, with_video)
            dataset.write(list(visit_ids), progress, cancelled)
            raise_if(cancelled)
            zip_folder(folder, zipped, packing(progress, cancelled))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        note_export(store, "research", visit_ids, with_video=with_video)
    left_out = tuple(dataset.left_out)
    return ResearchExport(target, dataset.participants, dataset.sessions, dataset.recordings, left_out)


class _Dataset:
    """A dataset in the making, in a folder."""

    def __init__(self, store: Store, folder: Path, form: TableFormat, with_video: bool) -> None:
        self.participants = self.sessions = self.recordings = 0
        self.left_out: list[LeftOut] = []
        self._store, self._folder, self._form, self._with_video = store, folder, form, with_video
        self._derived = folder / "derivatives" / "hemiface"
        self._names = Pseudonyms.open(store.files)

    def write(self, visit_ids: list[str], progress: Progress, cancelled: Callable[[], bool]) -> None:
        by_patient: dict[str, list[Visit]] = {}
        for visit_id in visit_ids:
            visit = self._store.visit(visit_id)
            by_patient.setdefault(visit.patient_id, []).append(visit)
        require_consents(self._store, by_patient, self._pseudonym, with_video=self._with_video)
        bids.describe(self._folder, with_video=self._with_video)
        columns = bids.PARTICIPANTS | COLUMNS
        sidecar = {name: {"Description": words} for name, words in columns.items()}
        bids.write_json(self._folder / "participants.json", sidecar)
        participants, treatments, done = [], [], 0
        with TableWriter(self._derived / "measures.csv", MEASURES_TABLE, TableFormat.CSV) as measures:
            # By pseudonym: the order must not tell who was entered first.
            for patient_id in sorted(by_patient, key=self._pseudonym):
                patient = self._store.patient(patient_id)
                sessions = []
                numbers = self._session_numbers(patient_id)
                for visit in sorted(by_patient[patient_id], key=lambda visit: numbers[visit.id]):
                    raise_if(cancelled)
                    progress("exporting", done, len(visit_ids))
                    if self._write_session(patient, visit, f"ses-{numbers[visit.id]:02d}", measures):
                        sessions.append((visit, f"ses-{numbers[visit.id]:02d}"))
                    done += 1
                if sessions:
                    self._write_sessions(patient, sessions)
                    participants.append(self._participant(patient, sessions[0][0].day))
                    treatments += self._treatments(patient)
        if not participants:
            raise nothing_to_export()
        bids.write_tsv(self._folder / "participants.tsv", columns, participants)
        if treatments:
            bids.describe_treatments(self._folder)
            bids.write_tsv(self._folder / "phenotype" / "treatments.tsv", bids.TREATMENTS, treatments)
        text = json.dumps(dictionary(), indent=1, ensure_ascii=False)
        (self._derived / DICTIONARY).write_text(text, encoding="utf-8")
        self.participants = len(participants)

    def _pseudonym(self, patient_id: str) -> str:
        return f"sub-{self._names.of('patient', patient_id)}"

    def _session_numbers(self, patient_id: str) -> dict[str, int]:
        """Number of every visit of a patient in the order of their days."""
        visits = [row.visit for row in self._store.visits(patient_id)]
        visits.sort(key=lambda visit: (visit.day, visit.created_at))
        return {visit.id: number for number, visit in enumerate(visits, start=1)}

    def _write_session(self, patient: Patient, visit: Visit, session: str, measures: TableWriter) -> bool:
        """Write one visit; False when it has no analysis."""
        found = list(examinations(self._store, [visit.id], self.left_out))
        for run, examination in enumerate(found, start=1):
            keys = self._keys(patient, visit, session, examination)
            self._write_recording(examination, keys, run, measures)
        if found:
            judged = self._keys(patient, visit, session, None)
            measures.write(MEASURES_TABLE.table(judged_rows(self._store, visit, judged, patient.simulated)))
            self.sessions += 1
            self.recordings += len(found)
        return bool(found)

    def _keys(self, patient: Patient, visit: Visit, session: str, examination: Examination | None) -> Keys:
        recording, analysis = (examination.recording.id, examination.analysis.id) if examination else ("", "")
        return Keys(
            self._pseudonym(patient.id),
            session,
            self._names.shifted(patient.id, visit.day),
            self._names.of("recording", recording),
            self._names.of("analysis", analysis),
        )

    def _write_recording(self, examination: Examination, keys: Keys, run: int, measures: TableWriter) -> None:
        place = Path(keys.patient_pid) / keys.visit_id / "beh"
        name = f"{keys.patient_pid}_{keys.visit_id}_task-{bids.TASK}_run-{run:02d}"
        segments = examination.result.segments
        events = [(s.start_s, s.duration_s, s.expression.value, s.source.value) for s in segments]
        bids.write_tsv(self._folder / place / f"{name}_events.tsv", bids.EVENTS, events)
        bids.write_json(self._folder / place / f"{name}_events.json", _facts(examination, keys))
        derived = self._derived / place
        derived.mkdir(parents=True, exist_ok=True)
        for spec, table in examination_tables(examination, keys, list(TidyTable), self.left_out):
            if spec is MEASURES_TABLE:
                measures.write(table)
                continue
            with TableWriter(derived / f"{name}_{spec.name}.{self._form.value}", spec, self._form) as writer:
                writer.write(table)
        if self._with_video:
            self._write_video(examination, self._folder / place, name)

    def _write_video(self, examination: Examination, folder: Path, name: str) -> None:
        try:
            path = self._store.recording_path(examination.recording)
            copy_pictures(path, folder, f"{name}_video")
        except HemifaceError as problem:
            for part in folder.glob(f"{name}_video.*"):
                part.unlink()
            self.left_out.append(LeftOut(f"video of recording {examination.recording.id}", problem.message))
            return
        patient_id = examination.patient.id
        consent = consent_facts(self._store.consents(patient_id), lambda day: self._names.shifted(patient_id, day))
        bids.write_json(folder / f"{name}_video.json", _video_facts(examination) | consent)

    def _write_sessions(self, patient: Patient, sessions: list[tuple[Visit, str]]) -> None:
        onset = patient.details.onset
        rows = [
            (name, self._names.shifted(patient.id, visit.day), (visit.day - onset).days if onset else None)
            for visit, name in sessions
        ]
        subject = self._pseudonym(patient.id)
        bids.write_tsv(self._folder / subject / f"{subject}_sessions.tsv", bids.SESSIONS, rows)

    def _participant(self, patient: Patient, first: date) -> tuple[object, ...]:
        details = patient.details
        age = None if details.birth_year is None else min(_OLDEST, max(0, first.year - details.birth_year))
        cause = details.cause if details.cause in (*CAUSES, "") else _OTHER
        simulated = "true" if details.simulated else "false"
        known = (self._pseudonym(patient.id), age, details.affected_side.value, cause, simulated)
        return *known, *consent_cells(self._store.consents(patient.id))

    def _treatments(self, patient: Patient) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        for treatment in self._store.treatments(patient.id):
            day = self._names.shifted(patient.id, treatment.day)
            common = (self._pseudonym(patient.id), day, treatment.kind.value)
            sites = treatment.details.sites
            rows += [
                (*common, s.site if s.site in INJECTION_SITES else _OTHER, s.side.value, s.units) for s in sites
            ] or [(*common, None, None, None)]
        return rows


def _facts(examination: Examination, keys: Keys) -> dict[str, object]:
    result = examination.result
    return {
        "TaskName": bids.TASK,
        "RecordingId": keys.recording_id,
        "Protocol": result.protocol,
        "Simulated": examination.patient.simulated,
        "Tracker": {
            "Name": result.tracker.name,
            "Version": result.tracker.version,
            "WeightsSha256": result.tracker.weights_sha256,
            "Ways": result.tracker.ways,
        },
        "MillimetresPerPixel": result.scale.mm_per_px,
        "IrisMillimetres": result.scale.iris_mm,
        **_video_facts(examination),
    }


def _video_facts(examination: Examination) -> dict[str, object]:
    video = examination.result.video
    return {
        "RecordingDuration": video.duration_s,
        "Frames": video.frames,
        "FrameRate": video.fps_median,
        "Width": video.width,
        "Height": video.height,
        "VideoCodec": video.codec,
        "Mirrored": video.mirrored,
        "Complete": video.complete,
    }
