"""A face track with movements that are known to the millimetre, made from the canonical geometry without any picture or model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.face.canonical import canonical_vertices_mm
from core.face.landmarks import MESH478, mesh_regions
from core.face.pose import head_pose, rotation_from_angles
from core.tracking import FaceTrack, TrackerInfo, VideoFacts
from core.words import SIDES, Side

FPS = 30.0
IRIS_MM = 11.7
FISSURE_MM = 10.0
REST_S, RISE_S, HOLD_S, RELAX_S, GAP_S = 3.0, 0.5, 2.0, 0.5, 2.5


def neutral_face() -> np.ndarray:
    """(478, 3) millimetres in face axes: canonical shape, fissures 10 mm high, lips closed, irises 11.7 mm wide."""
    points = np.zeros((478, 3))
    points[:468] = canonical_vertices_mm()
    for side in SIDES:
        eye = mesh_regions(side)
        level = points[[eye.inner_canthus, eye.outer_canthus], 1].mean()
        for upper, lower in zip(eye.upper_lid, eye.lower_lid, strict=True):
            half = FISSURE_MM / 2 * (1 if upper in eye.fissure_upper else 0.6)
            points[upper, 1], points[lower, 1] = level + half, level - half
        centre = points[list(eye.fissure_upper + eye.fissure_lower)].mean(axis=0)
        lateral = side.lateral_sign * np.array([IRIS_MM / 2, 0, 0])
        points[eye.iris_centre] = centre
        points[eye.iris_temporal], points[eye.iris_nasal] = centre + lateral, centre - lateral
        points[eye.iris_top], points[eye.iris_bottom] = centre + [0, IRIS_MM / 2, 0], centre - [0, IRIS_MM / 2, 0]
        for upper, lower in zip(eye.upper_lip_inner[1:], eye.lower_lip_inner[1:], strict=True):
            middle = (points[upper, 1] + points[lower, 1]) / 2
            points[upper, 1] = points[lower, 1] = middle
    return points


@dataclass(frozen=True)
class Move:
    """One movement: expression, and for each landmark its displacement at the hold in millimetres of the face axes."""

    expression: Expression
    displacement_mm: dict[int, tuple[float, float, float]]


def region_move(
    expression: Expression, amount: dict[Side, float], indices_of: str, direction: tuple[float, float, float]
) -> Move:
    """Move a named region on each side by ``amount`` mm along ``direction`` (lateral, up, forward)."""
    displacement: dict[int, tuple[float, float, float]] = {}
    for side, millimetres in amount.items():
        indices = getattr(mesh_regions(side), indices_of)
        step = np.array(direction) * [side.lateral_sign, 1, 1] * millimetres
        for index in indices if isinstance(indices, tuple) else (indices,):
            displacement[index] = tuple(step)
    return Move(expression, displacement)


def closure_move(expression: Expression, closed: dict[Side, float]) -> Move:
    """Lids that meet: every fissure closes by the given part, the upper lid coming down."""
    face, displacement = neutral_face(), {}
    for side, part in closed.items():
        eye = mesh_regions(side)
        for upper, lower in zip(eye.upper_lid, eye.lower_lid, strict=True):
            displacement[upper] = (0.0, -part * (face[upper, 1] - face[lower, 1]), 0.0)
    return Move(expression, displacement)


def together(expression: Expression, *moves: Move) -> Move:
    """Several displacements during one expression."""
    displacement: dict[int, tuple[float, float, float]] = {}
    for move in moves:
        displacement |= move.displacement_mm
    return Move(expression, displacement)


def palsy(right: float, left: float = 0.0) -> list[Move]:
    """Every movement of the standard exam that the synthetic face can make, weakened on either side."""
    keep = {Side.RIGHT: 1 - right, Side.LEFT: 1 - left}

    def by(full: float) -> dict[Side, float]:
        return {side: full * part for side, part in keep.items()}

    lip_names = ("lower_lip_outer", "lower_lip_inner")
    lower_lip = [region_move(Expression.EEE, by(5), name, (0, -1, 0)) for name in lip_names]
    return [
        region_move(Expression.BROW_RAISE, by(10), "brow_upper", (0, 1, 0)),
        closure_move(Expression.EYES_GENTLE, by(1)),
        closure_move(Expression.EYES_TIGHT, by(1)),
        together(
            Expression.SNARL,
            region_move(Expression.SNARL, by(5), "ala", (0, 1, 0)),
            region_move(Expression.SNARL, by(5), "upper_lip_lateral", (0, 1, 0)),
        ),
        region_move(Expression.SMILE_OPEN, by(10), "corner", (0.7, 0.714, 0)),
        region_move(Expression.PUCKER, by(6), "corner", (-1, 0, 0)),
        together(Expression.EEE, *lower_lip),
    ]


def synthetic_track(
    moves: Iterable[Move],
    *,
    face: np.ndarray | None = None,
    px_per_mm: float = 2.0,
    pose_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
    sway_deg: float = 0.0,
    noise_px: float = 0.0,
    fps: float = FPS,
    uncertainty_px: float | None = None,
    seed: int = 0,
) -> tuple[FaceTrack, list[Segment]]:
    """The moves one after the other with rest between them, and their segments (from the start of the rise to the end)."""
    moves = list(moves)
    face = neutral_face() if face is None else face
    one = RISE_S + HOLD_S + RELAX_S
    duration = REST_S + len(moves) * (one + GAP_S)
    times = np.arange(0, duration, 1 / fps)
    points = np.repeat(face[None], len(times), axis=0)
    segments = []
    for i, move in enumerate(moves):
        start = REST_S + i * (one + GAP_S)
        activation = np.interp(times, [start, start + RISE_S, start + RISE_S + HOLD_S, start + one], [0, 1, 1, 0])
        for index, displacement in move.displacement_mm.items():
            points[:, index] += activation[:, None] * np.array(displacement)
        segments.append(Segment(expression=move.expression, start_s=start, end_s=start + one))
    rng = np.random.default_rng(seed)
    swing = sway_deg * np.sin(2 * np.pi * times / 7.0)
    turned = np.stack(
        [
            rotation_from_angles(pose_deg[0] + s, pose_deg[1], pose_deg[2]) @ p.T
            for s, p in zip(swing, points, strict=True)
        ]
    ).transpose(0, 2, 1)
    pixels = turned * [1, -1, -1] * px_per_mm + [320, 240, 0]
    pixels = (pixels + rng.normal(0, noise_px, pixels.shape)).astype(np.float32)
    uncertainty = None if uncertainty_px is None else np.full(pixels.shape[:2], uncertainty_px, np.float32)
    video = VideoFacts("0" * 64, 640, 480, len(times), len(times) / fps, fps, 1 / fps)
    twice = uncertainty is not None
    tracker = TrackerInfo("synthetic", "1", "0" * 64, mirror_averaged=twice, half_faces=twice)
    track = FaceTrack(times, pixels, MESH478, head_pose(pixels).astype(np.float32), uncertainty, tracker, video)
    return track, segments


def flipped(track: FaceTrack) -> FaceTrack:
    """The same recording seen in a mirror."""
    points = MESH478.flip(track.points, track.video.width)
    return FaceTrack(
        track.times,
        points,
        MESH478,
        head_pose(points).astype(np.float32),
        track.uncertainty,
        track.tracker,
        track.video,
    )
