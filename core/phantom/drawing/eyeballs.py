"""Whole eyeballs behind the lids: sclera, iris, pupil, light."""

from __future__ import annotations

import numpy as np

from core.face.landmarks import mesh_regions
from core.face.scale import IRIS_DIAMETER_MM
from core.phantom.drawing.canvas import Canvas, Patch, mixed, tinted
from core.phantom.drawing.identity import RGB, Identity
from core.phantom.layers import smooth_line
from core.words import SIDES

_SCLERA = (233, 226, 221)
_PUPIL_MM = 3.6


def paint_eyeballs(canvas: Canvas, identity: Identity, seen: np.ndarray) -> None:
    """Paint both eyeballs, larger than any opening of the lids will show."""
    rng = np.random.default_rng([37, identity.seed])
    rays = rng.normal(0, 1, 720)
    rays = np.convolve(np.concatenate([rays[-3:], rays, rays[:3]]), [0.1, 0.2, 0.4, 0.2, 0.1], mode="valid")[:720]
    for side in SIDES:
        region = mesh_regions(side)
        inner, outer = seen[region.inner_canthus], seen[region.outer_canthus]
        _paint_sclera(canvas, (inner + outer) / 2)
        sign = side.lateral_sign
        flesh = canvas.blob((inner[0] + sign * 1.2, inner[1] + 0.1), (1.9, 1.5))
        canvas.blend(mixed((206, 132, 122), identity.skin, 0.35), flesh * 0.85)
        _paint_iris(canvas, identity, seen[region.iris_centre], rays)


def _paint_sclera(canvas: Canvas, middle: np.ndarray) -> None:
    """White that darkens towards the corners and under the upper lid, as a ball does."""
    place, dx, dy = canvas.around(middle, 24.0)
    ball = np.clip(1.35 - np.hypot(dx / 16.5, dy / 12.5), 0, 0.12) / 0.12
    canvas.blend(_SCLERA, Patch(place, ball))
    canvas.multiply((0.74, 0.66, 0.65), Patch(place, np.clip(np.abs(dx) / 14.0, 0, 1.2) ** 2.2 * ball * 0.8))
    canvas.multiply((0.84, 0.83, 0.86), Patch(place, np.clip((dy - 1.0) / 7, 0, 1) * ball * 0.6))


def _paint_iris(canvas: Canvas, identity: Identity, centre: np.ndarray, rays: np.ndarray) -> None:
    """Fibres from the pupil outwards, a lighter collar around it, a dark limbus, light from below and a bright reflection."""
    place, dx, dy = canvas.around(centre, 8.0)
    away = np.hypot(dx, dy)
    radius = IRIS_DIAMETER_MM / 2
    angle = (np.rad2deg(np.arctan2(dy, dx)) * 2).astype(int) % 720
    edge = np.clip((radius - away) / 0.35 + 0.5, 0, 1)

    def lay(colour: RGB, cover: np.ndarray) -> None:
        canvas.blend(colour, Patch(place, cover))

    lay(tinted(identity.iris, (0.92, 0.92, 0.92)), edge)
    fibre = rays[angle] * np.clip((away - 1.6) / 1.2, 0, 1) * edge
    canvas.paint[place] *= (1 + 0.16 * np.clip(fibre, -1.5, 1.5))[..., None]
    lay(mixed(identity.iris, (214, 170, 110), 0.45), np.exp(-0.5 * ((away - 2.9) / 0.8) ** 2) * edge * 0.38)
    lower_light = np.clip(-dy / radius, 0, 1) * edge * np.clip((away - 2.0) / 2.0, 0, 1)
    lay(mixed(identity.iris, (240, 226, 196), 0.40), lower_light * 0.40)
    limbus = np.exp(-0.5 * ((away - (radius - 0.25)) / 0.55) ** 2) * edge
    lay(tinted(identity.iris, (0.30, 0.30, 0.32)), limbus * 0.72)
    lay((10, 8, 9), np.clip((_PUPIL_MM / 2 - away) / 0.3 + 0.5, 0, 1))
    canvas.multiply((0.55, 0.54, 0.55), Patch(place, np.clip(dy / radius - 0.15, 0, 1) * edge * 0.75))
    canvas.blend(
        (255, 255, 252), (canvas.blob((centre[0] - 1.7, centre[1] + 1.9), (0.72, 0.85)) * 1.7).clip().power(2) * 0.96
    )
    canvas.blend((255, 255, 255), canvas.blob((centre[0] + 1.9, centre[1] - 1.9), (0.6, 0.5)) * 0.35)


def lid_openings(canvas: Canvas, seen: np.ndarray) -> np.ndarray:
    """(H, W) cover of both openings of the lids at rest."""
    cover = np.zeros(canvas.size, np.float32)
    for side in SIDES:
        region = mesh_regions(side)
        upper = smooth_line(seen[[region.outer_canthus, *region.upper_lid, region.inner_canthus]])
        lower = smooth_line(seen[[region.outer_canthus, *region.lower_lid, region.inner_canthus]])
        canvas.union(cover, canvas.mask(np.vstack([upper, lower[::-1]])))
    return cover
