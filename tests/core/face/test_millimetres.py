"""Millimetres: head pose, distance and pixel size must leave the movement of the face as it was."""

import numpy as np
import pytest

from core.exam.protocol import Expression
from core.face.landmarks import mesh_regions
from core.face.millimetres import face_millimetres
from core.face.scale import iris_diameter_at_rest
from core.words import Side
from tests.synthetic import closure_move, neutral_face, region_move, synthetic_track

CORNER = mesh_regions(Side.RIGHT).corner


def _corner_excursion(**options) -> float:
    track, segments = synthetic_track(
        [region_move(Expression.SMILE_OPEN, {Side.RIGHT: 5.0}, "corner", (0.6, 0.8, 0))], **options
    )
    face = face_millimetres(track.times, track.points, track.times < segments[0].start_s)
    rest = np.median(face.points[face.times < segments[0].start_s, CORNER], axis=0)
    hold = np.median(face.points[np.abs(face.times - segments[0].start_s - 1.5) < 0.5, CORNER], axis=0)
    return float(np.linalg.norm((hold - rest)[:2]))


@pytest.mark.parametrize(
    "options",
    [{}, {"px_per_mm": 5.3}, {"pose_deg": (0, 0, 15)}, {"pose_deg": (8, 6, -10)}, {"sway_deg": 4.0}],
    ids=["plain", "other size", "roll", "turned", "swaying"],
)
def test_five_millimetres_stay_five(options):
    assert _corner_excursion(**options) == pytest.approx(5.0, abs=0.05)


def test_face_frame_is_level_and_centred():
    track, _ = synthetic_track([], pose_deg=(0, 0, 12))
    face = face_millimetres(track.times, track.points, np.ones(len(track.times), bool))
    inner = face.points[0, [133, 362]]
    assert np.allclose(inner.mean(axis=0), 0, atol=0.01)
    assert inner[0, 1] == pytest.approx(inner[1, 1], abs=0.01)
    assert inner[1, 0] > 0, "x points to the patient's left"


def test_scale_comes_from_open_eyes_only():
    """A rest that is half closed eyes, whose iris points are pulled together, gives the scale of the open half."""
    face = np.repeat(neutral_face()[None], 10, axis=0)
    closed = neutral_face()
    for index, displacement in closure_move(
        Expression.EYES_GENTLE, {Side.RIGHT: 1, Side.LEFT: 1}
    ).displacement_mm.items():
        closed[index] += displacement
    closed[[469, 471, 474, 476], 0] *= 0.9
    face[6:] = closed
    assert iris_diameter_at_rest(face, np.ones(10, bool)) == pytest.approx(11.7)
    assert iris_diameter_at_rest(face, np.zeros(10, bool)) is None


def test_scale_is_reported_per_pixel():
    track, _ = synthetic_track([], px_per_mm=4.0)
    face = face_millimetres(track.times, track.points, np.ones(len(track.times), bool))
    assert face.mm_per_px == pytest.approx(0.25, rel=1e-3)
    assert face.iris_px == pytest.approx(46.8, rel=1e-3)


def test_missing_frames_stay_missing():
    track, _ = synthetic_track([])
    points = track.points.copy()
    points[5:9] = np.nan
    face = face_millimetres(track.times, points, np.ones(len(track.times), bool))
    assert np.isnan(face.points[5:9]).all()
    assert np.isfinite(face.points[9:]).all()
