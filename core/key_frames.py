"""Which pictures of a recording stand for its expressions, and reading them for learned models (core.second_opinions)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.analysis import Analysis
from core.exam.protocol import CORE_PROTOCOL, Expression
from core.exam.quality import PITCH_LIMIT_DEG, ROLL_LIMIT_DEG, YAW_LIMIT_DEG
from core.exam.timeline import timeline
from core.frame_proposals import nearest_frame
from core.measures.blink import near_blink
from core.result import ExamResult
from core.second_opinions import KeyFrame
from core.tracking import FaceTrack
from core.video.limits import DEFAULT_LIMITS, VideoLimits
from core.video.stills import pictures_at

MOST_OF_AN_EXPRESSION = 2
# Networks see the face on far fewer pixels; seventeen pictures of a 4K recording would fill 400 MB.
LONGEST_SIDE_PX = 1920
_SAME_MOMENT_S = 0.1


@dataclass(frozen=True)
class ChosenFrame:
    """One picture that stands for an expression: its number in the track, and when in the recording."""

    index: int
    expression: Expression
    time_s: float


def choose_key_frames(analysis: Analysis) -> list[ChosenFrame]:
    """A picture at rest, and of every core movement the key frames of its first two usable repetitions.

    Rest comes first, then the movements in the order of the protocol. What was not recorded or could not be used is left out.
    """
    rest = _rest_frame(analysis)
    chosen = [] if rest is None else [_chosen(analysis.track, rest, Expression.REST)]
    for expression in CORE_PROTOCOL:
        entry = analysis.result.expressions.get(expression)
        moments = [r.key_frame_s for r in entry.repetitions if r.used] if entry is not None else []
        kept = [moment for moment in moments if moment is not None][:MOST_OF_AN_EXPRESSION]
        chosen += [
            _chosen(analysis.track, index, expression) for index in frames_at(analysis.track, kept) if index is not None
        ]
    return chosen


def frames_at(track: FaceTrack, moments_s: Sequence[float]) -> list[int | None]:
    """Number of the picture with a face at each moment, in seconds; None where there is none within a tenth of a second."""
    found = track.found
    frames = [nearest_frame(track.times, found, moment) for moment in moments_s]
    return [
        index if index is not None and abs(float(track.times[index]) - moment) <= _SAME_MOMENT_S else None
        for index, moment in zip(frames, moments_s, strict=True)
    ]


def read_key_frames(
    path: Path, track: FaceTrack, chosen: Sequence[ChosenFrame], *, limits: VideoLimits = DEFAULT_LIMITS
) -> list[KeyFrame]:
    """The chosen pictures with their landmarks, in one pass through the video; one that does not fit the track is left out.

    Args:
        path: the video file that was tracked.
        track: MESH478 landmarks.
        chosen: by ``choose_key_frames``.
        limits: what is refused.

    Raises:
        VideoError: the video cannot be read.
    """
    size = (track.video.height, track.video.width)
    indices = {frame.index for frame in chosen}
    seen = {
        index: reduced(frame.image, track.points[index])
        for index, frame in pictures_at(path, indices, mirrored=track.video.mirrored, limits=limits)
        if frame.image.shape[:2] == size
    }
    return [KeyFrame(*seen[frame.index], frame.expression, frame.time_s) for frame in chosen if frame.index in seen]


def reduced(image: np.ndarray, points: np.ndarray, longest_px: int = LONGEST_SIDE_PX) -> tuple[np.ndarray, np.ndarray]:
    """A picture (H, W, 3) and points (N, 3) in it, brought to at most ``longest_px`` on the longer side."""
    height, width = image.shape[:2]
    if max(height, width) <= longest_px:
        return image, points
    scale = longest_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    ratio = np.array([size[0] / width, size[1] / height, size[0] / width])
    # The middle of the first pixel is at 0, its edge at -0.5.
    edge = np.array([0.5, 0.5, 0.0])
    return small, ((points + edge) * ratio - edge).astype(points.dtype)


def _chosen(track: FaceTrack, index: int, expression: Expression) -> ChosenFrame:
    return ChosenFrame(index, expression, float(track.times[index]))


def _rest_frame(analysis: Analysis) -> int | None:
    """The picture at rest with both eyes as open as usual, away from blinks, facing the camera, and as sharp as there is one."""
    track, result = analysis.track, analysis.result
    opening, blinking = _eyes(analysis)
    rest = track.found & timeline(track.times, result.segments).rest & np.isfinite(opening).all(axis=1)
    if not rest.any():
        return None
    rest = _narrowed(rest, ~blinking, _faces_camera(track))
    deviation = np.abs(opening - np.median(opening[rest], axis=0)).max(axis=1)
    usual = rest & (deviation <= np.median(deviation[rest]))
    # Sharpness is measured about five times a second only.
    if track.sharpness is not None and np.isfinite(track.sharpness[usual]).any():
        return _smallest(np.where(usual, -track.sharpness, np.nan))
    return _smallest(np.where(rest, deviation, np.nan))


def _eyes(analysis: Analysis) -> tuple[np.ndarray, np.ndarray]:
    """Palpebral fissures (T, 2) in mm, and whether a blink is near (T,), at the pictures of the track."""
    curves, track = analysis.curves, analysis.track
    fissure = curves.values["palpebral_fissure_height"]
    spoiled = near_blink(fissure, timeline(curves.times_s, analysis.result.segments).rest)
    sample = np.clip(np.searchsorted(curves.times_s, track.times), 0, len(curves.times_s) - 1)
    return fissure[sample], spoiled[sample]


def _faces_camera(track: FaceTrack) -> np.ndarray:
    """(T,) bool; how far the camera looks from above or below counts against what is usual in this recording."""
    pose = track.pose - [0, np.nanmedian(track.pose[:, 1]), 0]
    return (np.abs(np.nan_to_num(pose, nan=np.inf)) <= [YAW_LIMIT_DEG, PITCH_LIMIT_DEG, ROLL_LIMIT_DEG]).all(axis=1)


def _narrowed(mask: np.ndarray, *by: np.ndarray) -> np.ndarray:
    """``mask`` and each condition in turn; a condition that nothing of it meets is passed over."""
    for condition in by:
        if (mask & condition).any():
            mask = mask & condition
    return mask


def _smallest(values: np.ndarray) -> int:
    return int(np.nanargmin(values))


def shown_moments(result: ExamResult) -> list[tuple[Expression | None, float]]:
    """Which pictures the networks were shown, as the result names them: expression and seconds."""
    pictures = () if result.screening is None else result.screening.per_image
    return [(picture.expression, picture.time_s) for picture in pictures if picture.time_s is not None]
