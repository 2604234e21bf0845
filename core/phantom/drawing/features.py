"""Brows, nose, lips and the small shadows between them, each drawn from its landmarks."""

from __future__ import annotations

import numpy as np

from core.face.landmarks import mesh_regions
from core.phantom.drawing.canvas import Canvas, curve, mixed, tinted
from core.phantom.drawing.identity import Identity
from core.phantom.layers import smooth_line
from core.words import SIDES, Side


def paint_brows(canvas: Canvas, identity: Identity, seen: np.ndarray) -> None:
    """Hairs that rise at the medial end and lie down towards the temple, over a soft shadow."""
    rng = np.random.default_rng([29, identity.seed])
    for side in SIDES:
        region = mesh_regions(side)
        upper = smooth_line(seen[list(region.brow_upper)], 60)
        lower = smooth_line(seen[list(region.brow_lower)], 60)
        middle, half = (upper + lower) / 2, (upper - lower) / 2
        half = half * np.interp(np.linspace(0, 1, 60), [0, 0.12, 0.5, 0.9, 1], [0.30, 0.62, 0.86, 0.92, 0.70])[:, None]
        half = half * np.clip(0.55 + 0.45 * identity.brow_weight, 0.7, 1.15)
        body = np.vstack([middle + half, (middle - half)[::-1]])
        thin = identity.brow_weight
        shadow = canvas.mask(body, 1.5)
        canvas.blend(identity.brow, (shadow * (0.50 * thin)).clip(0, 0.75))
        layer = np.zeros((*canvas.size, 4), np.uint8)
        lines, colours = [], []
        for _ in range(int(330 * thin)):
            along = float(rng.beta(1.15, 0.95))
            place = along * 59
            across = float(rng.uniform(-1, 0.9))
            root = _at(middle, place) + across * _at(half, place)
            towards_temple = _at(middle, max(place - 4, 0)) - _at(middle, place)
            towards_temple = towards_temple / max(float(np.linalg.norm(towards_temple)), 1e-6)
            upright = np.clip((along - 0.72) / 0.28, 0, 1)
            lean = 0.42 - 0.75 * max(across, 0) + 1.1 * upright
            heading = towards_temple + lean * np.array([0, 1.0])
            heading /= np.linalg.norm(heading)
            length = (5.2 - 1.6 * upright) * float(rng.uniform(0.7, 1.1)) * (0.7 + 0.3 * (1 - abs(across)))
            bend = root + heading * length * 0.55
            tip = root + heading * length + towards_temple * 0.5 - [0, 0.35]
            lines.append(np.array([root, bend, tip]))
            colours.append([*np.clip(np.array(identity.brow) * rng.uniform(0.75, 1.2), 0, 255), 255])
        canvas.strokes(layer, lines, np.array(colours), 0.24)
        cover = layer[..., 3].astype(np.float32) / 255
        canvas.blend(layer[..., :3].astype(np.float32), canvas.soft(cover, 0.07) * 0.62)


def _at(line: np.ndarray, place: float) -> np.ndarray:
    low = int(np.clip(np.floor(place), 0, len(line) - 2))
    return line[low] + (line[low + 1] - line[low]) * (place - low)


def lip_outlines(seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper border, line between the lips and lower border, each (64, 2) from the right to the left corner."""
    right, left = mesh_regions(Side.RIGHT), mesh_regions(Side.LEFT)
    upper = [*right.upper_lip_outer, *left.upper_lip_outer[-2::-1]]
    between = [right.corner, *right.upper_lip_inner, *left.upper_lip_inner[-2::-1], left.corner]
    lower = [*right.lower_lip_outer, *left.lower_lip_outer[-2::-1]]
    return smooth_line(seen[upper], 64), smooth_line(seen[between], 64), smooth_line(seen[lower], 64)


def paint_lips(canvas: Canvas, identity: Identity, seen: np.ndarray) -> None:
    """Vermilion darker above and fuller below, fine vertical lines, a soft border, a dark line where the lips meet."""
    rng = np.random.default_rng([31, identity.seed])
    upper, between, lower = lip_outlines(seen)
    upper_mask = canvas.mask(np.vstack([upper, between[::-1]]), 0.45)
    lower_mask = canvas.mask(np.vstack([between, lower[::-1]]), 0.5)
    whole = (upper_mask + lower_mask).clip()
    dark_upper, dark_lower = tinted(identity.lip, (0.80, 0.74, 0.76)), tinted(identity.lip, (0.97, 0.95, 0.96))
    canvas.blend(dark_upper, upper_mask * 0.72)
    canvas.blend(dark_lower, lower_mask * 0.66)
    columns = canvas.x_mm
    lines = np.sin(columns * 5.2 + 1.3 * np.sin(columns * 1.1) + 0.5 * canvas.noise(rng, 2.0)) * canvas.noise(rng, 1.2)
    canvas.multiply((0.86, 0.80, 0.81), whole * np.clip(lines, 0, 1.2) * 0.16)
    middle_low = float((between[32, 1] + lower[32, 1]) / 2)
    shine = canvas.blob((-3.5, middle_low + 0.6), (8.5, 1.7)) + canvas.blob((6.5, middle_low + 0.4), (5.5, 1.4)) * 0.5
    canvas.blend(mixed(identity.lip, (255, 244, 240), 0.62), shine.clip() * lower_mask * 0.34)
    bow = canvas.line(upper[14:50] + [0, 0.8], 0.7, 0.55)
    canvas.blend(mixed(identity.skin, (255, 246, 238), 0.45), bow * 0.38)
    roll = upper_mask * canvas.line(between + [0, 0.9], 1.6, 0.8)
    canvas.multiply((0.70, 0.58, 0.60), roll * 0.55)
    ends = np.abs(np.linspace(-1, 1, 64)) ** 6
    widths = 0.55 + 0.55 * ends
    seam = canvas.tapered(between, widths, 0.22)
    canvas.blend(tinted(identity.lip, (0.42, 0.30, 0.32)), seam.clip() * 0.86)
    for corner in (between[0], between[-1]):
        sign = 1 if corner[0] > 0 else -1
        canvas.multiply((0.66, 0.54, 0.53), canvas.blob((corner[0] + sign * 0.8, corner[1] - 0.2), (2.4, 1.5)) * 0.5)
    under = canvas.blob((0, float(lower[32, 1]) - 3.2), (13, 2.8))
    canvas.multiply((0.72, 0.62, 0.60), under * (1 - canvas.full(lower_mask)) * 0.55)


def paint_nose(canvas: Canvas, identity: Identity, seen: np.ndarray) -> None:
    """Nostrils, wings and the lit ridge."""
    nostrils = {Side.RIGHT: (60, 75, 166, 79, 20), Side.LEFT: (290, 305, 392, 309, 250)}
    for side, indices in nostrils.items():
        sign = side.lateral_sign
        place = seen[list(indices)].mean(axis=0)
        hole = canvas.blob((place[0] - sign * 0.1, place[1] + 0.5), (3.1, 1.45), 16 * sign)
        canvas.blend(tinted(identity.skin, (0.24, 0.15, 0.13)), (hole * 1.5).clip().power(1.6) * 0.86)
        ala = seen[mesh_regions(side).ala]
        groove = curve(
            [
                (ala[0] - sign * 2.6, ala[1] + 8.6), (ala[0] + sign * 0.6, ala[1] + 5.4), (ala[0] + sign * 1.1, ala[1] + 0.6),
                (ala[0] - sign * 0.6, ala[1] - 3.6), (ala[0] - sign * 3.6, ala[1] - 5.6),
            ]
        )  # fmt: skip
        canvas.multiply((0.66, 0.53, 0.50), canvas.tapered(groove, np.linspace(1.0, 2.0, len(groove)), 0.8) * 0.62)
        canvas.blend(
            mixed(identity.skin, (255, 244, 232), 0.3),
            canvas.blob((ala[0] - sign * 3.6, ala[1] + 1.6), (2.4, 2.2)) * 0.28,
        )
        side_shade = canvas.blob((sign * 11.5, -14), (4.2, 13), -9 * sign)
        canvas.multiply((0.84, 0.76, 0.73), side_shade * (0.26 if sign > 0 else 0.14))
    tip = seen[4]
    canvas.blend(
        mixed(identity.skin, (255, 248, 240), 0.62), canvas.blob((tip[0] - 1.2, tip[1] + 2.6), (3.0, 2.3)) * 0.42
    )
    canvas.blend(mixed(identity.skin, (255, 246, 236), 0.4), canvas.blob((-0.8, -12), (2.6, 13)) * 0.24)
    base = float(seen[2, 1])
    canvas.multiply((0.72, 0.60, 0.57), canvas.blob((0, base + 1.2), (8.5, 2.0)) * 0.45)
    for sign in (-1, 1):
        ridge = curve([(sign * 2.9, base - 3.0), (sign * 3.6, base - 9.0), (sign * 4.4, float(seen[37, 1]) + 0.8)])
        canvas.blend(mixed(identity.skin, (255, 244, 234), 0.3), canvas.line(ridge, 1.3, 0.9) * 0.24)
    canvas.multiply((0.88, 0.81, 0.79), canvas.blob((0, base - 9.0), (2.0, 5.5)) * 0.5)


def paint_sockets(canvas: Canvas, identity: Identity, seen: np.ndarray) -> None:
    """Lid creases, the hollow under the brow and the soft edge below the eye."""
    for side in SIDES:
        region = mesh_regions(side)
        sign = side.lateral_sign
        upper = smooth_line(seen[[region.outer_canthus, *region.upper_lid, region.inner_canthus]], 50)
        lower = smooth_line(seen[[region.outer_canthus, *region.lower_lid, region.inner_canthus]], 50)
        rise = np.sin(np.linspace(0.06, 0.94, 50) * np.pi) ** 0.6
        crease = upper + np.column_stack([np.zeros(50), 0.9 + 2.7 * rise])
        crease[:, 0] += sign * np.linspace(1.6, 0.0, 50)
        canvas.multiply((0.60, 0.47, 0.45), canvas.tapered(crease, 0.35 + 0.55 * rise, 0.42) * 0.66)
        canvas.multiply((0.84, 0.76, 0.74), canvas.line(crease + [0, 1.6], 3.2, 1.7) * 0.48)
        lid = canvas.mask(np.vstack([upper, crease[::-1]]), 0.5)
        canvas.multiply((0.97, 0.91, 0.90), lid * 0.8)
        canvas.blend(
            mixed(identity.skin, (255, 240, 230), 0.30),
            canvas.blob((crease[26, 0], crease[26, 1] - 1.7), (6.5, 1.0)) * lid * 0.4,
        )
        hollow = canvas.blob((seen[region.inner_canthus][0] + sign * 1.0, 6.5), (4.6, 6.0), 20 * sign)
        canvas.multiply((0.80, 0.70, 0.67), hollow * 0.28)
        bag = lower + np.column_stack(
            [np.zeros(50), -(1.0 + (3.0 + 1.2 * identity.maturity) * np.sin(np.linspace(0.05, 0.95, 50) * np.pi))]
        )
        canvas.multiply(
            (0.84, 0.76, 0.75), canvas.tapered(bag, 0.5 + 1.3 * rise, 1.1) * (0.30 + 0.40 * identity.maturity)
        )
        canvas.multiply((0.90, 0.82, 0.82), canvas.line(lower + [0, -1.0], 2.2, 0.9) * 0.42)
