"""Half faces: no side borrows the other's movement, what is not a side's own stays the whole face's, and nothing is left behind."""

import threading
from dataclasses import dataclass, field

import numpy as np
import pytest

from core.errors import UnavailableError
from core.face.canonical import CANONICAL_VERTEX_COUNT, canonical_vertices_mm
from core.face.landmarks import MESH478, mesh_regions
from core.face.pose import rotation_from_angles
from core.half_faces import HalfFaces, Midline, with_reflection
from core.mirror_averaging import Tracked
from core.tracking import FaceObservation, TrackerInfo
from core.video.reader import Frame
from core.words import SIDES, Side
from tests.synthetic import neutral_face

R, L = Side.RIGHT, Side.LEFT
CORNER = {side: mesh_regions(side).corner for side in SIDES}
IRIS = {side: mesh_regions(side).iris_centre for side in SIDES}
WIDTH, HEIGHT, PX_PER_MM = 321, 300, 1.2
BLOB_PX = 3.0
MIDLINE = [i for i in range(CANONICAL_VERTEX_COUNT) if abs(canonical_vertices_mm()[i, 0]) < 1e-6]


def placed_face(right_mm=0.0, left_mm=0.0, roll_deg=0.0, middle=(158.3, 130.6)):
    """(478, 3) pixels of the neutral face whose mouth corners rose by so much."""
    face = neutral_face()
    face[CORNER[R], 1] += right_mm
    face[CORNER[L], 1] += left_mm
    return face @ rotation_from_angles(0, 0, roll_deg).T * [1, -1, -1] * PX_PER_MM + [*middle, 0]


def picture_of(points):
    """What a camera sees of such a face: soft spots, the irises red and the mouth corners green."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for channel, marks in enumerate((IRIS, CORNER)):
        for mark in marks.values():
            away = np.hypot(columns - points[mark, 0], rows - points[mark, 1]) / BLOB_PX
            image[..., channel] += np.rint(250 * np.exp(-0.5 * away**2)).astype(np.uint8)
    return image


def spots(channel):
    """Centres (2, 2) of the spot in the left and of the one in the right half of the picture."""
    middle = channel.shape[1] // 2
    rows, columns = np.mgrid[0 : channel.shape[0], 0 : channel.shape[1]]
    centres = []
    for part in (slice(0, middle), slice(middle, None)):
        weight = channel[:, part].astype(float)
        centres.append([np.sum(place[:, part] * weight) / weight.sum() for place in (columns, rows)])
    return np.array(centres)


class LeakyTracker:
    """Finds the spots of an upright picture but gives both corners the mean of both movements, as a mesh model does."""

    scheme = MESH478

    def __init__(self, factory, number):
        self.info = TrackerInfo("leaky", "1", "0" * 64)
        self._factory, self._number = factory, number
        self._last_s, self._thread = -1.0, None

    def detect(self, image, time_s):
        assert time_s > self._last_s, "frames must come in order"
        assert self._thread in (None, threading.get_ident()), "one tracker object was used by two threads"
        self._last_s, self._thread = time_s, threading.get_ident()
        self._factory.pictures.append((self._number, image))
        if self._number in self._factory.breaks:
            raise RuntimeError("the graph broke")
        if self._number in self._factory.blind:
            return []
        irises, corners = spots(image[..., 0]), spots(image[..., 1])
        face = neutral_face()
        scale = (irises[1, 0] - irises[0, 0]) / (face[IRIS[L], 0] - face[IRIS[R], 0])
        points = face * [1, -1, -1] * scale
        points += [*(irises.mean(axis=0) - points[list(IRIS.values()), :2].mean(axis=0)), 0]
        rise = np.mean(corners[:, 1] - points[list(CORNER.values()), 1])
        points[list(CORNER.values()), 1] += rise
        return [FaceObservation((points + [*self._factory.shift.get(self._number, (0, 0)), 50]).astype(np.float64))]

    def close(self):
        self._factory.open.discard(self._number)


@dataclass
class LeakyFactory:
    """Makes trackers numbered from 0, the patient's right first; which ones are blind, break, or see the face elsewhere."""

    blind: set[int] = field(default_factory=set)
    breaks: set[int] = field(default_factory=set)
    shift: dict[int, tuple[float, float]] = field(default_factory=dict)
    fails_at: int | None = None
    open: set[int] = field(default_factory=set)
    made: int = 0
    pictures: list[tuple[int, np.ndarray]] = field(default_factory=list)

    def create(self, max_faces=1):
        assert max_faces == 1
        if self.made == self.fails_at:
            raise UnavailableError("There is no room for another tracker.")
        tracker = LeakyTracker(self, self.made)
        self.open.add(self.made)
        self.made += 1
        return tracker


@pytest.fixture
def factory():
    """Fails the test when a tracker or a thread outlives the work."""
    before = set(threading.enumerate())
    made = LeakyFactory()
    yield made
    assert made.open == set()
    assert set(threading.enumerate()) <= before


def halves_of(factory, image, whole):
    """What becomes of a frame whose whole face is known."""
    with HalfFaces(factory) as halves:
        return halves.finish(halves.begin(Frame(0.0, image), whole))


def leaked(points):
    """The whole face as the leaky tracker sees it: both corners with the mean of both movements."""
    whole = np.array(points)
    rest = placed_face()
    both = list(CORNER.values())
    whole[both, 1] = rest[both, 1] + np.mean(points[both, 1] - rest[both, 1])
    return whole


# -------------------------------------------------------------------------------------------------- whose movement it is


@pytest.mark.parametrize(("right_mm", "left_mm"), [(0, 8), (8, 0), (2, 7)])
def test_each_side_gets_its_own_movement(factory, right_mm, left_mm):
    """Paralysis of one side must not be hidden by the other: this is what the halves are for."""
    truth = placed_face(right_mm, left_mm)
    whole = leaked(truth)
    missed = np.abs(whole - truth)[list(CORNER.values()), 1]
    assert missed.min() > 2.4 * PX_PER_MM
    found = halves_of(factory, picture_of(truth), Tracked(whole, np.zeros(478)))
    for side in SIDES:
        assert found.points[CORNER[side], :2] == pytest.approx(truth[CORNER[side], :2], abs=0.15)
    lateral = np.setdiff1d(np.arange(478), MIDLINE)
    assert np.abs(found.points - truth)[lateral, :2].max() < 0.2


@pytest.mark.parametrize("roll_deg", [-20, 12])
def test_a_tilted_head_is_seen_upright(factory, roll_deg):
    truth = placed_face(1, 7, roll_deg)
    found = halves_of(factory, picture_of(truth), Tracked(placed_face(4, 4, roll_deg), np.zeros(478)))
    for side in SIDES:
        assert found.points[CORNER[side], :2] == pytest.approx(truth[CORNER[side], :2], abs=0.2)


def test_each_half_is_shown_with_its_own_reflection(factory):
    truth = placed_face(0, 8)
    halves_of(factory, picture_of(truth), Tracked(truth))
    assert len(factory.pictures) == 2
    for _, image in factory.pictures:
        assert np.array_equal(image, image[:, ::-1])
    heights = {number: spots(image[..., 1])[0, 1] - spots(image[..., 0])[0, 1] for number, image in factory.pictures}
    assert heights[0] - heights[1] == pytest.approx(8 * PX_PER_MM, abs=0.1)  # the resting right half hangs lower


def test_midline_and_depth_stay_the_whole_faces(factory):
    truth = placed_face(0, 8)
    whole = truth + np.random.default_rng(2).normal(0, 1, truth.shape)
    known = np.linspace(0.1, 2, 478)
    found = halves_of(factory, picture_of(truth), Tracked(whole, known))
    assert np.array_equal(found.points[MIDLINE], whole[MIDLINE])
    assert np.array_equal(found.points[:, 2], whole[:, 2])
    assert np.array_equal(found.uncertainty[MIDLINE], known[MIDLINE])
    lateral = np.setdiff1d(np.arange(478), MIDLINE)
    assert (np.abs(found.points - whole)[lateral, :2].max(axis=1) > 1e-6).all()


def test_every_point_but_the_midline_is_replaced_once(factory):
    """Iris points, which the canonical face does not have, too."""
    truth = placed_face()
    found = halves_of(factory, picture_of(truth), Tracked(truth, None))
    assert np.array_equal(np.flatnonzero(np.isnan(found.uncertainty)), MIDLINE)
    assert len(MIDLINE) == 28


def test_a_bias_across_cancels_and_shows_as_uncertainty(factory):
    factory.shift = {0: (3.0, 0.0), 1: (3.0, 0.0)}
    truth = placed_face(0, 8)
    found = halves_of(factory, picture_of(truth), Tracked(truth, np.zeros(478)))
    lateral = np.setdiff1d(np.arange(478), MIDLINE)
    assert np.abs(found.points - truth)[lateral, :2].max() < 0.2
    assert found.uncertainty[lateral] == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("roll_deg", [0, 15])
def test_flipping_the_frame_swaps_the_result_exactly(factory, roll_deg):
    """The wrong side is the commonest harm (reliability T24)."""
    truth = placed_face(1, 7, roll_deg)
    image, whole = picture_of(truth), truth + np.random.default_rng(1).normal(0, 0.5, truth.shape)
    factory.shift = {0: (2.0, -1.0), 1: (2.0, -1.0)}
    seen = halves_of(factory, image, Tracked(whole, np.arange(478.0)))
    factory.made = 0
    mirrored = Tracked(MESH478.flip(whole, WIDTH), np.arange(478.0)[MESH478.mirror])
    swapped = halves_of(factory, np.ascontiguousarray(image[:, ::-1]), mirrored)
    assert np.abs(swapped.points - MESH478.flip(seen.points, WIDTH)).max() < 1e-9
    assert np.abs(swapped.uncertainty - seen.uncertainty[MESH478.mirror]).max() < 1e-9


# ---------------------------------------------------------------------------------------------------- halves that are lost


@pytest.mark.parametrize(("number", "lost"), [(0, R), (1, L)])
def test_a_lost_half_keeps_the_whole_faces_points_without_certainty(factory, number, lost):
    factory.blind = {number}
    truth = placed_face(0, 8)
    whole = leaked(truth)
    found = halves_of(factory, picture_of(truth), Tracked(whole, np.full(478, 0.5)))
    kept = np.isnan(found.uncertainty)
    sign = np.sign(neutral_face()[:, 0]) * lost.lateral_sign
    assert np.array_equal(np.flatnonzero(kept), np.setdiff1d(np.flatnonzero(sign > 0), MIDLINE))
    assert np.array_equal(found.points[kept], whole[kept])
    other = CORNER[L if lost is R else R]
    assert found.points[other, :2] == pytest.approx(truth[other, :2], abs=0.15)


@pytest.mark.parametrize(("shift", "accepted"), [(0.09, True), (0.16, False)])
def test_a_half_that_was_tracked_elsewhere_is_refused(factory, shift, accepted):
    """Something in the background, or a face that the reflection made, is not the patient's half."""
    truth = placed_face(0, 8)
    factory.shift = {0: (0.0, shift * float(np.ptp(truth[:, 0])))}
    found = halves_of(factory, picture_of(truth), Tracked(truth, np.zeros(478)))
    moved = found.points[CORNER[R], 1] - truth[CORNER[R], 1]
    assert (moved > 5) == accepted
    assert np.isfinite(found.uncertainty[CORNER[R]]) == accepted
    assert np.isfinite(found.uncertainty[CORNER[L]])
    if not accepted:
        assert np.array_equal(found.points[CORNER[R]], truth[CORNER[R]])


def test_a_frame_without_a_face_has_no_halves(factory):
    with HalfFaces(factory) as halves:
        pending = halves.begin(Frame(0.0, picture_of(placed_face())), Tracked(None))
        assert pending.halves == {}
        assert halves.finish(pending).points is None
    assert factory.pictures == []


def test_the_whole_face_that_was_handed_in_stays_as_it_was(factory):
    truth = placed_face(0, 8)
    whole, known = leaked(truth), np.full(478, 0.5)
    before = whole.copy()
    found = halves_of(factory, picture_of(truth), Tracked(whole, known))
    assert np.array_equal(whole, before)
    assert (known == 0.5).all()
    assert found.points is not whole


# ------------------------------------------------------------------------------------------------------- nothing left behind


def test_frames_may_lag_behind_and_keep_their_order(factory):
    faces = [placed_face(0, lift) for lift in (0, 3, 8)]
    with HalfFaces(factory) as halves:
        pending = [
            halves.begin(Frame(i / 30, picture_of(face)), Tracked(face, np.zeros(478))) for i, face in enumerate(faces)
        ]
        rises = [halves.finish(one).points[CORNER[L], 1] for one in pending]
    assert rises == pytest.approx([face[CORNER[L], 1] for face in faces], abs=0.15)


@pytest.mark.parametrize("number", [0, 1])
def test_a_tracker_that_breaks_is_told_and_leaves_nothing_behind(factory, number):
    factory.breaks = {number}
    truth = placed_face()
    with pytest.raises(RuntimeError, match="broke"):
        halves_of(factory, picture_of(truth), Tracked(truth))


@pytest.mark.parametrize("number", [0, 1])
def test_a_tracker_that_cannot_be_made_leaves_nothing_behind(factory, number):
    factory.fails_at = number
    with pytest.raises(UnavailableError, match="no room"):
        HalfFaces(factory)
    assert factory.made == number


def test_closing_twice_is_allowed(factory):
    halves = HalfFaces(factory)
    assert factory.open == {0, 1}
    halves.close()
    halves.close()
    assert factory.open == set()


# ---------------------------------------------------------------------------------------------------------------- midline


@pytest.mark.parametrize("roll_deg", [0, -25, 14])
def test_the_midline_runs_through_the_middle_of_the_face(roll_deg):
    points = placed_face(0, 8, roll_deg)
    midline = Midline.of(points)
    upright = (points[:, :2] - midline.origin) @ midline.to_upright.T
    assert np.abs(upright[[168, 6, 152, 10], 0]).max() < 1e-6
    assert upright[152, 1] > upright[10, 1]  # the chin is below
    half, above, below = midline.reach
    assert half % 16 == above % 16 == below % 16 == 0
    assert half > np.abs(upright[:, 0]).max()
    assert -above < upright[:, 1].min()
    assert below > upright[:, 1].max()


def test_a_wry_mouth_does_not_move_the_midline():
    still, wry = Midline.of(placed_face()), Midline.of(placed_face(0, 12))
    assert np.array_equal(still.origin, wry.origin)
    assert np.array_equal(still.to_upright, wry.to_upright)


@pytest.mark.parametrize("roll_deg", [0, -25, 14])
def test_points_of_the_crop_come_back_to_their_place(roll_deg):
    """A spot of the picture is found in the crop, and from there in the picture again, to a small part of a pixel."""
    points = placed_face(3, 0, roll_deg)
    midline = Midline.of(points)
    half = midline.right_half(picture_of(points))
    assert half.shape == (midline.reach[1] + midline.reach[2], midline.reach[0], 3)
    for channel, mark in ((0, IRIS[R]), (1, CORNER[R])):
        rows, columns = np.mgrid[0 : half.shape[0], 0 : half.shape[1]]
        weight = half[..., channel].astype(float)
        centre = np.array([[np.sum(columns * weight), np.sum(rows * weight)]]) / weight.sum()
        assert midline.in_picture(centre)[0] == pytest.approx(points[mark, :2], abs=0.05)


def test_the_reflection_continues_the_half_at_the_midline():
    """The midline lies half a pixel beyond the last column, so that no column is shown twice or lost."""
    points = placed_face()
    midline = Midline.of(points)
    symmetric = with_reflection(midline.right_half(picture_of(points)))
    left, right = spots(symmetric[..., 0])
    apart = points[IRIS[L], 0] - points[IRIS[R], 0]
    assert right[0] - left[0] == pytest.approx(apart, abs=0.05)
    assert left[0] + right[0] == pytest.approx(symmetric.shape[1] - 1, abs=1e-6)
    wide = np.full((2, 3, 3), 7, np.uint8)
    wide[:, -1] = 9
    assert with_reflection(wide)[0, :, 0].tolist() == [7, 7, 9, 9, 7, 7]
