"""The course of a guided recording, run with a clock of its own: every cue is true, whatever is pressed when.

Segments come from these cues, and measures from the segments: a movement that was repeated, skipped or broken off must never
count, and one that was performed must never be lost.
"""

import json
import random
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from core.exam.guide import GuidedProtocol, GuideTiming, cue_segments, exam_plan, practice_plan, read_cues
from core.exam.protocol import Expression as E
from pages.components import recorder as component
from tests.pages.test_recorder import run_node

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not installed (on Debian: apt-get install nodejs)"
)
CODE = (Path(component.__file__).parent / "recorder_parts" / "guide.js").read_text(encoding="utf-8")
# Each course: the steps, what is pressed at which second, and how many milliseconds pass between two ticks of the timer.
HARNESS = """
let time = 0, tick = null;
globalThis.setInterval = (act) => { tick = act; return 1; };
globalThis.clearInterval = () => { tick = null; };

function run({ steps, presses, tick_ms }) {
  time = 0;
  const shown = [], finished = [];
  let steps_done = 0;
  const guide = new Guide(steps, () => time / 1000, (phase, step) => {
    shown.push([phase, step.expression, step.repetition, time / 1000]);
  });
  guide.onStep = () => { steps_done += 1; };
  guide.onEnd = () => finished.push(time / 1000);
  const asked = [];
  guide.start();
  for (const [second, button] of presses) {
    while (time < second * 1000) {
      time = Math.min(time + tick_ms, second * 1000);
      tick?.();
    }
    asked.push(guide.repeatsLast);
    guide[button]();
  }
  while (tick && time < 4e6) {
    time += tick_ms;
    tick();
  }
  return { cues: guide.cues, shown, finished, asked, steps_done, running: tick !== null };
}
console.log(JSON.stringify(COURSES.map(run)));
"""
PLAN = exam_plan(GuidedProtocol.CUSTOM, [E.BROW_RAISE, E.PUCKER, E.EEE], 1, GuideTiming(prepare_s=3, rest_s=4))
# Rest to 4 s; preparation, movement, relaxation: 4 to 7 to 11 to 13, 13 to 16 to 20 to 22, 22 to 25 to 29 to 31.
R, B, P, L = "rest", "brow_raise", "pucker", "eee"


def courses(*asked, tick_ms=40):
    """What became of each course; one program for all of them."""
    wanted = [
        {
            "steps": plan.model_dump(mode="json")["steps"],
            "presses": presses,
            "tick_ms": tick_ms,
        }
        for plan, presses in asked
    ]
    return run_node(f"{CODE}\nconst COURSES = {json.dumps(wanted)};\n{HARNESS}")


def course(*presses, plan=PLAN, **more):
    [told] = courses((plan, presses), **more)
    assert told["running"] is False
    return told


def cues(told):
    """(expression, start, end, outcome), times to a tenth of a second."""
    return [(c["expression"], round(c["start_s"], 1), round(c["end_s"], 1), c["outcome"]) for c in told["cues"]]


def counted(told):
    """The segments that an analysis would get: (expression, start, end)."""
    [end_s] = told["finished"]
    segments = cue_segments(read_cues(told["cues"]), end_s)
    return [(segment.expression.value, round(segment.start_s, 1), round(segment.end_s, 1)) for segment in segments]


def movements(told):
    return [segment for segment in counted(told) if segment[0] != "rest"]


def test_a_plain_course_is_the_plan():
    told = course()
    assert cues(told) == [
        (R, 0, 4, "done"),
        (R, 4, 7, "done"), (B, 7, 11, "done"),
        (R, 13, 16, "done"), (P, 16, 20, "done"),
        (R, 22, 25, "done"), (L, 25, 29, "done"),
    ]  # fmt: skip
    assert [cue[:3] for cue in cues(told)] == counted(told)
    assert told["finished"] == [31.0]
    assert told["finished"][0] == PLAN.duration_s
    assert told["steps_done"] == len(PLAN.steps)
    phases = [(phase, expression) for phase, expression, _, _ in told["shown"]]
    assert phases == [("rest", R), *[(phase, e) for e in (B, P, L) for phase in ("prepare", "move", "relax")]]


@pytest.mark.parametrize("protocol", GuidedProtocol)
def test_every_protocol_is_performed_to_its_end(protocol):
    plan = exam_plan(protocol)
    told = course(plan=plan)
    assert told["finished"][0] == pytest.approx(plan.duration_s, abs=0.04 * 3 * len(plan.steps))
    performed = [(c["expression"], c["repetition"]) for c in told["cues"] if c["expression"] != "rest"]
    assert performed == [(s.expression, s.repetition) for s in plan.steps if s.expression is not E.REST]
    assert len(counted(told)) == 2 * len(plan.steps) - 1


def test_a_browser_that_slows_its_timers_loses_nothing():
    """A tab in the background is woken once a second: phases grow longer, cues stay true."""
    told = course(tick_ms=1000, plan=exam_plan(GuidedProtocol.CUSTOM, [E.EEE], 2))
    assert cues(told) == [
        (R, 0, 8, "done"), (R, 8, 12, "done"), (L, 12, 16, "done"), (R, 18, 21, "done"), (L, 21, 25, "done"),
    ]  # fmt: skip
    assert [c["repetition"] for c in told["cues"]] == [1, 1, 1, 1, 2]


def test_a_pause_in_a_movement_asks_for_it_again():
    told = course((9, "pause"), (15, "resume"))
    assert cues(told)[1:5] == [(R, 4, 7, "done"), (B, 7, 9, "repeated"), (R, 15, 18, "done"), (B, 18, 22, "done")]
    assert movements(told)[0] == (B, 18, 22)
    assert told["finished"] == [42.0]


def test_a_pause_in_a_preparation_prepares_again():
    told = course((5, "pause"), (10, "resume"))
    assert cues(told)[1:4] == [(R, 4, 5, "done"), (R, 10, 13, "done"), (B, 13, 17, "done")]


def test_a_pause_in_the_rest_rests_again():
    told = course((2, "pause"), (10, "resume"))
    assert cues(told)[:2] == [(R, 0, 2, "done"), (R, 10, 14, "done")]


def test_a_pause_after_a_movement_keeps_it():
    told = course((12, "pause"), (30, "resume"))
    assert cues(told)[2:5] == [(B, 7, 11, "done"), (R, 30, 33, "done"), (P, 33, 37, "done")]
    assert [m[0] for m in movements(told)] == [B, P, L]


def test_what_is_said_in_a_pause_is_no_rest():
    """Somebody talks, laughs, leaves: no cue may lie there."""
    for second in (2, 5, 9, 12):
        told = course((second, "pause"), (second + 20, "resume"))
        assert not [c for c in told["cues"] if c["start_s"] < second + 20 and c["end_s"] > second + 0.04]


def test_repeat_in_a_movement_begins_it_again():
    told = course((9, "repeat"))
    assert cues(told)[2:5] == [(B, 7, 9, "repeated"), (R, 9, 12, "done"), (B, 12, 16, "done")]
    assert movements(told) == [(B, 12, 16), (P, 21, 25), (L, 30, 34)]


def test_repeat_while_relaxing_means_the_movement_that_is_just_over():
    told = course((12, "repeat"))
    assert cues(told)[2:5] == [(B, 7, 11, "repeated"), (R, 12, 15, "done"), (B, 15, 19, "done")]
    assert movements(told)[0] == (B, 15, 19)


def test_repeat_while_the_next_is_prepared_means_the_last():
    told = course((14, "repeat"))
    assert told["asked"] == [True]
    assert cues(told)[2:6] == [(B, 7, 11, "repeated"), (R, 13, 14, "done"), (R, 14, 17, "done"), (B, 17, 21, "done")]
    assert movements(told) == [(B, 17, 21), (P, 26, 30), (L, 35, 39)]


def test_repeat_where_nothing_was_done_yet_repeats_the_rest_or_the_preparation():
    assert course((2, "repeat"))["asked"] == [False]
    assert cues(course((2, "repeat")))[:2] == [(R, 0, 2, "done"), (R, 2, 6, "done")]
    told = course((5, "repeat"))
    assert told["asked"] == [False]
    assert cues(told)[1:4] == [(R, 4, 5, "done"), (R, 5, 8, "done"), (B, 8, 12, "done")]


@pytest.mark.parametrize("second", [9, 12, 14])
def test_repeat_in_a_pause_goes_on_with_the_repetition(second):
    told = course((second, "pause"), (second + 10, "repeat"))
    assert [m[0] for m in movements(told)] == [B, P, L]
    assert movements(told)[0][1] == second + 13
    assert sum(cue[0] == B and cue[3] == "done" for cue in cues(told)) == 1


def test_only_the_newest_of_several_repetitions_counts():
    told = course((9, "repeat"), (14, "repeat"), (23, "repeat"))
    assert [cue[3] for cue in cues(told) if cue[0] == B] == ["repeated", "repeated", "repeated", "done"]
    assert len(movements(told)) == 3


def test_the_right_one_of_several_repetitions_is_taken_back():
    plan = exam_plan(GuidedProtocol.CUSTOM, [E.EEE], 3, GuideTiming(prepare_s=3, again_s=3, rest_s=4))
    told = course((23, "repeat"), plan=plan)  # while the third one is prepared
    assert [(c["repetition"], c["outcome"]) for c in told["cues"] if c["expression"] == L] == [
        (1, "done"), (2, "repeated"), (2, "done"), (3, "done"),
    ]  # fmt: skip


def test_skip_in_a_movement_leaves_it_out():
    told = course((9, "skip"))
    assert cues(told)[2:5] == [(B, 7, 9, "skipped"), (R, 9, 12, "done"), (P, 12, 16, "done")]
    assert [m[0] for m in movements(told)] == [P, L]


def test_skip_in_a_preparation_asks_for_the_next():
    told = course((5, "skip"))
    assert [m[0] for m in movements(told)] == [P, L]
    assert cues(told)[:3] == [(R, 0, 4, "done"), (R, 5, 8, "done"), (P, 8, 12, "done")]


def test_skip_in_the_rest_and_while_relaxing():
    assert cues(course((2, "skip")))[:2] == [(R, 0, 2, "skipped"), (R, 2, 5, "done")]
    told = course((12, "skip"))
    assert [m[0] for m in movements(told)] == [B, P, L], "what is over was performed"
    assert movements(told)[1] == (P, 15, 19)


def test_skip_in_a_pause():
    told = course((9, "pause"), (20, "skip"))
    assert cues(told)[2:4] == [(B, 7, 9, "repeated"), (R, 20, 23, "done")]
    assert [m[0] for m in movements(told)] == [P, L]


def test_skipping_the_last_movement_ends_the_recording():
    told = course((26, "skip"))
    assert told["finished"] == [26.0]
    assert cues(told)[-1] == (L, 25, 26, "skipped")
    assert [m[0] for m in movements(told)] == [B, P]


def test_everything_can_be_skipped():
    told = course(*[(second, "skip") for second in (1, 2, 3, 4)])
    assert told["finished"] == [4.0]
    assert movements(told) == []


@pytest.mark.parametrize(
    ("second", "last", "performed"),
    [
        (2, (R, 0, 2, "cut"), []),
        (5, (R, 0, 4, "done"), []),
        (9, (B, 7, 9, "cut"), []),
        (12, (B, 7, 11, "done"), [B]),
        (18, (P, 16, 18, "cut"), [B]),
    ],
)
def test_stop_keeps_what_was_done_and_cuts_what_was_not(second, last, performed):
    told = course((second, "stop"))
    assert told["finished"] == [second]
    assert (cues(told)[-1] if second != 5 else cues(told)[0]) == last
    assert [m[0] for m in movements(told)] == performed
    assert counted(told)[0] == (R, 0, min(second, 4)), "the rest that there was is one"


def test_stop_after_the_question_whether_to_stop():
    """The question pauses: the movement that was under way does not count, whatever is answered."""
    stopped = course((9, "pause"), (12, "stop"))
    assert stopped["finished"] == [12]
    assert cues(stopped)[-1] == (B, 7, 9, "repeated")
    went_on = course((9, "pause"), (12, "resume"))
    assert [m[0] for m in movements(went_on)] == [B, P, L]


def test_after_the_end_nothing_does_anything():
    buttons = ("pause", "resume", "repeat", "skip", "stop")
    told = course((9, "stop"), *[(10 + i, button) for i, button in enumerate(buttons)])
    assert told["finished"] == [9.0]
    assert told["cues"] == course((9, "stop"))["cues"]


def test_buttons_pressed_twice_do_it_once():
    twice = course((9, "pause"), (10, "pause"), (15, "resume"), (16, "resume"))
    assert twice["cues"] == course((9, "pause"), (15, "resume"))["cues"]


def test_a_page_that_is_left_tells_no_end():
    [told] = courses((PLAN, [(9, "cancel")]))
    assert (told["finished"], told["running"]) == ([], False)


def test_practice_is_one_movement():
    told = course(plan=practice_plan())
    assert [phase for phase, *_ in told["shown"]] == ["prepare", "move", "relax"]
    assert told["finished"] == [9.0]


def random_presses(rng):
    second, presses = 0.0, []
    for _ in range(rng.randint(1, 14)):
        second += rng.choice([0.0, 0.01, 0.5, 1.3, 3.7, 8.2]) * rng.random() * 2
        presses.append(
            (round(second, 3), rng.choice(["pause", "resume", "repeat", "skip", "repeat", "pause", "resume"]))
        )
    if rng.random() < 0.3:
        presses.append((second + rng.random() * 10, "stop"))
    else:
        presses.append((second, "resume"))
    return presses


def test_whatever_is_pressed_the_cues_are_true():
    rng = random.Random(7)
    plan = exam_plan(GuidedProtocol.CUSTOM, [E.EEE, E.PUCKER, E.FROWN], 2, GuideTiming(rest_s=3))
    asked = [(plan, random_presses(rng)) for _ in range(300)]
    outcomes = set()
    for (_, presses), told in zip(asked, courses(*asked), strict=True):
        assert len(told["finished"]) == 1, presses
        read = read_cues(told["cues"])
        outcomes |= {cue.outcome for cue in read}
        for one, next_ in pairwise(read):
            assert one.start_s < one.end_s <= next_.start_s, presses
        done = [(c.expression, c.repetition) for c in read if c.outcome == "done" and c.expression is not E.REST]
        assert len(done) == len(set(done)), presses
        for cue in read:
            if cue.outcome == "done" and cue.expression is not E.REST:
                assert cue.end_s - cue.start_s == pytest.approx(4.0, abs=0.05), presses
        segments = cue_segments(read, told["finished"][0])
        assert all(one.end_s <= next_.start_s for one, next_ in pairwise(segments)), presses
        assert sum(s.expression is not E.REST for s in segments) == len(done), presses
    assert outcomes == {"done", "repeated", "skipped", "cut"}
