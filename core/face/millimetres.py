"""Landmarks in millimetres in the patient's own face frame: head movement, distance and pixel size taken out.

Every frame is brought onto the patient's own rest shape by a rigid fit on points that do not move with expression
(reference C5), levelled on the medial canthus line (reference B1) and scaled by the iris (reference B4). What is left is the
movement of the face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from core.checks import check_shape
from core.face.canonical import canonical_vertices_mm
from core.face.landmarks import MESH478_COUNT, STABLE_POINTS, mesh_regions
from core.face.pose import SimilarityTransforms, fit_similarity, to_face_axes
from core.face.scale import IRIS_DIAMETER_MM, iris_diameter_at_rest
from core.words import Side

# The distance to the camera changes slowly against the noise of the fit (0.3 to 0.5 % a frame on the development clips), so the
# scale of the rigid fit is the median over this many seconds.
_DISTANCE_WINDOW_S = 1.0
_FRAMES_AT_ONCE = 2048


@dataclass(frozen=True)
class FaceMillimetres:
    """Landmarks of one recording in the face frame.

    Attributes:
        times: (T,) seconds.
        points: (T, 478, 3) float32 millimetres: x towards the patient's left, y up the face, z towards the camera; the origin
            lies midway between the inner canthi at rest. NaN in frames without a face. When no millimetre scale could be
            found the unit is the canonical face's millimetre and ``mm_per_px`` is None.
        mm_per_px: millimetres a pixel at rest, at the depth of the eyes, or None.
        iris_px: iris diameter at rest in pixels of the recording, or None.
        iris_mm: the iris constant used.
    """

    times: np.ndarray
    points: np.ndarray
    mm_per_px: float | None
    iris_px: float | None
    iris_mm: float

    def __post_init__(self) -> None:
        check_shape("points", self.points, (len(self.times), MESH478_COUNT, 3))


def face_millimetres(
    times: np.ndarray,
    points_px: np.ndarray,
    rest: np.ndarray,
    *,
    iris_mm: float = IRIS_DIAMETER_MM,
) -> FaceMillimetres:
    """Bring a track of MESH478 points into millimetres of the face frame.

    Args:
        times: (T,) seconds.
        points_px: (T, 478, 3) pixels, x right, y down, z away from the camera; NaN without a face.
        rest: (T,) bool, frames in which the face is at rest; when it holds none with a face, all frames are used.
        iris_mm: true horizontal iris diameter.
    """
    found = np.isfinite(points_px[:, 0, 0])
    rest = rest & found
    if not rest.any():
        rest = found
    stable = list(STABLE_POINTS)
    observed = to_face_axes(points_px.astype(np.float32, copy=False))
    template = _rest_template(observed[:, stable], rest)
    fit = fit_similarity(observed[:, stable], template)
    fit = _with_slow_scale(fit, observed[:, stable], template, times)
    aligned = _apply_in_place(fit, observed)
    _level(aligned, rest)
    iris_aligned = iris_diameter_at_rest(aligned, rest)
    if not iris_aligned:
        return FaceMillimetres(times, aligned, None, None, iris_mm)
    mm_per_aligned = iris_mm / iris_aligned
    mm_per_px = mm_per_aligned * float(np.median(fit.scale[rest]))
    aligned *= np.float32(mm_per_aligned)
    return FaceMillimetres(times, aligned, mm_per_px, iris_mm / mm_per_px, iris_mm)


def _apply_in_place(fit: SimilarityTransforms, points: np.ndarray) -> np.ndarray:
    """The transformed points, written over ``points``: of a long recording there is one copy beside the track, not more."""
    for start in range(0, len(points), _FRAMES_AT_ONCE):
        part = slice(start, start + _FRAMES_AT_ONCE)
        points[part] = SimilarityTransforms(fit.scale[part], fit.rotation[part], fit.translation[part]).apply(
            points[part]
        )
    return points


def _rest_template(stable: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(M, 3) the patient's own stable points at rest, turned to face the camera, in units of the canonical face."""
    canonical = canonical_vertices_mm()[list(STABLE_POINTS)]
    aligned = fit_similarity(stable[rest], canonical).apply(stable[rest])
    return np.median(aligned, axis=0)


def _with_slow_scale(
    fit: SimilarityTransforms, source: np.ndarray, target: np.ndarray, times: np.ndarray
) -> SimilarityTransforms:
    """The same fit with its scale low-passed in time, the translation set so that the centroids still agree."""
    found = np.isfinite(fit.scale)
    if not found.any():
        return fit
    interval = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    window = max(1, round(_DISTANCE_WINDOW_S / interval)) | 1
    scale = np.full_like(fit.scale, np.nan)
    scale[found] = median_filter(fit.scale[found], size=min(window, 2 * int(found.sum()) - 1), mode="nearest")
    centre = source.mean(axis=1)
    translation = target.mean(axis=0) - scale[:, None] * np.einsum("tij,tj->ti", fit.rotation, centre)
    return SimilarityTransforms(scale, fit.rotation, translation)


def _level(points: np.ndarray, rest: np.ndarray) -> None:
    """Turn and shift, in place, so that at rest the medial canthi lie level and their midpoint is the origin."""
    right = np.median(points[rest, mesh_regions(Side.RIGHT).inner_canthus], axis=0)
    left = np.median(points[rest, mesh_regions(Side.LEFT).inner_canthus], axis=0)
    across = left - right
    angle = np.arctan2(across[1], across[0])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], dtype=points.dtype)
    points -= ((right + left) / 2).astype(points.dtype)
    for part in np.array_split(points, max(1, len(points) // _FRAMES_AT_ONCE)):
        part[..., :2] = part[..., :2] @ turn.T
