"""Making the visits of demo patients: filming, tracking and grading them, in processes of their own or in this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, MutableSequence, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Cancelled, HemifaceError
from core.phantom.demo import DemoPatient, DemoVisit
from core.records.files import disk_errors
from core.records.runner import AnalysisOptions
from core.tracking import TrackerFactory
from core.words import AffectedSide

if TYPE_CHECKING:
    from core.analysis import Analysis

Opinions = Callable[["Analysis", Path], "Analysis"]
"""Adds second opinions to the analysis of a video (models.opinions); worker processes must be able to import it."""

_LOOK_EVERY_S = 0.1
_NICENESS = 5


@dataclass(frozen=True)
class VisitOrder:
    """One visit that is to be made.

    Attributes:
        number: place among all orders, from 0.
        patient, visit: what is simulated.
        folder: existing empty folder for its files.
        factory: the tracker; None films only.
        iris_mm: true horizontal iris diameter.
        opinions: adds the second opinions of learned models; None leaves them out.
    """

    number: int
    patient: DemoPatient
    visit: DemoVisit
    folder: Path
    factory: TrackerFactory | None
    iris_mm: float
    opinions: Opinions | None = None

    @property
    def known_side(self) -> AffectedSide | None:
        """As a clinician would give it: the movement decides at the first visit, and from then on the side is known.

        Without it a side that treatment has made even is called sound, and the visits cannot be compared.
        """
        return None if self.visit is self.patient.visits[0] else self.patient.affected_side

    @property
    def video(self) -> Path:
        return self.folder / "exam.mp4"

    @property
    def results(self) -> Path:
        """Folder with the files of the analysis."""
        return self.folder / "analysis"

    @property
    def options(self) -> AnalysisOptions | None:
        """How the video is analysed; None where it is not."""
        return None if self.factory is None else AnalysisOptions(tracker=self.factory.name)

    @property
    def frames(self) -> int:
        """Frames of work: every picture is drawn, and tracked where it is analysed."""
        return self.visit.frames * (1 if self.factory is None else 2)


def make_visits(
    orders: Sequence[VisitOrder],
    *,
    workers: int,
    progress: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Generator[VisitOrder]:
    """Make visits and give each order when its files are there; nothing goes on once the iterator is closed.

    Args:
        orders: begun in this order.
        workers: processes that work side by side; 1 works in this process.
        progress: called now and then with the frames done in all orders together.
        cancelled: asked all the time; work ends soon after it says True.

    Raises:
        Cancelled: ``cancelled`` said True.
        HemifaceError: a visit could not be made.
    """
    if workers == 1:
        return _in_this_process(orders, progress, cancelled)
    return _in_processes(orders, min(workers, len(orders)), progress, cancelled)


def _in_this_process(
    orders: Sequence[VisitOrder], progress: Callable[[int], None], cancelled: Callable[[], bool]
) -> Generator[VisitOrder]:
    finished = 0
    for order in orders:

        def note(done: int, before: int = finished) -> None:
            progress(before + done)

        _make(order, note, cancelled)
        finished += order.frames
        progress(finished)
        yield order


def _in_processes(
    orders: Sequence[VisitOrder], workers: int, progress: Callable[[int], None], cancelled: Callable[[], bool]
) -> Generator[VisitOrder]:
    if cancelled():  # a process that is starting cannot be ended before it has
        raise Cancelled
    # Fresh processes: a fork would copy threads and open connections of this one in whatever state they are.
    context = multiprocessing.get_context("spawn")
    # Plain memory without a lock: a worker that ends at once could take a lock with it.
    done, stop = context.RawArray("q", len(orders)), context.RawArray("b", 1)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker, initargs=(done, stop))
    try:
        waiting = {pool.submit(_make_in_worker, order): order for order in orders}
        while waiting:
            finished, _ = wait(waiting, timeout=_LOOK_EVERY_S, return_when=FIRST_COMPLETED)
            progress(sum(done))
            if cancelled():
                raise Cancelled
            for future in finished:
                future.result()
                yield waiting.pop(future)
    except BrokenProcessPool as problem:
        raise HemifaceError(
            "The making of the demo patients stopped unexpectedly.",
            hint="Close other programs, since it may have run out of memory, and try again.",
            code="demo_worker",
        ) from problem
    except BaseException:
        stop[0] = 1  # what the workers have begun is of no use to anyone
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _make(order: VisitOrder, progress: Callable[[int], None], cancelled: Callable[[], bool]) -> None:
    """Film, track and grade one visit into the folder of its order; ``progress`` gets the frames of work done."""
    from core.analysis import analyse_track
    from core.phantom.demo import record_visit
    from core.track_video import track_video

    def filmed(done: int, _total: int) -> None:
        if cancelled():
            raise Cancelled
        progress(done)

    with disk_errors():
        record_visit(order.patient, order.visit, order.video, progress=filmed)
    options = order.options
    if order.factory is None or options is None:
        return
    track = track_video(
        order.video,
        order.factory,
        mirror_average=options.mirror_average,
        half_faces=options.half_faces,
        progress=lambda done, *_: progress(order.visit.frames + done),
        cancelled=cancelled,
    )
    analysis = analyse_track(
        track, segments=order.visit.segments, side=order.known_side, simulated=True, iris_mm=order.iris_mm
    )
    if order.opinions is not None:
        analysis = order.opinions(analysis, order.video)
    with disk_errors():
        order.results.mkdir()
        analysis.write(order.results)


_done: MutableSequence[int] = []
"""In a worker: frames done of every order, shared with the process that started it."""


def _begin_worker(done: MutableSequence[int], stop: Sequence[int]) -> None:
    """Prepare a worker process."""
    global _done  # a worker process serves one call of make_visits
    _done = done
    # Ctrl-C reaches every process of a terminal; the one that started the workers tells them to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)  # the app stays quick while demo patients are made
    threading.Thread(target=_end_when_told, args=(stop,), name="end-when-told", daemon=True).start()


def _end_when_told(stop: Sequence[int]) -> None:
    """End the worker at once, in the middle of its work, when it is told to or when its parent was killed."""
    parent = multiprocessing.parent_process()
    while not stop[0] and (parent is None or parent.is_alive()):
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)


def _make_in_worker(order: VisitOrder) -> None:
    def note(frames: int) -> None:
        _done[order.number] = frames

    _make(order, note, lambda: False)
    note(order.frames)
