"""The whole picture agrees with its landmarks and with what was asked for, in every size, and holds no hole and no tear."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.face.landmarks import MESH478, mesh_regions
from core.phantom.camera import Camera
from core.phantom.condition import flaccid, healthy
from core.phantom.portrait import Crease
from core.phantom.render import Renderer
from core.phantom.warp import FACE_OVAL
from core.words import SIDES, Side
from tests.drawn_phantom import (
    NEAR,
    STILL,
    at_rest,
    grey,
    held,
    inside,
    iris_seen,
    lip_outline,
    picture,
    portrait,
    renderer,
    sampled,
)

R, L = Side.RIGHT, Side.LEFT
POSES = [(0, 0, 0), (10, 0, 0), (-10, 3, -4), (0, -6, 9)]
WIDE = Camera(width=320, height=320, noise=0.0)  # head and shoulders with the wall around them


def iris_matches(image, points, within_px, *, diameter=0.03):
    for side in SIDES:
        eye = mesh_regions(side)
        centre, across = iris_seen(image, points, side)
        assert np.abs(centre - points[eye.iris_centre, :2]).max() < within_px
        known = np.linalg.norm(points[eye.iris_temporal, :2] - points[eye.iris_nasal, :2])
        assert across == pytest.approx(known, rel=diameter)


# --------------------------------------------------------------------------------------------------- picture and landmarks


@pytest.mark.parametrize("number", [0, 6])
@pytest.mark.parametrize("pose", POSES)
def test_the_irises_are_where_the_landmarks_say(number, pose):
    """Every millimetre is measured by them."""
    iris_matches(*picture(number=number, pose=pose), within_px=0.35)


def test_an_iris_has_its_millimetres():
    _, points = picture()
    for side in SIDES:
        eye = mesh_regions(side)
        across = np.linalg.norm(points[eye.iris_temporal, :2] - points[eye.iris_nasal, :2])
        depth = portrait().shape_mm[eye.iris_centre, 2]
        assert across == pytest.approx(11.7 * NEAR.px_per_mm / (1 - depth / NEAR.distance_mm), rel=1e-6)


@pytest.mark.parametrize(("expression", "lifted_px"), [(E.REST, 0), (E.BROW_RAISE, 10)])
def test_brows_are_dark_along_their_landmarks(expression, lifted_px):
    shape = portrait().shape_mm if expression is E.REST else held(expression, healthy())[0]
    image, points = picture(shape)
    for side in SIDES:
        eye = mesh_regions(side)
        upper, lower = (points[list(line), :2] for line in (eye.brow_upper, eye.brow_lower))
        brow = sampled(grey(image), (upper + lower) / 2)[:4]
        below = sampled(grey(image), lower + [0, 5])[:3]
        assert brow.max() < 125
        assert below.min() > brow.mean() + 25
        assert upper[1:4, 1].mean() < at_rest()[list(eye.brow_upper), 1][1:4].mean() - lifted_px + 0.1


def test_lips_are_red_inside_their_outline():
    image, points = picture()
    redness = image[..., 0].astype(float) / image[..., 1]
    outline = lip_outline(points, "outer")
    core = inside(outline, image.shape[:2], 2)
    ring = inside(outline, image.shape[:2], -6) & ~inside(outline, image.shape[:2], -3)
    assert np.percentile(redness[core], 10) > np.percentile(redness[ring], 90)
    assert redness[core].mean() > 1.2 * redness[ring].mean()


@pytest.mark.parametrize("side", SIDES)
def test_a_paralysed_side_stays_and_the_other_moves(side):
    """Compared with the face at rest under the same palsy, most of what changes in the picture is on the healthy side."""
    condition = flaccid(side)
    rest, moved = (picture(held(e, condition)[0])[0] for e in (E.REST, E.BROW_RAISE))
    changed = np.abs(rest.astype(int) - moved).max(axis=2) > 12
    right, left = changed[:, :160].sum(), changed[:, 160:].sum()
    still, moving = (right, left) if side is R else (left, right)
    assert moving > 2000
    assert still < 0.12 * moving


def test_a_face_at_rest_is_its_portrait():
    image, points = picture()
    source = portrait().points
    terms = np.column_stack([source, np.ones(len(source))])
    affine = np.linalg.lstsq(terms, points[:, :2], rcond=None)[0].T
    flat = cv2.warpAffine(portrait().image, affine, (320, 320), flags=cv2.INTER_AREA)
    away = np.abs(flat.astype(int) - image).mean(axis=2)
    face = inside(points[list(FACE_OVAL), :2], (320, 320), 3)
    assert np.median(away[face]) < 1
    assert away[face].mean() < 2


# ------------------------------------------------------------------------------------------------------------ head and camera


def test_the_picture_goes_where_the_head_goes():
    """Seen in the picture itself, by the place of an iris and the line between both."""
    still, points = picture()
    start = [iris_seen(still, points, side)[0] for side in SIDES]

    def change(**how):
        image, where = picture(**how)
        return [iris_seen(image, where, side)[0] - begin for side, begin in zip(SIDES, start, strict=True)]

    px = NEAR.px_per_mm
    moved = change(shift=(5, 3, 0))
    assert np.array(moved) == pytest.approx(np.tile([5 * px, -3 * px], (2, 1)), abs=0.6)
    turned = np.mean(change(pose=(4, 0, 0)), axis=0)
    assert turned == pytest.approx([75 * np.sin(np.deg2rad(4)) * px, 0], abs=1.2)
    raised = np.mean(change(pose=(0, 4, 0)), axis=0)
    assert raised[1] < -0.6 * 75 * np.sin(np.deg2rad(4)) * px
    tilted = change(pose=(0, 0, 5))
    assert tilted[1][1] - tilted[0][1] == pytest.approx(
        np.sin(np.deg2rad(5)) * np.ptp([points[468, 0], points[473, 0]]), abs=0.8
    )
    near = change(shift=(0, 0, 60))
    apart = near[1][0] - near[0][0]
    assert apart / np.ptp([points[468, 0], points[473, 0]]) == pytest.approx(60 / (800 - 60), rel=0.12)


@pytest.mark.parametrize(("width", "height"), [(321, 243), (200, 331), (255, 255), (402, 300)])
def test_any_size_of_picture_can_be_drawn(width, height):
    """Odd sizes, landscape and portrait format."""
    camera = Camera(width, height, face_part=0.7, noise=0.0)
    drawn = Renderer(portrait(), camera)
    shape = portrait().shape_mm
    image = drawn.frame(shape, np.array([2.0, 1.0, 3.0]), STILL)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert image.flags["C_CONTIGUOUS"]
    points = drawn.landmarks(shape, np.array([2.0, 1.0, 3.0]), STILL)
    iris_matches(image, points, within_px=0.35, diameter=0.05)


def test_a_small_picture_is_the_large_one_seen_from_afar():
    """A fine portrait is made coarser first: sampled as it is, it would flicker with every movement of the head."""
    shape = portrait().shape_mm
    large = Renderer(portrait(), Camera(384, 384, noise=0.0)).frame(shape, STILL, STILL)
    small = Renderer(portrait(), Camera(96, 96, noise=0.0)).frame(shape, STILL, STILL)
    shrunk = cv2.resize(large, (96, 96), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(int) - small).mean() < 6
    detail = [cv2.Laplacian(image[..., 1].astype(float), cv2.CV_64F).std() for image in (small, shrunk)]
    assert detail[0] < 1.1 * detail[1]


def test_distance_changes_the_perspective_and_not_the_size():
    shape = portrait().shape_mm
    widths = {}
    for distance in (400.0, 1600.0):
        drawn = Renderer(portrait(), replace(NEAR, distance_mm=distance))
        image, points = drawn.frame(shape, STILL, STILL), drawn.landmarks(shape, STILL, STILL)
        iris_matches(image, points, within_px=0.5)
        widths[distance] = np.ptp(points[[129, 358], 0]) / np.ptp(points[[234, 454], 0])
    assert widths[400.0] > 1.1 * widths[1600.0]


def test_light_reaches_the_whole_picture():
    """The camera's light is applied to the finished picture: background, skin and eyes alike."""
    shape = portrait().shape_mm
    usual = Renderer(portrait(), WIDE).frame(shape, STILL, STILL).astype(float)
    dim = Renderer(portrait(), replace(WIDE, brightness=0.6)).frame(shape, STILL, STILL)
    assert np.abs(dim - 0.6 * usual).max() <= 1
    sided = Renderer(portrait(), replace(WIDE, side_light=0.5)).frame(shape, STILL, STILL).astype(float)
    assert sided[:, 280:].mean() > 1.1 * usual[:, 280:].mean()
    assert sided[:, :40].mean() < 0.9 * usual[:, :40].mean()


def test_the_same_seed_gives_the_same_picture():
    camera, shape = replace(NEAR, noise=3.0), portrait().shape_mm
    one, same, other = (Renderer(portrait(), camera, seed).frame(shape, STILL, STILL) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    difference = one.astype(int) - other
    assert 2 < difference.std() < 6  # noise, and nothing but noise
    assert np.abs(cv2.GaussianBlur(difference.astype(np.float32), (0, 0), 6)).max() < 3


def test_a_frame_does_not_depend_on_the_frames_before_it():
    smile = held(E.SMILE_OPEN, healthy())[0]
    drawn = Renderer(portrait(), NEAR)
    before = drawn.frame(portrait().shape_mm, STILL, STILL)
    drawn.frame(smile, np.array([5.0, 5.0, 5.0]), STILL, {(Crease.FOREHEAD, R): 1.0}, 4.0)
    assert np.array_equal(drawn.frame(portrait().shape_mm, STILL, STILL), before)


# ---------------------------------------------------------------------------------------------------------------- background


def flat_portrait():
    """The person all red before a wall all blue: what is neither shows a hole, a seam or a tear."""
    person = portrait()
    return replace(
        person,
        image=np.full_like(person.image, [250, 0, 0]),
        background=np.full_like(person.background, [0, 0, 250]),
        creases={},
    )


@pytest.mark.parametrize("pose", [(0, 0, 0), (25, 0, 0), (-20, 15, 0), (0, -20, 0), (10, 5, 25)])
def test_the_person_is_one_piece_before_the_wall(pose):
    drawn = Renderer(flat_portrait(), WIDE)
    image = drawn.frame(portrait().shape_mm, np.array(pose, float), np.array([12.0, -6.0, 20.0])).astype(int)
    points = drawn.landmarks(portrait().shape_mm, np.array(pose, float), np.array([12.0, -6.0, 20.0]))
    features = np.zeros((320, 320), bool)
    for side in SIDES:
        eye = mesh_regions(side)
        box = points[list(eye.eye_contour), :2]
        features |= inside(box, (320, 320), -10)
    features |= inside(lip_outline(points, "outer"), (320, 320), -4)
    plain = ~features
    assert np.abs(image[..., 0] + image[..., 2] - 250)[plain].max() <= 2
    person = (image[..., 0] > 125) | features
    for part in (person, ~person):
        sizes = cv2.connectedComponentsWithStats(part.astype(np.uint8))[2][1:, cv2.CC_STAT_AREA]
        assert not ((sizes > 20) & (sizes < 1500)).any(), sizes
    assert (cv2.connectedComponentsWithStats(person.astype(np.uint8))[2][1:, cv2.CC_STAT_AREA] > 20).sum() == 1


def test_the_wall_stays_while_the_head_moves():
    shape = portrait().shape_mm
    drawn, red = Renderer(portrait(), WIDE), Renderer(flat_portrait(), WIDE)
    poses = [((0, 0, 0), (0, 0, 0)), ((6, 3, -4), (8, -5, 10)), ((-7, -3, 5), (-10, 6, -10))]
    wall = np.ones((320, 320), bool)
    images = []
    for pose, shift in poses:
        head = np.array(pose, float), np.array(shift, float)
        wall &= red.frame(shape, *head)[..., 0] == 0
        images.append(drawn.frame(shape, *head).astype(int))
    assert wall.mean() > 0.15
    for image in images[1:]:
        assert np.abs(image - images[0])[wall].max() <= 1


def test_the_shoulders_stay_while_the_head_turns():
    drawn = Renderer(portrait(), WIDE)
    still, turned = (
        drawn.frame(portrait().shape_mm, np.array(pose, float), STILL).astype(int) for pose in ((0, 0, 0), (6, 0, 0))
    )
    assert np.abs(turned - still)[314:].mean() < 1
    assert np.abs(turned - still)[100:200, 100:220].mean() > 5


def test_the_hair_goes_with_the_head():
    """Eight pixels to the side, seen as far as the head reaches and no background shines through."""
    drawn, shape = Renderer(portrait(), WIDE), portrait().shape_mm
    still = drawn.frame(shape, STILL, STILL).astype(int)
    moved = drawn.frame(shape, STILL, np.array([8 / WIDE.px_per_mm, 0, 0])).astype(int)
    top = drawn.landmarks(shape, STILL, STILL)[FACE_OVAL[0]]
    hair = (slice(int(top[1]) - 30, int(top[1]) - 8), slice(100, 220))
    assert np.std(still[hair]) > 8
    assert np.abs(moved[:, 8:][hair] - still[hair]).mean() < 0.3 * np.abs(moved[hair] - still[hair]).mean()


def test_small_movements_change_the_picture_a_little():
    """A tenth of a millimetre a frame must not make triangles jump."""
    images = [picture(shift=(0.1 * i, 0.05 * i, 0), pose=(0.1 * i, 0, 0))[0].astype(int) for i in range(12)]
    steps = [np.abs(after - before).mean() for before, after in pairwise(images)]
    assert min(steps) > 0.1
    assert max(steps) < 1.6 * np.median(steps)


def test_a_photograph_is_drawn_without_a_wall():
    photo = replace(portrait(), background=None, matte=None, drawn=False, creases={}, resting_folds={})
    drawn = Renderer(photo, NEAR)
    image = drawn.frame(photo.shape_mm, np.array([4.0, 2.0, 3.0]), STILL)
    points = drawn.landmarks(photo.shape_mm, np.array([4.0, 2.0, 3.0]), STILL)
    assert image.shape == (320, 320, 3)
    iris_matches(image, points, within_px=0.35)


# --------------------------------------------------------------------------------------------------------------------- folds


def folded(number, **creases):
    depths = {(Crease[name.upper()], side): depth for name, (side, depth) in creases.items()}
    return renderer(number).frame(portrait(number).shape_mm, STILL, STILL, depths).astype(int)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("name", "landmark", "mm"),
    [("forehead", 105, 35), ("crows_feet", 33, 22), ("nasolabial", 61, 30), ("glabella", 9, 20), ("chin", 17, 35)],
)
def test_a_fold_darkens_its_place_on_its_side(side, name, landmark, mm):
    change = folded(0, **{name: (side, 1.0)}) - folded(0)
    where = np.abs(change).max(axis=2) > 3
    assert where.sum() > 30
    assert change[where].min() < -15
    rows, columns = np.nonzero(where)
    own = landmark if side is R else MESH478.mirror[landmark]
    away = np.hypot(columns - at_rest()[own, 0], rows - at_rest()[own, 1])
    assert np.median(away) < mm * NEAR.px_per_mm
    beyond = columns > 166 if side is R else columns < 154
    assert beyond.mean() < 0.02


def test_folds_show_in_a_small_picture():
    drawn = Renderer(portrait(), replace(WIDE, width=200, height=200))
    smooth, folded_twice = (
        drawn.frame(portrait().shape_mm, STILL, STILL, {(Crease.NASOLABIAL, side): depth for side in SIDES})
        for depth in (0.0, 1.0)
    )
    assert (smooth.astype(int) - folded_twice).max() > 15


def test_folds_grow_with_their_depth():
    plain = folded(0)
    dark = [(plain - folded(0, nasolabial=(R, depth))).clip(0).sum() for depth in (0.0, 0.3, 0.6, 1.0)]
    assert dark[0] == 0
    assert (np.diff(dark) > 500).all()


def test_a_paralysed_side_loses_the_folds_of_age_and_no_more():
    """A young face has none to lose: below 0 only the resting fold is smoothed away."""
    old = 6
    assert portrait(old).resting_folds[Crease.FOREHEAD, R] > 0.15
    change = folded(old, forehead=(R, -1.0)) - folded(old)
    where = np.abs(change).max(axis=2) > 2
    assert where.sum() > 50
    assert change[where].mean() > 1
    assert np.nonzero(where)[1].max() < 170
    young = Renderer(replace(portrait(), resting_folds={}), NEAR)
    smooth = young.frame(portrait().shape_mm, STILL, STILL, {(Crease.FOREHEAD, R): -1.0})
    assert np.array_equal(smooth, folded(0))
