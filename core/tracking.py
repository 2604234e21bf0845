"""What a tracker gives (FaceTrack) and what a tracker is (FaceTracker); models/tracking implements it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from core.checks import check_increasing, check_shape
from core.face.landmarks import SCHEMES, LandmarkScheme


@dataclass(frozen=True)
class TrackerInfo:
    """Which tracker made a track: stored with every result.

    Attributes:
        name: e.g. ``"mediapipe_mesh"``.
        version: version of the library and of the way that we use it, e.g. ``"mediapipe 0.10.21"``.
        weights_sha256: hash of the model files, in hexadecimal.
        mirror_averaged: whether every frame was also tracked flipped and the two averaged (reference B7).
        half_faces: whether each half of the face was also tracked for itself (reference C4).
    """

    name: str
    version: str
    weights_sha256: str
    mirror_averaged: bool = False
    half_faces: bool = False


@dataclass(frozen=True)
class VideoFacts:
    """What is known of a video file; counts and times are from decoding, not from the container's promises.

    Attributes:
        sha256: hash of the file, hexadecimal.
        width, height: pixels as analysed (after rotation).
        frames: decoded frames.
        duration_s: time of the last frame minus the first, plus one median frame interval.
        fps_median: 1 / median frame interval.
        longest_gap_s: longest time between two frames.
        mirrored: the file was mirrored by its camera app and was flipped when it was read.
        codec, container: as the demuxer names them.
        rotation_deg: rotation from the metadata that was applied.
        complete: False when the tail was damaged and only the frames so far were read.
    """

    sha256: str
    width: int
    height: int
    frames: int
    duration_s: float
    fps_median: float
    longest_gap_s: float = 0.0
    mirrored: bool = False
    codec: str = ""
    container: str = ""
    rotation_deg: int = 0
    complete: bool = True


@dataclass(frozen=True)
class FaceObservation:
    """One face in one picture.

    Attributes:
        points: (N, 3) pixels: x right, y down, z away from the camera (smaller is nearer), in the tracker's scheme.
    """

    points: np.ndarray

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) pixels."""
        low, high = self.points[:, :2].min(axis=0), self.points[:, :2].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def area(self) -> float:
        """Area of the box, square pixels."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


@runtime_checkable
class FaceTracker(Protocol):
    """A tracker for ONE video: made for it and closed after it, never shared between threads (design, section 3).

    ``detect`` is called with the frames of one video in order.
    """

    info: TrackerInfo
    scheme: LandmarkScheme

    def detect(self, image: np.ndarray, time_s: float) -> list[FaceObservation]:
        """Faces in an RGB picture (H, W, 3) uint8, largest first; an empty list where there is none."""
        ...

    def close(self) -> None:
        """Free the native resources; calling it twice is allowed."""
        ...


@runtime_checkable
class TrackerFactory(Protocol):
    """Makes trackers of one kind; knows whether they can be made here."""

    name: str

    def unavailable_reason(self) -> str | None:
        """None when usable, else one sentence that says why not and what to do."""
        ...

    def create(self, max_faces: int = 1) -> FaceTracker:
        """A new tracker for one video, finding up to ``max_faces`` faces; raises UnavailableError."""
        ...


@dataclass(frozen=True)
class FaceTrack:
    """Landmarks of one face on every frame of one video.

    Attributes:
        times: (T,) seconds, strictly increasing, true presentation times.
        points: (T, N, 3) float32 pixels (x right, y down, z away from the camera); NaN in frames without a face.
        scheme: landmark scheme with N points.
        pose: (T, 3) float32 degrees yaw, pitch, roll (signs: core.face.pose); NaN without a face.
        uncertainty: (T, N) float32 pixels, half the disagreement of the two mirror runs, or of a point and its reflection in the
            symmetric picture of its half; NaN where it is not known; or None.
        tracker: which tracker made it.
        video: facts of the video.
        other_faces: greatest number of further faces seen in the first second (they were not followed).
        cheek_luminance: (T, 2) float32 mean luminance of the patient's right and left cheek, 0 to 255, measured about five times
            a second and NaN between (core.face.picture), or None when it was not measured.
        sharpness: (T,) float32 grey levels, likewise.
    """

    times: np.ndarray
    points: np.ndarray
    scheme: LandmarkScheme
    pose: np.ndarray
    uncertainty: np.ndarray | None
    tracker: TrackerInfo
    video: VideoFacts
    other_faces: int = 0
    cheek_luminance: np.ndarray | None = None
    sharpness: np.ndarray | None = None

    def __post_init__(self) -> None:
        count = len(self.times)
        check_shape("times", self.times, (None,))
        check_shape("points", self.points, (count, self.scheme.count, 3))
        check_shape("pose", self.pose, (count, 3))
        if self.uncertainty is not None:
            check_shape("uncertainty", self.uncertainty, (count, self.scheme.count))
        if self.cheek_luminance is not None:
            check_shape("cheek_luminance", self.cheek_luminance, (count, 2))
        if self.sharpness is not None:
            check_shape("sharpness", self.sharpness, (count,))
        check_increasing("times", self.times)

    @property
    def found(self) -> np.ndarray:
        """(T,) bool: frames with a face."""
        return np.isfinite(self.points[:, 0, 0])

    def save(self, path: Path) -> None:
        """Write an .npz with times, points, scheme, pose and uncertainty (the track.npz of the command contract)."""
        arrays = {"times": self.times, "points": self.points, "pose": self.pose}
        for name in ("uncertainty", "cheek_luminance", "sharpness"):
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name)
        facts = {"scheme": np.array(self.scheme.name), "other_faces": np.array(self.other_faces)}
        info = {f"tracker_{key}": np.array(value) for key, value in vars(self.tracker).items()}
        video = {f"video_{key}": np.array(value) for key, value in vars(self.video).items()}
        np.savez_compressed(path, **arrays, **facts, **info, **video)

    @classmethod
    def load(cls, path: Path) -> FaceTrack:
        """Read what ``save`` wrote; raises ValueError when the file is not such a track."""
        with np.load(path, allow_pickle=False) as stored:
            try:
                info = {k.removeprefix("tracker_"): stored[k].item() for k in stored if k.startswith("tracker_")}
                video = {k.removeprefix("video_"): stored[k].item() for k in stored if k.startswith("video_")}
                return cls(
                    times=stored["times"],
                    points=stored["points"],
                    scheme=SCHEMES[str(stored["scheme"])],
                    pose=stored["pose"],
                    uncertainty=stored.get("uncertainty"),
                    tracker=TrackerInfo(**info),
                    video=VideoFacts(**video),
                    other_faces=int(stored["other_faces"]),
                    cheek_luminance=stored.get("cheek_luminance"),
                    sharpness=stored.get("sharpness"),
                )
            except (KeyError, TypeError) as problem:
                raise ValueError(f"{path.name} is not a stored face track: {problem}") from problem
