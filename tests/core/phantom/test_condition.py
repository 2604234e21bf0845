"""Conditions: what the constructors put in, and the resting signs that follow from it."""

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.face.millimetres import face_millimetres
from core.grading.synkinesis import REGION_SPECS, Region
from core.measures import static
from core.phantom.condition import (
    ALL_RESTING_SIGNS,
    Condition,
    RestingSign,
    Synkinesis,
    after_botulinum,
    bilateral,
    flaccid,
    healthy,
    single_branch,
    synkinetic,
)
from core.phantom.exam import ExamScript
from core.phantom.motion import simulate
from core.phantom.portrait import Crease
from core.phantom.resting import resting_offset
from core.words import BRANCHES, AffectedSide, Branch, Side
from tests.synthetic import neutral_face

R, L = Side.RIGHT, Side.LEFT


def at_rest(condition):
    """(478, 3) millimetres in the face frame of the measures, no movement and no blink."""
    motion = simulate(neutral_face(), condition, ExamScript((), (), 1.0), sway=0.0)
    pixels = motion.shape_mm * np.array([1.0, -1.0, -1.0]) * 4.0
    return face_millimetres(motion.times, pixels, np.ones(len(motion.times), bool)).points[0]


def difference(points, measure, side):
    return float(measure(points, side) - measure(points, side.opposite))


def test_weakness_and_sides():
    assert healthy().affected_side is AffectedSide.NONE
    assert flaccid(R).affected_side is AffectedSide.RIGHT
    assert bilateral(0.8, 0.4).affected_side is AffectedSide.BOTH
    assert synkinetic(L, weakness=0.0).affected_side is AffectedSide.LEFT
    assert all(flaccid(L, 0.6).weakness(branch, L) == 0.6 for branch in BRANCHES)
    assert all(flaccid(L, 0.6).weakness(branch, R) == 0 for branch in BRANCHES)
    one = single_branch(Branch.BUCCAL, R, 0.7)
    assert [one.weakness(branch, R) for branch in BRANCHES] == [0, 0, 0.7, 0, 0]


def test_values_outside_their_range_are_refused():
    with pytest.raises(ValueError, match="attenuation"):
        Condition("x", {(Branch.BUCCAL, R): 1.2})
    with pytest.raises(ValueError, match="strength"):
        Synkinesis(R, E.SMILE_OPEN, Region.EYE, -0.1)


def test_every_synkinesis_is_one_that_is_watched():
    """A trigger that the grading does not watch could never be found."""
    for link in synkinetic(R).synkinesis:
        assert link.trigger in REGION_SPECS[link.region].triggers
    assert synkinetic(R, 0.8).synkinesis_strength(Branch.ZYGOMATIC, R) == pytest.approx(0.8)
    assert synkinetic(R).synkinesis_strength(Branch.ZYGOMATIC, L) == 0


def test_botulinum_weakens_synkinesis_only():
    before = synkinetic(L, 0.8, weakness=0.2)
    after = after_botulinum(before, remaining=0.5)
    assert after.synkinesis_strength(Branch.ZYGOMATIC, L) == pytest.approx(0.4)
    assert after.attenuation == before.attenuation
    eyes_only = after_botulinum(before, remaining=0.5, regions=(Region.EYE,))
    assert eyes_only.synkinesis_strength(Branch.BUCCAL, L) == before.synkinesis_strength(Branch.BUCCAL, L)
    assert eyes_only.contracture(L) < before.contracture(L)


def test_flaccid_resting_signs():
    face = at_rest(flaccid(R))
    assert difference(face, static.brow_height_canthal, R) == pytest.approx(-5.5, abs=0.6)
    assert difference(face, static.palpebral_fissure_height, R) == pytest.approx(3.0, abs=0.1)
    assert static.palpebral_fissure_height(face, L) == pytest.approx(10.0, abs=0.05)
    assert difference(face, lambda p, s: static.commissure(p, s)[..., 1], R) == pytest.approx(-5.0, abs=0.6)
    lip = at_rest(single_branch(Branch.MARGINAL_MANDIBULAR, R))
    assert difference(lip, static.lower_lip_position, R) == pytest.approx(2.5, abs=0.4)
    creases = resting_offset(flaccid(R), neutral_face()).creases
    assert creases[Crease.NASOLABIAL, R] == -1.0
    assert creases[Crease.NASOLABIAL, L] == 0.0


def test_flaccid_lips_are_closed_at_rest():
    """A high lower lip pushes the upper lip instead of passing it."""
    face = at_rest(flaccid(L))
    assert static.dental_show(face, L) < 0.3
    assert static.dental_show(face, R) < 0.3


def test_contracture_resting_signs():
    face = at_rest(synkinetic(L, 1.0, weakness=0.0))
    assert difference(face, static.palpebral_fissure_height, L) == pytest.approx(-2.5, abs=0.1)
    assert difference(face, lambda p, s: static.commissure(p, s)[..., 1], L) == pytest.approx(2.0, abs=0.3)
    assert difference(face, static.brow_height_canthal, L) == pytest.approx(0.0, abs=0.1)
    creases = resting_offset(synkinetic(L, 1.0, weakness=0.0), neutral_face()).creases
    assert creases[Crease.NASOLABIAL, L] == 1.0


@pytest.mark.parametrize(
    ("sign", "measure"),
    [
        (RestingSign.LOW_BROW, static.brow_height_canthal),
        (RestingSign.WIDE_EYE, static.palpebral_fissure_height),
        (RestingSign.DROPPED_CORNER, lambda p, s: static.commissure(p, s)[..., 1]),
    ],
)
def test_every_sign_can_be_switched_off(sign, measure):
    shown, hidden = flaccid(R), flaccid(R)
    hidden = Condition(shown.name, shown.attenuation, resting_signs=ALL_RESTING_SIGNS - {sign})
    assert abs(difference(at_rest(shown), measure, R)) > 2.5
    assert abs(difference(at_rest(hidden), measure, R)) < 0.4


def test_tone_outlasts_movement():
    """A mild palsy hardly shows at rest."""
    half = at_rest(flaccid(R, 0.3))
    assert abs(difference(half, static.brow_height_canthal, R)) < 1.0


def test_a_low_set_brow_has_less_room_to_fall():
    face = neutral_face()
    face[:, 1] -= np.where(face[:, 1] > 35, 6.0, 0.0)
    low, usual = resting_offset(flaccid(R), face), resting_offset(flaccid(R), neutral_face())
    assert usual.displacement_mm[105, 1] < low.displacement_mm[105, 1] < -1.0
