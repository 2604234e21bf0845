"""Background, neck, shoulders and clothing."""

from __future__ import annotations

import numpy as np

from core.phantom.drawing.canvas import Canvas, Patch, curve, mixed, tinted
from core.phantom.drawing.identity import Identity

_CHIN = 152


def paint_background(canvas: Canvas, identity: Identity) -> None:
    """An even wall out of focus, lighter behind the head."""
    wall = np.array(identity.backdrop, np.float32)
    canvas.paint[...] = wall
    halo = canvas.blob((-25, 20), (120, 120))
    canvas.blend(mixed(identity.backdrop, (255, 255, 255), 0.55), 0.75 * halo)
    edge = np.clip(np.hypot(canvas.x_mm / 165, (canvas.y_mm + 20) / 175) - 0.75, 0, 1)
    canvas.multiply((0.80, 0.81, 0.83), np.clip(edge * 1.3, 0, 1))


def paint_neck(canvas: Canvas, identity: Identity, skin: np.ndarray, seen: np.ndarray) -> Patch:
    """Neck and upper chest under the jaw; returns their cover."""
    half = 0.80 * float(seen[397, 0] - seen[172, 0]) / 2 + 8
    chin = float(seen[_CHIN, 1])
    side = curve(
        [
            (half, chin + 42),
            (half - 1.5, chin - 6),
            (half + 1, chin - 26),
            (half + 16, chin - 44),
            (half + 60, chin - 58),
        ]
    )
    outline = np.vstack([side, [[half + 60, -220], [-half - 60, -220]], side[::-1] * [-1, 1]])
    cover = canvas.mask(outline, 0.5)
    flat = np.array(tinted(identity.skin, (0.93, 0.88, 0.86)), np.float32)
    canvas.blend(0.25 * skin * 0.9 + 0.75 * flat, cover)
    sides = np.clip((np.abs(canvas.x_mm) - 0.45 * half) / (0.62 * half), 0, 1) ** 1.6
    canvas.multiply((0.66, 0.55, 0.52), cover * sides * 0.75)
    for sign in (-1, 1):
        cord = curve([(sign * (half - 9), chin + 10), (sign * (half - 20), chin - 26), (sign * 9, chin - 58)])
        canvas.multiply((0.82, 0.74, 0.71), canvas.line(cord, 5.0, 3.0) * cover * 0.55)
        canvas.blend(
            mixed(identity.skin, (255, 240, 228), 0.25), canvas.line(cord + [-sign * 5.0, 0], 3.5, 3.0) * cover * 0.25
        )
        bone = curve([(sign * 8, chin - 61), (sign * 30, chin - 57), (sign * 62, chin - 38)])
        canvas.blend(mixed(identity.skin, (255, 240, 228), 0.35), canvas.line(bone, 2.5, 1.8) * cover * 0.35)
        canvas.multiply((0.80, 0.72, 0.69), canvas.line(bone - [0, 4.0], 4.0, 2.5) * cover * 0.45)
    pit = canvas.blob((0, chin - 61), (5, 4))
    canvas.multiply((0.78, 0.68, 0.65), pit * cover * 0.6)
    jaw_shadow = canvas.blob((6, chin - 6), (half * 1.1, 15)) + canvas.blob((10, chin - 22), (half * 0.9, 16)) * 0.6
    canvas.multiply((0.60, 0.48, 0.45), jaw_shadow.clip() * cover * 0.72)
    return cover


def paint_clothes(canvas: Canvas, identity: Identity, seen: np.ndarray) -> Patch:
    """A plain round-necked top over the shoulders; returns its cover."""
    rng = np.random.default_rng([5, identity.seed])
    half = 0.80 * float(seen[397, 0] - seen[172, 0]) / 2 + 8
    chin = float(seen[_CHIN, 1])
    collar = curve([(half + 13, chin - 26), (half + 4, chin - 38), (half * 0.62, chin - 52), (0, chin - 57)], 50)
    shoulder = curve([(half + 13, chin - 26), (half + 45, chin - 40), (half + 85, chin - 52), (190, chin - 84)], 50)
    right_half = np.vstack([collar[::-1], shoulder, [[190, -260], [0, -260]]])
    outline = np.vstack([right_half, (right_half * [-1, 1])[::-1]])
    cover = canvas.mask(outline, 0.35)
    fall = np.clip((chin - 40 - canvas.y_mm) / 90, 0, 1)
    cloth = np.array(identity.cloth, np.float32)
    lit = cloth * (1.10 - 0.30 * fall - 0.0016 * np.abs(canvas.x_mm + 20))[..., None]
    weave = 0.012 * canvas.noise(rng, 0.7) + 0.02 * canvas.noise(rng, 14.0)
    canvas.blend(np.clip(lit * (1 + weave[..., None]), 0, 255), cover)
    for sign in (-1, 1):
        for start, end in (((half + 30, chin - 58), (60, -185)), ((half + 70, chin - 57), (98, -190))):
            fold = curve(
                [
                    (sign * start[0], start[1]),
                    (sign * (start[0] + end[0]) / 2 + sign * 5, (start[1] + end[1]) / 2),
                    (sign * end[0], end[1]),
                ]
            )
            canvas.multiply((0.82, 0.82, 0.84), canvas.line(fold, 7.0, 5.0) * cover * 0.4)
    edge = np.vstack([collar, (collar * [-1, 1])[::-1]])
    canvas.multiply((0.72, 0.72, 0.74), canvas.line(edge, 3.0, 0.5) * cover * 0.5)
    canvas.blend(mixed(identity.cloth, (255, 255, 255), 0.25), canvas.line(edge - [0, 3.2], 0.8, 0.5) * cover * 0.5)
    return cover


def paint_collar_shadow(canvas: Canvas, seen: np.ndarray, cover: Patch) -> None:
    """The top casts a little shadow on the chest."""
    half = 0.80 * float(seen[397, 0] - seen[172, 0]) / 2 + 8
    chin = float(seen[_CHIN, 1])
    collar = curve([(half + 13, chin - 25), (half + 4, chin - 37), (half * 0.62, chin - 51), (0, chin - 56)], 50)
    edge = np.vstack([collar, (collar * [-1, 1])[::-1]])
    canvas.multiply((0.74, 0.64, 0.61), canvas.line(edge + [0, 1.0], 3.0, 1.5) * cover * 0.5)
