"""When the patient moved and when the face was at rest, from the segments of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.exam.protocol import Expression
from core.exam.segments import Segment, SegmentSource

BASELINE_S = 2.0
_SHORTEST_BASELINE_S = 0.3
_SETTLING_S = 0.5
_AFTER_S = {SegmentSource.CUE: 1.0}
_AFTER_DEFAULT_S = 0.5


@dataclass(frozen=True)
class Timeline:
    """Segments of one recording laid over its time axis.

    Attributes:
        times_s: (K,) seconds, the axis of the masks.
        segments: in time order.
    """

    times_s: np.ndarray
    segments: tuple[Segment, ...]

    @property
    def movements(self) -> list[Segment]:
        """Segments in which the patient was asked to move."""
        return [segment for segment in self.segments if segment.expression is not Expression.REST]

    def of(self, expression: Expression) -> list[Segment]:
        return [segment for segment in self.segments if segment.expression is expression]

    def within(self, start_s: float, end_s: float) -> np.ndarray:
        """(K,) bool."""
        return (self.times_s >= start_s) & (self.times_s <= end_s)

    def window(self, segment: Segment) -> tuple[float, float]:
        """The segment, a little longer at its end for a late relaxation (a cue is answered up to a second later),
        but never into the next movement."""
        end = segment.end_s + _AFTER_S.get(segment.source, _AFTER_DEFAULT_S)
        following = [other.start_s for other in self.movements if other.start_s >= segment.end_s - 1e-6]
        return segment.start_s, max(segment.end_s, min([end, *following]))

    @property
    def moving(self) -> np.ndarray:
        """(K,) bool: within a movement or settling after it."""
        mask = np.zeros(len(self.times_s), dtype=bool)
        for segment in self.movements:
            mask |= self.within(segment.start_s, segment.end_s + _SETTLING_S)
        return mask

    @property
    def rest(self) -> np.ndarray:
        """(K,) bool: the rest segments without movement; all time between movements when there is no rest segment."""
        still = ~self.moving
        asked = np.zeros(len(self.times_s), dtype=bool)
        for segment in self.of(Expression.REST):
            asked |= self.within(segment.start_s, segment.end_s)
        return asked & still if (asked & still).any() else still

    def baseline(self, segment: Segment, usable: np.ndarray) -> np.ndarray:
        """(K,) bool: usable samples of the two seconds before the movement, else of the rest (reference C1).

        Args:
            segment: the movement.
            usable: (K,) bool, e.g. with a face and without a blink.
        """
        before = self.within(segment.start_s - BASELINE_S, segment.start_s) & ~self.moving & usable
        shortest = _SHORTEST_BASELINE_S / max(float(np.median(np.diff(self.times_s))), 1e-6)
        if before.sum() >= shortest:
            return before
        rest = self.rest & usable
        return rest if rest.any() else usable


def timeline(times_s: np.ndarray, segments: Sequence[Segment]) -> Timeline:
    """Lay segments over a time axis, in time order."""
    return Timeline(times_s, tuple(sorted(segments, key=lambda segment: segment.start_s)))
