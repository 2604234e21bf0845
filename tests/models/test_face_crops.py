"""The crop of a face: placed by points that do not move with expression, and painted over outside one fixed outline."""

import numpy as np
import pytest

from core.exam.protocol import Expression
from core.phantom.muscles import displacement
from models.face_crops import FACE_MASK, MM_PER_PX, SIZE_PX, crop_matrix, face_crop
from models.refinement.alignment import ALIGNMENT_POINTS
from models.refinement.poses import contraction
from tests.drawn_phantom import STILL, portrait, renderer


def _in_crop(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(N, 2) pixels of the crop from pixels of the picture."""
    return np.linalg.solve(matrix[:, :2], points[:, :2].T - matrix[:, 2:]).T


@pytest.mark.parametrize("expression", [Expression.SMILE_OPEN, Expression.EYES_TIGHT, Expression.BROW_RAISE])
def test_an_expression_does_not_move_the_crop(expression):
    shape = portrait().shape_mm
    moved = shape + displacement(contraction(expression, 1.0, 0.0)[None])[0]
    rest, made = (renderer().landmarks(face, STILL, STILL) for face in (shape, moved))
    stable = list(ALIGNMENT_POINTS)
    placed = [_in_crop(points[stable], crop_matrix(points)) for points in (rest, made)]
    assert np.abs(placed[0] - placed[1]).max() < 1.0
    assert np.abs(made - rest).max() > 3.0, "the movement itself must be visible"


def test_head_turned_in_the_picture_gives_the_same_place():
    shape = portrait().shape_mm
    placed = []
    for roll, shift in ((0.0, 0.0), (12.0, 8.0)):
        points = renderer().landmarks(shape, np.array([0.0, 0.0, roll]), np.array([shift, 0.0, 0.0]))
        placed.append(_in_crop(points, crop_matrix(points)))
    assert MM_PER_PX * np.abs(placed[0] - placed[1]).max() < 2.1


def test_the_outline_is_one_for_all_pictures():
    """Whatever a picture shows, and however it is turned, the same pixels are grey."""
    points = renderer().landmarks(portrait().shape_mm, STILL, STILL)
    turned = renderer().landmarks(portrait().shape_mm, np.array([8.0, 5.0, 10.0]), STILL)
    for seen in (points, turned):
        crop = face_crop(np.full((320, 320, 3), 30, np.uint8), seen)
        assert crop.shape == (SIZE_PX, SIZE_PX, 3)
        assert ((crop == 30).all(axis=2) == FACE_MASK).all()
        assert (crop[~FACE_MASK] == 128).all()


def test_all_that_moves_lies_in_the_outline():
    """Brows with their outer ends, eyes, nose, mouth and chin: what is painted over cannot be learned from."""
    points = renderer().landmarks(portrait().shape_mm, STILL, STILL)
    features = [
        70,
        63,
        107,
        300,
        293,
        336,
        33,
        133,
        159,
        145,
        263,
        362,
        386,
        374,
        61,
        291,
        0,
        17,
        129,
        358,
        152,
        148,
        377,
    ]
    column, row = np.rint(_in_crop(points[features], crop_matrix(points))).astype(int).T
    assert FACE_MASK[row, column].all()


def test_points_that_coincide_are_refused():
    with pytest.raises(ValueError, match="coincide"):
        face_crop(np.zeros((64, 64, 3), np.uint8), np.zeros((478, 3)))
