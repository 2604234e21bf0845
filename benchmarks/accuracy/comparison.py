"""One examination against its truth: what a tracker found, beside what the same analysis makes of the exact landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.analysis import analyse_track
from core.exam.protocol import EXPRESSIONS, Expression
from core.exam.segments import Segment
from core.face.landmarks import mesh_regions
from core.face.pose import head_pose
from core.grading.synkinesis import Region
from core.phantom.condition import Condition
from core.result import ExamResult
from core.tracking import FaceTrack
from core.words import BRANCHES, SIDES, Branch, Side

GRADED_BRANCHES = tuple(branch for branch in BRANCHES if branch is not Branch.CERVICAL)


def compare(condition: Condition, track: FaceTrack, exact: np.ndarray, segments: Sequence[Segment]) -> dict[str, Any]:
    """Figures of one examination, ready for JSON.

    Args:
        condition: what was simulated.
        track: what the tracker found.
        exact: (T, 478, 3) exact landmarks of the same frames, pixels.
        segments: from the cues.
    """
    if exact.shape != track.points.shape:
        raise ValueError(f"exact must be of shape {track.points.shape}, got {exact.shape}")
    found = analyse_track(track, segments=segments, simulated=True).result
    ideal = analyse_track(_exact_track(track, exact), segments=segments, simulated=True).result
    return {
        "landmark_error_pct": landmark_error_pct(track.points, exact),
        "frames_with_face": float(track.found.mean()),
        "side": {
            "put_in": condition.affected_side.value,
            "exact": ideal.affected_side.value,
            "measured": found.affected_side.value,
        },
        "excursions": _excursions(condition, found, ideal),
        "function_ratios": _function_ratios(found, ideal),
        "weakness": _weakness(condition, found, ideal),
        "synkinesis": _synkinesis(condition, found, ideal),
        "quality": [entry.code for entry in found.quality],
    }


def _exact_track(track: FaceTrack, exact: np.ndarray) -> FaceTrack:
    pose = head_pose(exact).astype(np.float32)
    return replace(track, points=exact, pose=pose, uncertainty=None, cheek_luminance=None, sharpness=None)


def _regions() -> dict[str, list[int]]:
    regions: dict[str, list[int]] = {"brows": [], "lids": [], "lips": []}
    for face in map(mesh_regions, SIDES):
        regions["brows"] += [*face.brow_upper, *face.brow_lower]
        regions["lids"] += face.eye_contour
        regions["lips"] += [*face.upper_lip_outer, *face.upper_lip_inner, *face.lower_lip_outer, *face.lower_lip_inner]
    return {"all": list(range(478)), **{name: sorted(set(points)) for name, points in regions.items()}}


def landmark_error_pct(points: np.ndarray, exact: np.ndarray) -> dict[str, float]:
    """Mean distance in the picture by region, per cent of the distance of the pupils, over all frames with a face.

    Args:
        points, exact: (T, 478, 3) pixels.
    """
    pupils = [mesh_regions(side).iris_centre for side in SIDES]
    between = np.linalg.norm(exact[:, pupils[0], :2] - exact[:, pupils[1], :2], axis=1)
    error = np.linalg.norm(points[..., :2] - exact[..., :2], axis=2) / between[:, None]
    return {name: 100 * float(np.nanmean(error[:, indices])) for name, indices in _regions().items()}


def _excursions(condition: Condition, found: ExamResult, ideal: ExamResult) -> list[dict[str, Any]]:
    """Every movement on both sides; ``sound`` is a side without any weakness or synkinesis."""
    rows = []
    for expression, measured, exact in _both(found, ideal):
        for side in SIDES:
            branch = EXPRESSIONS[expression].branches[0]
            rows.append(
                {
                    "expression": expression.value,
                    "side": side.value,
                    "sound": _sound(condition, side),
                    "attenuation": condition.weakness(branch, side),
                    "other_sound": _sound(condition, side.opposite),
                    "exact_mm": exact.excursion_mm.get(side),
                    "measured_mm": measured.excursion_mm.get(side),
                    "other_exact_mm": exact.excursion_mm.get(side.opposite),
                }
            )
    return rows


def _sound(condition: Condition, side: Side) -> bool:
    return condition.contracture(side) == 0 and not any(condition.weakness(branch, side) for branch in BRANCHES)


def _both(found: ExamResult, ideal: ExamResult) -> list[tuple[Expression, Any, Any]]:
    return [(e, found.expressions[e], exact) for e, exact in ideal.expressions.items() if e in found.expressions]


def _function_ratios(found: ExamResult, ideal: ExamResult) -> list[dict[str, Any]]:
    return [
        {"expression": e.value, "exact": exact.function_ratio, "measured": measured.function_ratio}
        for e, measured, exact in _both(found, ideal)
    ]


def _weakness(condition: Condition, found: ExamResult, ideal: ExamResult) -> list[dict[str, Any]]:
    return [
        {
            "branch": branch.value,
            "side": side.value,
            "put_in": 100 * condition.weakness(branch, side),
            "exact": ideal.branches[branch].get(side).weakness,
            "measured": found.branches[branch].get(side).weakness,
        }
        for branch in GRADED_BRANCHES
        for side in SIDES
    ]


def _synkinesis(condition: Condition, found: ExamResult, ideal: ExamResult) -> list[dict[str, Any]]:
    """Every watched pair of region and trigger on both sides."""
    strength = {(link.side, link.trigger, link.region): link.strength for link in condition.synkinesis}
    exact = {(entry.side, entry.trigger, entry.region): entry.score for entry in ideal.synkinesis}
    rows = [
        {
            "region": entry.region,
            "trigger": entry.trigger.value,
            "side": entry.side.value,
            "strength": strength.pop((entry.side, entry.trigger, Region(entry.region)), 0.0),
            "exact": exact.get((entry.side, entry.trigger, entry.region)),
            "measured": entry.score,
        }
        for entry in found.synkinesis
    ]
    # What could not be watched, because its trigger was not made or not seen, counts as missed.
    for (side, trigger, region), put_in in strength.items():
        lost = {"region": region.value, "trigger": trigger.value, "side": side.value, "strength": put_in}
        rows.append({**lost, "exact": exact.get((side, trigger, region.value)), "measured": None})
    return rows
