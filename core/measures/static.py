"""Measures of one face: pure functions on points in the face frame (reference B2, ids M1 to M17b).

Every function takes ``points`` (..., 478, 2 or 3) in the face frame (x towards the patient's left, y up; millimetres unless the
recording has no scale) and returns an array of the leading shape. Lengths carry the unit of the points, areas its square, angles
are in degrees. Lateral means away from the midline on either side.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import trapezoid

from core.face.landmarks import (
    CHIN,
    CHIN_CONTOUR,
    LOWER_LIP_MIDLINE,
    PHILTRUM,
    SUBNASALE,
    UPPER_LIP_MIDLINE,
    MeshRegions,
    mesh_regions,
)
from core.words import Side


def _x(points: np.ndarray, index: int) -> np.ndarray:
    return points[..., index, 0]


def _y(points: np.ndarray, index: int) -> np.ndarray:
    return points[..., index, 1]


def lateral(points: np.ndarray, index: int, side: Side) -> np.ndarray:
    """Distance of a point from the facial midline, positive away from it."""
    return side.lateral_sign * points[..., index, 0]


def height_on_curve(points: np.ndarray, curve: tuple[int, ...], at_x: np.ndarray) -> np.ndarray:
    """Height y of a polyline of landmarks where it crosses ``at_x`` (...), linear between points, NaN outside its ends.

    The points are sorted by x first, so that an open mouth or a folded contour does no harm (reference B2, notes).
    """
    x, y = points[..., list(curve), 0], points[..., list(curve), 1]
    order = np.argsort(x, axis=-1)
    x, y = np.take_along_axis(x, order, -1), np.take_along_axis(y, order, -1)
    after = np.clip((x < at_x[..., None]).sum(axis=-1), 1, len(curve) - 1)
    left, right = after - 1, after

    def pick(values: np.ndarray, index: np.ndarray) -> np.ndarray:
        return np.take_along_axis(values, index[..., None], -1)[..., 0]

    x0, x1, y0, y1 = pick(x, left), pick(x, right), pick(y, left), pick(y, right)
    span = np.where(x1 > x0, x1 - x0, 1.0)
    height = y0 + (at_x - x0) / span * (y1 - y0)
    outside = (at_x < x[..., 0]) | (at_x > x[..., -1]) | ~np.isfinite(at_x)
    return np.where(outside, np.nan, height)


# ----------------------------------------------------------------------------------------------------------------- brow


def brow_height(points: np.ndarray, side: Side) -> np.ndarray:
    """M1: upper brow edge above the iris centre, at the iris. Not usable with closed eyes."""
    eye = mesh_regions(side)
    brow = height_on_curve(points, eye.brow_upper, _x(points, eye.iris_centre))
    return brow - _y(points, eye.iris_centre)


def brow_height_canthal(points: np.ndarray, side: Side) -> np.ndarray:
    """M1b: middle of the upper brow edge above the midpoint of the canthi; holds with closed eyes."""
    eye = mesh_regions(side)
    canthi = (_y(points, eye.outer_canthus) + _y(points, eye.inner_canthus)) / 2
    return points[..., list(eye.brow_middle), 1].mean(axis=-1) - canthi


def brow_medial_distance(points: np.ndarray, side: Side) -> np.ndarray:
    """Lateral position of the medial brow end (for frown)."""
    return lateral(points, mesh_regions(side).brow_upper[-1], side)


# ------------------------------------------------------------------------------------------------------------------ eye


def upper_lid_margin_reflex_distance(points: np.ndarray, side: Side) -> np.ndarray:
    """M2 (MRD1): upper lid margin above the iris centre, at the iris; negative in severe ptosis."""
    eye = mesh_regions(side)
    lid = height_on_curve(points, eye.upper_lid, _x(points, eye.iris_centre))
    return lid - _y(points, eye.iris_centre)


def lower_lid_margin_reflex_distance(points: np.ndarray, side: Side) -> np.ndarray:
    """M3 (MRD2): iris centre above the lower lid margin, at the iris; larger means scleral show."""
    eye = mesh_regions(side)
    lid = height_on_curve(points, eye.lower_lid, _x(points, eye.iris_centre))
    return _y(points, eye.iris_centre) - lid


def palpebral_fissure_height(points: np.ndarray, side: Side) -> np.ndarray:
    """M4: mean of the three vertical lid distances in the middle of the eye, at least 0."""
    eye = mesh_regions(side)
    gap = points[..., list(eye.fissure_upper), 1] - points[..., list(eye.fissure_lower), 1]
    return np.maximum(gap.mean(axis=-1), 0.0)


def palpebral_fissure_width(points: np.ndarray, side: Side) -> np.ndarray:
    """M4w: distance of the canthi."""
    eye = mesh_regions(side)
    return np.linalg.norm(points[..., eye.outer_canthus, :2] - points[..., eye.inner_canthus, :2], axis=-1)


def eye_area(points: np.ndarray, side: Side) -> np.ndarray:
    """M4a: area inside the 16-point lid contour."""
    return _polygon_area(points, mesh_regions(side).eye_contour)


def eye_aspect_ratio(points: np.ndarray, side: Side) -> np.ndarray:
    """M5 (EAR): two vertical lid distances over twice the width; no unit (10.21105/joss.06425)."""
    eye = mesh_regions(side)
    verticals = sum(
        np.linalg.norm(points[..., eye.fissure_upper[i], :2] - points[..., eye.fissure_lower[i], :2], axis=-1)
        for i in (0, 2)
    )
    return verticals / (2 * palpebral_fissure_width(points, side))


def _polygon_area(points: np.ndarray, contour: tuple[int, ...]) -> np.ndarray:
    x, y = points[..., list(contour), 0], points[..., list(contour), 1]
    return 0.5 * np.abs((x * np.roll(y, -1, axis=-1) - np.roll(x, -1, axis=-1) * y).sum(axis=-1))


# ---------------------------------------------------------------------------------------------------------------- mouth


def commissure(points: np.ndarray, side: Side) -> np.ndarray:
    """M7: mouth corner as (lateral, height), shape (..., 2)."""
    corner = mesh_regions(side).corner
    return np.stack([lateral(points, corner, side), _y(points, corner)], axis=-1)


def _lower_lip_on_midline(points: np.ndarray) -> np.ndarray:
    right, left = mesh_regions(Side.RIGHT), mesh_regions(Side.LEFT)
    contour = right.lower_lip_outer + left.lower_lip_outer[-2::-1]
    midline = np.zeros(points.shape[:-2])
    height = height_on_curve(points, contour, midline)
    return np.where(np.isfinite(height), height, _y(points, LOWER_LIP_MIDLINE))


def commissure_position(points: np.ndarray, side: Side) -> np.ndarray:
    """M8e, the Emotrics "commissure excursion": distance of the corner from the lower lip on the midline; a position."""
    corner = points[..., mesh_regions(side).corner, :2]
    return np.hypot(corner[..., 0], corner[..., 1] - _lower_lip_on_midline(points))


def smile_angle(points: np.ndarray, side: Side) -> np.ndarray:
    """M9, degrees: above 90 when the corner is higher than the lower lip on the midline."""
    rise = _y(points, mesh_regions(side).corner) - _lower_lip_on_midline(points)
    with np.errstate(invalid="ignore", divide="ignore"):
        return 90.0 + np.rad2deg(np.arcsin(np.clip(rise / commissure_position(points, side), -1.0, 1.0)))


def upper_lip_slope(points: np.ndarray, side: Side) -> np.ndarray:
    """M10c, degrees below the horizontal of the line from the middle of the upper lip to the corner; negative: corner above."""
    corner = mesh_regions(side).corner
    across = side.lateral_sign * (_x(points, corner) - _x(points, UPPER_LIP_MIDLINE))
    return np.rad2deg(np.arctan2(_y(points, UPPER_LIP_MIDLINE) - _y(points, corner), across))


def _hemi_lip_x(points: np.ndarray, side: Side) -> np.ndarray:
    """x of the hemi-lip vertical: on the outer upper lip, half the lateral distance of the corner away from the corner.

    Emotrics' construction (reference B2): the distance is measured along the straight line from the corner, so the point is
    found on the polyline of the upper lip between the corner and the midline.
    """
    region = mesh_regions(side)
    curve = points[..., list(region.upper_lip_outer), :2]
    corner = curve[..., :1, :]
    reach = np.abs(corner[..., 0, 0]) / 2
    distance = np.linalg.norm(curve - corner, axis=-1)
    passed = distance >= reach[..., None]
    after = np.where(passed.any(axis=-1), passed.argmax(axis=-1), curve.shape[-2] - 1)
    after = np.clip(after, 1, curve.shape[-2] - 1)

    def pick(values: np.ndarray, index: np.ndarray) -> np.ndarray:
        return np.take_along_axis(values, index[..., None], -1)[..., 0]

    near, far = pick(distance, after - 1), pick(distance, after)
    span = np.where(far > near, far - near, 1.0)
    part = np.clip((reach - near) / span, 0.0, 1.0)
    x = curve[..., 0]
    return pick(x, after - 1) + part * (pick(x, after) - pick(x, after - 1))


def _lip_height(points: np.ndarray, side: Side, curve_name: str) -> np.ndarray:
    region = mesh_regions(side)
    other: MeshRegions = mesh_regions(side.opposite)
    curve: tuple[int, ...] = getattr(region, curve_name)
    # A dragged midline may push the vertical past the middle of the lip: the other half of the contour continues it.
    whole = curve + getattr(other, curve_name)[-2::-1]
    return height_on_curve(points, whole, _hemi_lip_x(points, side))


def dental_show(points: np.ndarray, side: Side) -> np.ndarray:
    """M11: gap of the inner lips at the hemi-lip vertical, at least 0. A lip gap, not a detection of teeth."""
    gap = _lip_height(points, side, "upper_lip_inner") - _lip_height(points, side, "lower_lip_inner")
    return np.maximum(gap, 0.0)


def interlabial_area(points: np.ndarray, side: Side) -> np.ndarray:
    """M11a: area between the inner lips on one side of the midline of the face."""
    right, left = mesh_regions(Side.RIGHT), mesh_regions(Side.LEFT)
    upper = right.upper_lip_inner + left.upper_lip_inner[-2::-1]
    lower = right.lower_lip_inner + left.lower_lip_inner[-2::-1]
    reach = side.lateral_sign * _x(points, mesh_regions(side).inner_corner)
    steps = np.linspace(0.0, 1.0, 21)
    gaps = []
    for step in steps:
        at = side.lateral_sign * step * np.maximum(reach, 0.0)
        gap = height_on_curve(points, upper, at) - height_on_curve(points, lower, at)
        gaps.append(np.maximum(np.nan_to_num(gap), 0.0))
    area = trapezoid(np.stack(gaps, axis=-1), steps, axis=-1)
    return np.where(np.isfinite(reach), area * np.maximum(reach, 0.0), np.nan)


def lower_lip_height(points: np.ndarray, side: Side) -> np.ndarray:
    """M12: inner lower lip above the jaw contour, both at the hemi-lip vertical; falls when the lip is depressed."""
    jaw = mesh_regions(Side.RIGHT).jaw + mesh_regions(Side.LEFT).jaw[-2::-1]
    return _lip_height(points, side, "lower_lip_inner") - height_on_curve(points, jaw, _hemi_lip_x(points, side))


def lower_lip_lateral_height(points: np.ndarray, side: Side) -> np.ndarray:
    """M12b: lateral lower lip above its middle; free of the jaw."""
    return _y(points, mesh_regions(side).lower_lip_lateral) - _y(points, LOWER_LIP_MIDLINE)


def lower_lip_above_chin(points: np.ndarray, side: Side) -> np.ndarray:
    """M12c: lateral lower lip (outer border) above the chin contour, whose height is the mean of five points around its middle.

    Our own variant of M12 and M12b: like M12 it is free of the jaw, like M12b it does not depend on where the mouth corner
    rests. benchmarks/phantom_accuracy.py says how much of the true movement it shows.
    """
    chin = points[..., list(CHIN_CONTOUR), 1].mean(axis=-1)
    return _y(points, mesh_regions(side).lower_lip_lateral) - chin


def upper_lip_position(points: np.ndarray, side: Side) -> np.ndarray:
    """M15, upper: height of the outer upper lip at the hemi-lip vertical."""
    return _lip_height(points, side, "upper_lip_outer")


def lower_lip_position(points: np.ndarray, side: Side) -> np.ndarray:
    """M15, lower: height of the outer lower lip at the hemi-lip vertical."""
    return _lip_height(points, side, "lower_lip_outer")


def vermilion_height_upper(points: np.ndarray, side: Side) -> np.ndarray:
    """M15v, upper: outer minus inner upper lip at the hemi-lip vertical."""
    return _lip_height(points, side, "upper_lip_outer") - _lip_height(points, side, "upper_lip_inner")


def vermilion_height_lower(points: np.ndarray, side: Side) -> np.ndarray:
    """M15v, lower: inner minus outer lower lip at the hemi-lip vertical."""
    return _lip_height(points, side, "lower_lip_inner") - _lip_height(points, side, "lower_lip_outer")


# ---------------------------------------------------------------------------------------------------------- nose, midline


def snarl_height(points: np.ndarray, side: Side) -> np.ndarray:
    """M13: mean height of the alar crease and the lateral upper lip."""
    region = mesh_regions(side)
    return points[..., [region.ala, *region.upper_lip_lateral], 1].mean(axis=-1)


def alar_lateral(points: np.ndarray, side: Side) -> np.ndarray:
    """M19: lateral distance of the alar crease from the midline; sensitive to yaw."""
    return lateral(points, mesh_regions(side).ala, side)


def alar_height(points: np.ndarray, side: Side) -> np.ndarray:
    """M19: height of the alar crease."""
    return _y(points, mesh_regions(side).ala)


def mouth_cant(points: np.ndarray) -> np.ndarray:
    """M10b, degrees: tilt of the line of the corners against the canthus line; positive when the patient's left is higher."""
    right, left = mesh_regions(Side.RIGHT).corner, mesh_regions(Side.LEFT).corner
    return np.rad2deg(np.arctan2(_y(points, left) - _y(points, right), _x(points, left) - _x(points, right)))


def philtrum_deviation(points: np.ndarray) -> np.ndarray:
    """M17: philtrum off the midline, positive towards the patient's left."""
    return _x(points, PHILTRUM)


def philtrum_angle(points: np.ndarray) -> np.ndarray:
    """M17, degrees: lean of the line from subnasale to the upper lip, positive towards the patient's left."""
    down = _y(points, SUBNASALE) - _y(points, UPPER_LIP_MIDLINE)
    return np.rad2deg(np.arctan2(_x(points, UPPER_LIP_MIDLINE) - _x(points, SUBNASALE), down))


def chin_deviation(points: np.ndarray) -> np.ndarray:
    """M17b: chin off the midline, positive towards the patient's left."""
    return _x(points, CHIN)
