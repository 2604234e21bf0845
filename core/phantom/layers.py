"""Small painting tools that eyes and mouth share: smooth outlines, anti-aliased masks, blending into a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.interpolate import CubicSpline

_SUPERSAMPLE = 4
_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Window:
    """A rectangle of the picture, in pixels; everything painted for an eye or a mouth happens inside it."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: np.ndarray, margin: float, width: int, height: int) -> Window | None:
        """The rectangle around points (N, 2) with a margin in pixels, cut to the picture; None when nothing is left."""
        low = np.floor(points.min(axis=0) - margin).astype(int)
        high = np.ceil(points.max(axis=0) + margin).astype(int) + 1
        left, top = max(0, int(low[0])), max(0, int(low[1]))
        right, bottom = min(width, int(high[0])), min(height, int(high[1]))
        return cls(left, top, right, bottom) if right - left > 2 and bottom - top > 2 else None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.right - self.left, self.bottom - self.top

    @property
    def offset(self) -> np.ndarray:
        return np.array([self.left, self.top], dtype=float)

    def of(self, picture: np.ndarray) -> np.ndarray:
        """View of the picture inside the window."""
        return picture[self.top : self.bottom, self.left : self.right]


def smooth_line(points: np.ndarray, samples: int = 48) -> np.ndarray:
    """(samples, 2) cubic spline through points (N, 2) in their order, by chord length; repeated points are dropped."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    keep = np.concatenate([[True], steps > 1e-6])
    points = points[keep]
    if len(points) < 3:
        return np.linspace(points[0], points[-1], samples)
    along = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)))])
    return CubicSpline(along, points, axis=0, bc_type="natural")(np.linspace(0, along[-1], samples))


def polygon_mask(outline: np.ndarray, window: Window, soften: float = 0.0) -> np.ndarray:
    """(h, w) float32 cover of the polygon (N, 2, picture pixels) in the window, anti-aliased; ``soften`` blurs by so many px."""
    width, height = window.size
    mask = np.zeros((height * _SUPERSAMPLE, width * _SUPERSAMPLE), np.uint8)
    inside = ((outline - window.offset + 0.5) * _SUPERSAMPLE - 0.5) * (1 << _SUBPIXEL_BITS)
    cv2.fillPoly(mask, [np.rint(inside).astype(np.int32)], [255.0], shift=_SUBPIXEL_BITS)
    cover = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    return cv2.GaussianBlur(cover, (0, 0), soften) if soften > 0 else cover


def line_mask(line: np.ndarray, thickness_px: float, window: Window, soften: float = 0.0) -> np.ndarray:
    """(h, w) float32 cover of a polyline (N, 2, picture pixels) of the given thickness."""
    return lines_mask(line[None], thickness_px, window, soften)


def lines_mask(lines: np.ndarray, thickness_px: float, window: Window, soften: float = 0.0) -> np.ndarray:
    """(h, w) float32 cover of polylines (L, N, 2, picture pixels) of the given thickness."""
    width, height = window.size
    mask = np.zeros((height * _SUPERSAMPLE, width * _SUPERSAMPLE), np.uint8)
    inside = ((lines - window.offset + 0.5) * _SUPERSAMPLE - 0.5) * (1 << _SUBPIXEL_BITS)
    thickness = max(1, round(thickness_px * _SUPERSAMPLE))
    cv2.polylines(
        mask, list(np.rint(inside).astype(np.int32)), False, [255.0], thickness, cv2.LINE_AA, shift=_SUBPIXEL_BITS
    )
    cover = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    return cv2.GaussianBlur(cover, (0, 0), soften) if soften > 0 else cover


def blend(target: np.ndarray, colour: np.ndarray, cover: np.ndarray) -> None:
    """Paint ``colour`` (3,) or (h, w, 3) over ``target`` (h, w, 3 uint8 view) with cover (h, w) 0 to 1, in place."""
    strength = cover[..., None]
    mixed = target * (1.0 - strength) + np.asarray(colour, np.float32) * strength
    target[...] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)


def shade(target: np.ndarray, darkening: np.ndarray) -> None:
    """Multiply ``target`` (h, w, 3 uint8 view) by 1 - darkening (h, w), in place."""
    target[...] = np.clip(target * (1.0 - darkening[..., None]) + 0.5, 0, 255).astype(np.uint8)
