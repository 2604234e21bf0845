"""read_ahead: same items, bounded lead, errors handed over, and never a thread left behind."""

import threading
import time
from contextlib import closing

import pytest

from core.video.ahead import read_ahead


def threads_ahead() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "read-ahead"]


def test_items_come_in_order():
    assert list(read_ahead(range(100), depth=3)) == list(range(100))
    assert threads_ahead() == []


def test_lead_is_bounded():
    """The lead is memory: 4096-pixel frames have 50 MB each."""
    produced = []

    def source():
        for number in range(50):
            produced.append(number)
            yield number

    with closing(read_ahead(source(), depth=4)) as items:
        for taken, _ in enumerate(items, start=1):
            if taken in (1, 20):
                time.sleep(0.05)  # let the thread run as far ahead as it may
            assert len(produced) <= taken + 4 + 1  # in the queue, and one in its hand


def test_an_exception_arrives_after_the_items_before_it():
    def source():
        yield 1
        raise KeyError("broken")

    items = read_ahead(source())
    assert next(items) == 1
    with pytest.raises(KeyError, match="broken"):
        next(items)
    assert threads_ahead() == []


def test_leaving_early_stops_the_thread_and_closes_the_source():
    """A cancelled analysis must not keep a decoder and its file open."""
    closed = threading.Event()

    def source():
        try:
            yield from range(10**9)
        finally:
            closed.set()

    with closing(read_ahead(source(), depth=2)) as items:
        assert next(items) == 0
    assert closed.is_set()
    assert threads_ahead() == []


def test_depth_is_checked():
    with pytest.raises(ValueError, match="depth"):
        next(read_ahead([1], depth=0))
