"""Live values: millimetres from the own rest, symmetry by hand, sides that swap in the mirror, and reasons instead of numbers."""

import numpy as np
import pytest

from core.exam.protocol import Expression
from core.face.landmarks import MESH478
from core.face.pose import rotation_from_angles
from core.live import LIVE_MOVEMENTS, LiveMeasure, LivePhase, OneEuroFilter, symmetry_pct
from core.words import Side
from tests.synthetic import closure_move, neutral_face, palsy, region_move

RATE_HZ = 25.0
PX_PER_MM = 2.0
WIDTH_PX = 640


def seen(shape_mm, pose_deg=(0.0, 0.0, 0.0), px_per_mm=PX_PER_MM, shift_px=(0.0, 0.0)):
    """(478, 3) pixels of a face before the camera."""
    turned = shape_mm @ rotation_from_angles(*pose_deg).T
    return (turned * [1, -1, -1] * px_per_mm + [WIDTH_PX / 2 + shift_px[0], 240 + shift_px[1], 0]).astype(np.float32)


def moved(move, part=1.0):
    shape = neutral_face()
    for index, displacement in move.displacement_mm.items():
        shape[index] += part * np.array(displacement)
    return shape


class Viewer:
    """Shows pictures to a LiveMeasure at 25 a second."""

    def __init__(self, movement=Expression.SMILE_OPEN, see=seen):
        self.live, self.time_s, self.see = LiveMeasure(movement), 0.0, see

    def show(self, shape_mm, seconds, **how):
        for _ in range(max(1, round(seconds * RATE_HZ))):
            self.time_s += 1 / RATE_HZ
            points = None if shape_mm is None else self.see(shape_mm, **how)
            values = self.live.update(self.time_s, points)
        return values

    def rested(self):
        values = self.show(neutral_face(), 2.2)
        assert (values.phase, values.rest_done) == (LivePhase.MOVING, 1.0)
        return self


def smile(right_mm, left_mm):
    return region_move(Expression.SMILE_OPEN, {Side.RIGHT: right_mm, Side.LEFT: left_mm}, "corner", (0.8, 0.6, 0))


# ---------------------------------------------------------------------------------------------------------- one movement


def test_excursions_are_millimetres_from_the_own_rest_and_symmetry_is_weaker_by_stronger():
    viewer = Viewer().rested()
    values = viewer.show(moved(smile(4.0, 10.0)), 2.0)
    assert (values.right_mm, values.left_mm) == (pytest.approx(4.0, abs=0.1), pytest.approx(10.0, abs=0.1))
    assert values.symmetry_pct == pytest.approx(40.0, abs=1.0)
    assert values.reason == ""


@pytest.mark.parametrize("movement", LIVE_MOVEMENTS)
def test_every_movement_shows_the_weaker_side(movement):
    """Right 70 % weak in the synthetic palsy; the closure of the eye and the displacement of the lip lose the same part."""
    move = next(move for move in palsy(right=0.7) if move.expression is movement)
    values = Viewer(movement).rested().show(moved(move), 2.0)
    assert values.left_mm > 3.5
    assert values.symmetry_pct == pytest.approx(30.0, abs=3.0)


def test_closing_eyes_count_by_the_height_that_is_gone():
    closing = closure_move(Expression.EYES_GENTLE, {Side.RIGHT: 0.25, Side.LEFT: 1.0})
    values = Viewer(Expression.EYES_GENTLE).rested().show(moved(closing), 2.0)
    assert (values.right_mm, values.left_mm) == (pytest.approx(2.5, abs=0.1), pytest.approx(10.0, abs=0.1))
    assert values.symmetry_pct == pytest.approx(25.0, abs=1.0)


def test_the_mirror_swaps_the_sides():
    def mirrored(shape_mm, **how):
        return MESH478.flip(seen(shape_mm, **how), WIDTH_PX)

    for movement, move in ((Expression.SMILE_OPEN, smile(3.0, 9.0)), (Expression.EEE, palsy(right=0.5)[-1])):
        plain = Viewer(movement).rested().show(moved(move), 1.0)
        flipped = Viewer(movement, mirrored).rested().show(moved(move), 1.0)
        assert flipped.right_mm == pytest.approx(plain.left_mm, abs=0.05)
        assert flipped.left_mm == pytest.approx(plain.right_mm, abs=0.05)
        assert flipped.symmetry_pct == pytest.approx(plain.symmetry_pct, abs=0.5)


def test_a_corner_that_is_dragged_across_the_midline_earns_nothing():
    dragged = smile(0.0, 10.0)
    dragged.displacement_mm.update(smile(-2.0, 10.0).displacement_mm)
    values = Viewer().rested().show(moved(dragged), 2.0)
    assert values.right_mm == pytest.approx(-2.0, abs=0.1)
    assert values.symmetry_pct == 0.0


def test_a_pucker_is_not_a_smile():
    pucker = region_move(Expression.PUCKER, {Side.RIGHT: 6.0, Side.LEFT: 6.0}, "corner", (-1, 0, 0))
    values = Viewer(Expression.SMILE_OPEN).rested().show(moved(pucker), 2.0)
    assert values.right_mm < 0
    assert values.left_mm < 0
    assert values.symmetry_pct is None


@pytest.mark.parametrize("how", [{"px_per_mm": 2.4}, {"shift_px": (40.0, -25.0)}, {"pose_deg": (6.0, -5.0, 8.0)}])
def test_head_movement_and_distance_are_taken_out(how):
    viewer = Viewer().rested()
    viewer.show(neutral_face(), 1.5, **how)
    values = viewer.show(moved(smile(5.0, 10.0)), 2.0, **how)
    assert (values.right_mm, values.left_mm) == (pytest.approx(5.0, abs=0.3), pytest.approx(10.0, abs=0.3))


# ------------------------------------------------------------------------------------------- no number without a reason


def test_without_movement_there_is_no_symmetry():
    values = Viewer().rested().show(moved(smile(0.3, 0.6)), 2.0)
    assert values.left_mm == pytest.approx(0.6, abs=0.1)
    assert values.symmetry_pct is None
    assert values.reason == "Big smile with teeth: no movement yet."


def test_a_restless_rest_raises_what_counts_as_movement():
    viewer, random = Viewer(), np.random.default_rng(1)
    for _ in range(60):
        viewer.show(moved(smile(*random.normal(0, 0.9, 2))), 0)
    assert viewer.show(moved(smile(1.2, 1.2)), 2.0).symmetry_pct is None
    assert viewer.show(moved(smile(4.0, 4.0)), 2.0).symmetry_pct == pytest.approx(100.0, abs=20.0)


@pytest.mark.parametrize(
    ("pose_deg", "word"),
    [((14.0, 0.0, 0.0), "side"), ((0.0, -19.0, 0.0), "up or down"), ((0.0, 0.0, 20.0), "shoulder")],
)
def test_a_turned_head_gives_no_values(pose_deg, word):
    viewer = Viewer().rested()
    values = viewer.show(moved(smile(5.0, 10.0)), 1.0, pose_deg=pose_deg)
    assert (values.right_mm, values.left_mm, values.symmetry_pct) == (None, None, None)
    assert word in values.reason
    assert viewer.show(moved(smile(5.0, 10.0)), 1.0).symmetry_pct == pytest.approx(50.0, abs=2.0)


def test_without_a_face_there_is_nothing_and_it_goes_on_afterwards():
    viewer = Viewer().rested()
    values = viewer.show(None, 1.0)
    assert (values.phase, values.right_mm, values.reason) == (LivePhase.NO_FACE, None, "No face in the picture.")
    assert viewer.show(moved(smile(5.0, 10.0)), 1.0).left_mm == pytest.approx(10.0, abs=0.2)


# ----------------------------------------------------------------------------------------------------------------- rest


def test_rest_takes_two_seconds_of_a_straight_face():
    viewer = Viewer()
    assert viewer.show(None, 1.0).rest_done == 0.0
    turned = viewer.show(neutral_face(), 3.0, pose_deg=(20.0, 0.0, 0.0))
    assert (turned.phase, turned.rest_done) == (LivePhase.REST, 0.0)
    half = viewer.show(neutral_face(), 1.0)
    assert (half.phase, half.rest_done) == (LivePhase.REST, pytest.approx(0.48, abs=0.03))
    viewer.show(None, 1.0)  # the face was lost: what was seen before is no rest any more
    assert viewer.show(neutral_face(), 1.5).phase is LivePhase.REST
    assert viewer.show(neutral_face(), 0.7).phase is LivePhase.MOVING


def test_rest_now_measures_from_the_new_rest():
    viewer = Viewer().rested()
    hanging = moved(smile(-2.0, 0.0))
    viewer.live.rest_now()
    viewer.show(hanging, 2.2)
    values = viewer.show(moved(smile(3.0, 5.0)), 2.0)
    assert (values.right_mm, values.left_mm) == (pytest.approx(5.0, abs=0.2), pytest.approx(5.0, abs=0.2))


def test_another_movement_keeps_the_rest():
    viewer = Viewer().rested()
    viewer.live.choose(Expression.BROW_RAISE)
    brows = next(move for move in palsy(right=0.5) if move.expression is Expression.BROW_RAISE)
    assert viewer.show(moved(brows), 2.0).symmetry_pct == pytest.approx(50.0, abs=2.0)
    with pytest.raises(ValueError, match="movement must be one of"):
        viewer.live.choose(Expression.REST)


# ----------------------------------------------------------------------------------------------------------- the formulas


def test_symmetry_by_hand():
    assert symmetry_pct(4.0, 8.0) == 50.0
    assert symmetry_pct(-1.0, 8.0) == 0.0
    assert symmetry_pct(8.0, 8.0) == 100.0


def test_one_euro_filter_by_hand():
    """At 10 Hz, cutoffs of 1 Hz: share 1 / (1 + 1 / (2 pi 0.1)) = 0.38587. A step of 1 makes a speed of 3.8587 a second, which
    raises the cutoff to 1 + 0.5 * 3.8587 = 2.92934 Hz: share 1 / (1 + 1 / (2 pi 0.292934)) = 0.64795."""
    smooth = OneEuroFilter(min_cutoff_hz=1.0, speed_coefficient=0.5, derivative_cutoff_hz=1.0)
    assert smooth(0.0, np.array([0.0]))[0] == 0.0
    assert smooth(0.1, np.array([1.0]))[0] == pytest.approx(0.64795, abs=1e-4)
    calm = OneEuroFilter(min_cutoff_hz=1.0, speed_coefficient=0.0)
    calm(0.0, np.array([0.0]))
    assert calm(0.1, np.array([1.0]))[0] == pytest.approx(0.38587, abs=1e-4)
    assert calm(9.0, np.array([5.0]))[0] == 5.0  # a long pause begins anew


def test_one_euro_filter_is_calm_at_rest_and_prompt_in_a_movement():
    random, smooth = np.random.default_rng(0), OneEuroFilter()
    noise = random.normal(0, 0.2, 200)
    calm = np.array([smooth(i / 25, np.array([v]))[0] for i, v in enumerate(noise)])
    assert calm[25:].std() < 0.65 * noise.std()
    ramp = np.clip(np.arange(20) / 10, 0, 1) * 10.0
    followed = [smooth(8 + i / 25, np.array([v]))[0] for i, v in enumerate(ramp)]
    assert followed[12] > 9.0
