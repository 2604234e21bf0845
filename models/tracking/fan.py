"""The tracker ``fan``: the mesh finds the face, a Face Alignment Network places its 68 points, the rest of the mesh goes along.

The crop comes from the mesh of the same frame, so there is no second detector. Points are finer than a cell of the heat map
(``models/landmarks/heatmaps.py``), from the picture and its mirror image averaged; how 68 points become 478:
``models/landmarks/mesh_points.py``. Of the published networks only the 68 points are used; depth stays the mesh's.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import HemifaceError, UnavailableError
from core.face.landmarks import MESH478, LandmarkScheme
from core.tracking import FaceObservation, FaceTracker, TrackerInfo
from models.registry import ModelFiles, sha256_of
from models.tracking.mediapipe_mesh import MediaPipeMeshFactory, first_line

if TYPE_CHECKING:
    import torch

    from models.landmarks.checkpoints import Checkpoint
    from models.landmarks.crops import CropPlan
    from models.landmarks.network import FAN

NAME = "fan"
MODEL_NAME = "3dfan4"


class FanTracker:
    """The mesh with the points of a FAN; for one video and one thread.

    Args:
        name: of the tracker.
        network, plan: ready on ``device``, and where it looks.
        device: of the network.
        described: what the network is, in words.
        network_sha256: hash of its weights file.
        mesh: the mesh tracker, which this one closes.
    """

    scheme: LandmarkScheme = MESH478

    def __init__(
        self,
        name: str,
        network: FAN,
        plan: CropPlan,
        device: torch.device,
        described: str,
        network_sha256: str,
        mesh: FaceTracker,
    ) -> None:
        self._network, self._plan, self._device, self._mesh = network, plan, device, mesh
        both = hashlib.sha256((mesh.info.weights_sha256 + network_sha256).encode("ascii")).hexdigest()
        version = (
            f"{mesh.info.version} (weights {mesh.info.weights_sha256[:12]}) with FAN, {described} "
            f"(weights {network_sha256[:12]})"
        )
        self.info = TrackerInfo(name, version, both)

    def detect(self, image: np.ndarray, time_s: float) -> list[FaceObservation]:
        """Faces in an RGB picture (H, W, 3) uint8, largest first."""
        faces = self._mesh.detect(image, time_s)
        if not faces:
            return []
        import torch

        from models.landmarks.crops import Crop
        from models.landmarks.inference import points_of
        from models.landmarks.mesh_points import MESH_POINTS, in_mesh

        crops = [Crop.around(face.points[MESH_POINTS, :2], self._plan) for face in faces]
        cut = np.stack([crop.cut(image) for crop in crops]).transpose(0, 3, 1, 2)
        pictures = torch.from_numpy(np.ascontiguousarray(cut)).to(self._device).float() / 255
        found = points_of(self._network, pictures, flip=True).astype(np.float64)
        return [
            FaceObservation(in_mesh(face.points, crop.to_picture(points)))
            for face, crop, points in zip(faces, crops, found, strict=True)
        ]

    def close(self) -> None:
        """Free the native graph; calling it twice is allowed."""
        self._mesh.close()


class FanFactory:
    """Makes trackers with one network.

    Args:
        name: of the tracker.
        weights: gives the path of the weights file, or raises UnavailableError with the reason.
        model_name: how ``--model-path`` may replace the file, or None where it may not.
    """

    def __init__(self, name: str, weights: Callable[[], Path], model_name: str | None = None) -> None:
        self.name = name
        if model_name is not None:
            self.model_name = model_name
        self._weights = weights
        self._mesh = MediaPipeMeshFactory()

    def unavailable_reason(self) -> str | None:
        """None when the mesh, torch and the right weights are there."""
        if importlib.util.find_spec("torch") is None:
            return "The package torch is not installed. Install the packages of requirements.txt again."
        reason = self._mesh.unavailable_reason()
        if reason is not None:
            return reason
        try:
            self._weights()
        except UnavailableError as problem:
            return str(problem)
        return None

    def create(self, max_faces: int = 1) -> FaceTracker:
        """A new tracker for one video; raises UnavailableError."""
        path = self._weights()
        try:
            network, checkpoint, device = _ready(path, sha256_of(path))
            words = checkpoint.size_text
            return FanTracker(
                self.name, network, checkpoint.plan, device, words, sha256_of(path), self._mesh.create(max_faces)
            )
        except HemifaceError:
            raise
        except (ImportError, RuntimeError, ValueError, OSError) as problem:
            raise UnavailableError(
                f"The tracker {self.name} cannot be started: {first_line(problem)}.",
                hint="Run: python cli.py doctor",
                code="tracker_unavailable",
            ) from problem


@lru_cache(maxsize=4)
def _ready(path: Path, sha256: str) -> tuple[FAN, Checkpoint, torch.device]:  # noqa: ARG001 - the hash is part of the key
    """The network on its device, shared by the trackers of this process: it only looks and is never changed."""
    from models.landmarks.checkpoints import load_checkpoint, official_checkpoint
    from models.landmarks.inference import prepared
    from models.registry import device

    checkpoint = load_checkpoint(path) if path.suffix == ".safetensors" else official_checkpoint(path)
    return prepared(checkpoint.network(), device()), checkpoint, device()


def official_or_own(files: ModelFiles) -> Path:
    """The published 3D-FAN after its hash was checked, or a network of one's own, which is safetensors and needs no hash."""
    path = files.path(MODEL_NAME)
    if path.suffix == ".safetensors":
        if not path.is_file():
            raise UnavailableError(f"The weights {path.name} are missing.", code="model_unavailable")
        return path
    return files.verified(MODEL_NAME)


def make_factory(files: ModelFiles) -> FanFactory:
    """The factory of this backend."""
    return FanFactory(NAME, lambda: official_or_own(files), MODEL_NAME)
