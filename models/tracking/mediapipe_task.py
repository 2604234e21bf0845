"""Optional tracker: MediaPipe's FaceLandmarker task, whose model file is fetched or given by path and checked by its hash."""

from __future__ import annotations

import importlib.util
from importlib.metadata import version
from pathlib import Path

import numpy as np

from core.errors import UnavailableError
from core.face.landmarks import MESH478, LandmarkScheme
from core.tracking import FaceObservation, FaceTracker, TrackerInfo
from models.registry import MODEL_FILES, ModelFiles
from models.tracking.mediapipe_mesh import first_line

NAME = "mediapipe_task"
MODEL_NAME = "face_landmarker"


class MediaPipeTask:
    """Tracks faces with ``FaceLandmarker`` in video mode; for one video and one thread.

    Points are MESH478 in pixels, as those of the default tracker. With one face the task smooths its points over time, which
    the version tells, because smoothing delays movements.
    """

    scheme: LandmarkScheme = MESH478

    def __init__(self, model_path: Path, sha256: str, max_faces: int) -> None:
        smoothing = "smoothed" if max_faces == 1 else "not smoothed"
        self.info = TrackerInfo(NAME, f"mediapipe {version('mediapipe')}, video mode, {smoothing}", sha256)
        self._last_ms = -1
        import mediapipe as mp

        vision = mp.tasks.vision
        options = vision.FaceLandmarkerOptions(
            base_options=mp.tasks.BaseOptions(model_asset_buffer=model_path.read_bytes()),
            running_mode=vision.RunningMode.VIDEO,
            num_faces=max_faces,
        )
        self._picture_of = lambda rgb: mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
        self._landmarker = vision.FaceLandmarker.create_from_options(options)

    def detect(self, image: np.ndarray, time_s: float) -> list[FaceObservation]:
        """Faces in an RGB picture (H, W, 3) uint8, largest first."""
        # The task wants whole milliseconds that always increase (ecosystem 2.4).
        self._last_ms = max(self._last_ms + 1, round(time_s * 1000))
        found = self._landmarker.detect_for_video(self._picture_of(image), self._last_ms).face_landmarks
        height, width = image.shape[:2]
        size = np.array([width, height, width], np.float32)
        faces = [FaceObservation(np.array([(m.x, m.y, m.z) for m in face], np.float32) * size) for face in found]
        return sorted(faces, key=lambda face: face.area, reverse=True) if len(faces) > 1 else faces

    def close(self) -> None:
        """Free the native graph; calling it twice is allowed."""
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None


class MediaPipeTaskFactory:
    """Makes trackers from the FaceLandmarker file."""

    name = NAME
    model_name = MODEL_NAME

    def __init__(self, files: ModelFiles) -> None:
        self._files = files

    def unavailable_reason(self) -> str | None:
        """None when mediapipe and the right model file are there."""
        if importlib.util.find_spec("mediapipe") is None:
            return "The package mediapipe is not installed. Install the packages of requirements.txt again."
        return self._files.unavailable_reason(MODEL_NAME)

    def create(self, max_faces: int = 1) -> FaceTracker:
        """A new tracker for one video; raises UnavailableError."""
        path = self._files.verified(MODEL_NAME)
        try:
            return MediaPipeTask(path, MODEL_FILES[MODEL_NAME].sha256, max_faces)
        except (ImportError, AttributeError, RuntimeError, ValueError, OSError) as problem:
            raise UnavailableError(
                f"The tracker {NAME} cannot be started: {first_line(problem)}.",
                hint="Run: python cli.py doctor",
                code="tracker_unavailable",
            ) from problem


def make_factory(files: ModelFiles) -> MediaPipeTaskFactory:
    """The factory of this backend."""
    return MediaPipeTaskFactory(files)
