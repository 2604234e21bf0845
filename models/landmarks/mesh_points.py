"""From 68 points to the 478 of the mesh: what the network says of its points carries the points around them along.

The 68 points of reference B3 are put where the network saw them and every other point moves by the mean of their displacements,
weighted with exp(-d^2 / 2 s^2) / d^2 (s = 6 mm, d on the canonical face) and faded with exp(-(d / 10 mm)^4) of the nearest one: no
point moves further than the 68, beside them points go along whole, and far from all of them nothing moves. Upper and lower lip lie
close together and move apart, so between them distance is measured around the mouth corner. Irises and depths stay the mesh's, and
so do the temples and the points before the ears, on which the rigid fit of the head stands (``STABLE_POINTS``): a network follows
the contour there.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from core.face.canonical import CANONICAL_VERTEX_COUNT, canonical_vertices_mm
from core.face.ibug68 import POINTS, interocular_px
from core.face.landmarks import MESH478_COUNT, MESH478_OF_IBUG68

MESH_POINTS = list(MESH478_OF_IBUG68)
_SPREAD_MM, _FADE_MM = 6.0, 10.0
_STAY = (0, 1, 15, 16)
_LIP_SEPARATION_MM = 20.0
_MOUTH_HALF_WIDTH_MM, _MOUTH_LINE_MM, _LIP_REACH_MM = 25.0, -42.6, 20.0
# A point that the network sees further than this from the mesh's, in distances of the outer canthi, was lost.
_MOST_OF_INTEROCULAR = 0.3


def in_mesh(mesh: np.ndarray, found: np.ndarray) -> np.ndarray:
    """The mesh with its 68 corresponding points moved to where a network saw them.

    Args:
        mesh: (478, 3) pixels.
        found: (68, 2) iBUG points, pixels.

    Returns:
        (478, 3) of the mesh's type; points that the network lost keep the mesh's place.
    """
    base = mesh[MESH_POINTS, :2].astype(np.float64)
    moved = found - base
    furthest = _MOST_OF_INTEROCULAR * float(interocular_px(base))
    lost = ~(np.linalg.norm(moved, axis=1) <= furthest)
    moved[lost] = 0
    placed = np.array(mesh, copy=True)
    placed[:, :2] += carrying_weights() @ moved
    return placed


@cache
def carrying_weights() -> np.ndarray:
    """(478, 68) how much of each point's displacement every mesh point takes; rows sum to 1 at the 68 points, less elsewhere."""
    vertices = _apart()
    distance = np.linalg.norm(vertices[:, None] - vertices[None, MESH_POINTS], axis=-1)
    near = np.exp(-(distance**2) / (2 * _SPREAD_MM**2))
    pull = near / np.maximum(distance, 1e-6) ** 2
    weights = np.zeros((MESH478_COUNT, POINTS))
    fade = np.exp(-((distance.min(axis=1, keepdims=True) / _FADE_MM) ** 4))
    weights[:CANONICAL_VERTEX_COUNT] = fade * pull / np.maximum(pull.sum(axis=1, keepdims=True), 1e-300)
    weights[MESH_POINTS] = np.eye(POINTS)
    weights[:, list(_STAY)] = 0
    weights.flags.writeable = False
    return weights


def _apart() -> np.ndarray:
    """(468, 3) millimetres: frontal place on the canonical face, and a coordinate that keeps the lips apart."""
    x, y, _ = canonical_vertices_mm().T
    above = y - _MOUTH_LINE_MM
    across = np.sqrt(np.clip(1 - (x / _MOUTH_HALF_WIDTH_MM) ** 2, 0, 1))
    lip = np.tanh(above / 0.7) * np.exp(-((above / _LIP_REACH_MM) ** 2)) * across
    return np.column_stack([x, y, 0.5 * _LIP_SEPARATION_MM * lip])
