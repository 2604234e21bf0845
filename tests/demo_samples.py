"""Demo patients that are made in a moment: one short movement in small pictures, tracked by the fake tracker."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from core.errors import UnavailableError
from core.exam.protocol import Expression
from core.phantom.camera import Camera
from core.phantom.condition import flaccid
from core.phantom.demo import DEMO_PATIENTS, DemoPatient, DemoVisit
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.exam import Cue, ExamScript
from core.records import Patient, Store
from core.tracking import FaceTracker
from core.video.writer import VideoWriter
from core.words import Side

FIRST_DAY = DEMO_PATIENTS[0].visits[0].day
SCRIPT = ExamScript((Cue(Expression.SMILE_OPEN, 0.4, 0.05, 0.2, 0.3, 0.15),), (), 1.4)
ROOT = Path(__file__).parents[1]
_HANG_S = 40.0

# Stands for cli.py: its command "demo" makes small patients with the fake tracker.
PROGRAM = """
import functools, sys
sys.path.insert(0, {root!r})
import cli, core.records.demo, models.tracking
from tests.demo_samples import small_patients
from tests.fake_tracker import SquareTrackerFactory
adding = functools.partial(core.records.demo.add_demo_patients, patients=small_patients(*{visits!r}))
core.records.demo.add_demo_patients = lambda *given, **more: adding(*given, **{{**more, "workers": {workers}, "opinions": None}})
models.tracking.tracker_factory = SquareTrackerFactory
if __name__ == "__main__":
    cli.main()
"""


def small_patient(number: str = "DEMO-T1", visits: int = 1, *, side_px: int = 96, fps: float = 10.0) -> DemoPatient:
    """A demo patient with a right palsy that is a little better from visit to visit."""
    made = tuple(
        DemoVisit(
            FIRST_DAY + timedelta(days=30 * n),
            f"visit {n + 1}",
            "A small test.",
            flaccid(Side.RIGHT, 0.8**n, person=1),
            SCRIPT,
            Camera(side_px, side_px, fps),
        )
        for n in range(visits)
    )
    return DemoPatient(number, f"test {number}", IDENTITIES[0], "Bell's palsy (idiopathic)", FIRST_DAY, "A test.", made)


def small_patients(*visits: int) -> Sequence[DemoPatient]:
    """Small patients with these numbers of visits."""
    return [small_patient(f"DEMO-T{n}", count) for n, count in enumerate(visits, 1)]


def demo_program(folder: Path, *visits: int, workers: int = 1) -> tuple[str, ...]:
    """Start of a command line: cli.py with small patients, with these numbers of visits, for its demo."""
    program = folder / "small_demo.py"
    program.write_text(PROGRAM.format(root=str(ROOT), visits=visits, workers=workers), encoding="utf-8")
    return sys.executable, str(program)


def film_without_drawing(
    _patient: DemoPatient, _visit: DemoVisit, path: Path, *, progress: Callable[[int, int], None] | None = None
) -> None:
    """Stands for ``core.phantom.demo.record_visit``: a bright square in the length of the script, in place of a face."""
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[8:56, 8:56] = 200
    count = round(SCRIPT.duration_s * 10)
    with VideoWriter(path, 64, 64, 10.0) as writer:
        for number in range(count):
            writer.write(picture)
            if progress is not None:
                progress(number + 1, count)


@dataclass(frozen=True)
class FailingFactory:
    """A tracker whose making ends in a way of its own: "refuse", "die", or "hang", which leaves a mark when it is waited for."""

    how: str
    mark: Path = Path()
    name: str = "failing"

    def unavailable_reason(self) -> str | None:
        return None

    def create(self, max_faces: int = 1) -> FaceTracker:  # noqa: ARG002 - it never comes to that
        if self.how == "refuse":
            raise UnavailableError("The tracker is gone.", hint="Fetch it again.", code="gone")
        if self.how == "die":
            os._exit(9)
        time.sleep(_HANG_S)
        self.mark.touch()
        raise UnavailableError("The tracker came too late.")


def incomplete(store: Store, patients: Sequence[DemoPatient], *, analysed: bool = True) -> list[str]:
    """What of the demo patients in the store is not as it should be, in words; an absent patient is as it should be."""
    found = []
    for row in store.patients(limit=1000).rows:
        [planned] = [patient for patient in patients if patient.number == row.patient.details.record_number]
        visits = store.visits(row.patient.id)[::-1]
        shown = [(visit.visit.day, visit.visit.label, visit.visit.notes) for visit in visits]
        if shown != [(visit.day, visit.label, visit.full_notes) for visit in planned.visits]:
            found.append(f"{planned.number}: visits {shown}")
        for visit in visits:
            recordings = store.recordings(visit.visit.id)
            whole = [
                store.recording_path(r).is_file()
                and store.segments(r.id) is not None
                and len(store.analyses(r.id)) == int(analysed)
                for r in recordings
            ]
            if whole != [True]:
                found.append(f"{planned.number}, {visit.visit.day}: {whole}")
    numbers = [row.patient.details.record_number for row in store.patients(limit=1000).rows]
    return found + [f"{number} twice" for number in set(numbers) if numbers.count(number) > 1]


def entered(store: Store, number: str) -> Patient:
    """The patient with this record number."""
    [found] = [row.patient for row in store.patients(number).rows if row.patient.details.record_number == number]
    return found
