"""What is painted over: one region for everybody, that hides all of a face, or all but it."""

import numpy as np
import pytest

from models.evidence.painting import GREY, Ellipse, ellipse_around, hair_and_clothes, left_half, painted


def test_the_ellipse_holds_every_face_and_lies_where_they_are():
    random = np.random.default_rng(0)
    faces = [np.array([120.0, 140.0]) + random.normal(size=(3, 478, 2)) * [20, 30] for _ in range(4)]
    faces[0][1, :5] = np.nan
    found = ellipse_around(faces, 256)
    known = np.concatenate([face.reshape(-1, 2) for face in faces]) / 256
    known = known[np.isfinite(known).all(axis=1)]
    away = ((known - [found.x, found.y]) / [found.across, found.along]) ** 2
    assert away.sum(axis=1).max() == pytest.approx(1 / 1.06**2), "the outermost point lies just inside its margin"


def test_an_ellipse_in_pictures_of_any_size():
    ellipse = Ellipse(0.5, 0.25, 0.25, 0.125)
    for size in (64, 256):
        assert ellipse.inside(size).mean() == pytest.approx(np.pi * 0.25 * 0.125, abs=0.003)


def test_hair_and_clothes_are_above_and_below_and_never_in_the_face():
    face = Ellipse(0.5, 0.5, 0.2, 0.3)
    region = hair_and_clothes(face, 100)
    assert not (region & face.inside(100)).any()
    assert region[10, 50], "hair above the face"
    assert region[95].all(), "clothes below it"
    assert not region[10, 5], "the wall beside the hair"
    assert not region[50, 5], "the wall beside the face"


def test_painting_changes_the_region_alone_and_not_the_originals():
    pictures = np.random.default_rng(1).integers(0, 100, (2, 8, 8, 3)).astype(np.uint8)
    kept, half = pictures.copy(), left_half(8)
    done = painted(pictures, half)
    assert (done[:, :, 4:] == GREY).all()
    assert (done[:, :, :4] == pictures[:, :, :4]).all()
    assert (pictures == kept).all()
