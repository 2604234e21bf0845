"""Lids: they meet, leave the canthi alone, share the way as in people and unfold the skin, on even and on uneven eyes."""

import numpy as np
import pytest

from core.face.landmarks import MESH478, mesh_regions
from core.measures.static import palpebral_fissure_height
from core.phantom.lids import keep_lid_skin_in_order, lid_displacement, open_fissure_mm
from core.words import SIDES, Side
from tests.synthetic import neutral_face

R, L = Side.RIGHT, Side.LEFT


def uneven_face():
    """Eyes of different height and tilt with lid points as irregular as a tracker finds them in a photograph."""
    face, random = neutral_face(), np.random.default_rng(5)
    for side, height, tilt in ((R, 0.75, 0.08), (L, 1.1, -0.05)):
        eye = mesh_regions(side)
        contour = list(eye.eye_contour)
        middle = face[contour].mean(axis=0)
        face[contour, 1] = middle[1] + height * (face[contour, 1] - middle[1]) + tilt * (face[contour, 0] - middle[0])
        face[[*eye.upper_lid, *eye.lower_lid]] += random.normal(0.0, 0.25, (14, 3))
    return face


def moved(face, closure, lift=0.0):
    frames = np.broadcast_to(np.asarray(closure, dtype=float), (1, 2))
    return face + lid_displacement(face, frames, np.full((1, 2), lift))[0]


@pytest.mark.parametrize("face", [neutral_face(), uneven_face()], ids=["even", "uneven"])
@pytest.mark.parametrize("lift", [0.0, 0.18])
def test_shut_lids_meet_on_one_smooth_line(face, lift):
    shut = moved(face, 1.0, lift)
    for side in SIDES:
        eye = mesh_regions(side)
        upper, lower = shut[list(eye.upper_lid)], shut[list(eye.lower_lid)]
        assert np.linalg.norm(upper - lower, axis=1).max() < 0.1
        line = np.vstack([shut[eye.outer_canthus], upper, shut[eye.inner_canthus]])
        slope = np.diff(line[:, 1]) / np.diff(line[:, 0])
        assert np.abs(np.diff(slope)).max() < 0.35, slope
        kept = [eye.outer_canthus, eye.inner_canthus]
        assert np.array_equal(shut[kept], face[kept])


@pytest.mark.parametrize("face", [neutral_face(), uneven_face()], ids=["even", "uneven"])
@pytest.mark.parametrize("closure", [-0.3, 0.0, 0.4, 0.9])
def test_the_fissure_closes_by_exactly_its_part(face, closure):
    after = moved(face, closure)
    for side in SIDES:
        expected = (1 - closure) * palpebral_fissure_height(face, side)
        assert palpebral_fissure_height(after, side) == pytest.approx(expected, abs=1e-9)


def test_open_eyes_stay_as_they_are():
    face = uneven_face()
    assert np.allclose(moved(face, 0.0), face)


def test_more_than_shut_is_shut():
    face = uneven_face()
    assert np.allclose(moved(face, 1.5), moved(face, 1.0))


def test_each_eye_closes_by_itself():
    face = neutral_face()
    after = moved(face, [1.0, 0.0])
    assert palpebral_fissure_height(after, R) == pytest.approx(0.0, abs=1e-9)
    assert palpebral_fissure_height(after, L) == pytest.approx(10.0)
    mirrored = moved(face, [0.0, 1.0])[MESH478.mirror] * [-1, 1, 1]
    assert np.allclose(after, mirrored, atol=0.05)


def test_the_upper_lid_does_most_of_the_way():
    face = neutral_face()
    way = moved(face, 1.0) - face
    eye = mesh_regions(R)
    down, up = -way[list(eye.fissure_upper), 1].mean(), way[list(eye.fissure_lower), 1].mean()
    assert down / (down + up) == pytest.approx(0.85, abs=0.08)


def test_lifting_the_lower_lid_leaves_the_fissure_to_the_closure():
    face = neutral_face()
    plain, lifted = moved(face, 0.3), moved(face, 0.3, 0.2)
    eye = mesh_regions(R)
    assert palpebral_fissure_height(lifted, R) == pytest.approx(palpebral_fissure_height(plain, R))
    assert (lifted - plain)[list(eye.fissure_lower), 1] == pytest.approx(2.0, abs=0.1)


def test_skin_unfolds_between_margin_and_brow():
    """Margin, crease and brow keep their order, each further up moving less."""
    face = neutral_face()
    way = moved(face, 1.0) - face
    margin, crease, above, brow = (way[point, 1] for point in (159, 27, 223, 52))
    assert margin < crease < above < brow == 0
    assert 0.4 < crease / margin < 0.7
    assert way[23, 1] > 0  # the skin below follows the lower lid upwards
    wide = moved(face, -0.3) - face
    assert 0 < wide[159, 1] - wide[27, 1] < 0.5  # pushed ahead, not passed


def test_irises_stay():
    face = neutral_face()
    assert np.array_equal(moved(face, 0.7)[468:], face[468:])


def test_margins_slide_forward_over_the_eyeball():
    """Halfway down, the upper lid lies over the front of the eyeball, further forward than the line between its ends."""
    face = neutral_face()
    start, half, end = face[159], moved(face, 0.5)[159], moved(face, 1.0)[159]
    assert half[2] > 0.5 * (start[2] + end[2]) + 0.1


def test_a_fallen_brow_lays_the_lid_into_a_fold():
    face = neutral_face()
    low = np.repeat(face[None], 1, axis=0)
    low[:, [27, 223]] -= [0.0, 9.0, 0.0]
    keep_lid_skin_in_order(face, low)
    assert low[0, 159, 1] < low[0, 27, 1] < low[0, 223, 1]
    untouched = np.repeat(face[None], 1, axis=0)
    keep_lid_skin_in_order(face, untouched)
    assert np.array_equal(untouched[0], face)


def test_open_fissure():
    assert open_fissure_mm(neutral_face()) == pytest.approx([10.0, 10.0])
