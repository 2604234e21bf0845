"""What is collected of a cohort: the gate as the screener has it, who is refused, pictures left out, stress, what was measured."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from core.exam.protocol import Expression
from models.cohort.conditions import Group
from models.evidence.collect import (
    cohort_words,
    facts_of_model,
    measured_synkinesis,
    partly_usable,
    people_of,
    stress_outcomes,
)
from models.evidence.gate import exam_refusal, refusals_under_stress, refused_in_light, usable_part
from models.evidence.groups import SelfReport
from models.evidence.stress import STRESSES, blur, brightness, stressed
from models.screening.calibration import Calibration, OperatingPoint, Platt
from models.screening.checkpoints import Checkpoint, Layout, new_network
from models.screening.data import from_cohort
from models.screening.gate import NEEDED, examination_refusal
from models.screening.inference import predict
from models.weights import kept_state
from tests.models.evidence.cohort_samples import EXPRESSIONS, made_exam
from tests.severity_samples import weak_right

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def checkpoint():
    torch.set_num_threads(1)
    torch.manual_seed(3)
    platt = Platt(1.0, 0.0, np.tile([1.0, 0.0], (5, 1)))
    point = OperatingPoint(0.5, 0.3)
    return Checkpoint(
        Layout.HEMIFACE, 160, kept_state(new_network(Layout.HEMIFACE, 160)), Calibration(platt, point, platt, point)
    )


@pytest.mark.parametrize("count", range(1, 5))
def test_an_examination_needs_rest_and_a_movement_that_shows_most(count):
    """Every examination of so many pictures, each usable or refused: assessable, or a sentence that names what is missing."""
    kinds = (*EXPRESSIONS, Expression.PUCKER)
    for shown in itertools.combinations(kinds, count):
        for reasons in itertools.product((None, "It is dark."), repeat=count):
            usable = {e for e, r in zip(shown, reasons, strict=True) if r is None}
            told = examination_refusal(shown, reasons)
            assert (told is None) == (Expression.REST in usable and bool(usable.intersection(NEEDED)))
            if usable and Expression.REST not in usable:
                assert "at rest" in told
            if not usable:
                assert told == "It is dark."


def test_refused_examinations_are_counted_and_those_of_test_people_named():
    exams = [
        made_exam(0, refusals=("It is dark.", None, None)),
        made_exam(1, refusals=(None, "It is dark.", None)),
        made_exam(2, refusals=(None, "It is dark.", "It is blurred.")),
        made_exam(0, person="london 002", split="train", refusals=("It is dark.",) * 3),
    ]
    people, refused = people_of(exams, {"london 002": SelfReport("female", "white")}, exam_refusal)
    assert refused == {
        "drawn-9000-e00": "There is no usable picture at rest. It is dark.",
        "drawn-9000-e02": "There is no usable picture of tight eye closure or of a big smile. It is dark.",
    }
    assert (people["drawn 9000"].exams, people["drawn 9000"].refused) == (3, 2)
    assert (people["london 002"].exams, people["london 002"].refused) == (1, 1)
    assert (people["london 002"].gender, people["drawn 9000"].gender) == ("female", None)
    assert people_of(exams, {}, None)[0]["drawn 9000"].exams == 0


def test_refused_pictures_are_left_out_of_what_passes(checkpoint):
    exams = [made_exam(0), made_exam(1, refusals=(None, "It is dark.", None)), made_exam(2, refusals=("Dark.",) * 3)]
    test = from_cohort(exams)
    part = usable_part(test, exams)
    assert [exam.exam for exam in part.exams] == ["drawn-9000-e01"]
    assert part.expressions == (Expression.REST, Expression.SMILE_OPEN)
    assert (part.pictures == exams[1].crops[[0, 2]]).all()
    found = partly_usable(checkpoint, test, exams, CPU)
    assert found == pytest.approx({"drawn-9000-e01": predict(checkpoint, part, CPU).exam_probability[0]})
    assert partly_usable(checkpoint, from_cohort(exams[:1]), exams[:1], CPU) == {}


def test_the_gate_is_asked_about_light_and_not_about_blur():
    exam = made_exam(0)
    assert refused_in_light(exam, brightness(1.0)) is None
    assert "too dark" in refused_in_light(exam, brightness(0.05))
    assert "overexposed" in refused_in_light(exam, brightness(6.0))
    found = refusals_under_stress([exam, made_exam(1, refusals=("Dark.",) * 3), made_exam(2, split="train")])
    assert set(found) == {name for name, stress in STRESSES.items() if stress.of_light}
    assert not any(name.startswith("blur") for name in found)
    assert found["brighter"] == ["drawn-9000-e01"], (
        "what was refused before stays refused, people trained on do not count"
    )


def test_stress_keeps_what_is_painted_over():
    crops = np.random.default_rng(0).integers(0, 256, (2, 160, 160, 3)).astype(np.uint8)
    mask = np.zeros((160, 160), bool)
    mask[40:120, 40:120] = True
    for stress in STRESSES.values():
        changed = stressed(crops, stress, mask)
        assert (changed[:, ~mask] == crops[:, ~mask]).all()
        assert (changed[:, mask] != crops[:, mask]).any()


def test_blur_is_of_the_face_whatever_the_size_of_the_picture():
    """The edge of a half becomes as wide on pictures of two sizes."""
    widths = []
    for size in (128, 256):
        half = np.zeros((size, size, 3), np.uint8)
        half[:, size // 2 :] = 255
        line = blur(0.02)(half)[size // 2, :, 0]
        widths.append(float(((line > 25) & (line < 230)).sum()) / size)
    assert widths[0] == pytest.approx(widths[1], abs=0.01)


def test_stress_outcomes_are_of_every_test_examination(checkpoint):
    exams = [made_exam(0), made_exam(1, Group.SYNKINETIC)]
    found = stress_outcomes(checkpoint, from_cohort(exams), CPU, {"darker": ["drawn-9000-e01"], "brighter": []})
    assert [outcome.stress for outcome in found] == list(STRESSES)
    assert all(set(outcome.exams) == {exam.exam for exam in exams} for outcome in found)
    refused = {outcome.stress: outcome.refused for outcome in found}
    assert (refused["darker"], refused["brighter"], refused["blur_1"]) == (["drawn-9000-e01"], [], None)


def test_measured_synkinesis_is_of_full_examinations_of_test_people():
    result = weak_right()
    exams = [made_exam(0), made_exam(1, result=result), made_exam(2, split="train", result=result)]
    found = measured_synkinesis(exams)
    assert set(found) == {"drawn-9000-e01"}
    scores = [side.synkinesis for branch in result.branches.values() for side in (branch.right, branch.left)]
    assert found["drawn-9000-e01"] == max(score for score in scores if score is not None)


def test_facts_of_a_network(checkpoint):
    found = facts_of_model(checkpoint, "a" * 64, made_exam(0).crops, CPU)
    assert (found.exam.threshold, found.exam.unsure_from) == (0.5, 0.3)
    assert found.runtime.mean_ms > 0
    with pytest.raises(ValueError, match="never calibrated"):
        facts_of_model(dataclasses.replace(checkpoint, calibration=None), "a" * 64, made_exam(0).crops, CPU)


def test_a_cohort_in_words_counts_people_once():
    words = cohort_words([("a", "drawn", "train"), ("a", "drawn", "train"), ("b", "photograph", "test")])
    assert "1 neutral photographs" in words
    assert "1 drawn" in words
    assert "1 to train, 0 to stop and calibrate, 1 to test" in words
    assert "Simulated, not patients" in words
