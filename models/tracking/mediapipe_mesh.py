"""The default tracker: MediaPipe's face_mesh solution with refined lips and irises, whose models lie in its own package."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from core.errors import UnavailableError
from core.face.landmarks import MESH478, LandmarkScheme
from core.tracking import FaceObservation, FaceTracker, TrackerInfo
from models.registry import ModelFiles

NAME = "mediapipe_mesh"
_WEIGHTS = (
    "modules/face_detection/face_detection_short_range.tflite",
    "modules/face_landmark/face_landmark_with_attention.tflite",
)
_REINSTALL = "Install the packages of requirements.txt again."


class MediaPipeMesh:
    """Tracks faces with ``mp.solutions.face_mesh`` in video mode; for one video and one thread (reliability finding 3).

    Points are MESH478 in pixels. MediaPipe gives fractions of the picture, and a fraction times the width is the index of a
    pixel: over photographs and their mirror images, x and mirrored x add up to the width minus 1. z has the scale of x.
    """

    scheme: LandmarkScheme = MESH478

    def __init__(self, max_faces: int) -> None:
        self.info = TrackerInfo(NAME, f"mediapipe {version('mediapipe')}, video mode", weights_sha256())
        from mediapipe.python.solutions.face_mesh import FaceMesh

        self._mesh = FaceMesh(static_image_mode=False, max_num_faces=max_faces, refine_landmarks=True)

    def detect(self, image: np.ndarray, time_s: float) -> list[FaceObservation]:  # noqa: ARG002 - needs no times
        """Faces in an RGB picture (H, W, 3) uint8, largest first."""
        found = self._mesh.process(image).multi_face_landmarks or []
        height, width = image.shape[:2]
        size = np.array([width, height, width], np.float32)
        faces = [FaceObservation(_points(face.landmark) * size) for face in found]
        return sorted(faces, key=lambda face: face.area, reverse=True) if len(faces) > 1 else faces

    def close(self) -> None:
        """Free the native graph; calling it twice is allowed."""
        if self._mesh is not None:
            self._mesh.close()
            self._mesh = None


class MediaPipeMeshFactory:
    """Makes the default tracker."""

    name = NAME

    def unavailable_reason(self) -> str | None:
        """None when mediapipe with its models is installed."""
        folder = _package_folder()
        if folder is None:
            return f"The package mediapipe is not installed. {_REINSTALL}"
        if not all((folder / weights).is_file() for weights in _WEIGHTS):
            return f"This version of mediapipe does not carry the face mesh models. {_REINSTALL}"
        return None

    def create(self, max_faces: int = 1) -> FaceTracker:
        """A new tracker for one video; raises UnavailableError."""
        reason = self.unavailable_reason()
        if reason is not None:
            raise UnavailableError(reason, code="tracker_unavailable")
        try:
            return MediaPipeMesh(max_faces)
        except (ImportError, AttributeError, RuntimeError, OSError) as problem:
            raise UnavailableError(
                f"The tracker {NAME} cannot be started: {first_line(problem)}.",
                hint="Run: python cli.py doctor",
                code="tracker_unavailable",
            ) from problem


def make_factory(files: ModelFiles) -> MediaPipeMeshFactory:  # noqa: ARG001 - the package carries its models
    """The factory of this backend."""
    return MediaPipeMeshFactory()


@cache
def weights_sha256() -> str:
    """Hash over the two model files of the package, in hexadecimal."""
    folder = _package_folder()
    if folder is None:
        raise UnavailableError("The package mediapipe is not installed.", hint=_REINSTALL, code="tracker_unavailable")
    digest = hashlib.sha256()
    for weights in _WEIGHTS:
        digest.update((folder / weights).read_bytes())
    return digest.hexdigest()


def first_line(problem: BaseException) -> str:
    """The first line of an exception's text, without a full stop."""
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0].rstrip(".")


def _package_folder() -> Path | None:
    spec = importlib.util.find_spec("mediapipe")
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _points(landmarks: object) -> np.ndarray:
    return np.array([(mark.x, mark.y, mark.z) for mark in landmarks], np.float32)  # type: ignore[attr-defined]
