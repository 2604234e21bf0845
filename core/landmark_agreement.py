"""How far two annotators place the same points apart: normalised mean error and Bland-Altman limits, region by region.

Every distance is divided by the inter-ocular distance of its picture: the distance between the outer canthi (points 37 and 46 of
iBUG), as in 300-W, averaged over both annotators. Positions are read in one face frame for both, made of the mean of their
inner canthi (reference B1), so that the frame adds no difference of its own. Points that either annotator marked as not visible
are left out. Differences are the first annotator's minus the second's. The limits of agreement are those of Bland and Altman
1986, 10.1016/S0140-6736(86)90837-8: mean difference plus and minus 1.96 standard deviations. They describe single points; the
points of one face are not independent of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.checks import check_shape
from core.face.ibug68 import INNER_CANTHI, POINTS, Region, interocular_px, side_of
from core.words import Side

LIMITS_SD = 1.96


class Direction(StrEnum):
    """Along which axis of the face frame positions are compared."""

    UP = "up"
    LATERAL = "lateral"

    @property
    def label(self) -> str:
        return {"up": "Height", "lateral": "Distance from the midline"}[self.value]


@dataclass(frozen=True)
class PairedFrame:
    """One picture with the points of two annotators.

    Attributes:
        first, second: (68, 2) pixels.
        first_visible, second_visible: (68,) bool.
    """

    first: np.ndarray
    second: np.ndarray
    first_visible: np.ndarray
    second_visible: np.ndarray

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            check_shape(name, getattr(self, name), (POINTS, 2))
            check_shape(f"{name}_visible", getattr(self, f"{name}_visible"), (POINTS,))

    @property
    def compared(self) -> np.ndarray:
        """(68,) bool: visible to both."""
        return np.asarray(self.first_visible & self.second_visible)

    @property
    def interocular_px(self) -> float:
        """Pixels between the outer canthi, averaged over both annotators."""
        return float((interocular_px(self.first) + interocular_px(self.second)) / 2)


@dataclass(frozen=True)
class Limits:
    """Bland-Altman of one set of differences: mean, and the band that holds 95 % of them if they are normally distributed.

    ``lower`` and ``upper`` are None for fewer than two differences.
    """

    bias: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class RegionAgreement:
    """One row of the table.

    Attributes:
        region: None for all points together.
        points: number of pairs of points compared, over all pictures.
        nme_pct: mean distance of the pairs in per cent of the inter-ocular distance; None without pairs.
        limits: of the differences in per cent of the inter-ocular distance, by direction; empty without pairs.
    """

    region: Region | None
    points: int
    nme_pct: float | None
    limits: dict[Direction, Limits]


@dataclass(frozen=True)
class PointDifferences:
    """Single points for the Bland-Altman plot, in per cent of the inter-ocular distance.

    Attributes:
        mean_pct: (P,) mean position of both: above the line through the inner canthi, or away from the midline.
        difference_pct: (P,) first minus second.
        point: (P,) index of the iBUG point.
        frame: (P,) which of the pictures.
    """

    mean_pct: np.ndarray
    difference_pct: np.ndarray
    point: np.ndarray
    frame: np.ndarray


def agreement_table(frames: Sequence[PairedFrame]) -> list[RegionAgreement]:
    """One row for each region, then one for all points."""
    return [region_agreement(frames, region) for region in (*Region, None)]


def region_agreement(frames: Sequence[PairedFrame], region: Region | None) -> RegionAgreement:
    """Agreement of one region, or of all points when None."""
    distances = np.concatenate([_distances_pct(frame, region) for frame in frames]) if frames else np.array([])
    if not distances.size:
        return RegionAgreement(region, 0, None, {})
    limits = {
        direction: bland_altman(point_differences(frames, region, direction).difference_pct) for direction in Direction
    }
    return RegionAgreement(region, int(distances.size), float(distances.mean()), limits)


def point_differences(frames: Sequence[PairedFrame], region: Region | None, direction: Direction) -> PointDifferences:
    """Every compared point of a region (all when None): mean position and difference of both annotators."""
    parts = [_in_face_frame(frame, region, direction) for frame in frames]
    if not parts:
        empty = np.array([])
        return PointDifferences(empty, empty, empty.astype(int), empty.astype(int))
    first, second, point = (np.concatenate([part[i] for part in parts]) for i in range(3))
    frame = np.repeat(np.arange(len(parts)), [len(part[2]) for part in parts])
    return PointDifferences((first + second) / 2, first - second, point, frame)


def bland_altman(differences: np.ndarray) -> Limits:
    """Bias and 95 % limits of agreement of (P,) differences, any unit, P >= 1; the standard deviation is that of a sample."""
    bias = float(np.mean(differences))
    if len(differences) < 2:
        return Limits(bias, None, None)
    half = LIMITS_SD * float(np.std(differences, ddof=1))
    return Limits(bias, bias - half, bias + half)


def _chosen(frame: PairedFrame, region: Region | None) -> np.ndarray:
    """(P,) indices of the points of a region that both saw."""
    wanted = np.zeros(POINTS, dtype=bool)
    wanted[list(range(POINTS) if region is None else region.points)] = True
    return np.flatnonzero(wanted & frame.compared)


def _distances_pct(frame: PairedFrame, region: Region | None) -> np.ndarray:
    chosen = _chosen(frame, region)
    distance = np.linalg.norm(frame.first[chosen] - frame.second[chosen], axis=1)
    return 100 * distance / frame.interocular_px


def _in_face_frame(
    frame: PairedFrame, region: Region | None, direction: Direction
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of both annotators in per cent of the inter-ocular distance, and whose points they are."""
    chosen = _chosen(frame, region)
    right, left = ((frame.first[i] + frame.second[i]) / 2 for i in INNER_CANTHI)
    across = (left - right) / np.linalg.norm(left - right)
    up = np.array([across[1], -across[0]])  # picture axes point down
    axis = up if direction is Direction.UP else across
    signs = np.ones(len(chosen))
    if direction is Direction.LATERAL:
        # Midline points have no side: for them positive is towards the patient's left.
        signs = np.array([(side_of(int(point)) or Side.LEFT).lateral_sign for point in chosen], dtype=float)
    origin, scale = (right + left) / 2, 100 / frame.interocular_px
    first, second = (signs * ((points[chosen] - origin) @ axis) * scale for points in (frame.first, frame.second))
    return first, second, chosen
