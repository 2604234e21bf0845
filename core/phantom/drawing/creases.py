"""Folds of the skin, each where its muscle makes it; they deepen with movement and, at rest, with age."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import numpy as np

from core.face.landmarks import mesh_regions
from core.phantom.drawing.canvas import Canvas, Patch, curve
from core.phantom.drawing.identity import Identity
from core.phantom.portrait import Crease
from core.words import SIDES, Side

CreaseMaps = dict[tuple[Crease, Side], Patch]
_LIT = 0.42


def draw_creases(canvas: Canvas, seen: np.ndarray) -> CreaseMaps:
    """Darkening of every fold on every side; the skin above a fold catches light and is below 0."""
    maps: CreaseMaps = {}
    for side in SIDES:
        sign = side.lateral_sign
        maps[Crease.FOREHEAD, side] = _forehead(canvas, seen, side)
        maps[Crease.GLABELLA, side] = _fold(canvas, [(sign * 5.5, 6), (sign * 5.0, 13), (sign * 6.5, 21)], 1.3, 0.8)
        maps[Crease.CROWS_FEET, side] = _crows_feet(canvas, seen, side)
        maps[Crease.NASOLABIAL, side] = _nasolabial(canvas, seen, side)
        maps[Crease.NOSE, side] = _sum(
            _fold(canvas, [(sign * 1.5, y), (sign * 6.5, y + 2.5), (sign * 11.5, y - 1.5)], 0.9, 0.6)
            for y in (-3.0, -8.0, -13.0)
        )
        maps[Crease.CHIN, side] = _chin(canvas, seen, side)
        maps[Crease.NECK, side] = _neck(canvas, seen, side)
    return maps


def resting_depths(identity: Identity) -> dict[tuple[Crease, Side], float]:
    """How deep the folds of this age are at rest."""
    age = identity.maturity
    depths = {
        Crease.FOREHEAD: 0.32 * age, Crease.GLABELLA: 0.30 * age, Crease.CROWS_FEET: 0.40 * age,
        Crease.NASOLABIAL: 0.10 + 0.50 * age, Crease.NOSE: 0.0, Crease.CHIN: 0.08 * age, Crease.NECK: 0.22 * age,
    }  # fmt: skip
    return {(crease, side): depth for crease, depth in depths.items() for side in SIDES if depth > 0}


def _sum(patches: Iterable[Patch]) -> Patch:
    return reduce(Patch.__add__, patches)


def _fold(canvas: Canvas, points: list[tuple[float, float]], width_mm: float, soften_mm: float) -> Patch:
    """One fold: a dark valley tapered at its ends with a lit ridge above it."""
    line = curve(points)
    taper = np.sin(np.linspace(0.08, 0.92, len(line)) * np.pi) ** 0.7
    valley = canvas.tapered(line, np.maximum(width_mm * taper, 0.2), soften_mm)
    ridge = canvas.tapered(line + [0, 1.5 * width_mm], np.maximum(width_mm * taper, 0.2), 1.6 * soften_mm)
    return (valley * 1.35).clip() + ridge * -_LIT


def _forehead(canvas: Canvas, seen: np.ndarray, side: Side) -> Patch:
    sign = side.lateral_sign
    brow = float(seen[list(mesh_regions(side).brow_middle), 1].mean())
    folds = []
    for number, height in enumerate((10.0, 17.5, 25.5, 33.0)):
        dip = 1.6 - 0.3 * number
        points = [
            (sign * -0.5, brow + height - dip), (sign * 12, brow + height - 0.3), (sign * 27, brow + height + 0.9),
            (sign * (43 - 2 * number), brow + height - 2.2),
        ]  # fmt: skip
        folds.append(_fold(canvas, points, 1.15 - 0.1 * number, 0.75))
    return _sum(folds)


def _crows_feet(canvas: Canvas, seen: np.ndarray, side: Side) -> Patch:
    sign = side.lateral_sign
    x, y = seen[mesh_regions(side).outer_canthus]
    folds = []
    for rise, length in ((7.5, 11.0), (1.8, 13.0), (-4.0, 12.0)):
        points = [
            (x + sign * 4.0, y + 0.30 * rise),
            (x + sign * (4 + length / 2), y + 0.7 * rise + 0.4),
            (x + sign * (4 + length), y + rise),
        ]
        folds.append(_fold(canvas, points, 0.75, 0.5))
    pouch = mesh_regions(side)
    middle = float(seen[list(pouch.fissure_lower), 0].mean())
    low = float(seen[list(pouch.fissure_lower), 1].mean())
    folds.append(
        _fold(canvas, [(middle - 10, low - 3.2), (middle, low - 5.2), (middle + 10, low - 3.2)], 0.9, 0.7) * 0.8
    )
    return _sum(folds)


def _nasolabial(canvas: Canvas, seen: np.ndarray, side: Side) -> Patch:
    sign = side.lateral_sign
    x, y = seen[mesh_regions(side).ala]
    corner = seen[mesh_regions(side).corner]
    line = curve(
        [
            (x + sign * 1.5, y + 4.0), (x + sign * 6.0, y - 5.0),
            (corner[0] + sign * 8.0, corner[1] + 10.0), (corner[0] + sign * 9.5, corner[1] - 1.0),
        ],
        60,
    )  # fmt: skip
    widths = np.interp(np.linspace(0, 1, 60), [0, 0.25, 0.7, 1], [0.6, 1.9, 1.6, 0.3])
    valley = canvas.tapered(line, widths, 1.0)
    puff = canvas.tapered(line + [sign * 3.2, 1.8], 1.6 * widths, 2.2)
    return (valley * 1.25).clip() + puff * -0.34


def _chin(canvas: Canvas, seen: np.ndarray, side: Side) -> Patch:
    """Dimples of the mentalis on half of the chin."""
    sign = side.lateral_sign
    low = float(seen[17, 1])
    rng = np.random.default_rng(43)
    dents = []
    for _ in range(16):
        x, y = float(rng.uniform(1.5, 12)), float(rng.uniform(low - 22, low - 8))
        dents += [canvas.blob((sign * x, y), (1.6, 1.3)) * 0.40, canvas.blob((sign * x, y + 2.2), (1.7, 1.3)) * -0.26]
    dents.append(_fold(canvas, [(0, low - 5.5), (sign * 8, low - 6.2), (sign * 15, low - 4.8)], 1.2, 0.9))
    return _sum(dents).clip(-0.5, 1)


def _neck(canvas: Canvas, seen: np.ndarray, side: Side) -> Patch:
    """Bands of the platysma."""
    sign = side.lateral_sign
    chin = float(seen[152, 1])
    bands = []
    for x in (10.0, 21.0, 32.0):
        points = [(sign * (x + 2), chin - 6), (sign * x, chin - 28), (sign * (x + 3), chin - 52)]
        line = curve(points)
        bands += [canvas.line(line, 2.2, 1.4), canvas.line(line - [sign * 3.0, 0], 2.4, 1.5) * -0.7]
    return _sum(bands)
