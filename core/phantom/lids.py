"""The lids: how both margins slide over the eyeball, meet on one smooth line, and take the skin beside them along.

All of it follows from the shape of the given face at rest, so it holds for a drawn phantom, a photograph and uneven eyes. The
upper lid does 85 % of a closure. No muscle field moves the margins (``muscles``); this file alone does.
"""

from __future__ import annotations

import numpy as np

from core.checks import check_shape
from core.face.landmarks import MESH478, MESH478_COUNT, MeshRegions, mesh_regions
from core.words import SIDES, Side

LOWER_LID_SHARE = 0.15
_EYEBALL_RADIUS_MM = 12.0

# Skin beside the margins on the patient's right, opposite the points of upper_lid and lower_lid in the same order, with the
# part of the margin's way that it goes along: most of the lid skin unfolds from the crease while the margin leaves it.
_UPPER_RINGS = (((247, 30, 29, 27, 28, 56, 190), 0.55), ((113, 225, 224, 223, 222, 221, 189), 0.12))
_LOWER_RINGS = (((25, 110, 24, 23, 22, 26, 112), 0.60), ((31, 228, 229, 230, 231, 232, 233), 0.20))
# A margin that moves towards its skin pushes it ahead of itself.
_PUSHED_ALONG = 0.9
# Rows of upper lid skin keep at least this part of their distance at rest when brow and margin come towards each other.
_LEAST_SPACING = 0.15


def open_fissure_mm(shape_mm: np.ndarray) -> np.ndarray:
    """(2,) height of the right and left palpebral fissure of a face (478, 3) as measure M4 sees it, millimetres."""
    gaps = [shape_mm[list(eye.fissure_upper), 1] - shape_mm[list(eye.fissure_lower), 1] for eye in _EYES]
    return np.mean(gaps, axis=1)


def lid_displacement(shape_mm: np.ndarray, closure: np.ndarray, lower_lift: np.ndarray) -> np.ndarray:
    """(T, 478, 3) millimetres in face axes by which the lids and the skin beside them leave the rest shape.

    Args:
        shape_mm: (478, 3) the face at rest with its eyes open; need not be symmetric.
        closure: (T, 2) part of the open fissure that is covered, right and left: 0 open, 1 shut, below 0 wider than at rest.
            The height of the fissure is exactly (1 - closure) times that of ``shape_mm``; more than 1 counts as 1.
        lower_lift: (T, 2) rise of the lower lid beyond its share of the closure, in parts of the open fissure; the upper lid
            rises as much less far down.
    """
    check_shape("shape_mm", shape_mm, (MESH478_COUNT, 3))
    check_shape("closure", closure, (None, 2))
    check_shape("lower_lift", lower_lift, closure.shape)
    moved = np.zeros((len(closure), MESH478_COUNT, 3))
    for column, (side, eye) in enumerate(zip(SIDES, _EYES, strict=True)):
        shut = np.minimum(closure[:, column], 1.0)
        upper, lower = _margins(shape_mm, eye, shut, lower_lift[:, column])
        moved[:, list(eye.upper_lid)], moved[:, list(eye.lower_lid)] = upper, lower
        for rings, way, towards_skin in ((_UPPER_RINGS, upper, 1.0), (_LOWER_RINGS, lower, -1.0)):
            for ring, share in rings:
                moved[:, list(_on_side(ring, side))] = _followed(way, share, towards_skin)
    return moved


def _margins(
    shape_mm: np.ndarray, eye: MeshRegions, closure: np.ndarray, lift: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(T, 7, 3) displacements of the upper and of the lower lid margin of one eye."""
    upper, lower = shape_mm[list(eye.upper_lid)], shape_mm[list(eye.lower_lid)]
    open_gap = upper[:, 1] - lower[:, 1]
    # Heights in parts of the open fissure above the lower lid at rest.
    low = LOWER_LID_SHARE * closure + lift
    high = low + 1.0 - closure
    meeting = np.clip(closure, 0.0, 1.0)[:, None]
    chord, smoothing = _contact_line(shape_mm, eye)
    smooth_lower = chord + smoothing @ (lower[:, 1] - chord)
    straighten = meeting * (smooth_lower - lower[:, 1] + low[:, None] * (smoothing @ open_gap - open_gap))
    heights = [lower[:, 1] + part[:, None] * open_gap + straighten for part in (high, low)]

    middle_x = 0.5 * (upper[:, 0] + lower[:, 0])
    across = [margin[:, 0] + meeting * (middle_x - margin[:, 0]) for margin in (upper, lower)]
    standing_off = [margin[:, 2] - _eyeball(shape_mm, eye, margin[:, 0], margin[:, 1]) for margin in (upper, lower)]
    middle_off = 0.5 * (standing_off[0] + standing_off[1])
    moved = []
    for margin, x, y, off in zip((upper, lower), across, heights, standing_off, strict=True):
        z = _eyeball(shape_mm, eye, x, y) + off + meeting * (middle_off - off)
        moved.append(np.stack([x, y, z], axis=-1) - margin)
    return moved[0], moved[1]


def _contact_line(shape_mm: np.ndarray, eye: MeshRegions) -> tuple[np.ndarray, np.ndarray]:
    """(7,) height of the straight line between the canthi at each pair of lid points, and the (7, 7) smoothing of heights above it.

    The smoothing is the least-squares fit of t (1 - t) (a + b t), which is 0 at both canthi: the canthi stay, and the line on
    which the lids meet has no corner.
    """
    outer, inner = shape_mm[eye.outer_canthus], shape_mm[eye.inner_canthus]
    x = 0.5 * (shape_mm[list(eye.upper_lid), 0] + shape_mm[list(eye.lower_lid), 0])
    t = np.clip((x - outer[0]) / (inner[0] - outer[0]), 0.0, 1.0)
    basis = np.stack([t * (1 - t), t**2 * (1 - t)], axis=1)
    return outer[1] + t * (inner[1] - outer[1]), basis @ np.linalg.pinv(basis)


def _eyeball(shape_mm: np.ndarray, eye: MeshRegions, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Height z of the eyeball below lid points, millimetres; an ellipsoid as wide as the fissure asks for, flat at its rim."""
    centre = shape_mm[eye.iris_centre]
    half_width = 0.75 * abs(shape_mm[eye.inner_canthus, 0] - shape_mm[eye.outer_canthus, 0])
    away = ((x - centre[0]) / half_width) ** 2 + ((y - centre[1]) / _EYEBALL_RADIUS_MM) ** 2
    return centre[2] + _EYEBALL_RADIUS_MM * (np.sqrt(np.maximum(1.0 - away, 0.1)) - 1.0)


def _followed(way: np.ndarray, share: float, towards_skin: float) -> np.ndarray:
    """(T, 7, 3) way of the skin beside a margin that goes ``way``; ``towards_skin`` is +1 where up leads to it, else -1."""
    pushed = np.clip(towards_skin * way[..., 1], 0.0, None)
    followed = share * way
    followed[..., 1] += towards_skin * share * (_PUSHED_ALONG / max(share, 0.5) - 1.0) * pushed
    return followed


def keep_lid_skin_in_order(shape_mm: np.ndarray, moved_mm: np.ndarray) -> None:
    """Keep the skin of the upper lid above its margin, and its rows above each other, in place: a low brow lays it into a fold.

    Args:
        shape_mm: (478, 3) the face at rest in health.
        moved_mm: (T, 478, 3) the moved face.
    """
    for side, eye in zip(SIDES, _EYES, strict=True):
        below = list(eye.upper_lid)
        for ring, _ in _UPPER_RINGS:
            above = list(_on_side(ring, side))
            spacing = shape_mm[above, 1] - shape_mm[below, 1]
            least = np.where(spacing > 0, _LEAST_SPACING * spacing, spacing)
            missing = np.maximum(least - (moved_mm[:, above, 1] - moved_mm[:, below, 1]), 0.0)
            moved_mm[:, above, 1] += missing
            below = above


def _on_side(points: tuple[int, ...], side: Side) -> tuple[int, ...]:
    return points if side is Side.RIGHT else MESH478.mirrored(points)


_EYES = tuple(mesh_regions(side) for side in SIDES)
