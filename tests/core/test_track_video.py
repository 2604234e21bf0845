"""track_video: one face, followed honestly; mirror averaging that really is symmetric; nothing left behind however it ends."""

import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import Cancelled, NoFaceError, UnavailableError, VideoError
from core.face.landmarks import MESH478, mesh_regions
from core.track_video import track_video
from core.video.reader import FrameReader
from core.video.writer import VideoWriter
from core.words import Side
from tests.fake_tracker import BIAS_PX, HEIGHT, WIDTH, Square, SquareTrackerFactory, square_clip

SHARED = Path(__file__).parents[3] / "shared" / "data" / "video"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="development data are not beside the checkout")

STILL = Square(150, 120, 100)


def centre_x(track) -> np.ndarray:
    """(T,) middle of the followed face's box, pixels."""
    return (track.points[..., 0].min(axis=1) + track.points[..., 0].max(axis=1)) / 2


@pytest.fixture
def factory():
    """Fails the test when a tracker or a thread outlives the work."""
    before = set(threading.enumerate())
    made = SquareTrackerFactory()
    yield made
    assert made.open == set()
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(("mirror_average", "half_faces"), [(False, False), (True, False), (True, True)])
def test_every_frame_with_its_time_and_pose(tmp_path, factory, mirror_average, half_faces):
    path = square_clip(tmp_path / "clip.mp4", [[STILL]] * 45, fps=25)
    track = track_video(path, factory, mirror_average=mirror_average, half_faces=half_faces)
    assert track.times == pytest.approx(np.arange(45) / 25, abs=1e-6)
    assert track.points.shape == (45, 478, 3)
    assert track.points.dtype == np.float32
    assert track.found.all()
    assert np.abs(track.pose).max() < 0.5  # the neutral face looks straight ahead
    assert track.video.frames == 45
    assert (track.tracker.mirror_averaged, track.tracker.half_faces) == (mirror_average, half_faces)
    assert track.other_faces == 0


def test_mirror_averaging_cancels_a_bias_of_the_tracker(tmp_path, factory):
    """B7: the tracker puts points too far to one side of the picture; the average does not, and says how far they differed."""
    path = square_clip(tmp_path / "clip.mp4", [[STILL]] * 40)
    plain = track_video(path, factory, mirror_average=False, half_faces=False)
    averaged = track_video(path, factory, mirror_average=True, half_faces=False)
    assert plain.uncertainty is None
    assert centre_x(plain) == pytest.approx(STILL.x + BIAS_PX, abs=0.6)
    assert centre_x(averaged) == pytest.approx(STILL.x, abs=0.6)
    assert averaged.uncertainty == pytest.approx(np.full((40, 478), BIAS_PX), abs=0.01)


@pytest.mark.parametrize("half_faces", [False, True])
@pytest.mark.parametrize("rate", [-2.0, 0.0, 2.0])
def test_a_mirrored_file_gives_exactly_swapped_sides(tmp_path, factory, rate, half_faces):
    """The wrong side is the commonest harm (reliability T24): flipping the file must swap right and left and nothing else."""
    path = square_clip(tmp_path / "clip.mp4", [[replace(STILL, x=150 + rate * i)] for i in range(40)])
    seen = track_video(path, factory, half_faces=half_faces)
    mirrored = track_video(path, factory, mirrored=True, half_faces=half_faces)
    assert np.allclose(mirrored.points, MESH478.flip(seen.points, WIDTH), atol=1e-4)
    assert np.allclose(mirrored.uncertainty, seen.uncertainty[:, MESH478.mirror], atol=1e-4)
    assert np.allclose(mirrored.pose, seen.pose * [-1, 1, -1], atol=1e-3)
    right, left = (mesh_regions(side).corner for side in (Side.RIGHT, Side.LEFT))
    assert mirrored.points[:, right, 1] == pytest.approx(seen.points[:, left, 1], abs=1e-4)
    assert mirrored.video.mirrored


def test_frames_without_a_face_are_nan_and_never_repeated(tmp_path, factory):
    frames = [[STILL] if not 10 <= i < 20 else [] for i in range(45)]
    track = track_video(square_clip(tmp_path / "clip.mp4", frames), factory)
    assert np.array_equal(track.found, [not 10 <= i < 20 for i in range(45)])
    assert np.isnan(track.points[10:20]).all()
    assert np.isnan(track.pose[10:20]).all()
    assert np.isnan(track.uncertainty[10:20]).all()


def test_a_face_found_by_one_run_only_is_kept_without_uncertainty(tmp_path, factory):
    path = square_clip(tmp_path / "clip.mp4", [[STILL]] * 40)
    create = factory.create

    def blind_when_flipped(max_faces=1):
        tracker = create(max_faces)
        detect = tracker.detect
        number = len(factory.asked_faces)
        if number == 2:  # the second tracker is the flipped one
            tracker.detect = lambda image, time_s: [] if 0.5 <= time_s < 0.7 else detect(image, time_s)
        return tracker

    factory.create = blind_when_flipped
    track = track_video(path, factory, half_faces=False)
    blind = (track.times >= 0.5) & (track.times < 0.7)
    assert blind.sum() == 6
    assert track.found.all()
    assert np.isnan(track.uncertainty[blind]).all()
    assert np.isfinite(track.uncertainty[~blind]).all()
    assert centre_x(track)[blind] == pytest.approx(STILL.x + BIAS_PX, abs=0.6)


def test_runs_that_disagree_give_no_face(tmp_path, factory):
    """Two runs on two different things must not be averaged into a face between them."""
    path = square_clip(tmp_path / "clip.mp4", [[STILL]] * 40)
    create = factory.create

    def elsewhere_when_flipped(max_faces=1):
        tracker = create(max_faces)
        detect = tracker.detect
        if len(factory.asked_faces) == 2:
            tracker.detect = lambda image, time_s: [
                replace(face, points=face.points + np.float32([0, 45, 0])) for face in detect(image, time_s)
            ]
        return tracker

    factory.create = elsewhere_when_flipped
    with pytest.raises(NoFaceError):
        track_video(path, factory)


def test_the_largest_face_of_the_first_second_is_followed_and_others_reported(tmp_path, factory):
    """Later the other comes nearer and becomes the larger one: the patient is still the one of the first second."""
    frames = [
        [Square(80, 120, 90 - 0.5 * i), Square(240, 120, 50 + 0.8 * i)] if i < 60 else [Square(240, 120, 98)]
        for i in range(90)
    ]
    track = track_video(square_clip(tmp_path / "clip.mp4", frames), factory)
    assert track.other_faces == 1
    assert centre_x(track)[:60] == pytest.approx(80, abs=1.5)
    assert not track.found[60:].any()
    # Both runs among both faces, then the halves of the one that is followed.
    assert factory.asked_faces[-4:] == [2, 2, 1, 1]


def test_faces_that_pass_each_other_are_kept_apart(tmp_path, factory):
    frames = [[Square(60 + 1.5 * i, 70, 80), Square(260 - 1.5 * i, 180, 60)] for i in range(120)]
    track = track_video(square_clip(tmp_path / "clip.mp4", frames), factory)
    assert centre_x(track) == pytest.approx(60 + 1.5 * np.arange(120), abs=2.0)


def test_one_face_needs_no_tracker_for_several(tmp_path, factory):
    """Looking for several faces in every frame makes MediaPipe a third slower."""
    path = square_clip(tmp_path / "clip.mp4", [[STILL]] * 60)
    track_video(path, factory, mirror_average=False, half_faces=False)
    assert factory.asked_faces[0] == 1
    assert len(factory.asked_faces) == 2  # and one for the survey
    assert factory.detections <= 60 + 6


def test_the_first_second_begins_with_the_first_face(tmp_path, factory):
    frames = [[] for _ in range(60)] + [[STILL, Square(280, 60, 40)]] * 60
    track = track_video(square_clip(tmp_path / "clip.mp4", frames), factory)
    assert track.other_faces == 1
    assert np.array_equal(track.found, [False] * 60 + [True] * 60)


def test_another_place_long_after_the_only_face_was_lost_is_accepted(tmp_path, factory):
    far = Square(270, 200, 70)
    frames = [[STILL]] * 40 + [[far]] * 10 + [[]] * 80 + [[far]] * 20
    track = track_video(square_clip(tmp_path / "clip.mp4", frames), factory, mirror_average=False)
    assert track.found[:40].all()
    assert not track.found[40:45].any()  # a face cannot jump across the picture
    assert track.found[-20:].all()


def test_no_face(tmp_path, factory):
    with pytest.raises(NoFaceError) as caught:
        track_video(square_clip(tmp_path / "clip.mp4", [[]] * 40), factory)
    assert caught.value.code == "no_face"


def test_not_a_video(tmp_path, factory):
    (tmp_path / "notes.mp4").write_text("hello")
    with pytest.raises(VideoError):
        track_video(tmp_path / "notes.mp4", factory)


def test_a_tracker_that_cannot_be_made(tmp_path, factory):
    factory.reason = "Its model is missing."
    with pytest.raises(UnavailableError, match="missing"):
        track_video(square_clip(tmp_path / "clip.mp4", [[STILL]] * 40), factory)


@pytest.mark.parametrize("half_faces", [False, True])
@pytest.mark.parametrize("mirror_average", [False, True])
def test_a_tracker_that_breaks_leaves_nothing_behind(tmp_path, factory, mirror_average, half_faces):
    factory.fails_at_s = 0.6
    path = square_clip(tmp_path / "clip.mp4", [[STILL]] * 60)
    with pytest.raises(RuntimeError, match="broke"):
        track_video(path, factory, mirror_average=mirror_average, half_faces=half_faces)


@pytest.mark.parametrize("frames_before", [0, 5, 50])
def test_cancelling_ends_soon_and_leaves_nothing_behind(tmp_path, factory, frames_before):
    asked = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > frames_before

    with pytest.raises(Cancelled):
        track_video(square_clip(tmp_path / "clip.mp4", [[STILL]] * 90), factory, cancelled=cancelled)
    assert len(asked) == frames_before + 1
    assert factory.detections <= 4 * frames_before + 6  # forwards, flipped and two halves


def test_progress_ends_with_all_frames(tmp_path, factory):
    told = []
    track_video(square_clip(tmp_path / "clip.mp4", [[STILL]] * 60), factory, progress=lambda *state: told.append(state))
    assert told[-1] == (60, 60, 0.0)
    assert all(done <= total for done, total, _ in told)


def test_light_and_sharpness_are_measured_about_five_times_a_second(tmp_path, factory):
    path = square_clip(tmp_path / "clip.mp4", [[STILL]] * 60)
    track = track_video(path, factory)
    measured = np.isfinite(track.cheek_luminance).all(axis=1)
    assert 9 <= measured.sum() <= 11
    assert track.cheek_luminance[measured] == pytest.approx(220, abs=4)
    assert np.array_equal(np.isfinite(track.sharpness), measured)


def test_the_track_is_stored_and_read_back(tmp_path, factory):
    track = track_video(square_clip(tmp_path / "clip.mp4", [[STILL]] * 40), factory)
    track.save(tmp_path / "track.npz")
    again = type(track).load(tmp_path / "track.npz")
    assert np.array_equal(again.points, track.points, equal_nan=True)
    assert (again.video, again.tracker) == (track.video, track.tracker)


def test_picture_height_does_not_matter(tmp_path, factory):
    """x alone is mirrored."""
    track = track_video(square_clip(tmp_path / "clip.mp4", [[replace(STILL, y=80)]] * 40), factory)
    middle = (track.points[..., 1].min() + track.points[..., 1].max()) / 2
    assert middle == pytest.approx(80, abs=1.5)
    assert HEIGHT / 2 != 80


@pytest.mark.shared_data
@needs_shared
class TestRealFaces:
    """With the default tracker on real recordings."""

    @pytest.fixture(scope="class")
    @classmethod
    def mesh(cls):
        return pytest.importorskip("models.tracking").tracker_factory()

    @pytest.mark.parametrize("half_faces", [False, True])
    def test_swapped_sides_are_exact(self, mesh, half_faces):
        path = SHARED / "single_face.mp4"
        seen, mirrored = (track_video(path, mesh, mirrored=flip, half_faces=half_faces) for flip in (False, True))
        assert seen.found.all()
        assert np.abs(mirrored.points - MESH478.flip(seen.points, seen.video.width)).max() < 1e-3

    def test_a_face_that_is_lost_and_found(self, mesh):
        track = track_video(SHARED / "noface_face.mov", mesh, mirror_average=False)
        assert 0.3 < track.found.mean() < 0.5
        assert np.isnan(track.points[~track.found]).all()

    def test_a_small_far_face(self, mesh):
        track = track_video(SHARED / "far_face_signing.mkv", mesh, mirror_average=False)
        assert track.found.mean() > 0.9

    def test_the_larger_of_two_real_faces(self, mesh, tmp_path):
        """Both are in the picture all the time; the smaller one is counted, the larger one followed without a gap."""
        with VideoWriter(tmp_path / "two.mp4", 420, 360, fps=30) as writer:
            for frame in FrameReader(SHARED / "single_face.mp4"):
                large = frame.image[:, 180:420]
                small = cv2.resize(large, None, fx=0.7, fy=0.7)
                both = np.full((360, 420, 3), 127, np.uint8)
                both[50 : 50 + small.shape[0], : small.shape[1]], both[:, 180:] = small, large
                writer.write(both, frame.time_s)
        track = track_video(tmp_path / "two.mp4", mesh)
        assert track.other_faces == 1
        assert track.found.mean() > 0.95
        assert np.nanmin(track.points[..., 0]) > 180

    def test_no_face_at_all(self, mesh):
        with pytest.raises(NoFaceError):
            track_video(SHARED / "no_face.mp4", mesh)
