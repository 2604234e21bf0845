"""The protocol is the table of reference A2, and it fits the branches that are graded from it."""

import re

import pytest

from core.exam.protocol import CORE_PROTOCOL, EXPRESSIONS, MOVEMENTS, SUNNYBROOK_PROTOCOL
from core.exam.protocol import Expression as E
from core.grading.branches import BRANCH_SPECS
from core.grading.sunnybrook import MOVEMENTS as SUNNYBROOK_MOVEMENTS
from core.measures.movement import MOVEMENT_SPECS
from core.words import Branch

T, Z, B = Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL
M, C = Branch.MARGINAL_MANDIBULAR, Branch.CERVICAL

# Spoken instruction, hold in seconds, repetitions, main branch, where to watch for synkinesis (reference A2; platysma: "neck").
A2 = {
    E.REST: (
        "Look straight at the camera. Let your face go loose, lips lightly together. Blink as you like.", 8, 1, None, "",
    ),
    E.BROW_RAISE: (
        "Raise your eyebrows as high as you can, as if surprised. Keep your chin still. Hold. And relax.",
        3, 3, T, "eye, mouth corner, chin",
    ),
    E.EYES_GENTLE: (
        "Close your eyes softly, as if falling asleep. Hold. And open.", 3, 3, Z, "mouth corner, chin, neck",
    ),
    E.EYES_TIGHT: ("Squeeze your eyes shut as hard as you can. Hold. And open.", 3, 3, Z, "mouth corner, neck"),
    E.SNARL: (
        "Wrinkle your nose, as if something smells bad, and lift your upper lip. Hold. And relax.", 3, 3, B, "eye",
    ),
    E.SMILE_CLOSED: ("Smile gently with your lips together. Hold. And relax.", 3, 3, B, "eye, neck"),
    E.SMILE_OPEN: ("Give your biggest smile and show your teeth. Hold. And relax.", 3, 3, B, "eye, brow, neck"),
    E.PUCKER: ("Push your lips forward as if to whistle, and say ooo. Hold. And relax.", 3, 3, B, "eye, chin"),
    E.EEE: ("Say a long eee and show your bottom teeth. Hold. And relax.", 3, 3, M, "eye, neck"),
    E.PLATYSMA: (
        "Clench your teeth and pull the corners of your mouth down, so the skin of your neck tightens. Hold. And relax.",
        3, 2, C, "eye",
    ),
    E.CHEEK_PUFF: ("Close your lips and blow up your cheeks. Hold. And relax.", 3, 2, B, "eye"),
    E.BLINK_VOLUNTARY: ("Blink firmly five times, about once a second.", 5, 1, Z, "mouth corner"),
    E.FROWN: ("Pull your eyebrows together, as if angry. Hold. And relax.", 3, 2, T, ""),
    E.SPEECH: ("Count aloud from one to five.", 6, 1, None, ""),
}  # fmt: skip


@pytest.mark.parametrize("expression", E)
def test_rows_are_those_of_the_reference(expression):
    spec = expression.spec
    main = spec.branches[0] if spec.branches else None
    assert (spec.prompt, spec.hold_s, spec.repetitions, main, spec.watch) == A2[expression]


def test_the_standard_is_rest_and_eight_movements():
    assert CORE_PROTOCOL == (
        E.REST, E.BROW_RAISE, E.EYES_GENTLE, E.EYES_TIGHT, E.SNARL, E.SMILE_CLOSED, E.SMILE_OPEN, E.PUCKER, E.EEE,
    )  # fmt: skip
    assert set(E) - set(CORE_PROTOCOL) == {E.PLATYSMA, E.CHEEK_PUFF, E.BLINK_VOLUNTARY, E.FROWN, E.SPEECH}


def test_the_sunnybrook_protocol_is_rest_and_what_the_scale_asks_for():
    assert SUNNYBROOK_PROTOCOL[0] is E.REST
    assert set(SUNNYBROOK_PROTOCOL[1:]) == set(SUNNYBROOK_MOVEMENTS)
    assert set(SUNNYBROOK_PROTOCOL) <= set(CORE_PROTOCOL)


def test_movements_are_everything_but_rest_and_speech():
    assert set(MOVEMENTS) == set(E) - {E.REST, E.SPEECH}
    assert set(MOVEMENT_SPECS) == set(MOVEMENTS) - {E.CHEEK_PUFF}, "puffed cheeks are not measured by landmarks"


def test_a_movement_that_grades_a_branch_says_that_it_tests_it():
    for branch, spec in BRANCH_SPECS.items():
        assert sum(weight for e, weight in spec.weights.items()) == pytest.approx(1)
        for expression in spec.weights:
            assert branch in expression.spec.branches, expression


def test_the_standard_movements_test_every_branch_but_the_neck():
    tested = {branch for e in CORE_PROTOCOL for branch in e.spec.branches}
    assert tested == set(Branch) - {C}


def test_prompts_are_whole_sentences_that_can_be_spoken():
    for expression, spec in EXPRESSIONS.items():
        assert re.fullmatch(r"[A-Z][A-Za-z ,.']*\.", spec.prompt), expression
        assert spec.hold_s > 0
        assert spec.repetitions >= 1


def test_labels_tell_the_expressions_apart():
    labels = [expression.label for expression in E]
    assert len(set(labels)) == len(labels)
    assert all(labels)
    assert E.SMILE_OPEN.label == "Big smile with teeth"
