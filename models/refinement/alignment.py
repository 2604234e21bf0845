"""Where the crops of one half of the face lie in a picture, and its points in the crops' own millimetres.

A crop is placed by points that do not move with expression alone (``ALIGNMENT_POINTS``): a smile or a closing lid moves what is
in the crop, never the crop. The left half is seen mirrored, so that both halves look like a right half, and no crop reaches across
the midline: neither half sees the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.face.canonical import CANONICAL_VERTEX_COUNT, canonical_vertices_mm
from core.face.landmarks import MESH478, STABLE_POINTS, mesh_regions
from core.words import Side

_CANTHI = (33, 263)
ALIGNMENT_POINTS: tuple[int, ...] = (*STABLE_POINTS, *_CANTHI)
_MOST_OVERSAMPLING = 4

_EYE = mesh_regions(Side.RIGHT)
# fmt: off
_LIP_POINTS: tuple[int, ...] = (
    61, 76, 62, 78,  # corner, from the outside in
    185, 40, 39, 37, 184, 74, 73, 72, 183, 42, 41, 38, 191, 80, 81, 82,  # upper lip, row by row from the corner to the midline
    146, 91, 181, 84, 77, 90, 180, 85, 96, 89, 179, 86, 95, 88, 178, 87,  # lower lip
)
# fmt: on
ALAR_POINTS = (129, 102, 48, 64, 98)
_BESIDE_MIDLINE = (37, 72, 38, 82, 84, 85, 86, 87)


@dataclass(frozen=True)
class Region:
    """A part of one half of the face with its crop.

    Attributes:
        name: ``"eye"`` or ``"mouth"``.
        points: MESH478 indices of the patient's right that are refined.
        lateral_mm, down_mm: place of the crop's first pixel: for the eye from the middle of its canthi, else from the origin of
            the face (between the eyes, on the midline); lateral is away from the midline, down towards the chin.
        at_eye: whether the crop goes with the canthi of its own side.
        weights: (P,) how much of the refinement each point takes: beside points that stay the mesh's, half of it, so that the
            mesh has no step there.
    """

    name: str
    points: tuple[int, ...]
    lateral_mm: float
    down_mm: float
    at_eye: bool
    weights: tuple[float, ...]

    def of_side(self, side: Side) -> tuple[int, ...]:
        """The same points of one side, in the same order."""
        return self.points if side is Side.RIGHT else MESH478.mirrored(self.points)


CROP_WIDTH, CROP_HEIGHT = 64, 80
MM_PER_PX = 0.8

_EYE_POINTS = (*_EYE.upper_lid, *_EYE.lower_lid, *_EYE.brow_upper, *_EYE.brow_lower)
_MOUTH_POINTS = (*_LIP_POINTS, *ALAR_POINTS)
EYE = Region("eye", _EYE_POINTS, -22.4, -46.0, at_eye=True, weights=(1.0,) * len(_EYE_POINTS))
MOUTH = Region(
    "mouth",
    _MOUTH_POINTS,
    0.4,
    27.0,
    at_eye=False,
    weights=tuple(0.5 if point in _BESIDE_MIDLINE else 1.0 for point in _MOUTH_POINTS),
)
REGIONS: tuple[Region, ...] = (EYE, MOUTH)


def _template() -> np.ndarray:
    """(A,) complex millimetres, x towards the patient's left and y down: the alignment points on an exactly symmetric face."""
    vertices = canonical_vertices_mm()
    even = 0.5 * (vertices + vertices[MESH478.mirror[:CANONICAL_VERTEX_COUNT]] * [-1.0, 1.0, 1.0])
    chosen = even[list(ALIGNMENT_POINTS)]
    canthi = even[[_EYE.inner_canthus, int(MESH478.mirror[_EYE.inner_canthus])]].mean(axis=0)
    return (chosen[:, 0] - canthi[0]) - 1j * (chosen[:, 1] - canthi[1])


_TEMPLATE = _template()
_TEMPLATE_MIDDLE = _TEMPLATE.mean()


@dataclass(frozen=True)
class FacePlace:
    """Where a face lies in a picture, by its stable points alone: pixel = scale * millimetres + origin, as complex numbers.

    Attributes:
        scale: pixels a millimetre, turned by the roll of the head.
        origin: pixel of the origin of the face: between the inner canthi of an average face.
        eyes: right and left, middle of the canthi in millimetres of the face.
    """

    scale: complex
    origin: complex
    eyes: dict[Side, complex]

    @classmethod
    def of(cls, points: np.ndarray) -> FacePlace:
        """From MESH478 points (478, 2 or 3) in pixels: the similarity of least squares."""
        seen = points[list(ALIGNMENT_POINTS), 0].astype(np.float64) + 1j * points[list(ALIGNMENT_POINTS), 1]
        middle = seen.mean()
        flat = _TEMPLATE - _TEMPLATE_MIDDLE
        scale = np.vdot(flat, seen - middle) / np.vdot(flat, flat).real
        if not np.isfinite(scale) or abs(scale) < 1e-6:
            raise ValueError("the stable points of the face coincide")
        origin = middle - scale * _TEMPLATE_MIDDLE
        eyes = {}
        for side in Side:
            eye = mesh_regions(side)
            canthi = points[[eye.inner_canthus, eye.outer_canthus], :2].astype(np.float64).mean(axis=0)
            eyes[side] = (complex(*canthi) - origin) / scale
        return cls(complex(scale), complex(origin), eyes)


@dataclass(frozen=True)
class CropPlace:
    """One region of one half in a picture.

    ``u`` (lateral) and ``v`` (down) are millimetres from the centre of the crop's first pixel, so that a pixel of the crop is
    ``MM_PER_PX`` wide.

    Attributes:
        first: pixel of the picture where the crop begins, complex.
        lateral: step in the picture of a millimetre away from the midline, complex.
        down: step of a millimetre down, complex.
    """

    first: complex
    lateral: complex
    down: complex

    @classmethod
    def of(cls, face: FacePlace, region: Region, side: Side) -> CropPlace:
        """Where the crop of a region lies."""
        lateral, down = side.lateral_sign * face.scale, 1j * face.scale
        begin = face.origin
        if region.at_eye:
            begin += face.scale * face.eyes[side]
        return cls(begin + region.lateral_mm * lateral + region.down_mm * down, lateral, down)

    def to_millimetres(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) u and v of pixels (..., 2 or 3) of the picture."""
        away = points[..., 0].astype(np.float64) + 1j * points[..., 1] - self.first
        return np.stack([(away / self.lateral).real, (away / self.down).real], axis=-1)

    def to_pixels(self, millimetres: np.ndarray) -> np.ndarray:
        """(..., 2) pixels of the picture from u and v (..., 2)."""
        where = self.first + millimetres[..., 0] * self.lateral + millimetres[..., 1] * self.down
        return np.stack([where.real, where.imag], axis=-1)

    def cut(
        self,
        image: np.ndarray,
        size: tuple[int, int] = (CROP_WIDTH, CROP_HEIGHT),
        mm_per_px: float = MM_PER_PX,
        margin_mm: float = 0.0,
    ) -> np.ndarray:
        """(height, width, 3) uint8 crop of a picture (H, W, 3), averaged where the picture is finer than the crop.

        Args:
            image: the picture.
            size: width and height of the crop in its pixels.
            mm_per_px: width of its pixels.
            margin_mm: how far before the first pixel it begins.
        """
        fine = int(np.clip(np.ceil(abs(self.lateral) * mm_per_px - 0.25), 1, _MOST_OVERSAMPLING))
        step = mm_per_px / fine
        # Pixels of the finer crop are centred around those of the crop.
        shift = (0.5 / fine - 0.5) * mm_per_px - margin_mm
        first = self.first + shift * (self.lateral + self.down)
        matrix = np.array(
            [
                [step * self.lateral.real, step * self.down.real, first.real],
                [step * self.lateral.imag, step * self.down.imag, first.imag],
            ]
        )
        crop = cv2.warpAffine(
            image,
            matrix,
            (size[0] * fine, size[1] * fine),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return crop if fine == 1 else cv2.resize(crop, size, interpolation=cv2.INTER_AREA)


def points_of(points: np.ndarray, place: CropPlace, indices: Sequence[int]) -> np.ndarray:
    """(P, 2) u and v of some MESH478 points (478, 2 or 3) in pixels."""
    return place.to_millimetres(points[list(indices)])
