"""The real trackers: what they promise to core, their hashes, and reasons instead of crashes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import InputError, UnavailableError
from core.face.landmarks import MESH478, mesh_regions
from core.face.pose import head_pose
from core.tracking import FaceTracker, TrackerFactory
from core.video.reader import FrameReader
from core.words import Side
from models.registry import ModelFiles
from models.tracking import DEFAULT_TRACKER, tracker_factories, tracker_factory

SHARED = Path(__file__).parents[4] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="development data are not beside the checkout")
BLACK = np.zeros((120, 160, 3), np.uint8)


def test_known_trackers_and_the_default_first(tmp_path):
    factories = tracker_factories(ModelFiles(tmp_path))
    assert next(iter(factories)) == DEFAULT_TRACKER == "mediapipe_mesh"
    assert "mediapipe_task" in factories
    for name, factory in factories.items():
        assert factory.name == name
        assert isinstance(factory, TrackerFactory)


def test_the_default_tracker_needs_no_file(tmp_path):
    factory = tracker_factory(files=ModelFiles(tmp_path))
    assert factory.unavailable_reason() is None
    tracker = factory.create()
    try:
        assert isinstance(tracker, FaceTracker)
        assert tracker.scheme is MESH478
        assert tracker.info.name == "mediapipe_mesh"
        assert len(bytes.fromhex(tracker.info.weights_sha256)) == 32
        assert tracker.detect(BLACK, 0.0) == []
    finally:
        tracker.close()
        tracker.close()  # allowed twice


def test_the_task_without_its_file_says_what_to_do(tmp_path):
    factory = tracker_factory("mediapipe_task", files=ModelFiles(tmp_path))
    assert "models fetch face_landmarker" in factory.unavailable_reason()
    with pytest.raises(UnavailableError, match="models import"):
        factory.create()


def test_the_task_with_a_wrong_file_refuses_it(tmp_path):
    """Whatever a file contains, it is not handed to native code before its hash is right (reliability T8)."""
    wrong = tmp_path / "face_landmarker.task"
    wrong.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(UnavailableError, match="sha256"):
        tracker_factory("mediapipe_task", model_path=wrong, files=ModelFiles(tmp_path)).create()


def test_unknown_tracker_and_needless_model_file(tmp_path):
    with pytest.raises(InputError, match="mediapipe_mesh"):
        tracker_factory("astrology", files=ModelFiles(tmp_path))
    with pytest.raises(InputError, match="no model file"):
        tracker_factory("mediapipe_mesh", model_path=tmp_path / "x", files=ModelFiles(tmp_path))


@pytest.mark.shared_data
@needs_shared
class TestOnARealFace:
    @pytest.fixture(scope="class")
    @classmethod
    def frames(cls):
        return [frame for _, frame in zip(range(12), FrameReader(SHARED / "video" / "single_face.mp4"), strict=False)]

    @pytest.fixture(params=["mediapipe_mesh", "mediapipe_task"])
    @classmethod
    def factory(cls, request):
        return tracker_factory(request.param, files=ModelFiles(SHARED / "models"))

    def track(self, factory, frames, max_faces=1):
        tracker = factory.create(max_faces)
        try:
            return [tracker.detect(frame.image, frame.time_s) for frame in frames], tracker.info
        finally:
            tracker.close()

    def test_points_are_pixels_on_the_right_sides(self, factory, frames):
        found, info = self.track(factory, frames)
        assert all(len(faces) == 1 for faces in found)
        points = found[-1][0].points
        assert points.shape == (478, 3)
        assert points.dtype == np.float32
        height, width = frames[0].image.shape[:2]
        assert points[:, 0].min() > width * 0.2
        assert points[:, 0].max() < width * 0.8
        assert points[:, 1].min() > 0
        assert points[:, 1].max() < height
        right, left = mesh_regions(Side.RIGHT), mesh_regions(Side.LEFT)
        assert points[right.outer_canthus, 0] < points[left.outer_canthus, 0]  # the patient's right is on the left
        assert points[1, 2] < points[right.outer_canthus, 2]  # the nose is nearer than the eye
        assert np.abs(head_pose(points[None])).max() < 15
        assert info.weights_sha256 != "0" * 64

    def test_the_same_frames_give_the_same_points(self, factory, frames):
        """Results can be repeated; the exactness of mirroring stands on this."""
        (first, _), (second, _) = self.track(factory, frames), self.track(factory, frames)
        for one, other in zip(first, second, strict=True):
            assert np.array_equal(one[0].points, other[0].points)

    def test_frames_with_equal_times_are_accepted(self, factory, frames):
        tracker = factory.create()
        try:
            for _ in range(3):
                assert len(tracker.detect(frames[0].image, 0.0)) == 1
        finally:
            tracker.close()

    def test_two_faces_largest_first(self, factory, frames):
        large = frames[0].image[:, 180:420]
        small = cv2.resize(large, None, fx=0.7, fy=0.7)
        both = np.full((360, 420, 3), 127, np.uint8)
        both[:, :240], both[50 : 50 + small.shape[0], 250 : 250 + small.shape[1]] = large, small
        tracker = factory.create(2)
        try:
            faces = [tracker.detect(both, i / 30) for i in range(4)][-1]
        finally:
            tracker.close()
        assert len(faces) == 2
        assert faces[0].area > 1.5 * faces[1].area
