"""The second opinion on severity as an analysis asks for it: the right sides, intervals in order, reasons where nothing is said."""

import dataclasses
import hashlib
from functools import cache

import numpy as np
import pytest
import torch

from core.analysis import analyse_track
from core.exam.protocol import Expression
from core.second_opinions import KeyFrame, SeverityModel
from core.words import BRANCHES, SIDES, Branch, Side
from models.face_crops import face_crop
from models.severity.assessor import CERVICAL_REASON, SeverityRegression
from models.severity.data import PICTURES, ExamFacts, joined, severity_exam
from models.severity.features import LEARNED_BRANCHES
from models.severity.inference import LEAST_MOVEMENTS, Inputs, predict
from models.severity.training import TrainingOptions, train
from tests.drawn_phantom import picture
from tests.severity_samples import weak_right
from tests.synthetic import palsy, synthetic_track

CPU = torch.device("cpu")
WEAKNESSES = (0.0, 0.2, 0.4, 0.6, 0.8)


@pytest.fixture(scope="module")
def checkpoint():
    """Trained within seconds on measurements of examinations with a weak right or left side, without pictures."""
    torch.set_num_threads(1)
    exams = []
    for split, copies in (("train", 2), ("validation", 1)):
        for weakness in WEAKNESSES:
            for weak in SIDES:
                result = weak_right(weakness, mirrored=weak is Side.LEFT)
                truth = np.zeros((2, len(LEARNED_BRANCHES)))
                truth[SIDES.index(weak)] = 100 * weakness
                name = f"{split} {weakness} {weak}"
                facts = ExamFacts(name, name, "drawn", split)
                exams += [severity_exam(facts, result, [], truth)] * copies
    options = TrainingOptions(epochs=15, patience=15, batch=4, inputs=Inputs.KINEMATICS)
    return train(joined(exams), options, device=CPU).checkpoint


@pytest.fixture(scope="module")
def model(checkpoint):
    return SeverityRegression(checkpoint, "severity_test", "0" * 64)


@cache
def frames():
    image, points = picture()
    return tuple(KeyFrame(image, points, expression, float(i)) for i, expression in enumerate(PICTURES))


def two_movements():
    """An examination of less than can be judged."""
    moves = [move for move in palsy(0.6) if move.expression in (Expression.BROW_RAISE, Expression.SMILE_OPEN)]
    assert len(moves) < LEAST_MOVEMENTS
    track, segments = synthetic_track(moves)
    return analyse_track(track, segments=segments, simulated=True).result


def test_it_is_a_second_opinion_and_names_its_weights(model, checkpoint, tmp_path):
    assert isinstance(model, SeverityModel)
    path = checkpoint.save(tmp_path / "severity_mine.safetensors")
    loaded = SeverityRegression.from_weights(path)
    found = loaded.assess(weak_right(0.6), ())
    assert (found.model, found.weights_sha256) == (
        "severity_mine",
        hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    assert found.branches == model.assess(weak_right(0.6), ()).branches


@pytest.mark.parametrize(("mirrored", "weak"), [(False, Side.RIGHT), (True, Side.LEFT)])
def test_the_weak_side_is_the_weak_side(model, mirrored, weak):
    found = model.assess(weak_right(0.6, mirrored=mirrored), ())
    for branch in LEARNED_BRANCHES:
        assert found.branches[branch].get(weak).severity > found.branches[branch].get(weak.opposite).severity + 15


def test_a_weaker_side_gets_more(model):
    mild, severe = (model.assess(weak_right(weakness), ()) for weakness in (0.2, 0.8))
    for branch in LEARNED_BRANCHES:
        assert severe.branches[branch].right.severity > mild.branches[branch].right.severity + 15


@pytest.mark.parametrize("pictured", [True, False])
def test_intervals_are_in_order_and_every_branch_is_there(model, pictured):
    found = model.assess(weak_right(0.6), frames() if pictured else ())
    assert list(found.branches) == list(BRANCHES)
    assert found.reason is None
    for branch in LEARNED_BRANCHES:
        for side in SIDES:
            said = found.branches[branch].get(side)
            assert 0 <= said.low <= said.severity <= said.high <= 100
            assert said.low < said.high, "nobody knows it exactly"
            assert said.reason is None


@pytest.mark.parametrize("pictured", [True, False])
def test_it_says_what_the_judged_predictions_say(model, checkpoint, pictured):
    """The figures in docs/accuracy.md come from ``predict``; an analysis must get the same."""
    shown = frames() if pictured else ()
    result = weak_right(0.4)
    crops = [(frame.expression, face_crop(frame.image, frame.points)) for frame in shown]
    said = predict(checkpoint, joined([severity_exam(ExamFacts("", "", "", "test"), result, crops)]), CPU)
    found = model.assess(result, shown)
    for column, branch in enumerate(LEARNED_BRANCHES):
        for row, side in enumerate(SIDES):
            opinion = found.branches[branch].get(side)
            told = [opinion.severity, opinion.low, opinion.high]
            assert told == pytest.approx([x[0, row, column] for x in (said.severity, said.low, said.high)], abs=0.051)


def test_pictures_count_and_the_first_of_an_expression_alone(model):
    result, shown = weak_right(0.4), frames()
    other = dataclasses.replace(shown[1], image=255 - shown[1].image)
    assert model.assess(result, shown) != model.assess(result, ())
    assert model.assess(result, (*shown, other)) == model.assess(result, shown)


def test_the_neck_is_never_said(model):
    found = model.assess(weak_right(0.6), frames()).branches[Branch.CERVICAL]
    for side in SIDES:
        assert (found.get(side).severity, found.get(side).low) == (None, None)
        assert found.get(side).reason == CERVICAL_REASON


def test_a_branch_without_its_movement_stays_unsaid(model):
    found = model.assess(weak_right(0.6, without=Expression.BROW_RAISE), ())
    for side in SIDES:
        brow = found.branches[Branch.TEMPORAL].get(side)
        assert (brow.severity, brow.low, brow.high) == (None, None, None)
        assert brow.reason.startswith("No movement that tests this branch")
        assert found.branches[Branch.BUCCAL].get(side).severity is not None
    assert found.reason is None


def test_too_little_is_refused_as_a_whole(model):
    found = model.assess(two_movements(), ())
    assert found.reason.startswith(f"Fewer than {LEAST_MOVEMENTS} movements")
    for branch in LEARNED_BRANCHES:
        for side in SIDES:
            said = found.branches[branch].get(side)
            assert (said.severity, said.low, said.high, said.reason) == (None, None, None, found.reason)


def test_measurements_unlike_those_learned_from_are_refused(checkpoint):
    strict = SeverityRegression(dataclasses.replace(checkpoint, reach=1e-3), "severity_test", "0" * 64)
    found = strict.assess(weak_right(0.6), frames())
    assert found.reason.startswith("The measurements are unlike")
    assert {found.branches[b].get(s).severity for b in BRANCHES for s in SIDES} == {None}
    assert found.branches[Branch.CERVICAL].right.reason == CERVICAL_REASON
