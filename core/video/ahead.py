"""Working ahead: a thread fills a bounded queue while its consumer works on earlier items."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")

_WAIT_S = 0.05


class _End:
    def __init__(self, problem: BaseException | None = None) -> None:
        self.problem = problem


def read_ahead(items: Iterable[T], depth: int = 8) -> Generator[T, None, None]:
    """The items of an iterable, produced in another thread up to ``depth`` items ahead.

    An exception of the iterable is raised here, after the items before it. Closing the generator, or leaving it with an
    exception, stops the thread and waits for it: no thread outlives the generator. Use ``contextlib.closing`` where a loop may
    end early.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    waiting: queue.Queue[T | _End] = queue.Queue(maxsize=depth)
    stop = threading.Event()
    worker = threading.Thread(target=_produce, args=(items, waiting, stop), name="read-ahead", daemon=True)
    worker.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _End):
                if item.problem is not None:
                    raise item.problem
                return
            yield item
    finally:
        stop.set()
        worker.join()


def _produce(items: Iterable[T], waiting: queue.Queue[T | _End], stop: threading.Event) -> None:
    end = _End()
    iterator = iter(items)
    try:
        for item in iterator:
            if not _put(waiting, item, stop):
                break
    except BaseException as problem:
        end = _End(problem)
    finally:
        if isinstance(iterator, Generator):
            iterator.close()  # here, in the thread that ran it: it may hold a decoder
    _put(waiting, end, stop)


def _put(waiting: queue.Queue[T | _End], item: T | _End, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            waiting.put(item, timeout=_WAIT_S)
            return True
        except queue.Full:
            continue
    return False
