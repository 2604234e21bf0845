"""The plan of a guided recording is the protocol's, and only what was really performed within the video becomes a segment."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.errors import InputError
from core.exam.guide import (
    MOST_STEPS,
    QUICK_TIMING,
    Cue,
    CueOutcome,
    ExamPlan,
    GuidedProtocol,
    GuideTiming,
    cue_segments,
    exam_plan,
    practice_plan,
    read_cues,
    repeat_plan,
)
from core.exam.protocol import CORE_PROTOCOL, SUNNYBROOK_PROTOCOL
from core.exam.protocol import Expression as E
from core.exam.segments import SegmentSource

DONE, REPEATED, SKIPPED, CUT = CueOutcome.DONE, CueOutcome.REPEATED, CueOutcome.SKIPPED, CueOutcome.CUT


def asked(plan):
    return [(step.expression, step.repetition, step.repetitions) for step in plan.steps]


# --------------------------------------------------------------------------------------------------------------- plans


@pytest.mark.parametrize(
    ("protocol", "expressions", "repetitions"),
    [
        (GuidedProtocol.CORE, CORE_PROTOCOL, 3),
        (GuidedProtocol.SUNNYBROOK, SUNNYBROOK_PROTOCOL, 3),
        (GuidedProtocol.QUICK, (E.REST, E.BROW_RAISE, E.EYES_GENTLE, E.SMILE_OPEN, E.EEE), 1),
        (GuidedProtocol.CUSTOM, CORE_PROTOCOL, 3),
    ],
)
def test_a_plan_asks_for_rest_once_and_then_for_every_movement_as_often_as_usual(protocol, expressions, repetitions):
    plan = exam_plan(protocol)
    assert plan.protocol is protocol
    assert plan.expressions == list(expressions)
    assert asked(plan) == [
        (E.REST, 1, 1),
        *[(e, n, repetitions) for e in expressions[1:] for n in range(1, repetitions + 1)],
    ]


def test_the_lengths_are_those_of_the_reference():
    """A2: rest before a movement, the cue, a second to rise, the hold, two seconds to relax."""
    rest, first, second, _third, blink = exam_plan(
        GuidedProtocol.CUSTOM, [E.REST, E.SMILE_OPEN, E.BLINK_VOLUNTARY], 3
    ).steps[:5]
    assert (rest.prepare_s, rest.move_s, rest.relax_s) == (0, 8, 0)
    assert (first.prepare_s, first.move_s, first.relax_s) == (4, 1 + 3, 2)
    assert (second.prepare_s, second.move_s, second.relax_s) == (2.5, 1 + 3, 2)
    assert (blink.prepare_s, blink.move_s, blink.relax_s) == (4, 1 + 5, 2)


@pytest.mark.parametrize(
    ("protocol", "seconds"),
    [
        (GuidedProtocol.CORE, 8 + 8 * (10 + 8.5 + 8.5)),
        (GuidedProtocol.SUNNYBROOK, 8 + 5 * (10 + 8.5 + 8.5)),
        (GuidedProtocol.QUICK, 4 + 4 * (3 + 4 + 2)),
    ],
)
def test_durations_by_hand(protocol, seconds):
    assert exam_plan(protocol).duration_s == pytest.approx(seconds)


def test_an_own_order_is_kept_and_gets_its_rest_in_front():
    assert exam_plan(GuidedProtocol.CUSTOM, [E.PUCKER, E.FROWN], 1).expressions == [E.REST, E.PUCKER, E.FROWN]


def test_a_rest_that_is_there_stays_where_it_is():
    assert exam_plan(GuidedProtocol.CUSTOM, [E.PUCKER, E.REST], 1).expressions == [E.PUCKER, E.REST]


def test_own_lengths_are_used():
    plan = exam_plan(
        GuidedProtocol.CUSTOM, [E.EEE], 2, GuideTiming(prepare_s=6, again_s=5, rise_s=2, relax_s=3, rest_s=10)
    )
    assert [step.duration_s for step in plan.steps] == [10, 6 + 2 + 3 + 3, 5 + 2 + 3 + 3]


@pytest.mark.parametrize(
    ("expressions", "repetitions", "words"),
    [
        ([], 1, "at least one movement"),
        ([E.REST], 1, "at least one movement"),
        ([E.EEE], 0, "Between 1 and 5"),
        ([E.EEE], -1, "Between 1 and 5"),
        ([E.EEE], 6, "Between 1 and 5"),
        ([e for e in E if e is not E.REST], 5, f"66 movements in one recording; at most {MOST_STEPS}"),
    ],
)
def test_a_plan_that_cannot_be_performed_is_refused_in_one_sentence(expressions, repetitions, words):
    with pytest.raises(InputError, match=words) as caught:
        exam_plan(GuidedProtocol.CUSTOM, expressions, repetitions)
    assert caught.value.message.count(".") == 1
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize("name", ["prepare_s", "again_s", "rise_s", "relax_s", "rest_s"])
@pytest.mark.parametrize("seconds", [0.0, -1.0, 1000.0, float("nan"), float("inf")])
def test_lengths_that_nobody_can_follow_are_no_timing(name, seconds):
    with pytest.raises(ValidationError):
        GuideTiming(**{name: seconds})


def test_what_is_repeated_is_asked_for_once_after_a_short_rest():
    plan = repeat_plan([E.SNARL, E.REST, E.EEE])
    assert asked(plan) == [(E.REST, 1, 1), (E.SNARL, 1, 1), (E.EEE, 1, 1)]
    assert plan.duration_s == pytest.approx(4 + 2 * (4 + 4 + 2))


def test_without_a_movement_the_repetition_is_the_whole_order_once():
    assert repeat_plan([E.REST]).expressions == list(CORE_PROTOCOL)


def test_practice_is_one_movement_and_nothing_else():
    assert asked(practice_plan()) == [(E.SMILE_OPEN, 1, 1)]
    [step] = practice_plan(E.PUCKER).steps
    assert (step.expression, step.prepare_s) == (E.PUCKER, QUICK_TIMING.prepare_s)
    assert len(practice_plan(E.REST).steps) == 1


@pytest.mark.parametrize("protocol", GuidedProtocol)
def test_a_plan_survives_the_way_to_the_browser_and_the_database(protocol):
    plan = exam_plan(protocol)
    assert ExamPlan.model_validate(json.loads(json.dumps(plan.model_dump(mode="json")))) == plan
    assert protocol.label


# ---------------------------------------------------------------------------------------------------------------- cues


def cue(expression, start_s, end_s, outcome=DONE, repetition=1):
    return Cue(expression=expression, start_s=start_s, end_s=end_s, outcome=outcome, repetition=repetition)


GOOD = {"expression": "pucker", "repetition": 2, "start_s": 1.25, "end_s": 5, "outcome": "repeated"}


def test_cues_of_a_recorder_are_read():
    [read] = read_cues([GOOD | {"something": "newer"}])
    assert read == cue(E.PUCKER, 1.25, 5.0, REPEATED, repetition=2)
    assert read_cues([]) == ()
    assert read_cues([{"expression": "rest", "start_s": 0, "end_s": 3}])[0].outcome is DONE


@pytest.mark.parametrize(
    "content",
    [
        None, 7, "cues", {}, {"cues": []}, [None], [[]], ["rest"], [{}],
        [GOOD | {"expression": "wink"}],
        [GOOD | {"expression": None}],
        [GOOD | {"expression": ["rest"]}],
        [GOOD | {"outcome": "well"}],
        [GOOD | {"repetition": 0}],
        [GOOD | {"repetition": 6}],
        [GOOD | {"repetition": 10**30}],
        [GOOD | {"repetition": 1.5}],
        [GOOD | {"start_s": -0.001}],
        [GOOD | {"start_s": float("nan")}],
        [GOOD | {"start_s": float("inf")}],
        [GOOD | {"end_s": float("inf")}],
        [GOOD | {"end_s": 1e300}],
        [GOOD | {"end_s": 10**400}],
        [GOOD | {"end_s": None}],
        [GOOD | {"end_s": "soon"}],
        [GOOD] * 601,
        [GOOD] * 100_000,
    ],
    ids=lambda content: repr(content)[:60],
)  # fmt: skip
def test_anything_else_is_refused_in_one_sentence(content):
    with pytest.raises(InputError) as caught:
        read_cues(content)
    assert str(caught.value) == "The cues of this recording cannot be read."
    assert caught.value.code == "cues"


def test_performed_movements_and_rests_become_segments_in_time_order():
    segments = cue_segments([cue(E.PUCKER, 12, 16), cue(E.REST, 0, 8), cue(E.REST, 8, 12)], 20.0)
    assert [(s.expression, s.start_s, s.end_s) for s in segments] == [
        (E.REST, 0, 8),
        (E.REST, 8, 12),
        (E.PUCKER, 12, 16),
    ]
    assert {segment.source for segment in segments} == {SegmentSource.CUE}


@pytest.mark.parametrize("outcome", [REPEATED, SKIPPED, CUT])
def test_a_movement_that_was_not_done_is_none(outcome):
    assert cue_segments([cue(E.PUCKER, 2, 6, outcome)], 20.0) == []


def test_a_rest_that_the_end_cuts_is_a_rest_all_the_same():
    [segment] = cue_segments([cue(E.REST, 0, 5, CUT)], 20.0)
    assert segment.end_s == 5
    assert cue_segments([cue(E.REST, 0, 5, SKIPPED), cue(E.REST, 5, 9, REPEATED)], 20.0) == []


def test_a_video_that_broke_off_shortens_rests_and_drops_movements():
    cues = [cue(E.REST, 0, 8), cue(E.SNARL, 8, 12), cue(E.REST, 12, 16), cue(E.PUCKER, 16, 20)]
    assert [s.expression for s in cue_segments(cues, 20.0)] == [E.REST, E.SNARL, E.REST, E.PUCKER]
    # A movement that lacks less than half a second was performed.
    assert [(s.expression, s.end_s) for s in cue_segments(cues, 19.6)][-1] == (E.PUCKER, 19.6)
    assert [(s.expression, s.end_s) for s in cue_segments(cues, 19.4)][-1] == (E.REST, 16)
    assert [(s.expression, s.end_s) for s in cue_segments(cues, 13.0)] == [(E.REST, 8), (E.SNARL, 12), (E.REST, 13)]
    assert [s.end_s for s in cue_segments(cues, 12.3)] == [8, 12]  # less than half a second of rest is left
    assert cue_segments(cues, 0.0) == []


@pytest.mark.parametrize(("start_s", "end_s"), [(3, 3), (3, 3.49), (5, 3), (30, 34)])
def test_what_is_too_short_backwards_or_after_the_end_is_left_out(start_s, end_s):
    assert cue_segments([cue(E.PUCKER, start_s, end_s)], 20.0) == []


cues_of_anybody = st.lists(
    st.builds(
        Cue,
        expression=st.sampled_from(E),
        repetition=st.integers(1, 5),
        start_s=st.floats(0, 700),
        end_s=st.floats(0, 700),
        outcome=st.sampled_from(CueOutcome),
    ),
    max_size=20,
)


@given(cues_of_anybody, st.floats(0, 600))
def test_segments_lie_within_the_video_in_order_and_come_from_what_was_done(cues, duration_s):
    segments = cue_segments(cues, duration_s)
    assert [s.start_s for s in segments] == sorted(s.start_s for s in segments)
    for segment in segments:
        assert 0 <= segment.start_s < segment.end_s <= duration_s + 0.0005
        assert segment.duration_s >= 0.5 - 0.001
        assert any(
            c.expression is segment.expression
            and abs(c.start_s - segment.start_s) < 0.001
            and (c.outcome is DONE or (c.outcome is CUT and c.expression is E.REST))
            for c in cues
        )
    assert len(segments) <= sum(c.outcome is DONE or c.expression is E.REST for c in cues)
