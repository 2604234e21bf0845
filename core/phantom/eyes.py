"""Eyes: the eyeball seen through the opening of the lids, the unfolding skin of a closing lid, and the lash line."""

from __future__ import annotations

import cv2
import numpy as np

from core.face.landmarks import MESH478, mesh_regions
from core.phantom.layers import Window, blend, line_mask, lines_mask, polygon_mask, shade, smooth_line
from core.phantom.portrait import Portrait
from core.words import Side

# Skin of the upper lid above its margin, patient's right; its colour is taken for the part that unfolds.
_UPPER_LID_SKIN = (247, 30, 29, 27, 28, 56, 190)
_OPEN_GAP_MM = 0.35
_LASHES = 26


class EyePainter:
    """Paints one eye into the warped skin, frame by frame."""

    def __init__(self, portrait: Portrait, side: Side) -> None:
        region = mesh_regions(side)
        self._portrait = portrait
        self._upper = [region.outer_canthus, *region.upper_lid, region.inner_canthus]
        self._lower = [region.outer_canthus, *region.lower_lid, region.inner_canthus]
        skin = _UPPER_LID_SKIN if side is Side.RIGHT else MESH478.mirrored(_UPPER_LID_SKIN)
        self._skin_row = [region.outer_canthus, *skin, region.inner_canthus]
        self._anchors = [
            region.iris_centre,
            region.iris_nasal,
            region.iris_top,
            region.iris_temporal,
            region.iris_bottom,
        ]
        self._skin_rgb = np.array(portrait.skin_rgb, np.float32)
        self._lash_rgb = np.array(portrait.lash_rgb, np.float32)
        texture = np.random.default_rng(0).normal(0, 1, (512, 512)).astype(np.float32)
        self._texture = cv2.GaussianBlur(texture, (0, 0), 0.8) * 2.2

    def paint(self, picture: np.ndarray, points: np.ndarray, at_rest: np.ndarray, px_per_mm: float) -> None:
        """Paint in place.

        Args:
            picture: (H, W, 3) uint8 RGB, the warped skin.
            points: (478, 2) pixels of the moved face.
            at_rest: (478, 2) pixels of the same head position with the face at rest.
            px_per_mm: scale.
        """
        height, width = picture.shape[:2]
        corners = np.vstack([points[self._upper], points[self._lower], at_rest[self._upper], at_rest[self._lower]])
        window = Window.around(corners, 3.0 * px_per_mm, width, height)
        if window is None:
            return
        view = window.of(picture)
        upper, lower = smooth_line(points[self._upper]), smooth_line(points[self._lower])
        self._unfold_lid(view, window, upper, points, at_rest, px_per_mm)
        gap = float(np.max(lower[:, 1] - np.interp(lower[:, 0], *_sorted_by_x(upper))))
        if gap > _OPEN_GAP_MM * px_per_mm:
            self._show_eyeball(view, window, upper, lower, at_rest, px_per_mm)
        self._draw_lashes(view, window, upper, lower, gap, at_rest, px_per_mm)

    def _unfold_lid(
        self,
        view: np.ndarray,
        window: Window,
        upper: np.ndarray,
        points: np.ndarray,
        at_rest: np.ndarray,
        px_per_mm: float,
    ) -> None:
        """Plain lid skin where the warp would have stretched the narrow strip above the lashes."""
        resting = smooth_line(at_rest[self._upper])
        x = np.arange(window.left, window.right, dtype=float)
        margin = np.interp(x, *_sorted_by_x(upper))
        rest = np.interp(x, *_sorted_by_x(resting))
        travel = margin - rest
        deepest = float(travel.max())
        if deepest < 0.8 * px_per_mm:
            return
        crease = np.interp(x, *_sorted_by_x(smooth_line(points[self._skin_row])))
        start = np.minimum(rest - 1.2 * px_per_mm, crease + 0.6 * np.maximum(margin - crease, 0))
        y = np.arange(window.top, window.bottom, dtype=float)[:, None]
        along = np.clip((y - start) / np.maximum(margin - start, 1.0), 0, 1)
        feather = 1.6 * px_per_mm
        cover = np.clip((y - (start - feather)) / (2 * feather), 0, 1)
        cover = cover * cover * (3 - 2 * cover) * np.clip(margin + 0.5 - y, 0, 1)
        ends = np.clip((x - upper[:, 0].min()) / (2.5 * px_per_mm), 0, 1) * np.clip(
            (upper[:, 0].max() - x) / (2.5 * px_per_mm), 0, 1
        )
        moved = np.clip(travel / (1.5 * px_per_mm), 0, 1)
        cover = (cover * ends * moved).astype(np.float32)
        bulge = 0.94 + 0.10 * np.sin(np.pi * np.clip(along, 0, 1) ** 0.8) - 0.16 * along**5
        middle = (upper[:, 0].min() + upper[:, 0].max()) / 2
        half = max((upper[:, 0].max() - upper[:, 0].min()) / 2, 1.0)
        bulge = bulge * (1.0 - 0.10 * ((x - middle) / half) ** 2)
        colour = self._local_skin(view, window, at_rest)[None, None, :] * bulge[..., None]
        grain = self._grain(view, window, at_rest, px_per_mm)
        blend(view, np.clip(colour + grain[..., None], 0, 255).astype(np.float32), cover)

    def _local_skin(self, view: np.ndarray, window: Window, at_rest: np.ndarray) -> np.ndarray:
        """Colour of the skin between lid and brow in this very picture, so that light and pose agree."""
        where = np.rint(at_rest[self._skin_row[2:-2]] - window.offset).astype(int)
        height, width = view.shape[:2]
        inside = (where[:, 0] >= 0) & (where[:, 0] < width) & (where[:, 1] >= 0) & (where[:, 1] < height)
        if not inside.any():
            return self._skin_rgb
        seen = view[where[inside, 1], where[inside, 0]].astype(np.float32)
        return 0.7 * np.median(seen, axis=0) + 0.3 * self._skin_rgb

    def _grain(self, view: np.ndarray, window: Window, at_rest: np.ndarray, px_per_mm: float) -> np.ndarray:
        """Fine structure at the contrast of the skin above the eye, so that the unfolded lid is not smoother than that."""
        grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY).astype(np.float32)
        fine = grey - cv2.GaussianBlur(grey, (0, 0), max(1.0, 0.6 * px_per_mm))
        rows = int(np.clip(at_rest[self._skin_row, 1].mean() - window.top, 1, view.shape[0]))
        contrast = float(np.clip(1.4826 * np.median(np.abs(fine[:rows])), 0.0, 4.0))
        width, height = window.size
        return contrast * self._texture[:height, :width]

    def _show_eyeball(
        self,
        view: np.ndarray,
        window: Window,
        upper: np.ndarray,
        lower: np.ndarray,
        at_rest: np.ndarray,
        px_per_mm: float,
    ) -> None:
        source = self._portrait.points[self._anchors].astype(np.float64)
        target = at_rest[self._anchors] - window.offset
        affine = np.linalg.lstsq(np.column_stack([source, np.ones(len(source))]), target, rcond=None)[0].T
        eyeball = cv2.warpAffine(
            self._portrait.eye_layer, affine, window.size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        lid_shadow = line_mask(upper, 2.6 * px_per_mm, window, soften=1.0 * px_per_mm)
        shade(eyeball, 0.42 * lid_shadow)
        opening = polygon_mask(np.vstack([upper, lower[::-1]]), window)
        blend(view, eyeball, opening)
        waterline = line_mask(lower + [0.0, 0.25 * px_per_mm], 0.7 * px_per_mm, window, soften=0.3 * px_per_mm)
        blend(view, np.minimum(self._skin_rgb * 1.02 + [14, 2, 2], 255).astype(np.float32), 0.38 * waterline)

    def _draw_lashes(
        self,
        view: np.ndarray,
        window: Window,
        upper: np.ndarray,
        lower: np.ndarray,
        gap: float,
        at_rest: np.ndarray,
        px_per_mm: float,
    ) -> None:
        """A lash line along the upper margin; in a photograph the open eye has its own, so it comes only with the closing."""
        resting = smooth_line(at_rest[self._upper])
        middle = slice(len(upper) // 4, 3 * len(upper) // 4)
        travel = float(np.mean((upper[:, 1] - np.interp(upper[:, 0], *_sorted_by_x(resting)))[middle])) / px_per_mm
        strength = 1.0 if self._portrait.drawn else float(np.clip(travel / 3.0, 0, 1))
        if strength <= 0:
            return
        shut = float(np.clip(1 - gap / (2.5 * px_per_mm), 0, 1))
        line = line_mask(upper, (0.75 + 0.35 * shut) * px_per_mm, window, soften=0.22 * px_per_mm)
        blend(view, self._lash_rgb, np.clip(0.78 * strength * line, 0, 1))
        lash = self._lash_strokes(window, upper, float(np.clip(travel / 4.0, 0, 1)), px_per_mm)
        blend(view, self._lash_rgb, np.clip(0.42 * strength * lash, 0, 1))
        if shut > 0:
            fold = line_mask(lower + [0.0, 0.5 * px_per_mm], 0.9 * px_per_mm, window, soften=0.5 * px_per_mm)
            shade(view, 0.22 * shut * fold)

    def _lash_strokes(self, window: Window, upper: np.ndarray, lowered: float, px_per_mm: float) -> np.ndarray:
        """Curved fine strokes from the margin, longer at the outer corner: up and out while open, hanging when the lid is down."""
        outwards = np.sign(upper[0, 0] - upper[-1, 0])
        part = np.arange(2, _LASHES - 2) / _LASHES
        number = np.arange(2, _LASHES - 2)
        root = upper[np.rint(part * (len(upper) - 1)).astype(int)]
        spread = 0.85 * outwards * (0.75 - part) * (1.0 - 0.3 * ((number * 7) % 3))
        length = px_per_mm * (1.15 + 1.1 * (1 - part)) * (0.85 + 0.1 * ((number * 5) % 4))
        drop = np.full(len(part), 1.55 * lowered - 0.85)
        bend = root + length[:, None] * np.column_stack([0.5 * spread, 0.65 * drop])
        tip = root + length[:, None] * np.column_stack([spread, 0.85 * drop])
        cover = lines_mask(np.stack([root, bend, tip], axis=1), 0.16 * px_per_mm, window)
        return cv2.GaussianBlur(cover, (0, 0), max(0.25, 0.08 * px_per_mm))


def _sorted_by_x(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(line[:, 0])
    return line[order, 0], line[order, 1]
