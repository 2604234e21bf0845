"""The truth of a simulated examination: what was put in, and what exact landmarks of it measure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from core import __version__
from core.analysis import analyse_track
from core.errors import InputError
from core.exam.protocol import Expression
from core.face.landmarks import MESH478
from core.face.pose import head_pose, rotation_from_angles
from core.phantom.condition import Condition
from core.phantom.motion import Motion
from core.result import Pair
from core.tracking import FaceTrack, TrackerInfo, VideoFacts
from core.words import BRANCHES, AffectedSide, Branch, Side

TRACKER_NAME = "phantom_truth"
_NO_FILE = "0" * 64

Projection = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Pixels (478, 3) of one frame from shape_mm (478, 3), pose_deg (3,) and translation_mm (3,): x right, y down, z away."""


class Truth(BaseModel):
    """What is known of a simulated examination.

    Attributes:
        condition: what was simulated, in words.
        affected_side: side of the palsy; "none" in health.
        weakness, synkinesis: 0 to 100 by branch and side, as put in: 100 times the attenuation, and 100 times the strongest
            unwanted movement in the branch's territory.
        excursion_mm: peak excursion of every expression by side, as the project's measures see it on the exact landmarks;
            None where it could not be measured.
        person: seed of the person's natural differences.
        simulated: always true; it travels with the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    condition: str
    affected_side: AffectedSide
    weakness: dict[Branch, Pair]
    synkinesis: dict[Branch, Pair]
    excursion_mm: dict[Expression, Pair]
    person: int
    simulated: bool = True

    def save(self, path: Path) -> None:
        """Write JSON that ``load`` reads."""
        path.write_text(self.model_dump_json(indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Truth:
        """Read what ``save`` wrote; raises InputError for anything else."""
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValidationError) as problem:
            raise InputError(f"{path.name} does not hold the truth of a simulated patient.", code="truth") from problem


def truth_of(motion: Motion) -> Truth:
    """The truth of a motion; the excursions come from the analysis of its exact track."""
    condition = motion.condition
    result = analyse_track(
        exact_track(motion), segments=motion.segments, side=condition.affected_side, simulated=True
    ).result
    return Truth(
        condition=condition.name,
        affected_side=condition.affected_side,
        weakness={branch: _pair(condition, branch, Condition.weakness) for branch in BRANCHES},
        synkinesis={branch: _pair(condition, branch, Condition.synkinesis_strength) for branch in BRANCHES},
        excursion_mm={
            expression: entry.excursion_mm for expression, entry in result.expressions.items() if entry.repetitions
        },
        person=condition.person,
    )


def _pair(condition: Condition, branch: Branch, value: Callable[[Condition, Branch, Side], float]) -> Pair:
    right, left = (100.0 * value(condition, branch, side) for side in (Side.RIGHT, Side.LEFT))
    return Pair(right=right, left=left)


def exact_track(
    motion: Motion,
    project: Projection | None = None,
    *,
    px_per_mm: float = 4.0,
    width: int = 1000,
    height: int = 1000,
) -> FaceTrack:
    """The landmarks of every frame without any picture, as a perfect tracker would give them.

    Args:
        motion: a simulated examination.
        project: a camera, e.g. ``Renderer.landmarks``; None looks from infinitely far away with ``px_per_mm``.
        px_per_mm: scale of that far camera.
        width, height: size of the picture in pixels, for the record.
    """
    if project is None:
        points = _far_camera(motion, px_per_mm, width, height)
    else:
        frames = zip(motion.shape_mm, motion.pose_deg, motion.translation_mm, strict=True)
        points = np.stack([project(shape, pose, shift) for shape, pose, shift in frames])
    points = points.astype(np.float32)
    count = len(motion.times)
    video = VideoFacts(
        sha256=_NO_FILE,
        width=width,
        height=height,
        frames=count,
        duration_s=count / motion.fps,
        fps_median=motion.fps,
        longest_gap_s=1.0 / motion.fps,
    )
    return FaceTrack(
        times=motion.times,
        points=points,
        scheme=MESH478,
        pose=head_pose(points).astype(np.float32),
        uncertainty=None,
        tracker=TrackerInfo(TRACKER_NAME, __version__, _NO_FILE),
        video=video,
    )


def _far_camera(motion: Motion, px_per_mm: float, width: int, height: int) -> np.ndarray:
    """(T, 478, 3) pixels seen from infinitely far away, the head turning about the middle of its points."""
    middle = motion.rest_mm.mean(axis=0)
    turns = np.stack([rotation_from_angles(*(float(angle) for angle in pose)) for pose in motion.pose_deg])
    placed = (motion.shape_mm - middle) @ turns.transpose(0, 2, 1) + motion.translation_mm[:, None, :]
    return placed * px_per_mm * np.array([1.0, -1.0, -1.0]) + np.array([width / 2, height / 2, 0.0])
