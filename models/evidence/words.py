"""Values with their intervals, in words of tables."""

from __future__ import annotations

import math

from core.statistics.intervals import Interval

NOTHING = "–"
NO_END = "no end"
INSUFFICIENT = "insufficient data"


def number(found: Interval, digits: int = 2) -> str:
    """E.g. "0.97 (0.93 to 0.99)"; the interval is left out where there is none."""
    if found.value is None:
        return NOTHING
    if found.low is None or found.high is None:
        return _fixed(found.value, digits)
    return f"{_fixed(found.value, digits)} ({_fixed(found.low, digits)} to {_fixed(found.high, digits)})"


def percent(found: Interval, digits: int = 1) -> str:
    """E.g. "96.9 % (84.3 to 99.4)"."""
    if found.value is None:
        return NOTHING
    value = f"{100 * found.value:.{digits}f} %"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({100 * found.low:.{digits}f} to {100 * found.high:.{digits}f})"


def signed(found: Interval, digits: int = 3) -> str:
    """A difference, e.g. "+0.010 (-0.002 to +0.021)"."""
    if found.value is None:
        return NOTHING
    if found.low is None or found.high is None:
        return f"{found.value:+.{digits}f}"
    return f"{found.value:+.{digits}f} ({found.low:+.{digits}f} to {found.high:+.{digits}f})"


def share_of(part: int, whole: int) -> str:
    """E.g. "3 of 12 (25 %)"."""
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else NOTHING


def _fixed(value: float, digits: int) -> str:
    return NO_END if math.isinf(value) else f"{value:.{digits}f}"
