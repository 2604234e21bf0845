"""Two visits that were analysed, without any real face: a right palsy that gets better, with videos that show grey pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from core.analysis import Analysis, analyse_track
from core.exam.protocol import Expression
from core.records import Patient, PatientDetails, Recording, Store, Visit
from core.records.intake import take_in
from core.records.recordings import RecordingKind
from core.settings import Settings
from core.words import AffectedSide
from tests.exam_samples import fitting, write_grey_clip
from tests.synthetic import palsy, synthetic_track

DAYS = (date(2026, 1, 12), date(2026, 4, 20), date(2026, 7, 6))
LABELS = ("before treatment", "after *treatment*", "half a year")


@dataclass(frozen=True)
class Course:
    """A patient with analysed visits in the order of their days."""

    patient: Patient
    visits: tuple[Visit, ...]
    recordings: tuple[Recording, ...]


@cache
def palsy_exam(weakness: float) -> Analysis:
    """Brow raise, open smile and pucker twice each on a weak right side."""
    names = (Expression.BROW_RAISE, Expression.SMILE_OPEN, Expression.PUCKER)
    moves = [move for move in palsy(weakness) if move.expression in names for _ in range(2)]
    track, segments = synthetic_track(moves, noise_px=0.15)
    return fitting(analyse_track(track, segments=segments, side=AffectedSide.RIGHT, simulated=True))


def add_visit(
    store: Store, folder: Path, patient: Patient, day: date, label: str, exam: Analysis
) -> tuple[Visit, Recording]:
    """Enter one analysed visit; ``folder`` must be new for each."""
    folder.mkdir(parents=True)
    visit = store.create_visit(patient.id, day, label)
    clip = write_grey_clip(folder / "clip.mp4", exam.track)
    recording = take_in(store, visit.id, clip, "exam.mp4", Settings().video)
    recording = store.update_recording(
        recording.id,
        kind=RecordingKind.EXAM,
        expression=None,
        mirrored=False,
        affected_side=AffectedSide.RIGHT,
        confirmed=True,
    )
    (folder / "out").mkdir()
    exam.write(folder / "out")
    store.add_analysis(recording.id, folder / "out")
    return visit, recording


def add_course(
    store: Store, folder: Path, *weakness: float, name: str = "Course Patient", simulated: bool = True
) -> Course:
    """Enter a patient with a visit for each weakness of the right side."""
    details = PatientDetails(name, affected_side=AffectedSide.RIGHT, onset=date(2026, 1, 2), simulated=simulated)
    patient = store.create_patient(details)
    made = [
        add_visit(store, folder / str(number), patient, day, label, palsy_exam(weak))
        for number, (weak, day, label) in enumerate(zip(weakness, DAYS, LABELS, strict=False))
    ]
    return Course(patient, tuple(visit for visit, _ in made), tuple(recording for _, recording in made))
