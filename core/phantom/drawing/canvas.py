"""A large canvas in floating point and the tools of the painter: soft masks, strokes, noise, colour ramps."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.phantom.drawing.identity import RGB
from core.phantom.layers import smooth_line
from core.phantom.portrait import PORTRAIT_DISTANCE_MM

SUPERSAMPLE = 2
WIDTH_MM = 330.0
EYES_FROM_TOP = 0.43
_BITS = 4


@dataclass(frozen=True)
class Patch:
    """A cover that is 0 outside a rectangle of the canvas: most of what is painted is small.

    Attributes:
        place: rows and columns of the canvas.
        cover: (h, w) float32 in that rectangle.
    """

    place: tuple[slice, slice]
    cover: np.ndarray

    __array_ufunc__ = None  # a field of the whole canvas times a patch is a patch

    def __mul__(self, other: float | np.ndarray | Patch) -> Patch:
        """Times a number, a field (H, W) of the whole canvas, or another patch where both are."""
        if isinstance(other, Patch):
            place = _common(self.place, other.place)
            return Patch(place, self._cut(place) * other._cut(place))
        if isinstance(other, np.ndarray):
            return Patch(self.place, self.cover * other[self.place])
        return Patch(self.place, self.cover * np.float32(other))

    __rmul__ = __mul__

    def __add__(self, other: Patch) -> Patch:
        place = _around(self.place, other.place)
        total = np.zeros((place[0].stop - place[0].start, place[1].stop - place[1].start), np.float32)
        for patch in (self, other):
            total[_within(patch.place, place)] += patch.cover
        return Patch(place, total)

    def clip(self, low: float = 0.0, high: float = 1.0) -> Patch:
        return Patch(self.place, np.clip(self.cover, low, high))

    def power(self, exponent: float) -> Patch:
        return Patch(self.place, self.cover**exponent)

    def _cut(self, place: tuple[slice, slice]) -> np.ndarray:
        return self.cover[_within(place, self.place)]


Place = tuple[slice, slice]
Cover = np.ndarray | Patch


def _common(one: Place, other: Place) -> Place:
    rows, columns = (
        slice(max(a.start, b.start), max(min(a.stop, b.stop), max(a.start, b.start)))
        for a, b in zip(one, other, strict=True)
    )
    return rows, columns


def _around(one: Place, other: Place) -> Place:
    rows, columns = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return rows, columns


def _within(part: Place, whole: Place) -> Place:
    rows, columns = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(part, whole, strict=True))
    return rows, columns


class Canvas:
    """The sheet that a portrait is painted on, at twice the resolution that is delivered.

    Attributes:
        size: (height, width) of the working picture.
        px_per_mm: working pixels a millimetre at the eyes.
        paint: (H, W, 3) float32 RGB 0 to 255.
        x_mm, y_mm: (H, W) float32 flat millimetres of every pixel, x towards the patient's left and y up from the eyes.
    """

    def __init__(self, height_px: int) -> None:
        side = height_px * SUPERSAMPLE
        self.size = (side, side)
        self.px_per_mm = side / WIDTH_MM
        self.origin = np.array([side / 2, EYES_FROM_TOP * side])
        self.paint = np.zeros((side, side, 3), np.float32)
        rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
        self.x_mm = (columns - self.origin[0]) / self.px_per_mm
        self.y_mm = (self.origin[1] - rows) / self.px_per_mm

    def seen(self, shape_mm: np.ndarray) -> np.ndarray:
        """(N, 2) flat millimetres on the canvas of points (N, 3) in face axes, by the portrait's perspective."""
        return shape_mm[:, :2] / (1 - shape_mm[:, 2:] / PORTRAIT_DISTANCE_MM)

    def pixels(self, flat_mm: np.ndarray) -> np.ndarray:
        """(N, 2) working pixels of flat millimetres."""
        return self.origin + flat_mm * [self.px_per_mm, -self.px_per_mm]

    def mask(self, outline_mm: np.ndarray, soften_mm: float = 0.0) -> Patch:
        """Cover of a closed outline (N, 2) in flat millimetres."""
        place = self._place(outline_mm, 3 * soften_mm + 1)
        cover = self._empty(place)
        cv2.fillPoly(cover, [self._fixed(outline_mm, place)], [255.0], cv2.LINE_AA, _BITS)
        return self._softened(place, cover, soften_mm)

    def line(self, points_mm: np.ndarray, width_mm: float, soften_mm: float = 0.0) -> Patch:
        """Cover of a polyline."""
        return self.tapered(points_mm, np.full(len(points_mm), width_mm), soften_mm)

    def tapered(self, points_mm: np.ndarray, widths_mm: np.ndarray, soften_mm: float) -> Patch:
        """Cover of a line whose width changes along it."""
        place = self._place(points_mm, 3 * soften_mm + float(np.max(widths_mm)) + 1)
        cover = self._empty(place)
        fixed = self._fixed(points_mm, place)
        widths = np.maximum(1, np.rint(np.asarray(widths_mm) * self.px_per_mm)).astype(int)
        start = 0
        for i in range(1, len(fixed)):
            if i == len(fixed) - 1 or widths[i] != widths[start]:
                piece = fixed[start : i + 1]
                cv2.polylines(cover, [piece], False, [255.0], int(widths[start]), cv2.LINE_AA, _BITS)
                start = i
        return self._softened(place, cover, soften_mm)

    def blob(self, centre_mm: tuple[float, float], radii_mm: tuple[float, float], turn_deg: float = 0.0) -> Patch:
        """Gaussian hill, 1 in the middle, with standard deviations ``radii_mm``; cut off where it is below 1 per cent."""
        reach = 3.1 * max(radii_mm)
        corners = np.array([[centre_mm[0] - reach, centre_mm[1] - reach], [centre_mm[0] + reach, centre_mm[1] + reach]])
        place = self._place(corners, 0.0)
        dx, dy = self.x_mm[place] - centre_mm[0], self.y_mm[place] - centre_mm[1]
        cos, sin = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
        u, v = (cos * dx + sin * dy) / radii_mm[0], (-sin * dx + cos * dy) / radii_mm[1]
        return Patch(place, np.exp(-0.5 * (u * u + v * v)).astype(np.float32))

    def around(self, centre_mm: np.ndarray, reach_mm: float) -> tuple[Place, np.ndarray, np.ndarray]:
        """The square of a given half side about a place, and the distances (h, w) in mm of its pixels from that place."""
        place = self._place(np.array([centre_mm - reach_mm, centre_mm + reach_mm]), 0.0)
        return place, self.x_mm[place] - np.float32(centre_mm[0]), self.y_mm[place] - np.float32(centre_mm[1])

    def full(self, patch: Patch) -> np.ndarray:
        """(H, W) float32 field of a patch."""
        field = np.zeros(self.size, np.float32)
        field[patch.place] = patch.cover
        return field

    def union(self, field: np.ndarray, patch: Patch) -> None:
        """Raise ``field`` (H, W) to the cover of the patch, in place."""
        view = field[patch.place]
        np.maximum(view, patch.cover, out=view)

    def soft(self, field: np.ndarray, sigma_mm: float) -> np.ndarray:
        """Gaussian blur; wide ones at a quarter of the resolution, where nobody can see the difference."""
        sigma = sigma_mm * self.px_per_mm
        if sigma < 0.4:
            return field
        if sigma < 9 or min(field.shape) < 32:
            return cv2.GaussianBlur(field, (0, 0), sigma)
        small = cv2.resize(field, (field.shape[1] // 4, field.shape[0] // 4), interpolation=cv2.INTER_AREA)
        return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / 4), field.shape[::-1], interpolation=cv2.INTER_LINEAR)

    def blend(self, colour: RGB | np.ndarray, cover: Cover) -> None:
        """Lay a colour (3,) or a picture of the whole canvas (H, W, 3) over the painting."""
        paint, share, place = self._target(cover)
        laid = np.asarray(colour, np.float32)
        paint += ((laid[place] if laid.ndim == 3 else laid) - paint) * share[..., None]

    def multiply(self, factor: tuple[float, float, float], cover: Cover) -> None:
        """Darken or tint: factor (3,), about 1, where cover is 1."""
        paint, share, _ = self._target(cover)
        paint *= 1 + (np.asarray(factor, np.float32) - 1) * share[..., None]

    def noise(self, rng: np.random.Generator, size_mm: float) -> np.ndarray:
        """(H, W) float32 smooth noise of about unit SD with features of about the given size."""
        step = max(1, round(size_mm * self.px_per_mm))
        small = rng.normal(0, 1, (self.size[0] // step + 3, self.size[1] // step + 3)).astype(np.float32)
        big = cv2.resize(small, (small.shape[1] * step, small.shape[0] * step), interpolation=cv2.INTER_CUBIC)
        return big[: self.size[0], : self.size[1]] * np.float32(1.3)

    def strokes(self, layer: np.ndarray, lines_mm: list[np.ndarray], colours: np.ndarray, width_mm: float) -> None:
        """Draw polylines on ``layer`` (H, W, C) uint8, each in its own colour (C,)."""
        width = max(1, round(width_mm * self.px_per_mm))
        whole = (slice(0, self.size[0]), slice(0, self.size[1]))
        for line, colour in zip(lines_mm, colours, strict=True):
            fixed = self._fixed(line, whole)
            cv2.polylines(layer, [fixed], False, [float(c) for c in colour], width, cv2.LINE_AA, _BITS)

    def _target(self, cover: Cover) -> tuple[np.ndarray, np.ndarray, Place]:
        if isinstance(cover, Patch):
            return self.paint[cover.place], cover.cover, cover.place
        return self.paint, cover, (slice(None), slice(None))

    def _place(self, points_mm: np.ndarray, margin_mm: float) -> Place:
        pixels = self.pixels(np.asarray(points_mm, float))
        low = np.floor(pixels.min(axis=0) - margin_mm * self.px_per_mm).astype(int)
        high = np.ceil(pixels.max(axis=0) + margin_mm * self.px_per_mm).astype(int) + 1
        left, right = np.clip([low[0], high[0]], 0, self.size[1])
        top, bottom = np.clip([low[1], high[1]], 0, self.size[0])
        return slice(int(top), int(bottom)), slice(int(left), int(right))

    def _empty(self, place: Place) -> np.ndarray:
        return np.zeros((place[0].stop - place[0].start, place[1].stop - place[1].start), np.uint8)

    def _softened(self, place: Place, cover: np.ndarray, soften_mm: float) -> Patch:
        field = cover.astype(np.float32) / 255.0
        return Patch(place, self.soft(field, soften_mm) if field.size else field)

    def _fixed(self, points_mm: np.ndarray, place: Place) -> np.ndarray:
        pixels = self.pixels(np.asarray(points_mm, float)) - [place[1].start, place[0].start]
        return np.rint(pixels * (1 << _BITS)).astype(np.int32)


def ramp(value: np.ndarray, stops: list[tuple[float, RGB]]) -> np.ndarray:
    """(H, W, 3) colours of values by linear interpolation between (value, colour) stops."""
    places = [place for place, _ in stops]
    return np.stack([np.interp(value, places, [c[i] for _, c in stops]) for i in range(3)], axis=-1).astype(np.float32)


def mixed(one: RGB, other: RGB, share: float) -> RGB:
    """Colour between two."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def tinted(colour: RGB, factor: tuple[float, float, float]) -> RGB:
    """Colour times a factor a channel, within 0 to 255."""
    red, green, blue = (int(np.clip(c * f, 0, 255)) for c, f in zip(colour, factor, strict=True))
    return red, green, blue


def curve(points_mm: list[tuple[float, float]], samples: int = 40) -> np.ndarray:
    """(samples, 2) smooth curve through points."""
    return smooth_line(np.array(points_mm, float), samples)
