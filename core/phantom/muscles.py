"""The muscle model: one displacement field over MESH478 for every muscle and side.

A field interpolates the control points of ``muscle_table`` with compactly supported radial functions (Wendland 1995,
10.1007/BF02123482), so it meets every control exactly and fades to nothing away from the muscle. Upper and lower lip lie close
together and move apart, so distance between them is measured around the mouth corner, through an added coordinate.
The fields of the left side are the mirrored fields of the right (one mirror table: core.face.landmarks).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from core.face.canonical import CANONICAL_VERTEX_COUNT, canonical_vertices_mm
from core.face.landmarks import MESH478, MESH478_COUNT, mesh_regions
from core.phantom.muscle_table import MUSCLES, Muscle, MuscleSpec
from core.phantom.portrait import Crease
from core.words import SIDES, Branch, Side

MUSCLE_ORDER: tuple[Muscle, ...] = tuple(Muscle)
MUSCLE_INDEX: dict[Muscle, int] = {muscle: index for index, muscle in enumerate(MUSCLE_ORDER)}
SIDE_INDEX: dict[Side, int] = {side: index for index, side in enumerate(SIDES)}

_REGION = mesh_regions(Side.RIGHT)
# Facing points of the inner lips on both halves; the corners and the partner of the midline point itself come once.
_UPPER_LIP = [*_REGION.upper_lip_inner[1:], *MESH478.mirrored(_REGION.upper_lip_inner[1:-1])]
_LOWER_LIP = [*_REGION.lower_lip_inner[1:], *MESH478.mirrored(_REGION.lower_lip_inner[1:-1])]
_LIP_SEPARATION_MM = 26.0
_LIP_REACH_MM = 22.0
_MOUTH_HALF_WIDTH_MM = 23.0


def _lid_margin_points() -> tuple[int, ...]:
    """Lid margins of both eyes: no muscle field moves them, ``lids`` does."""
    return _REGION.eye_contour + MESH478.mirrored(_REGION.eye_contour)


def _embedded_vertices() -> np.ndarray:
    """(468, 3) millimetres: frontal position and the coordinate that keeps the upper lip away from the lower lip."""
    vertices = canonical_vertices_mm()
    x, y = vertices[:, 0], vertices[:, 1]
    mouth_line = np.interp(np.abs(x), [0.0, _MOUTH_HALF_WIDTH_MM], [-42.6, -43.2])
    above = y - mouth_line
    across = np.sqrt(np.clip(1.0 - (x / _MOUTH_HALF_WIDTH_MM) ** 2, 0.0, 1.0))
    lip = np.tanh(above / 1.5) * np.exp(-((above / _LIP_REACH_MM) ** 2)) * across
    return np.column_stack([x, y, 0.5 * _LIP_SEPARATION_MM * lip])


def _wendland(distance: np.ndarray, radius: float) -> np.ndarray:
    ratio = np.clip(distance / radius, 0.0, 1.0)
    return (1.0 - ratio) ** 4 * (4.0 * ratio + 1.0)


def _controls_in_face_axes(spec: MuscleSpec) -> dict[int, tuple[float, float, float]]:
    """Control displacements of the right side in face axes, with the fixed lid margins among them."""
    controls = {point: (-lateral, up, forward) for point, (lateral, up, forward) in spec.controls.items()}
    if spec.midline:
        halved = {point: (0.5 * x, 0.5 * y, 0.5 * z) for point, (x, y, z) in controls.items()}
        controls = halved | {int(MESH478.mirror[point]): (-x, y, z) for point, (x, y, z) in halved.items()}
    return controls | dict.fromkeys(_lid_margin_points(), (0.0, 0.0, 0.0))


def _right_field(spec: MuscleSpec) -> np.ndarray:
    """(478, 3) millimetres in face axes: full contraction of the right muscle; irises stay put."""
    controls = _controls_in_face_axes(spec)
    where = np.fromiter(controls, dtype=np.int64)
    wanted = np.array(list(controls.values()))
    places = _embedded_vertices()
    between = np.linalg.norm(places[:, None, :] - places[None, where, :], axis=-1)
    kernel = _wendland(between, spec.radius_mm)
    weights = np.linalg.solve(kernel[where] + 1e-9 * np.eye(len(where)), wanted)
    field = np.zeros((MESH478_COUNT, 3))
    field[:CANONICAL_VERTEX_COUNT] = kernel @ weights
    if spec.sealed:
        seal_lips(field)
    return field


def seal_lips(field: np.ndarray) -> None:
    """Let facing points of the inner lips of a field (478, 3) move together, in place, on both halves."""
    field[_UPPER_LIP] = field[_LOWER_LIP] = 0.5 * (field[_UPPER_LIP] + field[_LOWER_LIP])


def part_lips(shape_mm: np.ndarray, moved_mm: np.ndarray) -> None:
    """Keep the lips from passing through each other: facing points that would are brought together, in place.

    Args:
        shape_mm: (478, 3) the face at rest; lips that overlap there may overlap as much.
        moved_mm: (T, 478, 3) the moved face.
    """
    overlap_at_rest = np.minimum(shape_mm[_UPPER_LIP, 1] - shape_mm[_LOWER_LIP, 1], 0.0)
    gap = moved_mm[:, _UPPER_LIP, 1] - moved_mm[:, _LOWER_LIP, 1]
    too_deep = np.minimum(gap - overlap_at_rest, 0.0)
    moved_mm[:, _UPPER_LIP, 1] -= 0.5 * too_deep
    moved_mm[:, _LOWER_LIP, 1] += 0.5 * too_deep


def mirror_field(field: np.ndarray) -> np.ndarray:
    """(..., 478, 3) displacements in face axes of the muscle of the same name on the other side."""
    return field[..., MESH478.mirror, :] * np.array([-1.0, 1.0, 1.0])


@cache
def muscle_fields() -> np.ndarray:
    """(muscles, 2, 478, 3) millimetres in face axes at full contraction, read-only; order: MUSCLE_ORDER, then right and left."""
    right = np.stack([_right_field(MUSCLES[muscle]) for muscle in MUSCLE_ORDER])
    fields = np.stack([right, mirror_field(right)], axis=1)
    fields.flags.writeable = False
    return fields


def displacement(activation: np.ndarray) -> np.ndarray:
    """(T, 478, 3) millimetres in face axes, lids apart.

    Args:
        activation: (T, muscles, 2), 0 relaxed, 1 full contraction, below 0 for lost resting tone; right, left.
    """
    frames = activation.shape[0]
    flat = activation.reshape(frames, -1) @ muscle_fields().reshape(-1, MESH478_COUNT * 3)
    return flat.reshape(frames, MESH478_COUNT, 3)


def branch_of(muscle: Muscle) -> Branch | None:
    """Branch that drives the muscle; None for the jaw."""
    return MUSCLES[muscle].branch


def lid_coefficients() -> tuple[np.ndarray, np.ndarray]:
    """(muscles,) shares of lid closure and of lower lid rise at full contraction."""
    closes = np.array([MUSCLES[muscle].closes_lids for muscle in MUSCLE_ORDER])
    lifts = np.array([MUSCLES[muscle].lifts_lower_lid for muscle in MUSCLE_ORDER])
    return closes, lifts


def crease_depths(activation: np.ndarray) -> dict[tuple[Crease, Side], np.ndarray]:
    """(T,) depth of every crease from ``activation`` (T, muscles, 2), at most 1, below 0 where lost tone flattens it."""
    depths: dict[tuple[Crease, Side], np.ndarray] = {}
    for crease in Crease:
        share = np.array([MUSCLES[muscle].creases.get(crease, 0.0) for muscle in MUSCLE_ORDER])
        both = np.einsum("m,tms->ts", share, activation)
        for side, column in SIDE_INDEX.items():
            depths[crease, side] = np.clip(both[:, column], -1.0, 1.0)
    return depths
