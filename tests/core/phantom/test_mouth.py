"""The open mouth: teeth and cavity inside the inner lips and nowhere else, upper teeth with the skull, lower with the jaw."""

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.face.landmarks import mesh_regions
from core.phantom.condition import flaccid, healthy
from core.phantom.mouth import MouthPainter
from core.words import SIDES, Side
from tests.drawn_phantom import NEAR, STILL, at_rest, held, inside, lip_outline, picture, portrait, renderer

SIZE = (320, 320)
SKIN = (200, 150, 140)
LIPS_MM = 1.2  # how far the dark rim of the opening may reach onto the lips


def painted(shape_mm, jaw_drop_mm=0.0, pose=STILL):
    """Plain skin into which the mouth was painted, and the landmarks."""
    painter = MouthPainter(portrait())
    points = renderer().landmarks(shape_mm, np.array(pose, float), STILL)
    anchors = renderer().landmarks(painter.anchors_mm(jaw_drop_mm), np.array(pose, float), STILL)
    image = np.full((*SIZE, 3), SKIN, np.uint8)
    painter.paint(image, points[:, :2], anchors[:, :2], NEAR.px_per_mm)
    return image, points


def open_mouth(drop_mm):
    """The face with its lower lip lowered by so much and its upper lip raised by 4 mm."""
    shape = portrait().shape_mm.copy()
    for way, name in ((4.0, "upper"), (-drop_mm, "lower")):
        lips = {i for side in SIDES for which in ("inner", "outer") for i in _lip(side, f"{name}_lip_{which}")}
        shape[sorted(lips), 1] += way
    return shape


def _lip(side, name):
    return getattr(mesh_regions(side), name)[1:]


def teeth(image):
    """(H, W) bool: bright and hardly coloured."""
    values = image.astype(int)
    return (values.min(axis=2) > 150) & (np.ptp(values, axis=2) < 45)


def cavity(image):
    """(H, W) bool: dark and reddish."""
    return image.max(axis=2) < 95


@pytest.mark.parametrize("expression", [E.SMILE_CLOSED, E.PUCKER, E.EYES_TIGHT, E.BROW_RAISE])
def test_closed_lips_stay_skin(expression):
    image, _ = painted(held(expression, healthy())[0])
    assert (image == SKIN).all()


@pytest.mark.parametrize(
    ("expression", "condition"),
    [(E.SMILE_OPEN, healthy()), (E.SNARL, healthy()), (E.EEE, healthy()), (E.SMILE_OPEN, flaccid(Side.RIGHT))],
)
def test_the_inside_of_the_mouth_is_seen_inside_the_lips_only(expression, condition):
    shape, jaw_drop_mm = held(expression, condition)
    image, points = painted(shape, jaw_drop_mm)
    outline = lip_outline(points, "inner")
    touched = (image != SKIN).any(axis=2)
    assert touched[inside(outline, SIZE, 1)].all()
    assert not (touched & ~inside(outline, SIZE, -round(LIPS_MM * NEAR.px_per_mm) - 1)).any()
    assert inside(outline, SIZE, 1).sum() > 150
    beyond = ~inside(outline, SIZE, -1)
    assert not (teeth(image) & beyond).any()
    assert not (cavity(image) & beyond).any()


def test_an_open_smile_shows_teeth():
    shape, jaw_drop_mm = held(E.SMILE_OPEN, healthy())
    image, points = picture(shape, jaw_drop_mm=jaw_drop_mm)
    inner = inside(lip_outline(points, "inner"), SIZE, 1)
    assert (teeth(image) & inner).sum() > 0.25 * inner.sum()
    closed_lips, _ = picture()
    assert not (teeth(closed_lips) & inside(lip_outline(at_rest(), "outer"), SIZE, 1)).any()


def test_a_paralysed_side_shows_no_teeth_in_the_smile():
    shape, jaw_drop_mm = held(E.SMILE_OPEN, flaccid(Side.RIGHT))
    image, points = picture(shape, jaw_drop_mm=jaw_drop_mm)
    shown = teeth(image) & inside(lip_outline(points, "inner"), SIZE, 0)
    assert shown[:, 160:].sum() > 40
    assert shown[:, :160].sum() < 0.5 * shown[:, 160:].sum()


def test_a_fallen_jaw_shows_the_cavity_between_the_teeth():
    image, points = painted(open_mouth(22), jaw_drop_mm=20)
    middle = image[:, 155:165].mean(axis=1, keepdims=True).astype(np.uint8)
    upper, lower = points[13, 1], points[14, 1]
    dark = np.flatnonzero(cavity(middle)[:, 0])
    bright = np.flatnonzero(teeth(middle)[:, 0])
    assert upper < dark.min()
    assert dark.max() < lower
    assert (bright < dark.min()).any()
    assert len(dark) > 8 * NEAR.px_per_mm


def test_upper_teeth_belong_to_the_skull_and_lower_teeth_to_the_jaw():
    painter = MouthPainter(portrait())
    shut, dropped = painter.anchors_mm(0.0), painter.anchors_mm(7.0)
    assert np.array_equal(shut[:3], dropped[:3])
    assert dropped[3:] - shut[3:] == pytest.approx(np.tile([0, -7, 0], (3, 1)))
    # Seen in the same opening, the lower row goes down by as much and the upper one stays.
    one, two = (painted(open_mouth(24), drop)[0] for drop in (4.0, 12.0))
    columns = slice(150, 170)
    changed = np.flatnonzero((one[:, columns] != two[:, columns]).any(axis=(1, 2)))
    edge = at_rest()[13, 1]
    assert changed.min() > edge + 2 * NEAR.px_per_mm


def test_lower_teeth_grow_out_of_the_gums_below_them():
    image, points = painted(open_mouth(36), jaw_drop_mm=14)
    middle = image[:, 152:160].mean(axis=1)
    rows = np.arange(320)
    low = rows > (points[13, 1] + points[14, 1]) / 2
    white = rows[low & (middle.min(axis=1) > 140)]
    gum = rows[low & (middle[:, 0] > 130) & (middle[:, 0] - middle[:, 1] > 55)]
    gum = gum[gum < points[14, 1] - 4]
    assert len(white) > 8
    assert len(gum) > 3
    assert gum.min() > white.max()


def test_the_mouth_darkens_towards_its_corners():
    image, points = painted(open_mouth(12), jaw_drop_mm=0.0)
    row = round(points[13, 1] + 5 * NEAR.px_per_mm)
    left, right = points[78, 0], points[308, 0]
    near_corner, middle = (image[row, round(left + part * (right - left))].mean() for part in (0.12, 0.48))
    assert near_corner < 0.75 * middle


def test_teeth_stand_behind_the_lips_and_about_the_middle_of_the_face():
    shape = portrait().shape_mm
    anchors = MouthPainter(portrait()).anchors_mm(0.0)
    assert anchors[:, 2].max() < shape[[13, 14], 2].min()
    assert anchors[[0, 1], 0].mean() == pytest.approx(shape[[13, 14], 0].mean())
    assert anchors[0, 1] > shape[13, 1] > anchors[2, 1]  # the upper row reaches a little below the line of the lips


def test_the_mouth_turns_with_the_head():
    upright, _ = painted(open_mouth(18), 14.0)
    for roll in (20, -20):
        image, points = painted(open_mouth(18), 14.0, pose=(0, 0, roll))
        outline = lip_outline(points, "inner")
        assert not (teeth(image) & ~inside(outline, SIZE, -1)).any()
        assert teeth(image).sum() == pytest.approx(teeth(upright).sum(), rel=0.25)
        rows, columns = np.nonzero(teeth(image))
        lean = np.polyfit(columns, rows, 1)[0]
        assert np.sign(lean) == np.sign(roll)


@pytest.mark.parametrize("shift", [(400, 0, 0), (0, 108, 0), (-75, 0, 0)])
def test_a_mouth_at_or_beyond_the_edge_of_the_picture_does_no_harm(shift):
    shape, jaw_drop_mm = held(E.SMILE_OPEN, healthy())
    image, points = picture(shape, shift=shift, jaw_drop_mm=jaw_drop_mm)
    assert image.shape == (*SIZE, 3)
    corners = points[[61, 291], :2]
    assert ((corners < 10) | (corners > 310)).any()
