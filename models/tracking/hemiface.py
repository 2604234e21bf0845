"""Tracker tuned to palsy: the MediaPipe mesh, whose lids, brows, lips and alar rims are refined one half of the face at a time.

A mesh that learned from symmetric faces closes the eye that stays open a little along with the one that closes. The refinement sees
only one half (``models.refinement``), the left one in the mirror, so that no symmetry can be borrowed. Midline, face oval, cheeks,
irises and all depths are the mesh's own.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UnavailableError
from core.face.landmarks import MESH478, LandmarkScheme
from core.tracking import FaceObservation, FaceTracker, TrackerInfo
from models.refinement.refine import Refiner, refine_face
from models.registry import ModelFiles
from models.tracking.mediapipe_mesh import MediaPipeMeshFactory
from models.weights import shipped_models

if TYPE_CHECKING:
    from models.refinement.network import RefinementNetwork

NAME = "hemiface"
WEIGHTS_NAME = "hemiface_refine"
_SHOWN_HEX = 12


class HemifaceTracker:
    """A mesh tracker whose faces are refined; for one video and one thread.

    Args:
        mesh: the tracker that finds the faces; closed with this one.
        refiner: what refines them; may be shared between threads.
        info: what a track says about it.
    """

    scheme: LandmarkScheme = MESH478

    def __init__(self, mesh: FaceTracker, refiner: Refiner, info: TrackerInfo) -> None:
        self.info = info
        self._mesh = mesh
        self._refiner = refiner

    def detect(self, image: np.ndarray, time_s: float) -> list[FaceObservation]:
        """Faces in an RGB picture (H, W, 3) uint8, largest first."""
        faces = self._mesh.detect(image, time_s)
        return [FaceObservation(refine_face(image, face.points, self._refiner)) for face in faces]

    def close(self) -> None:
        """Free the native graph; calling it twice is allowed."""
        self._mesh.close()


class HemifaceFactory:
    """Makes refined trackers.

    Args:
        folder: where the weights are; None takes those that ship.
    """

    name = NAME

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._mesh = MediaPipeMeshFactory()

    def unavailable_reason(self) -> str | None:
        """None when the mesh can run here and the weights that ship are there and whole."""
        reason = self._mesh.unavailable_reason()
        if reason is not None:
            return reason
        model = shipped_models(self._folder).get(WEIGHTS_NAME)
        if model is None:
            return f"The weights {WEIGHTS_NAME} of the tracker {NAME} are not part of this installation."
        return model.problem

    def create(self, max_faces: int = 1) -> FaceTracker:
        """A new tracker for one video; raises UnavailableError."""
        reason = self.unavailable_reason()
        if reason is not None:
            raise UnavailableError(reason, code="tracker_unavailable")
        sha256 = shipped_models(self._folder)[WEIGHTS_NAME].sha256
        network = _network(self._folder, sha256)
        mesh = self._mesh.create(max_faces)
        return HemifaceTracker(mesh, network, _info(mesh.info, sha256))


def make_factory(files: ModelFiles) -> HemifaceFactory:  # noqa: ARG001 - its weights ship
    """The factory of this backend."""
    return HemifaceFactory()


def _info(mesh: TrackerInfo, weights_sha256: str) -> TrackerInfo:
    """Name and version with the beginnings of both hashes; the hash of a track is that over both."""
    version = (
        f"{mesh.version} ({mesh.name} {mesh.weights_sha256[:_SHOWN_HEX]}), "
        f"refined one half at a time ({WEIGHTS_NAME} {weights_sha256[:_SHOWN_HEX]})"
    )
    both = hashlib.sha256(bytes.fromhex(mesh.weights_sha256) + bytes.fromhex(weights_sha256)).hexdigest()
    return TrackerInfo(NAME, version, both)


@lru_cache(maxsize=2)
def _network(folder: Path | None, sha256: str) -> RefinementNetwork:  # noqa: ARG001 - the hash is the key of the cache
    """The network, read once; in evaluation it is never changed and serves all threads."""
    from models.refinement.refine import load_refiner

    return load_refiner(folder)
