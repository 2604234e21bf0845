"""The drawn face of the face map: outlines and branch territories in one unit coordinate system.

x runs from the patient's right (negative, left of the screen) to the patient's left, y upwards; the eyes lie near y = 0 and the
chin at y = -1. Everything is written down for the patient's left (x > 0) and mirrored, so the two halves cannot differ. The
same polylines serve plotly, SVG and matplotlib.

Territories are regions of movement, not courses of nerves: branches overlap and interconnect (reference A3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.words import SIDES, Branch, Side

Anchors = Sequence[tuple[float, float]]

X_RANGE = (-1.0, 1.0)
Y_RANGE = (-1.66, 1.26)

_GAP = 0.011
_ROUNDING = 0.035


@dataclass(frozen=True)
class Stroke:
    """A part of the drawing.

    Attributes:
        name: what it is, e.g. ``"face"`` or ``"brow"``.
        points: (N, 2) unit coordinates; closed polygons repeat their first point.
        kind: ``"skin"``, ``"hair"``, ``"sclera"``, ``"iris"``, ``"pupil"``, ``"lip"`` and ``"ink"`` are filled; ``"line"`` and
            ``"fine"`` are pen strokes.
    """

    name: str
    points: np.ndarray
    kind: str


@dataclass(frozen=True)
class Territory:
    """The region of one branch on one side.

    Attributes:
        polygon: (N, 2) closed outline with rounded corners, a gap away from its neighbours.
        label: where its value is printed.
        name_at: where a name beside the face is anchored (outer edge of the region).
    """

    branch: Branch
    side: Side
    polygon: np.ndarray
    label: tuple[float, float]
    name_at: tuple[float, float]


def spline(anchors: Anchors, closed: bool = False, steps: int = 14) -> np.ndarray:
    """Centripetal Catmull-Rom curve through the anchors, (N, 2); it neither overshoots nor loops at uneven spacing."""
    points = np.asarray(anchors, dtype=float)
    if closed:
        points = np.vstack([points[-1], points, points[:2]])
    else:
        points = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = [_catmull_rom(points[i : i + 4], steps) for i in range(len(points) - 3)]
    return np.vstack([*pieces, points[-2][None]])


def _catmull_rom(four: np.ndarray, steps: int) -> np.ndarray:
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(four, axis=0), axis=1)))])
    t = np.linspace(knots[1], knots[2], steps, endpoint=False)[:, None]

    def blend(a: np.ndarray, b: np.ndarray, i: int, j: int) -> np.ndarray:
        return ((knots[j] - t) * a + (t - knots[i]) * b) / (knots[j] - knots[i])

    first, second, third = (blend(four[i], four[i + 1], i, i + 1) for i in range(3))
    return blend(blend(first, second, 0, 2), blend(second, third, 1, 3), 1, 2)


def mirrored(points: np.ndarray) -> np.ndarray:
    """The same points on the other side, (N, 2)."""
    return points * np.array([-1.0, 1.0])


def whole(half: np.ndarray) -> np.ndarray:
    """A half outline that starts and ends on the midline, completed to a closed polygon, (N, 2)."""
    return np.vstack([half, mirrored(half)[::-1][1:]])


def svg_path(points: np.ndarray) -> str:
    """A polyline in the words of SVG, y upwards as in the unit coordinates (plotly draws shapes so; SVG itself needs a flip)."""
    return "M" + "L".join(f"{x:.3f},{y:.3f}" for x, y in points)


# ------------------------------------------------------------------ anchors, patient's left half
_FACE: Anchors = (
    (0.0, 0.98), (0.24, 0.955), (0.46, 0.86), (0.61, 0.66), (0.672, 0.42), (0.688, 0.18), (0.678, -0.06), (0.655, -0.28),
    (0.612, -0.50), (0.53, -0.705), (0.405, -0.865), (0.27, -0.972), (0.13, -1.022), (0.0, -1.03),
)  # fmt: skip
_HAIRLINE: Anchors = (
    (0.0, 0.785), (0.17, 0.79), (0.335, 0.745), (0.465, 0.655), (0.535, 0.545), (0.585, 0.42), (0.63, 0.30), (0.648, 0.20),
    (0.662, 0.06),
)  # fmt: skip
_HAIR_TOP: Anchors = (
    (0.70, 0.02), (0.725, 0.20), (0.762, 0.42), (0.755, 0.66), (0.675, 0.90), (0.50, 1.085), (0.26, 1.185), (0.0, 1.21),
)  # fmt: skip
_EAR: Anchors = (
    (0.672, 0.17), (0.715, 0.245), (0.775, 0.25), (0.81, 0.175), (0.805, 0.06), (0.775, -0.05), (0.757, -0.14),
    (0.722, -0.215), (0.675, -0.20), (0.655, -0.12),
)  # fmt: skip
_EAR_FOLD: Anchors = ((0.712, 0.145), (0.745, 0.185), (0.775, 0.15), (0.768, 0.06), (0.742, 0.0), (0.728, -0.07))
_EAR_INNER: Anchors = ((0.70, 0.06), (0.722, 0.075), (0.73, 0.02), (0.712, -0.03))
_NECK: Anchors = (
    (0.50, -0.74), (0.452, -0.92), (0.432, -1.08), (0.445, -1.22), (0.52, -1.335), (0.68, -1.42), (0.90, -1.495),
    (1.02, -1.56),
)  # fmt: skip
_NECK_MUSCLE: Anchors = ((0.425, -1.04), (0.345, -1.20), (0.235, -1.345), (0.115, -1.445))
_COLLARBONE: Anchors = ((0.115, -1.475), (0.27, -1.452), (0.48, -1.475), (0.70, -1.505))
_UPPER_LID: Anchors = ((0.148, 0.018), (0.178, 0.058), (0.232, 0.096), (0.300, 0.108), (0.368, 0.088), (0.432, 0.036))
_LOWER_LID: Anchors = (
    (0.148, 0.018),
    (0.182, 0.006),
    (0.236, -0.024),
    (0.302, -0.036),
    (0.372, -0.016),
    (0.432, 0.036),
)
_LASH: Anchors = ((0.170, 0.052), (0.230, 0.106), (0.302, 0.124), (0.376, 0.104), (0.462, 0.048))
_CREASE: Anchors = ((0.152, 0.078), (0.205, 0.132), (0.292, 0.165), (0.378, 0.146), (0.452, 0.088))
_UNDER_EYE: Anchors = ((0.165, -0.055), (0.225, -0.092), (0.295, -0.105))
_BROW_LOW: Anchors = ((0.112, 0.222), (0.20, 0.25), (0.31, 0.283), (0.41, 0.283), (0.512, 0.218))
_BROW_TOP: Anchors = ((0.105, 0.272), (0.195, 0.303), (0.305, 0.330), (0.412, 0.315), (0.512, 0.218))
_NOSE_SIDE: Anchors = ((0.108, 0.205), (0.078, 0.10), (0.066, 0.0), (0.070, -0.10), (0.088, -0.19))
_ALA: Anchors = ((0.106, -0.236), (0.142, -0.262), (0.155, -0.312), (0.132, -0.352), (0.098, -0.352))
_NOSE_TIP: Anchors = ((-0.058, -0.372), (-0.030, -0.368), (0.0, -0.386), (0.030, -0.368), (0.058, -0.372))
_NOSTRIL: Anchors = ((0.042, -0.352), (0.066, -0.334), (0.098, -0.335), (0.110, -0.348), (0.075, -0.352))
_PHILTRUM: Anchors = ((0.026, -0.405), (0.032, -0.445), (0.044, -0.482))
_UPPER_LIP: Anchors = (
    (0.0, -0.506),
    (0.030, -0.493),
    (0.058, -0.488),
    (0.105, -0.507),
    (0.18, -0.545),
    (0.252, -0.582),
)
_LIP_LINE: Anchors = ((0.0, -0.580), (0.045, -0.571), (0.10, -0.576), (0.175, -0.578), (0.252, -0.582))
_LOWER_LIP: Anchors = ((0.0, -0.676), (0.075, -0.672), (0.145, -0.646), (0.205, -0.610), (0.252, -0.582))
_LIP_CORNER: Anchors = ((0.252, -0.576), (0.262, -0.583), (0.268, -0.594))
_LIP_SHADE: Anchors = ((0.0, -0.722), (0.055, -0.719), (0.10, -0.708))
_FOLD: Anchors = ((0.172, -0.285), (0.218, -0.355), (0.262, -0.43), (0.292, -0.50))
_CHIN: Anchors = ((0.0, -0.800), (0.05, -0.806), (0.095, -0.826))
_EYE_CENTRE, _IRIS_RADIUS = (0.292, 0.043), 0.068

# ------------------------------------------------------------------ borders of the territories, patient's left half
_UNDER_BROW: Anchors = (
    (0.0, 0.145),
    (0.07, 0.165),
    (0.15, 0.198),
    (0.27, 0.232),
    (0.38, 0.243),
    (0.50, 0.19),
    (0.60, 0.155),
    (0.72, 0.15),
)
_CHEEKBONE: Anchors = (
    (0.10, 0.03),
    (0.112, -0.075),
    (0.175, -0.175),
    (0.29, -0.235),
    (0.43, -0.225),
    (0.56, -0.155),
    (0.72, -0.07),
)
_MOUTH_TO_JAW: Anchors = ((0.252, -0.582), (0.33, -0.615), (0.44, -0.615), (0.54, -0.575), (0.66, -0.50))


def _jaw(face: np.ndarray, low: float, high: float) -> np.ndarray:
    """Part of the face outline (ordered downwards) between two heights."""
    return face[(face[:, 1] >= low) & (face[:, 1] <= high)]


@cache
def _borders() -> dict[Branch, np.ndarray]:
    """Closed outline of every territory on the patient's left before gaps are cut, (N, 2)."""
    face = _inside(spline(_FACE), 0.012)
    hairline, brow = spline(_HAIRLINE), spline(_UNDER_BROW)
    cheek, mouth, lips = spline(_CHEEKBONE), spline(_MOUTH_TO_JAW), spline(_LIP_LINE)
    side_of_nose = np.array([[0.10, 0.175], [0.096, 0.10], [0.10, 0.03]])
    brow = _until_face(brow, face)
    cheek, mouth = _until_face(cheek, face), _until_face(mouth, face)
    temple = _jaw(face, brow[-1, 1], 0.205)
    nasal_start = brow[brow[:, 0] <= 0.10]
    orbit = brow[brow[:, 0] >= 0.10]
    chin = _jaw(face, -2.0, mouth[-1, 1])
    throat = spline(((0.0, -1.085), (0.13, -1.075), (0.28, -1.02), (0.405, -0.915), (0.452, -0.855)))
    neck_side = spline(((0.452, -0.855), (0.428, -0.97), (0.412, -1.09), (0.425, -1.22), (0.475, -1.325)))
    base = spline(((0.475, -1.325), (0.33, -1.40), (0.16, -1.452), (0.0, -1.462)))
    return {
        Branch.TEMPORAL: np.vstack([hairline[hairline[:, 1] > 0.2], temple, brow[::-1], [[0.0, 0.785]]]),
        Branch.ZYGOMATIC: np.vstack(
            [side_of_nose, cheek, _jaw(face, cheek[-1, 1], brow[-1, 1])[::-1], orbit[::-1], side_of_nose[:1]]
        ),
        Branch.BUCCAL: np.vstack(
            [
                nasal_start,
                side_of_nose,
                cheek,
                _jaw(face, mouth[-1, 1], cheek[-1, 1]),
                mouth[::-1],
                lips[::-1],
                nasal_start[:1],
            ]
        ),
        Branch.MARGINAL_MANDIBULAR: np.vstack([lips, mouth, chin, lips[:1]]),
        Branch.CERVICAL: np.vstack([throat, neck_side, base, throat[:1]]),
    }


def _inside(outline: np.ndarray, distance: float) -> np.ndarray:
    """A half outline from top to chin pulled towards the face's centre, its ends kept on the midline."""
    tangent = np.gradient(outline, axis=0)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1) / np.linalg.norm(tangent, axis=1, keepdims=True)
    moved = outline + distance * normal
    moved[[0, -1], 0] = 0.0
    return moved


def _until_face(border: np.ndarray, face: np.ndarray) -> np.ndarray:
    """A border running outwards, cut where it meets the face outline."""
    limit = np.interp(-border[:, 1], -face[:, 1], face[:, 0])
    inside = border[border[:, 0] < limit]
    crossing = border[len(inside)] if len(inside) < len(border) else border[-1]
    end = np.array([np.interp(-crossing[1], -face[:, 1], face[:, 0]), crossing[1]])
    return np.vstack([inside, end])


# ------------------------------------------------------------------ gaps and rounded corners
def _resample(closed: np.ndarray, spacing: float = 0.008) -> np.ndarray:
    """Points at even distances along a closed outline, the first not repeated."""
    ring = np.vstack([closed, closed[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))])
    keep = np.concatenate([[True], np.diff(length) > 1e-9])
    at = np.linspace(0.0, length[-1], max(int(length[-1] / spacing), 16), endpoint=False)
    return np.stack([np.interp(at, length[keep], ring[keep, axis]) for axis in (0, 1)], axis=1)


def _offset(closed: np.ndarray, distance: float) -> np.ndarray:
    """A closed outline moved inwards (positive) or outwards (negative) by ``distance``.

    Points of the moved outline that come nearer to the old one than ``distance`` belong to the loops that form at corners, and go.
    """
    ring = _resample(closed)
    area = 0.5 * np.sum(ring[:, 0] * np.roll(ring[:, 1], -1) - np.roll(ring[:, 0], -1) * ring[:, 1])
    tangent = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * np.sign(area)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    if distance < 0:  # fan out at convex corners, or they would stay cut
        turn = np.stack([np.roll(normal, 1, axis=0), normal, np.roll(normal, -1, axis=0)], axis=1)
        moved = (ring[:, None] + distance * turn).reshape(-1, 2)
    else:
        moved = ring + distance * normal
    apart = np.linalg.norm(moved[:, None] - ring[None], axis=-1).min(axis=1)
    return moved[apart >= abs(distance) * 0.985 - 1e-6]


def _softened(closed: np.ndarray) -> np.ndarray:
    """Outline with a gap to its neighbours and rounded corners, closed."""
    rounded = _offset(_offset(closed, _GAP + _ROUNDING), -_ROUNDING)
    smooth = _resample(rounded, 0.012)
    smooth = (np.roll(smooth, 1, axis=0) + 2 * smooth + np.roll(smooth, -1, axis=0)) / 4
    return np.vstack([smooth, smooth[:1]])


_LABELS: dict[Branch, tuple[float, float]] = {
    Branch.TEMPORAL: (0.295, 0.52),
    Branch.ZYGOMATIC: (0.50, -0.055),
    Branch.BUCCAL: (0.43, -0.42),
    Branch.MARGINAL_MANDIBULAR: (0.27, -0.78),
    Branch.CERVICAL: (0.24, -1.22),
}
_NAMES_AT: dict[Branch, tuple[float, float]] = {
    Branch.TEMPORAL: (0.56, 0.46),
    Branch.ZYGOMATIC: (0.66, 0.05),
    Branch.BUCCAL: (0.62, -0.40),
    Branch.MARGINAL_MANDIBULAR: (0.50, -0.72),
    Branch.CERVICAL: (0.42, -1.10),
}


@cache
def territories() -> tuple[Territory, ...]:
    """All ten territories, the patient's right ones first."""
    made = []
    outlines = {branch: _softened(border) for branch, border in _borders().items()}
    for side in SIDES:
        sign = side.lateral_sign
        for branch, outline in outlines.items():
            points = outline if side is Side.LEFT else mirrored(outline)
            label, name = _LABELS[branch], _NAMES_AT[branch]
            made.append(Territory(branch, side, points, (sign * label[0], label[1]), (sign * name[0], name[1])))
    return tuple(made)


def territory(branch: Branch, side: Side) -> Territory:
    """The territory of one branch on one side."""
    return next(t for t in territories() if t.branch is branch and t.side is side)


# ------------------------------------------------------------------ the drawing
def _closed(*parts: np.ndarray) -> np.ndarray:
    joined = np.vstack(parts)
    return np.vstack([joined, joined[:1]])


def _eye() -> list[Stroke]:
    upper, lower = spline(_UPPER_LID), spline(_LOWER_LID)
    lash = spline(_LASH)
    return [
        Stroke("eye", _closed(upper, lower[::-1]), "sclera"),
        Stroke("iris", _disc(_IRIS_RADIUS, upper, lower), "iris"),
        Stroke("pupil", _disc(0.030, upper, lower), "pupil"),
        Stroke("lash line", _closed(spline(_UPPER_LID), lash[::-1]), "ink"),
        Stroke("lower lid", lower, "fine"),
        Stroke("lid crease", spline(_CREASE), "line"),
        Stroke("under eye", spline(_UNDER_EYE), "fine"),
        Stroke("brow", _closed(spline(_BROW_LOW), spline(_BROW_TOP)[::-1]), "ink"),
    ]


def _disc(radius: float, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """A disc about the eye's centre, covered by the lids."""
    angle = np.linspace(0, 2 * np.pi, 61)
    x, y = _EYE_CENTRE[0] + radius * np.cos(angle), _EYE_CENTRE[1] + radius * np.sin(angle)
    top = np.interp(x, upper[:, 0], upper[:, 1])
    bottom = np.interp(x, lower[:, 0], lower[:, 1])
    return np.stack([x, np.clip(y, bottom, top)], axis=1)


def _both(strokes: list[Stroke]) -> list[Stroke]:
    return [Stroke(s.name, p, s.kind) for s in strokes for p in (mirrored(s.points), s.points)]


@cache
def background_strokes() -> tuple[Stroke, ...]:
    """What lies under the territories: hair behind, neck, ears, face, hairline."""
    neck = spline(_NECK)
    bust = np.vstack([[[0.0, -0.74]], neck, [[0.86, -1.64], [0.0, -1.70]]])
    hair = np.vstack([spline(_HAIRLINE), spline(_HAIR_TOP)])
    return (
        Stroke("neck", whole(bust), "skin"),
        *_both([Stroke("ear", _closed(spline(_EAR)), "skin")]),
        Stroke("face", whole(spline(_FACE)), "skin"),
        Stroke("hair", whole(hair), "hair"),
    )


@cache
def feature_strokes() -> tuple[Stroke, ...]:
    """What lies over the territories: outline, eyes, brows, nose, lips, folds."""
    upper, line, lower = spline(_UPPER_LIP), spline(_LIP_LINE), spline(_LOWER_LIP)
    face = spline(_FACE)
    jaw = face[face[:, 1] < 0.05]
    half = [
        *_eye(),
        Stroke("ear rim", spline(_EAR), "line"),
        Stroke("ear fold", spline(_EAR_FOLD), "fine"),
        Stroke("ear inner", spline(_EAR_INNER), "fine"),
        Stroke("neck", spline(_NECK), "line"),
        Stroke("neck muscle", spline(_NECK_MUSCLE), "fine"),
        Stroke("collarbone", spline(_COLLARBONE), "fine"),
        Stroke("nose side", spline(_NOSE_SIDE), "fine"),
        Stroke("ala", spline(_ALA), "line"),
        Stroke("nostril", _closed(spline(_NOSTRIL)), "ink"),
        Stroke("philtrum", spline(_PHILTRUM), "fine"),
        Stroke("nasolabial fold", spline(_FOLD), "fine"),
        Stroke("lip corner", spline(_LIP_CORNER), "line"),
    ]
    return (
        Stroke("upper lip", whole(np.vstack([line, upper[::-1]])), "lip"),
        Stroke("lower lip", whole(np.vstack([line, lower[::-1]])), "lip"),
        Stroke("jaw", whole(jaw)[: 2 * len(jaw) - 1], "line"),
        Stroke("lip line", np.vstack([mirrored(line)[::-1], line]), "line"),
        Stroke("nose tip", spline(_NOSE_TIP), "line"),
        Stroke("lip shade", np.vstack([mirrored(spline(_LIP_SHADE))[::-1], spline(_LIP_SHADE)]), "fine"),
        Stroke("chin crease", np.vstack([mirrored(spline(_CHIN))[::-1], spline(_CHIN)]), "fine"),
        *_both(half),
    )
