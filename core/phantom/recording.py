"""A recorded phantom examination: the video with the exact landmarks of every frame, the segments and the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.exam.segments import Segment, write_segments
from core.phantom.camera import Camera
from core.phantom.motion import Motion
from core.phantom.portrait import Portrait
from core.phantom.render import Renderer
from core.phantom.truth import Truth, truth_of
from core.video.writer import VideoWriter

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PhantomRecording:
    """What was written.

    Attributes:
        video: the H.264 file.
        times: (T,) seconds.
        landmarks: (T, 478, 3) float32 exact MESH478 points in pixels, the axes of FaceTrack.points.
        segments: from the cues of the script.
        truth: weakness, synkinesis and excursions as they are.
    """

    video: Path
    times: np.ndarray
    landmarks: np.ndarray
    segments: list[Segment]
    truth: Truth

    def save(self, folder: Path) -> None:
        """Write landmarks.npz, segments.json and truth.json beside the video."""
        np.savez_compressed(folder / "landmarks.npz", times=self.times, points=self.landmarks)
        write_segments(folder / "segments.json", self.segments)
        self.truth.save(folder / "truth.json")


def frames(portrait: Portrait, motion: Motion, camera: Camera, seed: int = 0) -> Iterator[np.ndarray]:
    """Pictures of a moved portrait, (H, W, 3) uint8 RGB, one for every frame of the motion."""
    renderer = Renderer(portrait, camera, seed)
    for i in range(len(motion.times)):
        folds = {key: float(depth[i]) for key, depth in motion.creases.items()}
        yield renderer.frame(
            motion.shape_mm[i], motion.pose_deg[i], motion.translation_mm[i], folds, float(motion.jaw_drop_mm[i])
        )


def record(
    portrait: Portrait,
    motion: Motion,
    path: Path,
    camera: Camera | None = None,
    *,
    seed: int = 0,
    crf: int = 20,
    progress: Progress | None = None,
) -> PhantomRecording:
    """Render a motion to an H.264 file.

    Args:
        portrait: whose ``shape_mm`` the motion was simulated with.
        motion: from ``core.phantom.motion.simulate``; its frame rate is the video's.
        path: the mp4 to write.
        camera: standard when None.
        seed: of the camera noise.
        crf: x264 quality.
        progress: called with frames done and frames in all.
    """
    camera = camera or Camera()
    renderer = Renderer(portrait, camera, seed)
    count = len(motion.times)
    with VideoWriter(path, camera.width, camera.height, motion.fps, crf=crf) as writer:
        for i, picture in enumerate(frames(portrait, motion, camera, seed)):
            writer.write(picture, float(motion.times[i]))
            if progress is not None:
                progress(i + 1, count)
    return PhantomRecording(
        path, motion.times, exact_landmarks(renderer, motion), motion.script.segments, truth_of(motion)
    )


def exact_landmarks(renderer: Renderer, motion: Motion) -> np.ndarray:
    """(T, 478, 3) float32 pixels of every frame as the renderer's camera sees them."""
    placed = [
        renderer.landmarks(motion.shape_mm[i], motion.pose_deg[i], motion.translation_mm[i])
        for i in range(len(motion.times))
    ]
    return np.stack(placed).astype(np.float32)
