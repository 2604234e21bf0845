"""The inside of an open mouth: dark cavity, tongue, and teeth of which the upper belong to the skull and the lower to the jaw."""

from __future__ import annotations

import cv2
import numpy as np

from core.face.landmarks import mesh_regions
from core.phantom.layers import Window, blend, line_mask, polygon_mask, shade, smooth_line
from core.phantom.portrait import Portrait
from core.words import Side

_PX_PER_MM = 12.0
_HALF_ARCH_MM = 27.0
_TOOTH_DEPTH_MM = 7.0
_CAVITY_RGB = np.array([58.0, 22.0, 22.0], np.float32)
_TONGUE_RGB = np.array([150.0, 76.0, 74.0], np.float32)
_GUM_RGB = np.array([196.0, 112.0, 108.0], np.float32)
_ENAMEL_RGB = np.array([238.0, 230.0, 214.0], np.float32)
# Widths of the teeth as seen from the front, from the midline outwards, in millimetres; the arch turns away.
_UPPER_WIDTHS_MM = (8.4, 6.4, 6.6, 4.2, 2.8)
_LOWER_WIDTHS_MM = (5.2, 5.6, 6.2, 4.6, 3.0)
_UPPER_HEIGHT_MM, _LOWER_HEIGHT_MM = 9.5, 8.5


def _tooth_row(widths_mm: tuple[float, ...], height_mm: float, upper: bool) -> np.ndarray:
    """(h, w, 4) float32 RGBA of a row of teeth with gums, its biting edge at the bottom (upper) or top (lower)."""
    scale = 2 * _PX_PER_MM
    gum_mm = 6.0
    shape = (round((height_mm + gum_mm + 1) * scale), round(2 * _HALF_ARCH_MM * scale))
    rgba = np.zeros((*shape, 4), np.float32)
    rows = np.arange(shape[0])[:, None] / scale
    columns = np.arange(shape[1])[None, :] / scale - _HALF_ARCH_MM
    gum = (rows < gum_mm + 1.5) & (np.abs(columns) < sum(widths_mm))
    rgba[gum] = [*_GUM_RGB, 255]
    for sign in (-1, 1):
        start = 0.0
        for number, width in enumerate(widths_mm):
            centre = sign * (start + width / 2)
            start += width
            tip = height_mm + gum_mm - (0.0, 0.7, 0.1, 0.8, 1.3)[number] * (1.0 if upper else 0.4)
            neck = gum_mm + (0.0, 0.8, 0.1, 0.6, 0.9)[number] * (1.0 if upper else 0.5)
            across = np.abs(columns - centre) / (width / 2 * 0.985)
            down = (rows - (neck + tip) / 2) / ((tip - neck) / 2)
            body = across**6 + np.abs(down) ** 7 < 1
            light = 1.0 - 0.16 * across**2 - 0.05 * number - 0.10 * np.clip(-down, 0, 1) ** 2
            colour = _ENAMEL_RGB * np.broadcast_to(light, shape)[..., None]
            rgba[body] = np.concatenate([colour, np.full((*shape, 1), 255, np.float32)], axis=2)[body]
    if not upper:
        rgba = rgba[::-1]
    small = cv2.resize(rgba, (shape[1] // 2, shape[0] // 2), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small)


class MouthPainter:
    """Paints the mouth into the warped skin, frame by frame."""

    def __init__(self, portrait: Portrait) -> None:
        right, left = mesh_regions(Side.RIGHT), mesh_regions(Side.LEFT)
        self._upper = [*right.upper_lip_inner, *left.upper_lip_inner[-2::-1]]
        self._lower = [*right.lower_lip_inner, *left.lower_lip_inner[-2::-1]]
        self._lip_rgb = np.array(portrait.lip_rgb, np.float32)
        shape = portrait.shape_mm
        self._line_mm = float(shape[[13, 14], 1].mean())
        self._middle_mm = float(shape[[13, 14], 0].mean())
        self._depth_mm = float(shape[[13, 14], 2].mean()) - _TOOTH_DEPTH_MM
        self._rows = {
            True: _tooth_row(_UPPER_WIDTHS_MM, _UPPER_HEIGHT_MM, upper=True),
            False: _tooth_row(_LOWER_WIDTHS_MM, _LOWER_HEIGHT_MM, upper=False),
        }

    def anchors_mm(self, jaw_drop_mm: float) -> np.ndarray:
        """(6, 3) face axes: for the upper and then the lower row its top left, top right and bottom left corner."""
        corners = []
        for upper, row in self._rows.items():
            height = row.shape[0] / _PX_PER_MM
            edge = self._line_mm - 1.0 if upper else self._line_mm - 0.4 - jaw_drop_mm
            top = edge + height if upper else edge
            left, right = self._middle_mm - _HALF_ARCH_MM, self._middle_mm + _HALF_ARCH_MM
            depth = self._depth_mm - (0.0 if upper else 1.5)
            corners += [[left, top, depth], [right, top, depth], [left, top - height, depth]]
        return np.array(corners)

    def paint(self, picture: np.ndarray, points: np.ndarray, anchors_px: np.ndarray, px_per_mm: float) -> None:
        """Paint in place.

        Args:
            picture: (H, W, 3) uint8 RGB, the warped skin.
            points: (478, 2) pixels of the moved face.
            anchors_px: (6, 2) pixels of ``anchors_mm``.
            px_per_mm: scale.
        """
        upper, lower = points[self._upper], points[self._lower]
        gap = float((lower[:, 1] - upper[:, 1]).max())
        if gap < 0.5 * px_per_mm:
            return
        height, width = picture.shape[:2]
        window = Window.around(np.vstack([upper, lower]), 2.5 * px_per_mm, width, height)
        if window is None:
            return
        upper, lower = smooth_line(upper, 64), smooth_line(lower, 64)
        view = window.of(picture)
        inside = self._inside(window, anchors_px, lower, px_per_mm)
        depth = np.clip(gap / (3.0 * px_per_mm), 0.4, 1.0)
        upper_shadow = line_mask(upper, 3.0 * px_per_mm, window, soften=1.3 * px_per_mm)
        corner_shadow = _corner_shadow(window, upper)
        shade(inside, np.clip(0.26 * depth * upper_shadow + corner_shadow, 0, 0.9))
        opening = polygon_mask(np.vstack([upper, lower[::-1]]), window)
        blend(view, inside, opening)
        open_part = np.float32(np.clip(gap / (2.0 * px_per_mm), 0, 1))
        for line, strength in ((upper, 0.40), (lower, 0.22)):
            rim = line_mask(line, 0.6 * px_per_mm, window, soften=0.3 * px_per_mm)
            blend(view, 0.55 * self._lip_rgb, strength * open_part * rim)

    def _inside(self, window: Window, anchors_px: np.ndarray, lower: np.ndarray, px_per_mm: float) -> np.ndarray:
        width, height = window.size
        inside = np.empty((height, width, 3), np.uint8)
        inside[...] = _CAVITY_RGB
        bottom = float(lower[:, 1].max()) - window.top
        middle = float(lower[:, 0].mean()) - window.left
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        tongue = ((columns - middle) / (17 * px_per_mm)) ** 2 + (
            (rows - bottom - 1.0 * px_per_mm) / (6.5 * px_per_mm)
        ) ** 2
        blend(inside, _TONGUE_RGB, np.clip(1.1 - tongue, 0, 0.8))
        for number, (_, row) in enumerate(reversed(list(self._rows.items()))):
            placed = anchors_px[3:] if number == 0 else anchors_px[:3]
            source = np.array([[0, 0], [row.shape[1], 0], [0, row.shape[0]]], np.float32)
            affine = cv2.getAffineTransform(source, (placed - window.offset).astype(np.float32))
            layer = cv2.warpAffine(row, affine, (width, height), flags=cv2.INTER_AREA)
            cover = layer[..., 3] / 255.0
            colour = layer[..., :3] / np.maximum(cover, 1e-3)[..., None]
            if number == 0:
                colour = colour * 0.92
            blend(inside, colour, cover)
        return inside


def _corner_shadow(window: Window, upper: np.ndarray) -> np.ndarray:
    """Teeth and cavity fade into the dark towards the mouth corners."""
    columns = np.arange(window.left, window.right, dtype=np.float32)[None, :]
    left, right = float(upper[:, 0].min()), float(upper[:, 0].max())
    reach = 0.30 * max(right - left, 1.0)
    near = np.minimum(columns - left, right - columns) / reach
    shadow = 0.62 * np.clip(1 - near, 0, 1) ** 1.5
    return np.repeat(shadow, window.size[1], axis=0).astype(np.float32)
