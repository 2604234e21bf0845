"""Presentation times of frames: true where the file has them, always increasing."""

from __future__ import annotations

from statistics import median

_SMALLEST_STEP_S = 0.001
_RESTART_S = 0.5
_REMEMBERED = 31


class FrameClock:
    """Turns the time stamps of decoded frames into strictly increasing seconds from the first frame.

    Real gaps stay as they are. A stamp that repeats the one before, or lies a little earlier, is put just after it; a clock
    that starts again (joined recordings) goes on after the last frame; a frame without a stamp follows at the usual interval.

    Args:
        interval_s: interval to begin with, from the declared frame rate.
    """

    def __init__(self, interval_s: float = 1 / 30) -> None:
        self._steps = [interval_s]
        self._offset: float | None = None
        self._last = 0.0
        self._started = False

    def time_of(self, stamp_s: float | None) -> float:
        """Seconds of the next frame from its time stamp, or from None where it has none."""
        if not self._started:
            self._started = True
            self._offset = None if stamp_s is None else -stamp_s
            return 0.0
        expected = self._last + median(self._steps)
        if stamp_s is None:
            return self._advance(expected)
        if self._offset is None or stamp_s + self._offset < self._last - _RESTART_S:
            self._offset = expected - stamp_s
        return self._advance(max(stamp_s + self._offset, self._last + _SMALLEST_STEP_S))

    def _advance(self, time_s: float) -> float:
        self._steps = [*self._steps[-_REMEMBERED:], time_s - self._last]
        self._last = time_s
        return time_s
