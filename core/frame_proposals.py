"""Which pictures of a recording to correct by hand: where trackers disagree or are unsure first, then the key pictures.

A picture is worth a clinician's minutes where the landmarks are doubtful, and where the measures are read. Every proposal says
in words why it was made. Doubt is told in per cent of the distance between the outer canthi, so that it does not depend on how
near the face was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.face.ibug68 import Region, ibug68_points, interocular_px
from core.result import ExamResult
from core.tracking import FaceTrack

# Proposed [P]: doubt is worth a look where it is a quarter above what is usual in this recording.
_ABOVE_USUAL = 1.25
_MOST_OF_A_KIND = 4
_APART_OF_DURATION = 1 / 30
_LEAST_APART_S = 0.3
_SAME_PICTURE_S = 1e-3
_SAME_MOMENT_S = 0.05


class ProposalKind(StrEnum):
    """Why a picture is proposed, in the order in which they are offered."""

    DISAGREEMENT = "disagreement"
    UNCERTAINTY = "uncertainty"
    KEY = "key"


@dataclass(frozen=True)
class FrameProposal:
    """One picture worth correcting.

    Attributes:
        index: of the picture in the track.
        time_s: its time.
        kind: why it is proposed.
        reason: the same in words.
    """

    index: int
    time_s: float
    kind: ProposalKind
    reason: str


def propose_frames(track: FaceTrack, result: ExamResult, others: Sequence[FaceTrack] = ()) -> list[FrameProposal]:
    """Pictures to correct, the most doubtful first; pictures without a face are never proposed.

    Args:
        track: of the analysis.
        result: of the analysis; its key pictures are proposed.
        others: tracks of the same recording by other trackers; each is compared where both found the face.
    """
    if not track.found.any():
        return []
    points = ibug68_points(track.points[..., :2].astype(float), track.scheme)
    size = interocular_px(points)
    apart_s = max(_LEAST_APART_S, _APART_OF_DURATION * float(track.times[-1] - track.times[0]))
    proposals: list[FrameProposal] = []
    for other in others:
        doubt = 100 * _disagreement_px(track, points, other) / size[:, None]
        told = f"Trackers {track.tracker.name} and {other.tracker.name} lie {{doubt:.1f}} % of the eye distance apart, {{where}}"
        proposals += _peaks(track, doubt, ProposalKind.DISAGREEMENT, told, proposals, apart_s)
    if track.uncertainty is not None:
        doubt = 100 * ibug68_points(track.uncertainty[..., None].astype(float), track.scheme)[..., 0] / size[:, None]
        told = "Uncertainty {doubt:.1f} % of the eye distance, {where}"
        proposals += _peaks(track, doubt, ProposalKind.UNCERTAINTY, told, proposals, apart_s)
    return [*proposals, *_key_pictures(track, result, proposals)]


def nearest_frame(times: np.ndarray, found: np.ndarray, time_s: float) -> int | None:
    """Index of the picture with a face that is nearest in time; None when there is none.

    Args:
        times: (T,) seconds.
        found: (T,) bool, pictures with a face.
        time_s: wanted, seconds.
    """
    places = np.flatnonzero(found)
    return int(places[np.abs(times[places] - time_s).argmin()]) if places.size else None


def _disagreement_px(track: FaceTrack, points: np.ndarray, other: FaceTrack) -> np.ndarray:
    """(T, 68) pixels between the points of two tracks; NaN where one has no face or no picture at that time."""
    distance = np.full(points.shape[:2], np.nan)
    if not len(other.times):
        return distance
    after = np.clip(np.searchsorted(other.times, track.times), 0, len(other.times) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(other.times[before] - track.times) < np.abs(other.times[after] - track.times)
    at = np.where(nearer, before, after)
    same = np.abs(other.times[at] - track.times) <= _SAME_PICTURE_S
    other_points = ibug68_points(other.points[at[same], :, :2].astype(float), other.scheme)
    distance[same] = np.linalg.norm(points[same] - other_points, axis=-1)
    return distance


def _peaks(
    track: FaceTrack,
    doubt_pct: np.ndarray,
    kind: ProposalKind,
    told: str,
    taken: Sequence[FrameProposal],
    apart_s: float,
) -> list[FrameProposal]:
    """The pictures with the highest mean doubt that is clearly above the usual one, each away from those that are taken."""
    known = np.isfinite(doubt_pct)
    count = known.sum(axis=1)
    level = np.where(count > 0, np.nansum(doubt_pct, axis=1) / np.maximum(count, 1), np.nan)
    seen = np.isfinite(level) & track.found
    if not seen.any():
        return []
    least = _ABOVE_USUAL * float(np.median(level[seen]))
    peaks: list[FrameProposal] = []
    for index in np.argsort(-np.where(seen, level, -np.inf), kind="stable"):
        if len(peaks) == _MOST_OF_A_KIND or not seen[index] or not level[index] > least:
            break
        time_s = float(track.times[index])
        if all(abs(time_s - other.time_s) >= apart_s for other in (*taken, *peaks)):
            reason = told.format(doubt=level[index], where=_most_at(doubt_pct[index]))
            peaks.append(FrameProposal(int(index), time_s, kind, reason))
    return peaks


def _most_at(doubt: np.ndarray) -> str:
    """The region with the highest mean doubt, in words."""
    means = {region: _mean(doubt[list(region.points)]) for region in Region}
    return f"most at the {max(means, key=means.__getitem__).value}"


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else 0.0


def _key_pictures(track: FaceTrack, result: ExamResult, taken: Sequence[FrameProposal]) -> list[FrameProposal]:
    """The key picture of every expression; one that was taken for its doubt is not offered twice."""
    proposals: list[FrameProposal] = []
    for expression, entry in result.expressions.items():
        index = None if entry.key_frame_s is None else nearest_frame(track.times, track.found, entry.key_frame_s)
        if index is None:
            continue
        time_s = float(track.times[index])
        if all(abs(time_s - other.time_s) > _SAME_MOMENT_S for other in (*taken, *proposals)):
            proposals.append(FrameProposal(index, time_s, ProposalKind.KEY, f"Key picture of: {expression.label}"))
    return proposals
