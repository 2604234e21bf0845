"""Segments proposed from the motion itself, for recordings without cues.

Movements are found between rests and named by which region moved and how. A proposal is a start: its name carries a confidence
and the clinician corrects names and borders.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import uniform_filter1d

from core.exam.protocol import CORE_PROTOCOL, Expression
from core.exam.segments import Segment, SegmentSource
from core.measures.blink import blink_mask, open_level
from core.measures.curves import Curves
from core.measures.signals import RATE_HZ, finite_runs

# Activity where a movement begins and ends, and what it must reach: clear movements, or small ones where there are none.
_CLEAR, _SMALL = (0.45, 1.0), (0.25, 0.42)
_FEWEST_CLEAR = 3
_SHORTEST_S, _LONGEST_S = 0.5, 12.0
_BRIDGE_S = 0.35
_MARGIN_S = 0.25
_SLOW_S = 0.2
_SHORT_CLIP_S, _SHORT_CLIP_REST_S = 8.0, 0.5
# How much more alike, as a cosine, a movement seems when it comes where the standard protocol has it, or is a repetition.
_NEXT_IN_PROTOCOL, _REPEATED = 0.15, 0.05


@dataclass(frozen=True)
class Channel:
    """One way in which a region can move: a curve, its direction and the movement that clearly is one.

    Attributes:
        curve: name in Curves.values.
        sign: +1 when the curve rises with the movement.
        full: change that counts as a clear movement, in the unit of the curve.
        relative: whether ``full`` is a part of the curve's own resting value.
    """

    curve: str
    sign: int
    full: float
    relative: bool = False


CHANNELS: dict[str, Channel] = {
    "brow_up": Channel("brow_height_canthal", +1, 3.0),
    "brow_down": Channel("brow_height_canthal", -1, 3.0),
    "brow_in": Channel("brow_medial_distance", -1, 1.5),
    "eye_closed": Channel("palpebral_fissure_height", -1, 0.5, relative=True),
    "corner_out": Channel("corner_lateral", +1, 3.0),
    "corner_in": Channel("corner_lateral", -1, 3.0),
    "corner_up": Channel("corner_height", +1, 3.0),
    "corner_down": Channel("corner_height", -1, 2.5),
    "nose_up": Channel("alar_height", +1, 1.5),
    "lip_down": Channel("lower_lip_above_chin", -1, 2.5),
    "lips_apart": Channel("dental_show", +1, 2.5),
}

# The measures that ``propose_segments`` reads.
SEGMENTATION_MEASURES = frozenset(channel.curve for channel in CHANNELS.values())

# How strongly each channel takes part in an expression, in units of its clear movement; what is not listed should be still.
PATTERNS: dict[Expression, dict[str, float]] = {
    Expression.BROW_RAISE: {"brow_up": 2.5},
    Expression.EYES_GENTLE: {"eye_closed": 1.7},
    Expression.EYES_TIGHT: {"eye_closed": 1.7, "brow_down": 1.0, "nose_up": 0.8, "corner_up": 0.5, "brow_in": 0.5},
    Expression.SNARL: {"nose_up": 2.2, "eye_closed": 0.5, "brow_down": 0.8, "corner_up": 0.8, "lips_apart": 0.4},
    Expression.SMILE_CLOSED: {"corner_out": 1.6, "corner_up": 1.6, "eye_closed": 0.2},
    Expression.SMILE_OPEN: {"corner_out": 2.2, "corner_up": 2.2, "lips_apart": 2.0, "lip_down": 0.8, "eye_closed": 0.4},
    Expression.PUCKER: {"corner_in": 2.0},
    Expression.EEE: {"lip_down": 2.0, "lips_apart": 2.0, "corner_out": 0.6, "corner_down": 0.5},
    Expression.PLATYSMA: {"corner_down": 2.0, "corner_out": 0.8, "lip_down": 0.8},
    Expression.FROWN: {"brow_in": 2.0, "brow_down": 1.3},
}

_PROTOCOL_STEPS = frozenset(pairwise(CORE_PROTOCOL))


def propose_segments(curves: Curves) -> list[Segment]:
    """Movements between rests with proposed names; an empty list when nothing moved clearly.

    Every channel's rest is its median over the recording, because each one is still for most of an examination; a short clip
    of one expression may hold it for most of its length, so there the first half second is the rest. Blinks are taken out
    first. A movement begins and ends where the strongest channel passes 45 % of a clear movement, must reach a clear movement
    in between, and lasts 0.5 to 12 s. When a whole examination shows fewer than three, as in severe palsy of both sides, lower
    levels are tried.
    """
    activity = _activities(curves)
    runs, clear = _movements(activity, *_CLEAR)
    if len(clear) < _FEWEST_CLEAR and curves.times_s[-1] - curves.times_s[0] >= _SHORT_CLIP_S:
        small_runs, small = _movements(activity, *_SMALL)
        if len(small) >= max(_FEWEST_CLEAR, len(clear)):
            runs, clear = small_runs, small
    likeness = [_likeness({name: curve[slice(*runs[p])] for name, curve in activity.items()}) for p in clear]
    segments = []
    for position, (expression, confidence) in zip(clear, _named(likeness), strict=True):
        start, end = _widened(curves.times_s, runs, position)
        segments.append(
            Segment(
                expression=expression,
                start_s=max(0.0, start),
                end_s=end,
                source=SegmentSource.PROPOSED,
                confidence=confidence,
            )
        )
    return segments


def _movements(
    activity: dict[str, np.ndarray], start_level: float, needed_level: float
) -> tuple[list[tuple[int, int]], list[int]]:
    """All runs of activity, and the places among them of those that are movements."""
    strongest = np.max(np.stack(list(activity.values())), axis=0)
    runs = _bridged(finite_runs(strongest >= start_level), round(_BRIDGE_S * RATE_HZ))
    movements = [
        position
        for position, (first, last) in enumerate(runs)
        if _SHORTEST_S <= (last - first) / RATE_HZ <= _LONGEST_S and strongest[first:last].max() >= needed_level
    ]
    return runs, movements


def _activities(curves: Curves) -> dict[str, np.ndarray]:
    """(K,) activity of every channel, 1 = a clear movement of the stronger side; 0 where the face is missing."""
    fissure = curves.values["palpebral_fissure_height"]
    blinking = np.any([blink_mask(fissure[:, i], open_level(fissure[:, i]), margin_s=0.1) for i in range(2)], axis=0)
    activities = {}
    for name, channel in CHANNELS.items():
        curve = np.array(curves.values[channel.curve])
        if channel.curve == "palpebral_fissure_height":
            curve = np.stack([_bridge_over(curve[:, i], blinking) for i in range(2)], axis=1)
        rest = _rest_value(curve, curves.times_s)
        full = channel.full * rest if channel.relative else np.full(2, channel.full)
        sided = channel.sign * (curve - rest) / np.where(full > 0, full, np.inf)
        smooth = uniform_filter1d(np.nan_to_num(sided), round(_SLOW_S * RATE_HZ), axis=0)
        activities[name] = np.maximum(smooth.max(axis=1), 0.0)
    return activities


def _rest_value(curve: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """(2,) median over the recording, or over the first half second with a face of a short clip; NaN without a face."""
    seen = curve[np.isfinite(curve).all(axis=1)]
    if times_s[-1] - times_s[0] < _SHORT_CLIP_S:
        seen = seen[: max(1, round(_SHORT_CLIP_REST_S * RATE_HZ))]
    return np.median(seen, axis=0) if len(seen) else np.full(2, np.nan)


def _bridge_over(curve: np.ndarray, mask: np.ndarray) -> np.ndarray:
    known = np.flatnonzero(~mask & np.isfinite(curve))
    if known.size < 2:
        return curve
    return np.where(mask, np.interp(np.arange(len(curve)), known, curve[known]), curve)


def _bridged(runs: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and first - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _likeness(activity: dict[str, np.ndarray]) -> dict[Expression, float]:
    """Cosine between the activity in the hold and every pattern."""
    strongest = np.max(np.stack(list(activity.values())), axis=0)
    hold = strongest >= 0.75 * strongest.max()
    observed = np.array([curve[hold].mean() for curve in activity.values()])
    scores = {}
    for expression, pattern in PATTERNS.items():
        wanted = np.array([pattern.get(name, 0.0) for name in activity])
        scores[expression] = float(observed @ wanted / (np.linalg.norm(observed) * np.linalg.norm(wanted)))
    return scores


def _named(likeness: list[dict[Expression, float]]) -> list[tuple[Expression, float]]:
    """Names of all movements together, with confidences.

    The sequence of names that is most alike in sum (Viterbi), where a step that follows the standard protocol, or repeats the
    movement before, counts a little more: it decides between movements that look much the same, and no clear one. Confidence
    comes from the likeness alone and its distance to the runner-up.
    """
    if not likeness:
        return []
    total, came_from = dict(likeness[0]), []
    for scores in likeness[1:]:
        best = {new: max(total, key=lambda old: total[old] + _step(old, new)) for new in scores}
        came_from.append(best)
        total = {new: scores[new] + total[old] + _step(old, new) for new, old in best.items()}
    names = [max(total, key=total.__getitem__)]
    for best in reversed(came_from):
        names.append(best[names[-1]])
    return [(name, _confidence(scores, name)) for name, scores in zip(reversed(names), likeness, strict=True)]


def _step(before: Expression, after: Expression) -> float:
    if before is after:
        return _REPEATED
    return _NEXT_IN_PROTOCOL if (before, after) in _PROTOCOL_STEPS else 0.0


def _confidence(scores: dict[Expression, float], name: Expression) -> float:
    runner_up = max(score for expression, score in scores.items() if expression is not name)
    likely = np.clip(scores[name], 0, 1) * np.clip(0.5 + 2 * (scores[name] - runner_up), 0.25, 1)
    return round(float(likely), 2)


def _widened(times_s: np.ndarray, runs: list[tuple[int, int]], position: int) -> tuple[float, float]:
    """Borders of a movement widened to take in its slow beginning and end, never into its neighbours."""
    first, last = runs[position]
    start, end = float(times_s[first]) - _MARGIN_S, float(times_s[last - 1]) + _MARGIN_S
    if position > 0:
        start = max(start, float(times_s[runs[position - 1][1] - 1] + times_s[first]) / 2)
    if position + 1 < len(runs):
        end = min(end, float(times_s[last - 1] + times_s[runs[position + 1][0]]) / 2)
    return max(start, float(times_s[0])), min(end, float(times_s[-1]))
