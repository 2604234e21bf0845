"""Demo patients in the records: made where they are missing, entered visit by visit, never left half."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from core.errors import HemifaceError, UnavailableError
from core.face.scale import IRIS_DIAMETER_MM
from core.phantom.demo import DEMO_PATIENTS, DemoPatient
from core.records.demo_visits import Opinions, VisitOrder, make_visits
from core.records.entries import Patient, PatientDetails
from core.records.files import disk_errors
from core.records.lock import sole_holder
from core.records.store import Store
from core.tracking import TrackerFactory
from core.words import AffectedSide

Progress = Callable[[str, int, int, float | None], None]
"""Called with what is being done, frames done, frames in all, and seconds left or None."""

_WORKERS = 2
_JUDGE_AFTER_S = 3.0
# The label of a visit until all of it is entered: one that still has it was left by a program that was killed.
_UNFINISHED = "being added"


@dataclass(frozen=True)
class DemoOutcome:
    """What ``add_demo_patients`` entered: visits, and the patients that they belong to."""

    patients: int
    visits: int


def add_demo_patients(
    store: Store,
    factory: TrackerFactory | None,
    *,
    patients: Sequence[DemoPatient] = DEMO_PATIENTS,
    iris_mm: float = IRIS_DIAMETER_MM,
    opinions: Opinions | None = None,
    workers: int = _WORKERS,
    work_dir: Path | None = None,
    progress: Progress = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> DemoOutcome:
    """Film, analyse and enter the demo patients; visits that are in the records already are left as they are.

    Treatments are entered with their patient; those that an earlier version of the program did not enter are added.

    A patient is entered with the first visit that is ready, and the later visits follow in the order of their dates. When the
    work ends early, for whatever reason, patients of this call that lack a visit are erased again. What a killed program left
    is completed by the next call.

    Args:
        store: where they go.
        factory: the tracker; None enters videos and segments without an analysis.
        patients: whom to make.
        iris_mm: true horizontal iris diameter of the millimetre scale.
        opinions: adds the second opinions of learned models to each analysis; None leaves them out.
        workers: processes that work side by side; 1 works in this process.
        work_dir: existing folder for unfinished files; by default in the data folder.
        progress: called now and then.
        cancelled: asked all the time; work ends soon after it says True.

    Raises:
        Cancelled: ``cancelled`` said True.
        HemifaceError: a visit could not be made or entered, or another program is adding the demo patients.
    """
    with _alone(store), _folder(work_dir or store.files.incoming) as folder:
        orders = _missing(store, patients, folder, factory, iris_mm, opinions)
        for patient in patients:
            if (entered := _find(store, patient)) is not None:
                _enter_treatments(store, entered.id, patient)
        if not orders:
            return DemoOutcome(0, 0)
        if factory is not None and (reason := factory.unavailable_reason()) is not None:
            raise UnavailableError(reason)
        entering = _Entering(store, orders)
        report = _Report(progress, orders, entering)
        try:
            with closing(make_visits(orders, workers=workers, progress=report, cancelled=cancelled)) as made:
                for order in made:
                    entering.take(order)
        except BaseException:
            entering.erase_half_patients()
            raise
        report.finish()
    return entering.outcome


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """Two programs that each add what is missing would add it twice."""
    with sole_holder(store.files.root / "demo.lock") as alone:
        if not alone:
            raise HemifaceError(
                "The demo patients are being made already.", hint="Wait until they are ready.", code="demo_busy"
            )
        yield


@contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    """A new folder for unfinished files, removed at the end."""
    with disk_errors():
        folder = Path(tempfile.mkdtemp(prefix="demo-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _missing(
    store: Store,
    patients: Iterable[DemoPatient],
    folder: Path,
    factory: TrackerFactory | None,
    iris_mm: float,
    opinions: Opinions | None,
) -> list[VisitOrder]:
    """Orders for the visits that are not in the records, each with a folder of its own."""
    orders: list[VisitOrder] = []
    for patient in patients:
        entered = _find(store, patient)
        present = _entered_days(store, entered) if entered else set()
        for visit in patient.visits:
            if visit.day not in present:
                own = folder / str(len(orders))
                with disk_errors():
                    own.mkdir()
                orders.append(VisitOrder(len(orders), patient, visit, own, factory, iris_mm, opinions))
    return orders


def _find(store: Store, patient: DemoPatient) -> Patient | None:
    """The demo patient in the records, by the record number; None when absent."""
    found = (row.patient for row in store.patients(patient.number, limit=1000).rows)
    return next((p for p in found if p.simulated and p.details.record_number == patient.number), None)


def _entered_days(store: Store, patient: Patient) -> set[date]:
    """Days of the patient's visits; visits that were never finished are erased."""
    days = set()
    for visit in (row.visit for row in store.visits(patient.id)):
        if visit.label == _UNFINISHED:
            store.delete_visit(visit.id)
        else:
            days.add(visit.day)
    return days


def _enter_treatments(store: Store, patient_id: str, patient: DemoPatient) -> None:
    """Enter the treatments that are missing; one that a user withdrew stays withdrawn."""
    present = {(entry.day, entry.kind) for entry in store.treatments(patient_id, with_withdrawn=True)}
    for treatment in patient.treatments:
        if (treatment.day, treatment.kind) not in present:
            store.add_treatment(patient_id, treatment)


class _Entering:
    """Enters finished visits, those of a patient in the order of their dates."""

    def __init__(self, store: Store, orders: Sequence[VisitOrder]) -> None:
        self._store = store
        self._finished: set[int] = set()
        self._waiting: dict[str, deque[VisitOrder]] = defaultdict(deque)
        for order in orders:
            self._waiting[order.patient.number].append(order)
        self._ids: dict[str, str] = {}
        self._new: set[str] = set()
        self.visits = 0

    @property
    def outcome(self) -> DemoOutcome:
        return DemoOutcome(len(self._ids), self.visits)

    def take(self, order: VisitOrder) -> None:
        """Enter a finished visit, or keep it until those before it are ready."""
        self._finished.add(order.number)
        waiting = self._waiting[order.patient.number]
        try:
            while waiting and waiting[0].number in self._finished:
                self._enter(waiting[0])
                waiting.popleft()
        except HemifaceError as problem:
            if problem.code != "not_found":
                raise
            waiting.clear()  # the user deleted the patient meanwhile, and means it

    def erase_half_patients(self) -> None:
        """Erase the patients that this run entered and that still wait for a visit."""
        for number in [number for number in self._new if self._waiting[number]]:
            with suppress(HemifaceError):  # deleted by the user already
                self._store.delete_patient(self._ids[number])

    def _enter(self, order: VisitOrder) -> None:
        planned = order.visit
        visit = self._store.create_visit(self._patient_id(order.patient), planned.day, _UNFINISHED)
        try:
            recording_id, segments_version = self._enter_video(order, visit.id)
            if order.options is not None:
                options = asdict(order.options)
                self._store.add_analysis(
                    recording_id, order.results, options=options, segments_version=segments_version
                )
            self._store.update_visit(visit.id, day=planned.day, label=planned.label, notes=planned.full_notes)
        except BaseException:
            with suppress(HemifaceError):  # the user deleted it
                self._store.delete_visit(visit.id)
            raise
        shutil.rmtree(order.folder, ignore_errors=True)
        self.visits += 1

    def _enter_video(self, order: VisitOrder, visit_id: str) -> tuple[str, int]:
        """Id of the new recording and version of its segments."""
        from core.video.probe import probe_video

        recording = self._store.add_recording(
            visit_id,
            order.video,
            f"simulated-{order.visit.day.isoformat()}.mp4",
            facts=asdict(probe_video(order.video)),
            confirmed=True,
            affected_side=order.known_side or AffectedSide.UNDETERMINED,
        )
        return recording.id, self._store.save_segments(recording.id, order.visit.segments).version

    def _patient_id(self, patient: DemoPatient) -> str:
        if patient.number not in self._ids:
            entered = _find(self._store, patient)
            if entered is None:
                entered = self._store.create_patient(_details(patient))
                self._new.add(patient.number)
                _enter_treatments(self._store, entered.id, patient)
            self._ids[patient.number] = entered.id
        return self._ids[patient.number]


def _details(patient: DemoPatient) -> PatientDetails:
    return PatientDetails(
        name=patient.name,
        record_number=patient.number,
        birth_year=patient.birth_year,
        affected_side=patient.affected_side,
        cause=patient.cause,
        onset=patient.onset,
        notes=patient.notes,
        simulated=True,
    )


class _Report:
    """Tells how far the work is; the time left counts from the first frame on, since starting takes a while."""

    def __init__(self, progress: Progress, orders: Sequence[VisitOrder], entering: _Entering) -> None:
        self._progress = progress
        self._entering = entering
        self._visits = len(orders)
        self._frames = sum(order.frames for order in orders)
        self._started: float | None = None

    def __call__(self, done: int) -> None:
        if self._started is None and done:
            self._started = time.monotonic()
        elapsed = 0.0 if self._started is None else time.monotonic() - self._started
        left = (self._frames - done) * elapsed / done if elapsed > _JUDGE_AFTER_S else None
        self._progress(f"{self._entering.visits} of {self._visits} visits ready", done, self._frames, left)

    def finish(self) -> None:
        self._progress(f"{self._visits} of {self._visits} visits ready", self._frames, self._frames, 0.0)
