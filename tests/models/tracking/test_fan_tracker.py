"""The trackers with a FAN: the mesh's scheme, both weights named, mirrored pictures, and reasons where weights are missing."""

import numpy as np
import pytest
import torch

from core.errors import UnavailableError
from core.face.landmarks import MESH478, mesh_regions
from core.tracking import FaceObservation, FaceTracker, TrackerInfo
from core.words import Side
from models.landmarks.checkpoints import Checkpoint, new_network
from models.landmarks.crops import CropPlan
from models.landmarks.mesh_points import MESH_POINTS
from models.registry import ModelFiles
from models.tracking import tracker_factories, tracker_factory
from tests.drawn_phantom import picture

LOOKS = 4


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """No threads of torch beside those of other tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.registry.device", lambda: torch.device("cpu"))
        torch.set_num_threads(1)
        yield


@pytest.fixture
def own_weights(tmp_path):
    """A small network with random weights, as somebody might have trained it."""
    torch.manual_seed(2)
    state = new_network(1, 16).state_dict()
    return Checkpoint(state, CropPlan(64, 1.4)).save(tmp_path / "mine.safetensors")


def look(factory, image):
    tracker = factory.create()
    try:
        return [tracker.detect(image, time / 30) for time in range(LOOKS)][-1], tracker.info
    finally:
        tracker.close()
        tracker.close()  # allowed twice


def test_without_weights_it_says_how_to_get_them(tmp_path):
    factory = tracker_factories(ModelFiles(tmp_path))["fan"]
    assert "models fetch 3dfan4" in factory.unavailable_reason()
    with pytest.raises(UnavailableError, match="3dfan4"):
        factory.create()


def test_a_file_that_is_not_the_published_one_is_not_opened(tmp_path):
    wrong = tmp_path / "fan.pth.tar"
    wrong.write_bytes(b"PK\x03\x04" + bytes(100))
    factory = tracker_factory("fan", model_path=wrong, files=ModelFiles(tmp_path))
    with pytest.raises(UnavailableError, match="sha256"):
        factory.create()


def test_own_weights_that_are_missing_or_no_fan(tmp_path):
    gone = tracker_factory("fan", model_path=tmp_path / "gone.safetensors", files=ModelFiles(tmp_path))
    assert "missing" in gone.unavailable_reason()
    (tmp_path / "bad.safetensors").write_bytes(b"\x80 no weights")
    bad = tracker_factory("fan", model_path=tmp_path / "bad.safetensors", files=ModelFiles(tmp_path))
    with pytest.raises(UnavailableError, match="pickle"):
        bad.create()


def test_a_network_of_ones_own(tmp_path, own_weights):
    faces, info = look(tracker_factory("fan", model_path=own_weights, files=ModelFiles(tmp_path)), picture()[0])
    assert faces[0].points.shape == (478, 3)
    assert info.name == "fan"
    assert "1 hourglass of 16 channels" in info.version


def test_a_picture_without_a_face(own_weights, tmp_path):
    faces, _ = look(
        tracker_factory("fan", model_path=own_weights, files=ModelFiles(tmp_path)), np.zeros((120, 160, 3), np.uint8)
    )
    assert faces == []


class TestTheOneThatShips:
    @pytest.fixture(scope="class")
    @classmethod
    def factory(cls, tmp_path_factory):
        return tracker_factory("fan_small_palsy", files=ModelFiles(tmp_path_factory.mktemp("none")))

    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, factory):
        return look(factory, picture()[0])

    def test_it_needs_no_file(self, factory):
        assert factory.unavailable_reason() is None
        tracker = factory.create(max_faces=2)
        assert isinstance(tracker, FaceTracker)
        tracker.close()

    def test_mesh_points_in_pixels_on_the_right_sides(self, found):
        faces, _ = found
        points = faces[0].points
        assert points.shape == (MESH478.count, 3)
        assert points.dtype == np.float32
        right, left = mesh_regions(Side.RIGHT), mesh_regions(Side.LEFT)
        assert points[right.outer_canthus, 0] < points[left.outer_canthus, 0]
        assert points[right.corner, 0] < points[left.corner, 0]

    def test_both_weights_are_named(self, found):
        _, info = found
        mesh = tracker_factory().create()
        mesh_hash = mesh.info.weights_sha256
        mesh.close()
        assert info.name == "fan_small_palsy"
        assert mesh_hash[:12] in info.version
        assert "with FAN" in info.version
        assert len(bytes.fromhex(info.weights_sha256)) == 32
        assert info.weights_sha256 != mesh_hash

    def test_only_what_the_network_sees_moves(self, found):
        """Irises and depth are the mesh's; lids, brows and lips are near it, as the face is a plain one."""
        mesh, _ = look(tracker_factory(), picture()[0])
        ours, theirs = found[0][0].points, mesh[0].points
        assert np.array_equal(ours[468:], theirs[468:])
        assert np.array_equal(ours[:, 2], theirs[:, 2])
        away = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs[263] - theirs[33])
        assert 0 < away[MESH_POINTS].mean() < 0.08

    def test_a_mirrored_picture_gives_the_mirrored_points(self, factory, monkeypatch):
        """Given the mirrored mesh, the network's part is mirrored to a twentieth of a pixel; the mesh itself is not so exact."""
        image, _ = picture()
        base = look(tracker_factory(), image)[0][0].points
        width = image.shape[1]

        class FixedMesh:
            scheme, info = MESH478, TrackerInfo("mesh", "1", "0" * 64)

            def __init__(self, points):
                self.points = points

            def detect(self, _image, _time_s):
                return [FaceObservation(self.points)]

            def close(self):
                pass

        monkeypatch.setattr(factory._mesh, "create", lambda _faces: FixedMesh(base))
        one = look(factory, image)[0][0].points
        flipped = MESH478.flip(base, width)
        monkeypatch.setattr(factory._mesh, "create", lambda _faces: FixedMesh(flipped))
        other = look(factory, np.ascontiguousarray(image[:, ::-1]))[0][0].points
        away = np.abs(MESH478.flip(other, width) - one)[:, :2]
        # Where the two highest cells of a heat map are nearly equal, rounding decides from which the point is decoded: a tenth of
        # a pixel of the crop (128), which is a few tenths of a pixel here.
        assert away.max() < 0.4
        assert np.percentile(away, 95) < 0.05
