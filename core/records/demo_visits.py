"""Making the visits of demo patients: filming, tracking and grading them, in processes of their own or in this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, MutableSequence, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

from core.errors import Cancelled, HemifaceError
from core.phantom.demo import DemoPatient, DemoVisit
from core.tracking import TrackerFactory

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
    """

    number: int
    patient: DemoPatient
    visit: DemoVisit
    folder: Path
    factory: TrackerFactory | None
    iris_mm: float

    @property
    def video(self) -> Path:
        return self.folder / "exam.mp4"

    @property
    def results(self) -> Path:
        """Folder with the files of the analysis."""
        return self.folder / "analysis"

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
    # Fresh processes: a fork would copy threads and open connections of this one in whatever state they are.
    context = multiprocessing.get_context("spawn")
    done, stop = context.Array("q", len(orders), lock=False), context.Event()
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
    finally:
        stop.set()
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

    record_visit(order.patient, order.visit, order.video, progress=filmed)
    if order.factory is None:
        return
    track = track_video(
        order.video,
        order.factory,
        progress=lambda done, *_: progress(order.visit.frames + done),
        cancelled=cancelled,
    )
    analysis = analyse_track(track, segments=order.visit.segments, simulated=True, iris_mm=order.iris_mm)
    order.results.mkdir()
    analysis.write(order.results)


@dataclass(frozen=True)
class _Shared:
    """What a worker shares with the process that started it: frames done of every order, and whether to end."""

    done: MutableSequence[int]
    stop: Event


_shared: _Shared | None = None


def _begin_worker(done: MutableSequence[int], stop: Event) -> None:
    """Prepare a worker process."""
    global _shared  # a worker process serves one call of make_visits
    _shared = _Shared(done, stop)
    # Ctrl-C reaches every process of a terminal; the one that started the workers tells them to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)  # the app stays quick while demo patients are made
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make_in_worker(order: VisitOrder) -> None:
    if _shared is None:
        raise RuntimeError("a worker must be prepared by _begin_worker")
    shared = _shared

    def note(frames: int) -> None:
        shared.done[order.number] = frames

    _make(order, note, shared.stop.is_set)
    note(order.frames)
