"""Skin: the lit surface of head, neck and ears with its colour zones and fine texture."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import CloughTocher2DInterpolator

from core.phantom.drawing.canvas import Canvas, Patch, curve, mixed, ramp, tinted
from core.phantom.drawing.identity import Identity
from core.phantom.layers import smooth_line
from core.phantom.warp import FACE_OVAL

_KEY_LIGHT = np.array([-0.20, 0.36, 0.91])
_RELIEF_SHRINK = 4


def head_outline(seen: np.ndarray) -> np.ndarray:
    """(N, 2) flat millimetres: jaw from the mesh, skull above it as a dome."""
    oval = seen[list(FACE_OVAL)]
    jaw = smooth_line(oval[8:29], 90)  # from the left ear over the chin to the right ear
    left, right = jaw[0], jaw[-1]
    half = (left[0] - right[0]) / 2 + 2.5
    middle = (left[0] + right[0]) / 2
    base, top = (left[1] + right[1]) / 2, 97.0
    angle = np.linspace(np.pi, 0, 60)
    dome = np.column_stack([middle + half * np.cos(angle), base + (top - base) * np.sin(angle) ** 0.64])
    return np.vstack([jaw, dome])


def _relief(canvas: Canvas, shape: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(h, w) height of the head towards the camera in mm at a quarter of the resolution: the mesh inside the face oval, a smooth
    dome fitted to it outside."""
    step = _RELIEF_SHRINK
    x, y = canvas.x_mm[::step, ::step], canvas.y_mm[::step, ::step]
    mesh = CloughTocher2DInterpolator(seen[:468], shape[:468, 2], fill_value=np.nan)(x, y)
    terms = _dome_terms(seen[:468, 0], seen[:468, 1])
    inner = np.hypot(seen[:468, 0] / 24, (seen[:468, 1] + 42) / 40) > 1  # nose and mouth stand out of the dome
    weights = np.linalg.lstsq(terms[inner], shape[:468][inner, 2], rcond=None)[0]
    dome = _dome_terms(x.ravel(), y.ravel()) @ weights
    dome = np.maximum(dome.reshape(x.shape), -110)
    oval = seen[list(FACE_OVAL)]
    centre = oval.mean(axis=0)
    small = np.zeros(x.shape, np.uint8)
    pixels = (canvas.pixels(centre + (oval - centre) * 0.88) / step).astype(np.int32)
    cv2.fillPoly(small, [pixels], [255.0])
    share = cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), 5 * canvas.px_per_mm / step)
    share = np.where(np.isfinite(mesh), share, 0.0)
    return (share * np.nan_to_num(mesh) + (1 - share) * dome).astype(np.float32)


def _dome_terms(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Symmetric polynomial in x and y, scaled to be about 1 at the edge of the face."""
    u, v = (x / 70) ** 2, (y + 20) / 80
    return np.column_stack([np.ones_like(u), u, v, v**2, u * u, u * v])


def _light(canvas: Canvas, relief: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Diffuse light, occlusion and highlight (H, W) from the relief."""
    scale = canvas.px_per_mm / _RELIEF_SHRINK
    smooth = cv2.GaussianBlur(relief, (0, 0), 2.6 * scale)
    dy, dx = np.gradient(smooth)
    normal = np.stack([-dx * scale, dy * scale, np.ones_like(dx)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    key = _KEY_LIGHT / np.linalg.norm(_KEY_LIGHT)
    diffuse = np.clip(normal @ key * 0.62 + 0.38, 0, 1)
    half = key + [0, 0, 1]
    shine = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** 26
    hollow = cv2.GaussianBlur(smooth, (0, 0), 7 * scale) - smooth
    occlusion = np.clip(hollow / 11.0, 0, 0.45)
    full = canvas.size[::-1]
    return tuple(
        cv2.resize(f.astype(np.float32), full, interpolation=cv2.INTER_CUBIC) for f in (diffuse, occlusion, shine)
    )  # type: ignore[return-value]


def skin_picture(canvas: Canvas, identity: Identity, shape: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 the whole canvas as lit skin; masks choose what of it is shown."""
    rng = np.random.default_rng([3, identity.seed])
    diffuse, occlusion, shine = _light(canvas, _relief(canvas, shape, seen))
    base = identity.skin
    dark = 1 - sum(base) / 3 / 255
    shadow = tinted(base, (0.62, 0.50, 0.45))
    deep = tinted(base, (0.36, 0.25, 0.22))
    light = mixed(base, (255, 246, 236), 0.42 - 0.22 * dark)
    value = diffuse - 0.26 * occlusion
    picture = ramp(value, [(0.10, deep), (0.46, shadow), (0.80, base), (1.0, light)])
    _colour_zones(canvas, picture)
    gloss = 0.14 + 0.07 * dark
    picture += (np.array([255, 250, 244], np.float32) - picture) * (gloss * shine)[..., None]
    tone = 0.8 * canvas.noise(rng, 9.0) + 0.7 * canvas.noise(rng, 3.5)
    pores = 0.9 * canvas.noise(rng, 0.9) + 0.7 * canvas.noise(rng, 0.45)
    rough = 0.8 + 0.8 * identity.maturity
    picture *= 1 + 0.008 * tone[..., None] * np.array([0.6, 1.0, 1.1], np.float32)
    picture *= (1 + 0.010 * rough * pores)[..., None]
    if identity.freckles > 0:
        _freckles(canvas, identity, picture, rng)
    return np.clip(picture, 0, 255)


def _colour_zones(canvas: Canvas, picture: np.ndarray) -> None:
    """Redder cheeks, nose, chin and lids where blood is near; a trace of cool around the mouth and of warmth on the forehead."""
    red = canvas.blob((0, -31), (9, 7)) * 0.8 + canvas.blob((0, -90), (13, 8)) * 0.4
    for x in (-1, 1):
        red = red + canvas.blob((40 * x, -30), (15, 13), 20 * x) * 0.95
        red = red + canvas.blob((34 * x, 9), (12, 5)) * 0.5 + canvas.blob((17 * x, -31), (5, 5)) * 0.5
    cool, warm = canvas.blob((0, -72), (24, 12)) * 0.8, canvas.blob((0, 45), (38, 18))
    for field, factor in ((red, (1.03, 0.925, 0.92)), (cool, (0.985, 0.995, 1.01)), (warm, (1.01, 1.0, 0.97))):
        picture[field.place] *= 1 + (np.array(factor, np.float32) - 1) * np.clip(field.cover, 0, 1.2)[..., None]


def _freckles(canvas: Canvas, identity: Identity, picture: np.ndarray, rng: np.random.Generator) -> None:
    layer = np.zeros(canvas.size, np.uint8)
    count = int(260 * identity.freckles)
    where = np.column_stack([rng.normal(0, 27, count), -24 + rng.normal(0, 11, count)])
    for place in canvas.pixels(where):
        radius = float(rng.uniform(0.22, 0.62)) * canvas.px_per_mm
        cv2.circle(
            layer,
            (int(place[0] * 16), int(place[1] * 16)),
            int(radius * 16),
            [float(rng.uniform(90, 230))],
            -1,
            cv2.LINE_AA,
            4,
        )
    cover = canvas.soft(layer.astype(np.float32) / 255, 0.16) * 0.38
    picture *= 1 + (np.array([0.78, 0.66, 0.56], np.float32) - 1) * cover[..., None]


def paint_ears(canvas: Canvas, identity: Identity, skin: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Both ears behind the face; returns their cover (H, W)."""
    cover = np.zeros(canvas.size, np.float32)
    for sign, front in ((-1, 234), (1, 454)):
        x0, y0 = seen[front]
        outline = [(0, 16), (6, 23), (12, 22), (14.5, 12), (12.5, -2), (9, -14), (5, -22), (1, -24), (-4, -15), (-4, 6)]
        ear = curve([(x0 + sign * x, y0 + 3 + y) for x, y in [*outline, outline[0]]], 80)
        mask = canvas.mask(ear, 0.35)
        colour = skin * np.array([0.90, 0.80, 0.77], np.float32)
        flat = np.array(identity.skin, np.float32) * np.array([0.88, 0.76, 0.72], np.float32)
        colour = 0.35 * colour + 0.65 * flat
        canvas.blend(colour, mask)
        helix = curve(
            [(x0 + sign * x, y0 + 3 + y) for x, y in ((2, 12), (7, 18), (10.5, 14), (10.5, 2), (8, -9), (5, -15))]
        )
        canvas.multiply((0.70, 0.60, 0.57), canvas.line(helix, 2.0, 0.8) * mask * 0.75)
        bowl = canvas.blob((x0 + sign * 4.0, y0 - 3), (2.6, 7.5), -10 * sign) * mask
        canvas.multiply((0.62, 0.50, 0.47), bowl.clip() * 0.75)
        rim = curve([(x0 + sign * x, y0 + 3 + y) for x, y in ((5, 21.5), (11, 20.5), (13.2, 12), (11.6, -1))])
        canvas.blend(mixed(identity.skin, (255, 236, 224), 0.4), canvas.line(rim, 1.1, 0.7) * mask * 0.5)
        canvas.union(cover, mask)
    return cover


def paint_jaw(canvas: Canvas, seen: np.ndarray, face: Patch) -> None:
    """The face turns away from the light along jaw and chin."""
    jaw = smooth_line(seen[list(FACE_OVAL)][8:29], 90)
    canvas.multiply((0.74, 0.62, 0.59), canvas.line(jaw, 5.0, 3.2) * face * 0.62)
    under = jaw[30:60]
    canvas.multiply((0.80, 0.70, 0.67), canvas.line(under + [0, 1.0], 3.0, 2.2) * face * 0.45)
