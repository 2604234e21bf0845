"""The entry of one expression in the result: signed differences, affected over healthy side, nothing compared without movement."""

import numpy as np
import pytest

from core.exam.protocol import CORE_PROTOCOL
from core.exam.protocol import Expression as E
from core.measures.curves import MEASURES
from core.measures.summary import expression_result, not_measured, not_recorded, pair
from core.words import SIDES, Side
from tests.curve_samples import measured, move, start_s, still_curves

R, L = Side.RIGHT, Side.LEFT
COMPARISONS = (
    "function_ratio", "asymmetry_pct", "symmetry_pct", "onset_asynchrony_s", "peak_asynchrony_s", "correlation_r",
    "dtw_distance", "amplitude_residual", "direction_cosine", "direction_score_pct",
)  # fmt: skip


def summary(curves, expression, affected=None, repetitions=1, gaps=None):
    return expression_result(curves, measured(curves, expression, repetitions), gaps, affected)


def brow(right, left, **options):
    curves = still_curves()
    move(curves, "brow_height_canthal", right, left, **options)
    return curves


def smile(right=(4.0, 3.0), left=(8.0, 6.0), **options):
    """Corners that go (lateral, vertical) millimetres."""
    curves = still_curves()
    move(curves, "corner_lateral", right[0], left[0], **options)
    move(curves, "corner_height", right[1], left[1], **options)
    return curves


def test_indices_worked_by_hand():
    """4 of 10 mm: difference R - L = -6, bounded asymmetry 60 %, symmetry 40 % (reference B5).

    Residual (C3): 6 mm over a ramp whose square has the integral 2 + 2 x 0.5 / 3 in a window of 3.5 s, over 10 mm.
    """
    found = summary(brow(4.0, 10.0), E.BROW_RAISE, R)
    assert found.assessable
    assert found.measure == "brow_height_canthal"
    assert (found.excursion_mm.right, found.excursion_mm.left) == (pytest.approx(4), pytest.approx(10))
    assert found.difference_mm == pytest.approx(-6)
    assert found.asymmetry_pct == pytest.approx(60)
    assert found.symmetry_pct == pytest.approx(40)
    assert found.amplitude_residual == pytest.approx(0.6 * np.sqrt((2 + 1 / 3) / 3.5), abs=0.005)


@pytest.mark.parametrize(
    ("affected", "ratio"), [(R, 0.4), (L, 2.5), (None, 0.4)], ids=["right", "left", "weaker over stronger"]
)
def test_the_function_ratio_is_affected_over_healthy_side(affected, ratio):
    assert summary(brow(4.0, 10.0), E.BROW_RAISE, affected).function_ratio == pytest.approx(ratio)


def test_a_side_that_moves_the_wrong_way_has_no_function():
    found = summary(brow(-3.0, 10.0), E.BROW_RAISE, R)
    assert found.function_ratio == 0
    assert found.excursion_mm.right < -2
    assert found.asymmetry_pct == 100


def test_without_a_movement_nothing_is_compared_but_the_difference_is_kept():
    """The brow must rise by 3 mm on the stronger side: 1 and 2.5 mm are no movement to compare (reference E3, rule 8)."""
    found = summary(brow(1.0, 2.5), E.BROW_RAISE, R)
    assert not found.assessable
    assert found.reason == "Movement not performed: 2.5 mm on the stronger side, 3.0 mm expected."
    assert {name: getattr(found, name) for name in COMPARISONS} == dict.fromkeys(COMPARISONS)
    assert found.difference_mm == pytest.approx(-1.5)


def test_a_still_face_says_why_and_invents_nothing():
    found = summary(still_curves(), E.SMILE_OPEN, R)
    assert not found.assessable
    assert found.reason
    assert {name: getattr(found, name) for name in COMPARISONS} == dict.fromkeys(COMPARISONS)
    assert (found.excursion_mm.right, found.excursion_mm.left, found.difference_mm) == (None, None, None)


@pytest.mark.parametrize(("affected", "delay"), [(R, 0.1), (L, -0.1), (None, 0.1)])
def test_delays_are_affected_minus_healthy_side(affected, delay):
    """The right is 0.1 s late: positive when the right is affected, or when right minus left is told."""
    found = summary(brow(9.0, 10.0, late_s=(0.1, 0.0)), E.BROW_RAISE, affected)
    assert found.onset_asynchrony_s == pytest.approx(delay, abs=0.02)
    assert found.peak_asynchrony_s == pytest.approx(delay, abs=0.02)
    assert found.onset_s.right - found.onset_s.left == pytest.approx(0.1, abs=0.02)


def test_onsets_count_from_the_start_of_the_segment():
    """10 % of a rise of half a second is reached after 0.05 s."""
    found = summary(brow(10.0, 10.0), E.BROW_RAISE)
    assert found.onset_s.right == pytest.approx(0.05, abs=0.02)
    assert found.rise_time_s.left == pytest.approx(0.4, abs=0.02)
    assert found.peak_velocity_mm_s.left == pytest.approx(20, rel=0.02)


def test_curves_of_the_same_shape_correlate_and_a_flat_side_is_named():
    found = summary(brow(4.0, 10.0), E.BROW_RAISE, R)
    assert found.correlation_r == pytest.approx(1)
    assert found.dtw_distance == pytest.approx(0, abs=1e-6)
    flat = summary(brow(0.0, 10.0), E.BROW_RAISE, R)
    assert flat.correlation_r is None
    assert flat.correlation_reason == "flat side: patient's right"


def test_decay_is_the_last_over_the_first_repetition():
    """10, 8, 6 mm on the left: 0.6; the right holds its 5 mm."""
    curves = still_curves(3)
    for repetition, left in enumerate((10.0, 8.0, 6.0)):
        move(curves, "brow_height_canthal", 5.0, left, repetition=repetition)
    found = summary(curves, E.BROW_RAISE, repetitions=3)
    assert found.decay.left == pytest.approx(0.6)
    assert found.decay.right == pytest.approx(1)
    assert found.excursion_mm.left == pytest.approx(8)
    assert summary(brow(5.0, 10.0), E.BROW_RAISE).decay.left is None, "one repetition cannot tire"


def test_every_repetition_is_listed_and_the_refused_one_says_why():
    curves = still_curves(2)
    move(curves, "brow_height_canthal", 5.0, 10.0, repetition=0)
    curves.values["brow_height_canthal"][curves.times_s > start_s(1)] = np.nan
    found = summary(curves, E.BROW_RAISE, repetitions=2)
    assert [r.used for r in found.repetitions] == [True, False]
    assert found.repetitions[1].reason == "The face was not seen for most of this movement."
    assert found.repetitions[1].excursion_mm.left is None
    assert found.excursion_mm.left == pytest.approx(10)
    assert found.repetitions[0].start_s == 3.0
    assert found.repetitions[0].hold_start_s <= found.key_frame_s <= found.repetitions[0].hold_end_s


def test_directions_are_degrees_above_outwards():
    """4 out and 3 up: 36.87 degrees on either side; equal directions have cosine 1, score 100 x min / max = 50."""
    found = summary(smile(), E.SMILE_OPEN, R)
    assert found.direction_deg.right == pytest.approx(36.87, abs=0.01)
    assert found.direction_deg.left == pytest.approx(36.87, abs=0.01)
    assert found.direction_cosine == pytest.approx(1)
    assert found.direction_score_pct == pytest.approx(50)
    square = summary(smile(right=(-3.0, 4.0)), E.SMILE_OPEN, R)
    assert square.direction_deg.right == pytest.approx(126.87, abs=0.01)
    assert square.direction_cosine == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("expression", [E.BROW_RAISE, E.EYES_TIGHT, E.FROWN])
def test_movements_of_eye_and_brow_have_no_direction_of_the_corner(expression):
    curves = smile()
    for measure, sign in (("brow_height_canthal", 1), ("palpebral_fissure_height", -1), ("brow_medial_distance", -1)):
        move(curves, measure, 5.0 * sign, 8.0 * sign)
    found = summary(curves, expression)
    assert found.assessable
    assert found.direction_deg.left is None
    assert found.direction_cosine is None


def test_the_dragged_philtrum_is_positive_towards_the_patients_left():
    curves = smile(right=(0.0, 0.0))
    curves.midline["philtrum_deviation"][:] = 1.0
    held = (curves.times_s > 3.3) & (curves.times_s < 5.7)
    curves.midline["philtrum_deviation"][held] += 2.0
    assert summary(curves, E.SMILE_OPEN, R).midline_drag_mm == pytest.approx(2)
    curves.midline["philtrum_deviation"][:] = np.nan
    assert summary(curves, E.SMILE_OPEN, R).midline_drag_mm is None


def test_every_measure_is_told_as_its_change_in_the_hold():
    curves = smile()
    move(curves, "eye_area", -20.0, -10.0)
    move(curves, "eye_aspect_ratio", -0.1, 0.0)
    found = summary(curves, E.SMILE_OPEN)
    assert len(found.measures) == len(MEASURES)
    assert found.measures["eye_area_change_mm2"].right == pytest.approx(-20)
    assert found.measures["eye_area_change_mm2"].left == pytest.approx(-10)
    assert found.measures["eye_aspect_ratio_change"].right == pytest.approx(-0.1)
    assert found.measures["corner_height_change_mm"].left == pytest.approx(6)
    assert found.measures["smile_angle_change_deg"].left == 0


def test_closure_comes_with_its_calibrated_gap():
    curves = still_curves()
    move(curves, "palpebral_fissure_height", -4.0, -9.0)
    found = summary(curves, E.EYES_TIGHT, R, gaps={R: 5.0, L: None})
    assert (found.closure_fraction.right, found.closure_fraction.left) == (pytest.approx(0.4), pytest.approx(0.9))
    assert (found.residual_gap_mm.right, found.residual_gap_mm.left) == (5.0, None)
    assert summary(brow(5.0, 10.0), E.BROW_RAISE).residual_gap_mm.right is None


def test_swapped_sides_swap_every_pair_and_negate_what_is_signed():
    rng = np.random.default_rng(6)
    curves = smile(late_s=(0.1, 0.0))
    for values in curves.values.values():
        values += rng.normal(0, 0.05, values.shape)
    one = summary(curves, E.SMILE_OPEN, R)
    for values in (*curves.values.values(), curves.midline["philtrum_deviation"]):
        values[:] = values[:, ::-1].copy() if values.ndim == 2 else -values
    other = summary(curves, E.SMILE_OPEN, L)
    for name in ("excursion_mm", "onset_s", "direction_deg", "area_mm_s", "hold_stability"):
        for side in SIDES:
            assert getattr(one, name).get(side) == pytest.approx(getattr(other, name).get(side.opposite)), name
    assert one.difference_mm == pytest.approx(-other.difference_mm)
    for name in ("function_ratio", "asymmetry_pct", "onset_asynchrony_s", "correlation_r", "direction_score_pct"):
        assert getattr(one, name) == pytest.approx(getattr(other, name)), name
    assert one.midline_drag_mm == pytest.approx(-other.midline_drag_mm)


@pytest.mark.parametrize("expression", CORE_PROTOCOL)
def test_what_was_not_recorded_or_cannot_be_measured_has_a_reason_and_no_value(expression):
    for entry, words in ((not_recorded(expression), "was not recorded"), (not_measured(expression), "do not measure")):
        assert not entry.assessable
        assert expression.label in entry.reason
        assert words in entry.reason
        assert (entry.function_ratio, entry.excursion_mm.right, entry.repetitions) == (None, None, [])


def test_what_is_not_finite_is_missing():
    values = {R: np.nan, L: np.float64(2.0)}
    assert (pair(values.__getitem__).right, pair(values.__getitem__).left) == (None, 2.0)
    assert pair(lambda _side: np.inf).right is None
