"""One expression measured: intended direction, own rest, common hold, and repetitions that cannot be used."""

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.exam.segments import Segment
from core.exam.timeline import timeline
from core.measures.movement import (
    COMMISSURE,
    EYE_CLOSURES,
    MOVEMENT_SPECS,
    change_from_rest,
    hold_excursion,
    mean_or_none,
    measure_expression,
    rest_value,
)
from core.words import SIDES, Side
from tests.curve_samples import RATE_HZ, laid_out, measured, move, segments, start_s, still_curves

R, L = Side.RIGHT, Side.LEFT

# Curve and direction of every expression (reference A2, B2), smallest performed movement and noise in mm (docs/measures.md, A2).
TABLE = {
    E.BROW_RAISE: ("brow_height_canthal", +1, 3.0, 0.5),
    E.EYES_GENTLE: ("palpebral_fissure_height", -1, 2.0, 0.4),
    E.EYES_TIGHT: ("palpebral_fissure_height", -1, 2.0, 0.4),
    E.BLINK_VOLUNTARY: ("palpebral_fissure_height", -1, 2.0, 0.4),
    E.SNARL: ("snarl_height", +1, 1.2, 0.6),
    E.SMILE_CLOSED: (COMMISSURE, +1, 3.0, 0.8),
    E.SMILE_OPEN: (COMMISSURE, +1, 4.0, 0.8),
    E.PUCKER: ("corner_lateral", -1, 3.0, 0.8),
    E.EEE: ("lower_lip_above_chin", -1, 2.0, 0.6),
    E.PLATYSMA: ("corner_height", -1, 2.0, 1.0),
    E.FROWN: ("brow_medial_distance", -1, 1.5, 0.5),
}
ON_A_CURVE = [expression for expression, row in TABLE.items() if row[0] != COMMISSURE]


def test_constants_are_the_documented_ones():
    found = {e: (s.measure, s.sign, s.minimum_mm, s.noise_mm) for e, s in MOVEMENT_SPECS.items()}
    assert found == TABLE


@pytest.mark.parametrize("expression", ON_A_CURVE)
def test_the_intended_direction_is_positive_and_the_other_negative(expression):
    measure, sign, _, _ = TABLE[expression]
    curves = still_curves()
    move(curves, measure, sign * -1.0, sign * 6.0)
    found = measured(curves, expression)
    assert -1.0 <= found.excursion_mm(R) <= -0.75, "while the left is above three quarters of its peak"
    assert found.excursion_mm(L) == pytest.approx(6.0)
    assert found.stronger_mm == pytest.approx(6.0)
    assert found.baseline_mm(R) == 10


@pytest.mark.parametrize("expression", TABLE)
def test_a_movement_counts_as_performed_from_its_minimum_on(expression):
    measure, sign, minimum, _ = TABLE[expression]
    for amount, performed in ((minimum + 0.05, True), (minimum - 0.05, False)):
        curves = still_curves()
        move(curves, "corner_lateral" if measure == COMMISSURE else measure, 0.0, sign * amount)
        assert measured(curves, expression).performed is performed


def test_excursion_is_the_change_from_the_own_rest():
    """A brow that hangs 7 mm lower at rest and rises by 4 mm has moved 4 mm."""
    curves = still_curves()
    curves.values["brow_height_canthal"][:, 0] -= 7
    move(curves, "brow_height_canthal", 4.0, 10.0)
    found = measured(curves, E.BROW_RAISE)
    assert (found.excursion_mm(R), found.excursion_mm(L)) == (pytest.approx(4), pytest.approx(10))
    assert (found.baseline_mm(R), found.baseline_mm(L)) == (3, 10)


def test_blinks_are_no_rest():
    curves = still_curves()
    closed = (curves.times_s >= 1.2) & (curves.times_s < 2.4)
    curves.values["palpebral_fissure_height"][closed] = 1.0
    move(curves, "palpebral_fissure_height", -9.0, -9.0)
    time = laid_out(curves, E.EYES_GENTLE)
    everything = np.ones(len(curves.times_s), dtype=bool)
    with_blink = measure_expression(curves, time, E.EYES_GENTLE, usable=everything)
    without = measure_expression(curves, time, E.EYES_GENTLE, usable=~closed)
    assert without.baseline_mm(R) == 10
    assert without.excursion_mm(R) == pytest.approx(9)
    assert with_blink.repetitions[0].baseline_mm[R] == 1


def test_sides_are_compared_while_the_stronger_one_holds():
    """A twitch of the weak side before the movement is not its excursion."""
    curves = still_curves()
    move(curves, "brow_height_canthal", 0.0, 10.0)
    early = (curves.times_s > 3.0) & (curves.times_s < 3.2)
    curves.values["brow_height_canthal"][early, 0] += 3.0
    found = measured(curves, E.BROW_RAISE)
    assert found.excursion_mm(R) == pytest.approx(0)
    held = found.repetitions[0].hold_s
    assert held == (pytest.approx(3.375, abs=0.02), pytest.approx(5.625, abs=0.02)), "above three quarters of the peak"


def test_corners_are_projected_on_the_direction_of_the_stronger_side():
    """The left goes 8 out and 6 up, 10 mm; the right goes half of that along the same way, 5 mm."""
    curves = still_curves()
    move(curves, "corner_lateral", 4.0, 8.0)
    move(curves, "corner_height", 3.0, 6.0)
    found = measured(curves, E.SMILE_OPEN)
    assert (found.excursion_mm(R), found.excursion_mm(L)) == (pytest.approx(5), pytest.approx(10))
    assert found.baseline_mm(R) == 0
    lateral, vertical = found.repetitions[0].corner_mm[R]
    assert vertical / lateral == pytest.approx(0.75)


def test_a_corner_that_is_dragged_across_earns_nothing():
    """2 mm inwards beside 8 out and 6 up: -2 x 0.8 = -1.6 mm at the peak of the other side."""
    curves = still_curves()
    move(curves, "corner_lateral", -2.0, 8.0)
    move(curves, "corner_height", 0.0, 6.0)
    found = measured(curves, E.SMILE_OPEN)
    assert -1.6 <= found.excursion_mm(R) <= -1.2
    assert found.excursion_mm(L) == pytest.approx(10)


def test_a_corner_that_goes_square_to_the_smile_earns_nothing():
    curves = still_curves()
    move(curves, "corner_lateral", -3.0, 8.0)
    move(curves, "corner_height", 4.0, 6.0)
    assert measured(curves, E.SMILE_OPEN).excursion_mm(R) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("expression", TABLE)
def test_swapped_sides_give_swapped_values(expression):
    rng = np.random.default_rng(5)
    curves = still_curves()
    for measure in {"corner_lateral", "corner_height", TABLE[expression][0]} - {COMMISSURE}:
        sign = TABLE[expression][1]
        move(curves, measure, sign * 5.0, sign * 8.0, late_s=(0.1, 0.0))
        curves.values[measure] += rng.normal(0, 0.1, curves.values[measure].shape)
    one = measured(curves, expression)
    for name in curves.values:
        curves.values[name][:] = curves.values[name][:, ::-1].copy()
    other = measured(curves, expression)
    for side in SIDES:
        assert one.excursion_mm(side) == pytest.approx(other.excursion_mm(side.opposite))
        assert one.repetitions[0].sides[side] == other.repetitions[0].sides[side.opposite]
        assert one.repetitions[0].noise_mm[side] == other.repetitions[0].noise_mm[side.opposite]


@pytest.mark.parametrize("expression", EYE_CLOSURES)
def test_closure_is_the_part_of_the_own_fissure_that_is_gone(expression):
    """12 mm at rest of which 9 close: 0.75; beyond shut stays 1, an eye that opens stays 0."""
    curves = still_curves()
    curves.values["palpebral_fissure_height"][:, 0] += 2
    move(curves, "palpebral_fissure_height", -9.0, -8.0)
    found = measured(curves, expression)
    assert found.closure_fraction(R) == pytest.approx(0.75)
    assert found.closure_fraction(L) == pytest.approx(0.8)
    wide = still_curves()
    move(wide, "palpebral_fissure_height", 2.0, -15.0)
    assert measured(wide, expression).closure_fraction(R) == 0
    assert measured(wide, expression).closure_fraction(L) == 1


def test_other_movements_have_no_closure():
    curves = still_curves()
    move(curves, "brow_height_canthal", 5.0, 5.0)
    assert measured(curves, E.BROW_RAISE).closure_fraction(R) is None


def test_repetitions_are_averaged_without_those_that_cannot_be_used():
    curves = still_curves(3)
    for repetition, (right, left) in enumerate([(4.0, 10.0), (6.0, 8.0), (5.0, 9.0)]):
        move(curves, "brow_height_canthal", right, left, repetition=repetition)
    found = measured(curves, E.BROW_RAISE, 3)
    assert (found.excursion_mm(R), found.excursion_mm(L)) == (pytest.approx(5), pytest.approx(9))
    lost = (curves.times_s > start_s(1)) & (curves.times_s < start_s(1) + 3)
    curves.values["brow_height_canthal"][lost] = np.nan
    found = measured(curves, E.BROW_RAISE, 3)
    assert [r.used for r in found.repetitions] == [True, False, True]
    assert found.repetitions[1].reason == "The face was not seen for most of this movement."
    assert (found.excursion_mm(R), found.excursion_mm(L)) == (pytest.approx(4.5), pytest.approx(9.5))


def test_a_face_lost_for_less_than_half_of_the_movement_still_counts():
    curves = still_curves()
    move(curves, "brow_height_canthal", 5.0, 10.0)
    curves.values["brow_height_canthal"][(curves.times_s > 4.0) & (curves.times_s < 5.0)] = np.nan
    found = measured(curves, E.BROW_RAISE)
    assert found.repetitions[0].used
    assert found.excursion_mm(R) == pytest.approx(5)


def test_a_still_face_has_no_movement_and_says_so():
    found = measured(still_curves(), E.BROW_RAISE)
    assert found.repetitions[0].reason == "No movement in the intended direction was seen."
    assert (found.excursion_mm(R), found.stronger_mm, found.performed) == (None, None, False)
    assert found.closure_fraction(R) is None
    assert found.repetitions[0].key_frame_s is None
    assert found.repetitions[0].hold_s == (None, None)


def test_a_segment_outside_the_recording_says_so():
    curves = still_curves()
    time = timeline(curves.times_s, [Segment(expression=E.PUCKER, start_s=100, end_s=103)])
    found = measure_expression(curves, time, E.PUCKER, usable=np.ones(len(curves.times_s), dtype=bool))
    assert found.repetitions[0].reason == "The segment lies outside the recording."
    assert found.stronger_mm is None


def test_the_key_frame_lies_between_the_peaks_of_the_sides():
    """The right is greatest at 4.0 s, the left at 5.0 s: the picture of the hold nearest 4.5 s."""
    curves = still_curves()
    move(curves, "brow_height_canthal", 8.0, 8.0)
    for i, peak_s in enumerate((4.0, 5.0)):
        curves.values["brow_height_canthal"][round(peak_s * RATE_HZ), i] += 1.0
    assert measured(curves, E.BROW_RAISE).repetitions[0].key_frame_s == pytest.approx(4.5, abs=0.01)


def test_noise_is_the_spread_of_the_own_rest():
    curves = still_curves()
    curves.values["brow_height_canthal"][:, 0] += np.random.default_rng(2).normal(0, 0.3, len(curves.times_s))
    move(curves, "brow_height_canthal", 5.0, 10.0)
    noise = measured(curves, E.BROW_RAISE).repetitions[0].noise_mm
    assert noise[R] == pytest.approx(0.3, rel=0.25)
    assert noise[L] == 0


def test_only_asked_expressions_are_measured():
    curves = still_curves(2)
    both = [segments(E.PUCKER, 1)[0], segments(E.SNARL, 2)[1]]
    time = timeline(curves.times_s, both)
    found = measure_expression(curves, time, E.SNARL, usable=np.ones(len(curves.times_s), dtype=bool))
    assert [r.segment.start_s for r in found.repetitions] == [start_s(1)]


def test_excluded_samples_do_not_enter_the_hold():
    curves = still_curves()
    move(curves, "brow_height_canthal", 5.0, 10.0)
    repetition = measured(curves, E.BROW_RAISE).repetitions[0]
    change = change_from_rest(curves.values["brow_height_canthal"], repetition.baseline)
    spike = (curves.times_s > 4.0) & (curves.times_s < 4.5)
    change[spike] += 20
    assert hold_excursion(change, repetition)[0] == pytest.approx(25)
    assert hold_excursion(change, repetition, exclude=spike)[0] == pytest.approx(5)
    assert np.isnan(hold_excursion(change, repetition, exclude=repetition.hold)).all()


def test_rest_is_a_median_of_samples_seen_on_both_sides():
    curve = np.array([[1.0, 5.0], [2.0, 6.0], [50.0, 7.0], [np.nan, 99.0]])
    assert rest_value(curve, np.ones(4, dtype=bool)).tolist() == [2, 6]
    assert np.isnan(rest_value(curve, np.zeros(4, dtype=bool))).all()


def test_means_leave_out_what_is_missing():
    assert mean_or_none([1.0, None, np.nan, 3.0]) == 2
    assert mean_or_none([None, np.nan]) is None
    assert mean_or_none([]) is None
