"""The script of a simulated examination: which expression when, how fast and how long, and the blinks between (reference A2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.exam.protocol import CORE_PROTOCOL, Expression
from core.exam.segments import Segment, SegmentSource

# A blink keeps this far from the movements: further than the settling after one, so that rest and hold stay free of it.
_BLINK_AFTER_S, _BLINK_BEFORE_S = 1.15, 0.45
_FIRST_BLINK_S, _MEAN_BLINK_INTERVAL_S = 1.0, 3.5
_BLINK_TRAIN_S = 5.0


@dataclass(frozen=True)
class Cue:
    """One performance of one expression.

    Attributes:
        expression: what is asked for.
        start_s: when the cue is heard.
        reaction_s: from the cue to the first movement.
        rise_s, hold_s, relax_s: length of the movement's parts.
        amplitude: how far it is done, 1 as usual.
    """

    expression: Expression
    start_s: float
    reaction_s: float = 0.25
    rise_s: float = 0.65
    hold_s: float = 2.2
    relax_s: float = 0.5
    amplitude: float = 1.0

    @property
    def onset_s(self) -> float:
        """When the movement begins."""
        return self.start_s + self.reaction_s

    @property
    def end_s(self) -> float:
        """When the face is at rest again."""
        return self.onset_s + self.rise_s + self.hold_s + self.relax_s


@dataclass(frozen=True)
class SpontaneousBlink:
    """One blink of a healthy eye (reference C6): closing takes 0.1 to 0.2 s, opening longer.

    Attributes:
        start_s: when the lids begin to close.
        closing_s, opening_s: length of both parts.
        completeness: part of the fissure that closes.
    """

    start_s: float
    closing_s: float
    opening_s: float
    completeness: float


@dataclass(frozen=True)
class ExamScript:
    """A whole examination: cues in order, blinks at rest, and its length."""

    cues: tuple[Cue, ...]
    blinks: tuple[SpontaneousBlink, ...]
    duration_s: float

    def __post_init__(self) -> None:
        for before, after in zip(self.cues, self.cues[1:], strict=False):
            if after.start_s < before.end_s:
                raise ValueError(f"cues must follow each other, got {after.start_s:g} s before {before.end_s:g} s")
        if self.cues and self.cues[-1].end_s > self.duration_s:
            raise ValueError(f"duration_s must be at least {self.cues[-1].end_s:g}, got {self.duration_s!r}")

    @property
    def segments(self) -> list[Segment]:
        """What a recording with cues knows: one segment a repetition, from cue to end of relaxation, and the rests between."""
        segments, rest_from = [], 0.0
        for cue in self.cues:
            segments.append(_segment(Expression.REST, rest_from, cue.start_s))
            segments.append(_segment(cue.expression, cue.start_s, cue.end_s))
            rest_from = cue.end_s
        if self.duration_s > rest_from:
            segments.append(_segment(Expression.REST, rest_from, self.duration_s))
        return segments


def _segment(expression: Expression, start_s: float, end_s: float) -> Segment:
    return Segment(expression=expression, start_s=round(start_s, 4), end_s=round(end_s, 4), source=SegmentSource.CUE)


@dataclass(frozen=True)
class Timing:
    """Lengths in seconds that a script is made with; each cue differs a little from them."""

    lead_in_s: float = 4.0
    reaction_s: float = 0.25
    rise_s: float = 0.65
    hold_s: float = 2.3
    relax_s: float = 0.5
    gap_s: float = 2.3
    tail_s: float = 1.0


STANDARD_TIMING = Timing()
SHORT_TIMING = Timing(lead_in_s=3.4, reaction_s=0.1, rise_s=0.5, hold_s=0.75, relax_s=0.4, gap_s=0.7, tail_s=0.6)


def standard_script(repetitions: int = 1, seed: int = 0) -> ExamScript:
    """The nine core expressions of the protocol, rest first, each movement ``repetitions`` times."""
    return custom_script([e for e in CORE_PROTOCOL if e is not Expression.REST], repetitions, seed)


def short_script(seed: int = 0) -> ExamScript:
    """All core movements once with short holds and gaps, in about 23 seconds."""
    movements = [e for e in CORE_PROTOCOL if e is not Expression.REST]
    return custom_script(movements, 1, seed, timing=SHORT_TIMING)


def custom_script(
    expressions: Iterable[Expression], repetitions: int = 1, seed: int = 0, *, timing: Timing = STANDARD_TIMING
) -> ExamScript:
    """Any movements in the given order, each ``repetitions`` times; REST in the list adds a hold's length of rest.

    Args:
        expressions: what is asked for.
        repetitions: how often each movement is made.
        seed: of the small differences in timing and amplitude, and of the blinks.
        timing: lengths of the parts.
    """
    random = np.random.default_rng(seed)
    cues: list[Cue] = []
    clock = timing.lead_in_s
    for expression in expressions:
        if expression is Expression.REST:
            clock += timing.hold_s
            continue
        for _ in range(repetitions):
            cue = _cue(expression, clock, timing, random)
            cues.append(cue)
            clock = cue.end_s + timing.gap_s * random.uniform(0.95, 1.15)
    end = cues[-1].end_s + timing.tail_s if cues else clock
    return ExamScript(tuple(cues), tuple(_blinks(cues, end, random)), round(end, 3))


def _cue(expression: Expression, start_s: float, timing: Timing, random: np.random.Generator) -> Cue:
    def about(seconds: float) -> float:
        return float(seconds * random.uniform(0.9, 1.12))

    train = expression in (Expression.BLINK_VOLUNTARY, Expression.SPEECH)
    return Cue(
        expression=expression,
        start_s=round(start_s, 3),
        reaction_s=about(timing.reaction_s),
        rise_s=about(timing.rise_s),
        hold_s=_BLINK_TRAIN_S if train else about(timing.hold_s),
        relax_s=about(timing.relax_s),
        amplitude=float(np.clip(random.normal(1.0, 0.015), 0.97, 1.03)),
    )


def _blinks(cues: Sequence[Cue], duration_s: float, random: np.random.Generator) -> list[SpontaneousBlink]:
    """Blinks in the rests, in the lead-in first; intervals vary as they do in people."""
    starts = [0.0, *(cue.end_s + _BLINK_AFTER_S for cue in cues)]
    ends = [*(cue.start_s for cue in cues), duration_s]
    blinks: list[SpontaneousBlink] = []
    due = _FIRST_BLINK_S
    for start, end in zip(starts, ends, strict=True):
        while True:
            blink = SpontaneousBlink(
                start_s=round(max(due, start), 3),
                closing_s=float(random.uniform(0.10, 0.17)),
                opening_s=float(random.uniform(0.17, 0.26)),
                completeness=float(random.uniform(0.95, 1.0)),
            )
            if blink.start_s + blink.closing_s + blink.opening_s > end - _BLINK_BEFORE_S:
                break
            blinks.append(blink)
            due = blink.start_s + float(random.uniform(0.6, 1.4)) * _MEAN_BLINK_INTERVAL_S
    return blinks
