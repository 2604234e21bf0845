"""The millimetre scale from the iris (reference B4)."""

from __future__ import annotations

import numpy as np

from core.face.landmarks import mesh_regions
from core.words import SIDES

# Horizontal visible iris diameter of healthy adults: 11.71 +- 0.42 mm, n = 390 (Rufer 2005, 10.1097/01.ico.0000148312.01805.53).
IRIS_DIAMETER_MM = 11.7

# An eye counts as open for the scale when its aperture is at least this part of its median over the rest frames.
_OPEN_FRACTION = 0.8


def iris_diameter(points: np.ndarray) -> np.ndarray:
    """Horizontal iris diameter, mean of both eyes, in the unit of ``points`` (..., 478, 2 or 3); shape (...)."""
    diameters = [
        np.linalg.norm(points[..., eye.iris_temporal, :2] - points[..., eye.iris_nasal, :2], axis=-1)
        for eye in map(mesh_regions, SIDES)
    ]
    return np.mean(diameters, axis=0)


def iris_diameter_at_rest(points: np.ndarray, rest: np.ndarray) -> float | None:
    """Median iris diameter over the rest frames in which both eyes are open; None when there is no such frame.

    Lids that close pull the iris points along, so frames of a closing eye never enter (reference B4).

    Args:
        points: (T, 478, 2 or 3) in any length unit.
        rest: (T,) bool.
    """
    usable = rest & np.isfinite(points[:, 0, 0])
    if not usable.any():
        return None
    apertures = np.stack([_aperture(points, side_index) for side_index in range(2)], axis=1)[usable]
    open_eyes = (apertures >= _OPEN_FRACTION * np.median(apertures, axis=0)).all(axis=1)
    if not open_eyes.any():
        return None
    return float(np.median(iris_diameter(points)[usable][open_eyes]))


def _aperture(points: np.ndarray, side_index: int) -> np.ndarray:
    eye = mesh_regions(SIDES[side_index])
    upper, lower = points[:, list(eye.fissure_upper), :2], points[:, list(eye.fissure_lower), :2]
    return np.linalg.norm(upper - lower, axis=-1).mean(axis=-1)
