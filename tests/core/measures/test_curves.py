"""Curves over time: sides in their columns, true rate, gaps that stay, smoothing by region, and files that come back."""

import numpy as np
import pytest

from core.face.landmarks import MESH478, mesh_regions
from core.face.millimetres import FaceMillimetres
from core.measures.curves import MEASURES, MIDLINE_MEASURES, Curves, measure_curves, measure_label
from core.words import SIDES, Side
from tests.synthetic import neutral_face

R, L = Side.RIGHT, Side.LEFT
EYE_MEASURES = (
    "margin_reflex_distance_1", "margin_reflex_distance_2", "palpebral_fissure_height", "eye_area", "eye_aspect_ratio",
)  # fmt: skip


def face_of(points, rate_hz=60.0):
    return FaceMillimetres(np.arange(len(points)) / rate_hz, points, 0.5, 23.4, 11.7)


def still(frames=40):
    return np.repeat(neutral_face()[None], frames, axis=0)


def test_a_still_face_gives_level_curves_with_known_heights():
    curves = measure_curves(face_of(still()))
    assert np.allclose(curves.values["palpebral_fissure_height"], 10.0)
    assert np.allclose(curves.values["palpebral_fissure_width"], 25.907, atol=0.01)
    for name, values in (curves.values | curves.midline).items():
        assert np.ptp(values, axis=0).max() < 1e-9, name
    assert np.allclose(curves.midline["mouth_cant"], 0)


def test_the_right_is_in_the_first_column_and_the_left_in_the_second():
    points = still()
    points[:, list(mesh_regions(R).brow_upper), 1] += 2
    points[:, mesh_regions(L).corner, 1] += 3
    before, after = measure_curves(face_of(still())), measure_curves(face_of(points))
    brow = after.values["brow_height_canthal"] - before.values["brow_height_canthal"]
    corner = after.values["corner_height"] - before.values["corner_height"]
    assert np.allclose(brow, [2, 0])
    assert np.allclose(corner, [0, 3])
    assert np.array_equal(after.side("corner_height", R), after.values["corner_height"][:, 0])
    assert np.array_equal(after.side("corner_height", L), after.values["corner_height"][:, 1])


def test_a_mirrored_face_swaps_every_pair_and_negates_the_midline():
    crooked = still(20) + np.random.default_rng(7).normal(0, 0.6, (478, 3))
    one = measure_curves(face_of(crooked))
    other = measure_curves(face_of(crooked[:, MESH478.mirror] * [-1, 1, 1]))
    for name in MEASURES:
        assert np.allclose(one.values[name], other.values[name][:, ::-1]), name
    for name in MIDLINE_MEASURES:
        assert np.allclose(one.midline[name], -other.midline[name]), name
        assert abs(one.midline[name][0]) > 0.01, name


def test_outwards_is_positive_on_either_side():
    curves = measure_curves(face_of(still()))
    for name in ("corner_lateral", "alar_lateral", "brow_medial_distance"):
        assert (curves.values[name] > 3).all(), name
        assert np.allclose(curves.values[name][:, 0], curves.values[name][:, 1], atol=0.2), name


def test_curves_are_at_60_hz_whatever_the_camera_did():
    points = still(46)
    points[:, 61, 1] += np.arange(46) / 15 * 3  # the right corner climbs 3 mm a second
    curves = measure_curves(face_of(points, rate_hz=15.0))
    assert np.allclose(np.diff(curves.times_s), 1 / 60)
    assert curves.times_s[-1] == pytest.approx(3.0)
    climb = curves.side("corner_height", R) - neutral_face()[61, 1]
    assert np.allclose(climb, 3 * curves.times_s, atol=1e-6)


def test_a_face_lost_for_long_stays_missing_and_for_a_moment_is_bridged():
    points = still(60)
    points[20:24] = np.nan  # 5 intervals of 1/30 s = 167 ms from frame 19 to 24
    points[40:43] = np.nan  # 133 ms
    curves = measure_curves(face_of(points, rate_hz=30.0))
    fissure = curves.side("palpebral_fissure_height", R)
    lost = (curves.times_s > 19 / 30 + 1e-6) & (curves.times_s < 24 / 30 - 1e-6)
    assert np.isnan(fissure[lost]).all()
    assert np.isfinite(fissure[~lost]).all()
    assert np.isnan(curves.midline["mouth_cant"][lost]).all()


@pytest.mark.parametrize(
    ("measure", "kept"), [("palpebral_fissure_height", 17 / 35), ("corner_height", 59 / 231)], ids=["eye", "mouth"]
)
def test_eyes_are_smoothed_less_than_the_rest(measure, kept):
    """What Savitzky-Golay of order 3 leaves of a single sample: 17/35 with five points (eyes), 59/231 with nine (0.15 s)."""
    points = still(41)
    points[20, [*mesh_regions(R).upper_lid, mesh_regions(R).corner], 1] += 1.0
    curve = measure_curves(face_of(points)).side(measure, R)
    assert curve[20] - curve[0] == pytest.approx(kept)


def test_only_measures_of_the_moving_lids_have_the_short_window():
    short = {name for name, spec in MEASURES.items() if spec.window_s == 0.05}
    assert short == set(EYE_MEASURES)
    assert {spec.window_s for spec in MEASURES.values()} == {0.05, 0.15}


def test_every_curve_has_a_unit_and_a_label_of_its_own():
    curves = measure_curves(face_of(still(20)))
    assert set(curves.values) == set(MEASURES)
    assert set(curves.midline) == set(MIDLINE_MEASURES)
    assert set(curves.units) == set(MEASURES) | set(MIDLINE_MEASURES)
    odd = {name: unit for name, unit in curves.units.items() if unit != "mm"}
    assert odd == {
        "eye_area": "mm2", "interlabial_area": "mm2", "eye_aspect_ratio": "1", "smile_angle": "deg",
        "upper_lip_slope": "deg", "mouth_cant": "deg", "philtrum_angle": "deg",
    }  # fmt: skip
    labels = [measure_label(name) for name in curves.units]
    assert len(set(labels)) == len(labels)
    assert measure_label("mouth_cant") == "Mouth cant (M10b)"
    with pytest.raises(KeyError):
        measure_label("nonsense")


def test_areas_and_lengths_grow_with_the_face_and_ratios_do_not():
    """A face twice as large: lengths x 2, areas x 4, ratios and angles as before."""
    crooked = still(20) + np.random.default_rng(3).normal(0, 0.4, (478, 3))
    one, two = measure_curves(face_of(crooked)), measure_curves(face_of(2 * crooked))
    factor = {"mm": 2.0, "mm2": 4.0, "1": 1.0, "deg": 1.0}
    for name, values in (one.values | one.midline).items():
        assert np.allclose((two.values | two.midline)[name], factor[one.units[name]] * values), name


def test_a_file_brings_everything_back(tmp_path):
    points = still(30)
    points[10:20] = np.nan
    curves = measure_curves(face_of(points, rate_hz=30.0))
    curves.save(tmp_path / "curves.npz")
    again = Curves.load(tmp_path / "curves.npz")
    assert np.array_equal(again.times_s, curves.times_s)
    assert again.units == curves.units
    assert list(again.values) == list(curves.values)
    for name in curves.values:
        assert np.allclose(again.values[name], curves.values[name], atol=1e-4, equal_nan=True), name
    for name in curves.midline:
        assert np.allclose(again.midline[name], curves.midline[name], atol=1e-4, equal_nan=True), name


def test_curves_of_another_shape_are_refused():
    times = np.arange(3) / 60
    with pytest.raises(ValueError, match="values\\['corner_height'\\]"):
        Curves(times, {"corner_height": np.zeros(3)}, {})
    with pytest.raises(ValueError, match="midline\\['mouth_cant'\\]"):
        Curves(times, {}, {}, {"mouth_cant": np.zeros((3, 2))})
    with pytest.raises(ValueError, match="times_s"):
        Curves(times[::-1], {}, {})


def test_both_sides_are_measured_by_every_function():
    face = neutral_face()[None]
    for name, spec in MEASURES.items():
        right, left = (spec.function(face, side) for side in SIDES)
        assert right.shape == left.shape == (1,), name
        assert np.isfinite([right, left]).all(), name


def test_chosen_measures_are_the_same_as_among_all():
    everything = measure_curves(face_of(still()))
    chosen = measure_curves(face_of(still()), {"corner_height", "mouth_cant"})
    assert set(chosen.values) == {"corner_height"}
    assert set(chosen.midline) == {"mouth_cant"}
    assert set(chosen.units) == {"corner_height", "mouth_cant"}
    # Millimetres; on some processors the last digit depends on how many columns are filtered together.
    assert np.allclose(chosen.values["corner_height"], everything.values["corner_height"], rtol=0, atol=1e-9)
    assert np.allclose(chosen.midline["mouth_cant"], everything.midline["mouth_cant"], rtol=0, atol=1e-9)
