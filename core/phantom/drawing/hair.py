"""Hair of the head: a back layer behind face and neck, a front layer over the forehead, both of many fine strands."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.phantom.drawing.canvas import Canvas, curve, mixed, tinted
from core.phantom.drawing.identity import HairStyle, Identity

_STRANDS = 4200


@dataclass(frozen=True)
class Cut:
    """Geometry of a hair style in flat millimetres, for the patient's left half (x > 0); the other half mirrors it.

    Attributes:
        outer: outline of the hair from the parting on top down the side.
        hairline: edge against the face from the middle of the forehead to the temple or the ear.
        back: outline of the hair behind the neck from beside the ear downwards, empty for short hair.
        wave_mm: how much strands wander.
        density: of the strands against the scalp, 1 full.
        length_mm: of a strand.
    """

    outer: list[tuple[float, float]]
    hairline: list[tuple[float, float]]
    back: list[tuple[float, float]]
    wave_mm: float = 1.2
    density: float = 1.0
    length_mm: float = 46.0


_LINE_TEMPLE = [
    (0.0, 72.0),
    (16.0, 72.0),
    (31.0, 69.0),
    (43.0, 64.0),
    (52.0, 50.0),
    (60.0, 36.0),
    (65.0, 18.0),
    (66.5, -2.0),
]

CUTS: dict[HairStyle, Cut] = {
    HairStyle.SHORT: Cut(
        [(0, 112), (24, 110), (46, 101), (63, 84), (71, 62), (73, 38), (71, 16), (68, -6)],
        _LINE_TEMPLE, [], 1.6, 1.0, 30,
    ),
    HairStyle.CROPPED: Cut(
        [(0, 100), (22, 98), (42, 90), (58, 75), (66, 56), (69.5, 36), (69.5, 14), (67.5, -4)],
        [(0, 74), (16, 73.5), (32, 71), (45, 66), (54, 52), (60.5, 36), (64.5, 18), (66, -3)], [], 0.8, 0.92, 9,
    ),
    HairStyle.BALDING: Cut(
        [(0, 97.5), (22, 95.5), (42, 88), (56, 75), (65, 58), (70, 38), (70.5, 16), (68, -6)],
        [(0, 96.5), (22, 94), (40, 86), (50, 74), (55, 58), (58.5, 42), (63, 22), (66, -3)], [], 1.2, 0.85, 13,
    ),
    HairStyle.BOB: Cut(
        [(0, 112), (26, 110), (52, 99), (70, 79), (79, 50), (83, 15), (85, -25), (83, -62), (73, -84)],
        [(0, 84), (9, 75), (22, 69), (38, 62), (51, 49), (60, 30), (65, 8), (68, -20), (67, -50), (63, -82)],
        [(84, -40), (81, -70), (64, -88), (40, -86), (0, -80)], 1.4, 1.0, 70,
    ),
    HairStyle.LONG: Cut(
        [(0, 110), (26, 108), (51, 97), (68, 77), (77, 48), (81, 12), (85, -30), (89, -80), (91, -130), (85, -190)],
        [(0, 86), (7, 76), (18, 70), (35, 63), (50, 50), (60, 30), (66, 6), (70, -26), (71, -66), (66, -110), (58, -190)],
        [(86, -60), (90, -130), (86, -210), (0, -210)], 2.4, 1.0, 90,
    ),
    HairStyle.TIED: Cut(
        [(0, 105), (24, 103), (46, 94), (61, 78), (68.5, 58), (71, 36), (70, 14), (67.5, -6)],
        [(0, 72), (18, 71), (35, 66), (48, 55), (56, 40), (61, 22), (65, 6), (66, -5)], [], 0.6, 1.0, 60,
    ),
    HairStyle.CURLY: Cut(
        [(0, 122), (30, 119), (58, 106), (79, 84), (88, 54), (89, 20), (84, -12), (75, -36)],
        [(0, 76), (16, 74), (32, 68), (46, 58), (56, 42), (62, 22), (66, 2), (69, -24)],
        [(84, -10), (76, -40), (58, -50), (0, -46)], 3.4, 1.0, 20,
    ),
}  # fmt: skip


def _both_sides(half: np.ndarray) -> np.ndarray:
    """A whole outline from its patient's-left half, starting at the patient's right end."""
    return np.vstack([half[::-1] * [-1, 1], half[1:] if half[0, 0] == 0 else half])


def paint_back_hair(canvas: Canvas, identity: Identity) -> np.ndarray:
    """What is seen of the hair beside and behind the neck; returns its cover (H, W)."""
    cut = CUTS[identity.style]
    empty = np.zeros(canvas.size, np.float32)
    if not cut.back:
        return empty
    top = [(0.0, 60.0), (60.0, 50.0), (78.0, 20.0)]
    half = np.vstack([curve(top, 20), curve(cut.back, 40)])
    cover = canvas.full(canvas.mask(_both_sides(half), 0.8))
    rng = np.random.default_rng([13, identity.seed])
    layer = np.zeros((*canvas.size, 3), np.uint8)
    layer[...] = tinted(identity.hair, (0.50, 0.48, 0.48))
    lines, colours = [], []
    for _ in range(900):
        x = float(rng.uniform(-95, 95))
        y = float(rng.uniform(-190, 40))
        lines.append(_strand(rng, x, y, 0.02 * x, -1.0, cut.length_mm, cut.wave_mm))
        colours.append(np.array(identity.hair) * rng.uniform(0.40, 0.80))
    canvas.strokes(layer, lines, np.array(colours), 0.45)
    canvas.blend(layer.astype(np.float32), cover)
    return cover


def _strand(
    rng: np.random.Generator, x: float, y: float, dx: float, dy: float, length_mm: float, wave_mm: float
) -> np.ndarray:
    steps = np.linspace(0, 1, 9)
    length = length_mm * rng.uniform(0.6, 1.1)
    heading = np.array([dx, dy]) / max(float(np.hypot(dx, dy)), 1e-6)
    across = np.array([-heading[1], heading[0]])
    wave = wave_mm * np.sin(steps * np.pi * rng.uniform(0.6, 1.6) + rng.uniform(0, 6.28)) * steps
    return np.array([x, y]) + steps[:, None] * length * heading + wave[:, None] * across


def paint_front_hair(canvas: Canvas, identity: Identity, skull: np.ndarray) -> np.ndarray:
    """Hair over the skull (H, W); returns its cover (H, W). Short hair lets the scalp shine through."""
    cut = CUTS[identity.style]
    rng = np.random.default_rng([17, identity.seed])
    outer, hairline = curve(cut.outer, 80), curve(cut.hairline, 80)
    outline = np.vstack([_both_sides(outer), _both_sides(hairline)[::-1]])
    if identity.style is HairStyle.CURLY:
        outline = _tufted(outline, rng)
    inner = canvas.full(canvas.mask(outline, 0.35))
    soft_edge = canvas.soft(inner, 2.0)
    scalp = 1 - (1 - cut.density) * skull
    cover = np.clip(np.minimum(inner, soft_edge * 1.9), 0, 1) * scalp
    layer = np.zeros((*canvas.size, 4), np.uint8)
    layer[..., :3] = tinted(identity.hair, (0.62, 0.60, 0.60))
    lines, colours = _front_strands(rng, identity, cut, outer, hairline)
    canvas.strokes(layer, lines, colours, 0.22)
    colour = layer[..., :3].astype(np.float32)
    shine = np.exp(-0.5 * ((np.hypot(canvas.x_mm / 1.05, canvas.y_mm - 6) - 84) / 7.5) ** 2) * np.clip(
        canvas.y_mm / 60, 0, 1
    )
    smooth_style = identity.style not in (HairStyle.CURLY, HairStyle.CROPPED)
    gloss = shine * (0.20 if smooth_style else 0.07)
    light = np.array(mixed(identity.hair, (255, 240, 220), 0.55), np.float32)
    colour += (light - colour) * gloss[..., None]
    edge = np.clip((np.hypot(canvas.x_mm, canvas.y_mm - 20) - 62) / 40, 0, 1)
    colour *= (1.0 - 0.30 * edge * np.clip(-(canvas.x_mm) / 90 * -1 + 0.4, 0, 1))[..., None]
    strand_cover = layer[..., 3].astype(np.float32) / 255
    beyond = np.maximum(cover, strand_cover * np.clip(canvas.soft(inner, 1.6) * 2.6, 0, 1) * 0.9)
    canvas.blend(colour, np.clip(beyond, 0, 1))
    return np.clip(beyond, 0, 1)


def _front_strands(
    rng: np.random.Generator, identity: Identity, cut: Cut, outer: np.ndarray, hairline: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray]:
    """Strands that start on the scalp between hairline and outline and follow the fall of the style."""
    lines, colours = [], []
    base = np.array(identity.hair, float)
    falls = identity.style in (HairStyle.BOB, HairStyle.LONG)
    for number in range(_STRANDS):
        side = 1 if number % 2 else -1
        along = float(rng.uniform(0, 1))
        depth = float(rng.beta(1.1, 1.2))
        low = hairline[round(along * (len(hairline) - 1))]
        high = outer[round(along * (len(outer) - 1))]
        place = low + (high - low) * depth
        if falls:
            tangent = (
                outer[min(len(outer) - 1, round(along * (len(outer) - 1)) + 3)]
                - outer[max(0, round(along * (len(outer) - 1)) - 3)]
            )
            heading = tangent / max(float(np.linalg.norm(tangent)), 1e-6)
            start = place - heading * 8
        elif identity.style is HairStyle.CURLY:
            heading = rng.normal(0, 1, 2)
            start = place
        else:
            up = high - low
            sweep = np.array([0.55 if identity.style is HairStyle.SHORT else 0.1, 0.0])
            heading = up / max(float(np.linalg.norm(up)), 1e-6) + sweep + rng.normal(0, 0.12, 2)
            start = place - heading * 2
        wave = cut.wave_mm * (2.2 if identity.style is HairStyle.CURLY else 1.0)
        strand = _strand(
            rng, float(start[0]), float(start[1]), float(heading[0]), float(heading[1]), cut.length_mm * 0.6, wave
        )
        lines.append(strand * [side, 1])
        level = rng.uniform(0.62, 1.22) * (1.12 if side < 0 else 0.95)
        colours.append([*np.clip(base * level + rng.uniform(-3, 6), 0, 255), 255.0])
    return lines, np.array(colours)


def _tufted(outline: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An outline of small round tufts."""
    steps = np.linspace(0, 1, len(outline))
    bumps = sum(rng.uniform(0.5, 1.0) * np.sin(2 * np.pi * (n * steps + rng.uniform())) for n in (23, 31, 43, 57))
    middle = outline.mean(axis=0)
    away = outline - middle
    return middle + away * (1 + 0.009 * np.asarray(bumps))[:, None]


def paint_bun(canvas: Canvas, identity: Identity) -> np.ndarray:
    """A knot of tied hair on top, seen from the front; returns its cover (H, W)."""
    if identity.style is not HairStyle.TIED:
        return np.zeros(canvas.size, np.float32)
    rng = np.random.default_rng([19, identity.seed])
    angle = np.linspace(0, 2 * np.pi, 60)
    outline = np.column_stack([24 * np.cos(angle), 112 + 19 * np.sin(angle)])
    cover = canvas.full(canvas.mask(outline, 0.7))
    layer = np.zeros((*canvas.size, 3), np.uint8)
    layer[...] = tinted(identity.hair, (0.7, 0.68, 0.68))
    lines, colours = [], []
    for _ in range(260):
        radius, turn = rng.uniform(2, 23), rng.uniform(0, 6.28)
        arc = turn + np.linspace(0, 1.6, 8)
        lines.append(np.column_stack([radius * np.cos(arc), 112 + 0.8 * radius * np.sin(arc)]))
        colours.append(np.array(identity.hair) * rng.uniform(0.65, 1.35) + 4)
    canvas.strokes(layer, lines, np.clip(colours, 0, 255), 0.5)
    glow = canvas.full(canvas.blob((-7, 119), (11, 6)))
    picture = layer.astype(np.float32) * (1 + 0.45 * glow[..., None])
    canvas.blend(np.clip(picture, 0, 255), cover)
    return cover


def paint_stubble(canvas: Canvas, identity: Identity, seen: np.ndarray, face: np.ndarray) -> None:
    """Short dark hairs on upper lip, chin and jaw."""
    if identity.stubble <= 0:
        return
    rng = np.random.default_rng([23, identity.seed])
    chin = float(seen[152, 1])
    field = np.clip((-52 - canvas.y_mm) / 20, 0, 1) * np.clip((np.abs(canvas.x_mm) - 4) / 22, 0.45, 1)
    moustache = canvas.full(canvas.blob((0, -49), (17, 4.0)))
    cheeks = np.clip((np.abs(canvas.x_mm) - 40) / 14, 0, 1) * np.clip((-24 - canvas.y_mm) / 20, 0, 1)
    lips = canvas.full(canvas.blob((0, float(seen[14, 1])), (18, 6.5)))
    field = np.clip(np.maximum(np.maximum(field, 0.85 * moustache), cheeks) - 1.1 * lips, 0, 1)
    field *= np.clip((canvas.y_mm - chin + 24) / 24, 0, 1)
    field = canvas.soft(field, 2.0) * face
    dots = rng.random(canvas.size).astype(np.float32)
    speckle = cv2.GaussianBlur((dots > 0.90).astype(np.float32), (0, 0), 0.8)
    speckle = speckle / max(float(speckle.max()), 1e-6)
    dark = np.array(tinted(identity.hair, (0.75, 0.75, 0.8)), np.float32)
    canvas.blend(dark, np.clip(field * (0.26 + 0.95 * speckle) * identity.stubble * 0.62, 0, 0.8))
