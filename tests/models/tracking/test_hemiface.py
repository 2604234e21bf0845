"""The tracker hemiface: refused without its own weights, the mesh elsewhere, and it sees what the mesh does not."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import UnavailableError
from core.exam.protocol import Expression
from core.face.landmarks import MESH478, mesh_regions
from core.phantom.camera import Camera
from core.phantom.photo import portrait_from_photo
from core.phantom.render import Renderer
from core.track_photo import track_photo
from core.tracking import FaceObservation, FaceTracker, TrackerFactory, TrackerInfo
from core.words import SIDES, Side
from models.refinement.alignment import REGIONS
from models.refinement.data import read_photo, split_people
from models.refinement.network import RefinementNetwork
from models.refinement.poses import contraction, posed
from models.registry import ModelFiles
from models.tracking import tracker_factories, tracker_factory
from models.tracking.hemiface import NAME, WEIGHTS_NAME, HemifaceFactory, HemifaceTracker
from models.weights import save_weights, write_manifest
from tests.models.refinement.test_alignment import noise, placed

LONDON = Path(__file__).parents[4] / "shared" / "data" / "london"
BLACK = np.zeros((120, 160, 3), np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Weights of an untrained network, as they would ship."""
    torch.manual_seed(0)
    save_weights(tmp_path / f"{WEIGHTS_NAME}.safetensors", RefinementNetwork().state_dict())
    write_manifest(tmp_path)
    return tmp_path


class OneFace:
    """A mesh that always sees the same faces."""

    info = TrackerInfo("mesh", "1", "ab" * 32)
    scheme = MESH478

    def __init__(self, *faces):
        self.faces, self.closed = faces, 0

    def detect(self, image, time_s):  # noqa: ARG002
        return [FaceObservation(points) for points in self.faces]

    def close(self):
        self.closed += 1


class Down:
    """Moves every point down by a millimetre."""

    def refine(self, region, crops, mesh_mm):  # noqa: ARG002
        return mesh_mm + np.array([0.0, 1.0])


def test_it_is_listed(tmp_path):
    factory = tracker_factories(ModelFiles(tmp_path))[NAME]
    assert isinstance(factory, TrackerFactory)


def test_without_weights_it_says_so_in_one_sentence(tmp_path):
    write_manifest(tmp_path)
    factory = HemifaceFactory(tmp_path)
    reason = factory.unavailable_reason()
    assert WEIGHTS_NAME in reason
    assert reason.endswith(".")
    assert reason.count(". ") == 0
    with pytest.raises(UnavailableError, match=WEIGHTS_NAME):
        factory.create()


@pytest.mark.parametrize("damage", ["changed", "cut", "empty"])
def test_damaged_weights_are_refused(folder, damage):
    path = folder / f"{WEIGHTS_NAME}.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes({"changed": bytes(content), "cut": bytes(content[:1000]), "empty": b""}[damage])
    factory = HemifaceFactory(folder)
    assert "sha256" in factory.unavailable_reason()
    with pytest.raises(UnavailableError):
        factory.create()


def test_weights_of_another_network_are_refused(tmp_path):
    save_weights(tmp_path / f"{WEIGHTS_NAME}.safetensors", {"other": torch.zeros(3)})
    write_manifest(tmp_path)
    with pytest.raises(UnavailableError, match="do not fit"):
        HemifaceFactory(tmp_path).create()


def test_it_names_both_models(folder):
    tracker = HemifaceFactory(folder).create()
    mesh = tracker_factory().create()
    try:
        assert isinstance(tracker, FaceTracker)
        assert tracker.scheme is MESH478
        assert tracker.info.name == NAME
        own = hashlib.sha256((folder / f"{WEIGHTS_NAME}.safetensors").read_bytes()).hexdigest()
        both = hashlib.sha256(bytes.fromhex(mesh.info.weights_sha256) + bytes.fromhex(own)).hexdigest()
        assert tracker.info.weights_sha256 == both
        assert own[:12] in tracker.info.version
        assert mesh.info.weights_sha256[:12] in tracker.info.version
        assert tracker.detect(BLACK, 0.0) == []
    finally:
        tracker.close()
        tracker.close()  # allowed twice
        mesh.close()


def test_every_face_is_refined_and_the_rest_is_the_meshes():
    one, other = placed().astype(np.float32), placed(5.0, 1.2).astype(np.float32)
    mesh = OneFace(one, other)
    tracker = HemifaceTracker(mesh, Down(), mesh.info)
    found = tracker.detect(noise(), 0.0)
    refined = sorted(i for region in REGIONS for side in SIDES for i in region.of_side(side))
    others = np.setdiff1d(np.arange(478), refined)
    for before, after in zip((one, other), found, strict=True):
        assert np.array_equal(after.points[others], before[others])
        assert (after.points[refined, 1] > before[refined, 1]).all()
    tracker.close()
    assert mesh.closed == 1


@pytest.mark.shared_data
@pytest.mark.skipif(not LONDON.is_dir(), reason="development data are not beside the checkout")
class TestOnAPersonNeverTrainedOn:
    @pytest.fixture(scope="class")
    @classmethod
    def portrait(cls):
        names = [path.stem for path in (LONDON / "neutral").glob("*.jpg")]
        person = split_people(names).test[1]
        image = read_photo(LONDON / "neutral" / f"{person}.jpg")
        return portrait_from_photo(person, image, track_photo(image, tracker_factory()).points)

    def seen(self, portrait, closure):
        """Apertures in pixels, right and left, as the tracker sees a face whose lids are closed so far."""
        renderer = Renderer(portrait, Camera(480, 480), seed=1)
        face = posed(portrait.shape_mm, contraction(Expression.REST, 0, 0), np.array(closure))
        picture = renderer.frame(face.shape_mm, np.zeros(3), np.zeros(3))
        tracker = tracker_factory(NAME).create()
        try:
            points = [tracker.detect(picture, i / 30) for i in range(3)][-1][0].points
        finally:
            tracker.close()
        return np.array([self.aperture(points, side) for side in SIDES])

    @staticmethod
    def aperture(points, side):
        eye = mesh_regions(side)
        return (points[list(eye.fissure_lower), 1] - points[list(eye.fissure_upper), 1]).mean()

    @pytest.mark.parametrize("side", SIDES)
    def test_the_eye_that_closes_is_shut_and_the_other_open(self, portrait, side):
        column = 0 if side is Side.RIGHT else 1
        closure = [0.0, 0.0]
        closure[column] = 1.0
        left_open = self.seen(portrait, closure) / self.seen(portrait, [0.0, 0.0])
        assert abs(left_open[column]) < 0.15
        assert left_open[1 - column] == pytest.approx(1.0, abs=0.08)
