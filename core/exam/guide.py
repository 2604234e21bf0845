"""The plan of a guided recording: what is asked for, how often and for how long, and the segments that its cues become."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InputError
from core.exam.protocol import CORE_PROTOCOL, SUNNYBROOK_PROTOCOL, Expression
from core.exam.segments import Segment, SegmentSource

QUICK_PROTOCOL: tuple[Expression, ...] = (
    Expression.REST, Expression.BROW_RAISE, Expression.EYES_GENTLE, Expression.SMILE_OPEN, Expression.EEE,
)  # fmt: skip
MOST_REPETITIONS = 5
MOST_STEPS = 60
_MOST_CUES = 600
_SHORTEST_SEGMENT_S = 0.5


class GuidedProtocol(StrEnum):
    """Which expressions a guided recording asks for (reference A1, A2)."""

    CORE = "core"
    SUNNYBROOK = "sunnybrook"
    QUICK = "quick"
    CUSTOM = "custom"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions in order, rest first; the core set for CUSTOM, as a start."""
        return _EXPRESSIONS[self]

    @property
    def usual_repetitions(self) -> int:
        """How often each movement is asked for unless somebody chooses otherwise."""
        return 1 if self is GuidedProtocol.QUICK else 3


_LABELS = {
    GuidedProtocol.CORE: "Core 9: rest and eight movements",
    GuidedProtocol.SUNNYBROOK: "Sunnybrook 6: rest and the five movements of the scale",
    GuidedProtocol.QUICK: "Quick 4: rest and one movement for each of four branches",
    GuidedProtocol.CUSTOM: "My own order",
}
_EXPRESSIONS = {
    GuidedProtocol.CORE: CORE_PROTOCOL,
    GuidedProtocol.SUNNYBROOK: SUNNYBROOK_PROTOCOL,
    GuidedProtocol.QUICK: QUICK_PROTOCOL,
    GuidedProtocol.CUSTOM: CORE_PROTOCOL,
}


class GuideTiming(BaseModel):
    """Lengths in seconds (reference A2: rest before every movement, cue, one second of rise, the hold, two seconds to relax).

    Attributes:
        prepare_s: from the prompt to the cue, the face at rest.
        again_s: the same before a repetition, when the prompt is known.
        rise_s: added to an expression's hold, for the movement to get there.
        relax_s: after the movement.
        rest_s: length of the rest that is asked for by itself; None is the protocol's.
    """

    model_config = ConfigDict(frozen=True)

    prepare_s: float = Field(default=4.0, ge=2.0, le=20.0)
    again_s: float = Field(default=2.5, ge=2.0, le=20.0)
    rise_s: float = Field(default=1.0, ge=0.5, le=5.0)
    relax_s: float = Field(default=2.0, ge=1.0, le=10.0)
    rest_s: float | None = Field(default=None, ge=2.0, le=60.0)


QUICK_TIMING = GuideTiming(prepare_s=3.0, rest_s=4.0)


class PlanStep(BaseModel):
    """One performance of one expression; REST has no preparation and no relaxation."""

    model_config = ConfigDict(frozen=True)

    expression: Expression
    repetition: int = Field(ge=1, le=MOST_REPETITIONS)
    repetitions: int = Field(ge=1, le=MOST_REPETITIONS)
    prepare_s: float = Field(ge=0, le=20)
    move_s: float = Field(gt=0, le=60)
    relax_s: float = Field(ge=0, le=10)

    @property
    def duration_s(self) -> float:
        return self.prepare_s + self.move_s + self.relax_s


class ExamPlan(BaseModel):
    """What a guided recording asks for, step by step."""

    model_config = ConfigDict(frozen=True)

    protocol: GuidedProtocol
    steps: tuple[PlanStep, ...] = Field(min_length=1, max_length=MOST_STEPS)

    @property
    def duration_s(self) -> float:
        """Seconds without pauses and repeats."""
        return sum(step.duration_s for step in self.steps)

    @property
    def expressions(self) -> list[Expression]:
        """What is asked for, each once, in order."""
        return list(dict.fromkeys(step.expression for step in self.steps))


def exam_plan(
    protocol: GuidedProtocol,
    expressions: Iterable[Expression] | None = None,
    repetitions: int | None = None,
    timing: GuideTiming | None = None,
) -> ExamPlan:
    """The plan of a protocol.

    Args:
        protocol: its expressions are asked for unless ``expressions`` are given.
        expressions: for CUSTOM: what is asked for, in order. A rest is put in front where there is none anywhere: every
            movement is measured against it.
        repetitions: of each movement, 1 to 5; the protocol's usual number when None. Rest is asked for once.
        timing: lengths; the quick protocol has shorter ones.

    Raises:
        InputError: nothing to perform, too many repetitions, or too long.
    """
    asked = list(protocol.expressions if expressions is None else expressions)
    times = protocol.usual_repetitions if repetitions is None else repetitions
    timing = timing or (QUICK_TIMING if protocol is GuidedProtocol.QUICK else GuideTiming())
    if not any(expression is not Expression.REST for expression in asked):
        raise InputError("Choose at least one movement.", code="plan_empty")
    if not 1 <= times <= MOST_REPETITIONS:
        raise InputError(f"Between 1 and {MOST_REPETITIONS} repetitions are possible.", code="plan_repetitions")
    if Expression.REST not in asked:
        asked.insert(0, Expression.REST)
    steps: list[PlanStep] = []
    for expression in asked:
        steps += _steps(expression, times, timing)
    if len(steps) > MOST_STEPS:
        raise InputError(
            f"This would be {len(steps)} movements in one recording; at most {MOST_STEPS} are possible.",
            hint="Choose fewer repetitions or fewer expressions.",
            code="plan_long",
        )
    return ExamPlan(protocol=protocol, steps=tuple(steps))


def repeat_plan(expressions: Sequence[Expression]) -> ExamPlan:
    """The plan of a short recording that asks once more for some movements, after a short rest."""
    movements = [expression for expression in expressions if expression is not Expression.REST]
    timing = GuideTiming(rest_s=4.0)
    return exam_plan(GuidedProtocol.CUSTOM, [Expression.REST, *movements] if movements else None, 1, timing)


def practice_plan(expression: Expression = Expression.SMILE_OPEN) -> ExamPlan:
    """One movement to get to know the course of a recording."""
    return ExamPlan(protocol=GuidedProtocol.CUSTOM, steps=tuple(_steps(expression, 1, QUICK_TIMING)))


def _steps(expression: Expression, times: int, timing: GuideTiming) -> list[PlanStep]:
    hold_s = expression.spec.hold_s
    if expression is Expression.REST:
        rest_s = timing.rest_s or hold_s
        return [PlanStep(expression=expression, repetition=1, repetitions=1, prepare_s=0, move_s=rest_s, relax_s=0)]
    return [
        PlanStep(
            expression=expression,
            repetition=number,
            repetitions=times,
            prepare_s=timing.prepare_s if number == 1 else timing.again_s,
            move_s=timing.rise_s + hold_s,
            relax_s=timing.relax_s,
        )
        for number in range(1, times + 1)
    ]


class CueOutcome(StrEnum):
    """What became of a cue."""

    DONE = "done"
    REPEATED = "repeated"
    """Somebody asked for it once more: this performance does not count."""
    SKIPPED = "skipped"
    CUT = "cut"
    """The recording ended in it."""


class Cue(BaseModel):
    """One cue as the recorder gave it, in seconds from the start of the recording."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    expression: Expression
    repetition: int = Field(default=1, ge=1, le=MOST_REPETITIONS)
    start_s: float = Field(ge=0, le=36_000, allow_inf_nan=False)
    end_s: float = Field(ge=0, le=36_000, allow_inf_nan=False)
    outcome: CueOutcome = CueOutcome.DONE


class CueSheet(BaseModel):
    """All cues of one recording in the order in which they were given."""

    model_config = ConfigDict(frozen=True)

    cues: tuple[Cue, ...] = Field(default=(), max_length=_MOST_CUES)


def read_cues(content: Any) -> tuple[Cue, ...]:
    """Cues as a recorder sent them (a list of JSON objects); raises InputError with one sentence for anything else."""
    try:
        return CueSheet.model_validate({"cues": content}).cues
    except ValidationError as problem:
        raise InputError("The cues of this recording cannot be read.", code="cues") from problem


def cue_segments(cues: Sequence[Cue], duration_s: float) -> list[Segment]:
    """Segments of the cues that were performed, within the length of the video; in time order.

    What was repeated, skipped or lies after the end of a video that broke off is left out; what the end cuts is shortened, and
    left out when less than half a second of it remains.
    """
    segments = []
    for cue in cues:
        if cue.outcome is not CueOutcome.DONE and not (
            cue.outcome is CueOutcome.CUT and cue.expression is Expression.REST
        ):
            continue
        end_s = min(cue.end_s, duration_s)
        if end_s - cue.start_s < _SHORTEST_SEGMENT_S:
            continue
        # A movement that the end of the video cuts off was not performed.
        if end_s < cue.end_s - _SHORTEST_SEGMENT_S and cue.expression is not Expression.REST:
            continue
        segments.append(
            Segment(
                expression=cue.expression,
                start_s=round(cue.start_s, 3),
                end_s=round(end_s, 3),
                source=SegmentSource.CUE,
            )
        )
    return sorted(segments, key=lambda segment: segment.start_s)
