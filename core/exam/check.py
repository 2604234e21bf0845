"""A quick look at a guided recording: was each movement filmed so that it can be measured? (reference A4)

Seconds instead of the minute of an analysis: a few pictures a second, one run of a tracker, no measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.exam.protocol import Expression
from core.exam.quality import (
    BRIGHTEST_CHEEK,
    DARKEST_CHEEK,
    LIGHT_DIFFERENCE,
    LONGEST_GAP_S,
    PITCH_LIMIT_DEG,
    POSE_FRACTION,
    ROLL_LIMIT_DEG,
    SMALLEST_IRIS_PX,
    YAW_LIMIT_DEG,
)
from core.exam.segments import Segment
from core.face.picture import cheek_luminance
from core.face.pose import head_pose
from core.face.scale import iris_diameter
from core.tracking import TrackerFactory
from core.video.limits import DEFAULT_LIMITS, VideoLimits
from core.video.reader import FrameReader

# What an analysis leaves a repetition out for; light, distance and small gaps only make it less certain.
_SPOILS = {"not_filmed", "face_lost", "face_cut", "head", "stuck"}
LONGEST_STUCK_S = 0.4
# A slow camera has long steps between all its pictures, which is no gap (as core.exam.quality has it).
_GAP_IN_FRAMES = 2.5
LOOK_EVERY_S = 0.25
FACE_PART = 0.9
_MARGIN = 0.002


@dataclass(frozen=True)
class SampledFaces:
    """What was seen in some pictures of a video.

    Attributes:
        times_s: (K,) of the pictures that were looked at.
        found: (K,) bool, a face.
        inside: (K,) bool, a face that is wholly in the picture.
        several: (K,) bool, more than one face.
        pose_deg: (K, 3) yaw, pitch, roll; NaN without a face.
        iris_px: (K,) horizontal iris diameter; NaN without a face.
        cheeks: (K, 2) luminance of the right and the left cheek; NaN without a face.
        frame_times_s: (T,) of all pictures.
    """

    times_s: np.ndarray
    found: np.ndarray
    inside: np.ndarray
    several: np.ndarray
    pose_deg: np.ndarray
    iris_px: np.ndarray
    cheeks: np.ndarray
    frame_times_s: np.ndarray


@dataclass(frozen=True)
class MovementCheck:
    """Whether one performance of one expression can be measured.

    Attributes:
        expression, repetition: which; repetitions count from 1.
        start_s, end_s: where it is in the recording.
        ok: an analysis can be expected to use it.
        code: of what was found, "" when nothing was.
        message: one sentence; of a performance that is ok it tells what could be better, "" when nothing.
    """

    expression: Expression
    repetition: int
    start_s: float
    end_s: float
    ok: bool
    code: str = ""
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        """For check.json."""
        return {**vars(self), "expression": self.expression.value}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> MovementCheck:
        """What ``as_json`` wrote."""
        return cls(**{**content, "expression": Expression(content["expression"])})


def look_at_video(
    path: Path,
    factory: TrackerFactory,
    *,
    limits: VideoLimits = DEFAULT_LIMITS,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SampledFaces:
    """Find the face in a few pictures a second.

    Args:
        path: a recording that is not mirrored.
        factory: which tracker.
        limits: what is refused.
        progress: called with pictures passed and pictures in all.
        cancelled: asked at every picture that is looked at; what was seen so far is then the answer.

    Raises:
        VideoError: the file cannot be read.
        UnavailableError: the tracker cannot be made.
    """
    reader = FrameReader(path, limits=limits, every_s=LOOK_EVERY_S)
    rows: list[tuple[float, bool, bool, bool, np.ndarray, float, np.ndarray]] = []
    tracker = factory.create(2)
    try:
        for frame in reader:
            if cancelled is not None and cancelled():
                break
            faces = tracker.detect(frame.image, frame.time_s)
            if progress is not None:
                progress(len(reader.times_s), reader.probe.packets)
            if not faces:
                rows.append((frame.time_s, False, False, False, np.full(3, np.nan), np.nan, np.full(2, np.nan)))
                continue
            points, (height, width) = faces[0].points, frame.image.shape[:2]
            rows.append(
                (
                    frame.time_s,
                    True,
                    _is_inside(points, width, height),
                    len(faces) > 1,
                    head_pose(points[None])[0],
                    float(iris_diameter(points)),
                    cheek_luminance(frame.image, points),
                )
            )
    finally:
        tracker.close()
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    return SampledFaces(
        times_s=np.array(columns[0], float),
        found=np.array(columns[1], bool),
        inside=np.array(columns[2], bool),
        several=np.array(columns[3], bool),
        pose_deg=np.array(columns[4], float).reshape(-1, 3),
        iris_px=np.array(columns[5], float),
        cheeks=np.array(columns[6], float).reshape(-1, 2),
        frame_times_s=np.array(reader.times_s),
    )


def check_movements(seen: SampledFaces, segments: Iterable[Segment]) -> list[MovementCheck]:
    """One check for every segment, rest included, in time order."""
    upright = _usual_pitch(seen)
    counts: dict[Expression, int] = {}
    checks = []
    for segment in sorted(segments, key=lambda segment: segment.start_s):
        if segment.expression is Expression.REST and segment.duration_s < 2 * LOOK_EVERY_S:
            continue
        counts[segment.expression] = counts.get(segment.expression, 0) + 1
        code, message = _finding(seen, segment, upright)
        checks.append(
            MovementCheck(
                segment.expression,
                counts[segment.expression],
                segment.start_s,
                segment.end_s,
                code not in _SPOILS,
                code,
                message,
            )
        )
    return checks


def to_repeat(checks: Sequence[MovementCheck]) -> list[Expression]:
    """Movements of which no performance is good, each once, in order."""
    good = {check.expression for check in checks if check.ok}
    return [
        expression
        for expression in dict.fromkeys(check.expression for check in checks)
        if expression not in good and expression is not Expression.REST
    ]


def _finding(seen: SampledFaces, segment: Segment, upright_deg: float) -> tuple[str, str]:
    """(code, sentence) of the gravest thing about a performance; two empty texts when there is nothing."""
    within = (seen.times_s >= segment.start_s) & (seen.times_s <= segment.end_s)
    if not within.any():
        return "not_filmed", "This part is not in the recording."
    if seen.found[within].mean() < FACE_PART:
        return "face_lost", "The face left the picture."
    if seen.inside[within].mean() < FACE_PART:
        return "face_cut", "A part of the face was outside the picture."
    pose = np.abs(seen.pose_deg[within] - [0.0, upright_deg, 0.0])
    known = np.isfinite(pose).all(axis=1)
    straight = (pose[known] <= [YAW_LIMIT_DEG, PITCH_LIMIT_DEG, ROLL_LIMIT_DEG]).mean(axis=0) if known.any() else None
    if straight is not None and (straight < POSE_FRACTION).any():
        names = ("turned to the side", "tilted up or down", "tilted to a shoulder")
        return "head", f"The head was {names[int(np.argmin(straight))]}."
    gap = _longest_gap(seen.frame_times_s, segment)
    if gap > max(LONGEST_GAP_S, _GAP_IN_FRAMES * _frame_s(seen)):
        code = "stuck" if gap > LONGEST_STUCK_S else "gap"
        return code, f"The recording skips for {gap:.2f} s: the computer or the camera was too busy."
    if seen.several[within].mean() > 1 - FACE_PART:
        return "face_many", "Another person was in the picture."
    return _picture_finding(seen, within)


def _picture_finding(seen: SampledFaces, within: np.ndarray) -> tuple[str, str]:
    iris = np.nanmedian(seen.iris_px[within])
    if iris < SMALLEST_IRIS_PX:
        return "small", f"The face is small: the iris measures {iris:.0f} pixels of {SMALLEST_IRIS_PX:.0f}."
    if not np.isfinite(seen.cheeks[within]).any(axis=0).all():
        return "", ""
    darker, brighter = sorted(np.nanmedian(seen.cheeks[within], axis=0))
    if brighter < DARKEST_CHEEK:
        return "dark", "The face was very dark."
    if darker > BRIGHTEST_CHEEK:
        return "bright", "The face was overexposed."
    if (brighter - darker) / brighter > LIGHT_DIFFERENCE:
        return "uneven", "One side of the face was much darker than the other."
    return "", ""


def _longest_gap(times_s: np.ndarray, segment: Segment) -> float:
    near = times_s[(times_s >= segment.start_s - 0.2) & (times_s <= segment.end_s + 0.2)]
    # With both ends of the segment: pictures that stop within it, or come late, are a gap as well.
    return float(np.diff(np.sort([*near, segment.start_s, segment.end_s])).max())


def _frame_s(seen: SampledFaces) -> float:
    """Median time between two pictures."""
    steps = np.diff(seen.frame_times_s)
    return float(np.median(steps)) if len(steps) else 0.0


def _usual_pitch(seen: SampledFaces) -> float:
    """Pitch of this face when it looks at the camera: its zero differs between faces and cameras."""
    pitch = seen.pose_deg[:, 1]
    return float(np.nanmedian(pitch)) if np.isfinite(pitch).any() else 0.0


def _is_inside(points: np.ndarray, width: int, height: int) -> bool:
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return bool(
        low[0] >= -_MARGIN * width
        and low[1] >= -_MARGIN * height
        and high[0] <= (1 + _MARGIN) * width
        and high[1] <= (1 + _MARGIN) * height
    )
