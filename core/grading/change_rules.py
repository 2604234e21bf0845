"""What forbids comparing two visits, or a part of them, each with a sentence for the reader (reference C9, B4, B6)."""

from __future__ import annotations

import numpy as np

from core.exam.timeline import timeline
from core.grading.change_types import Blocker
from core.result import BranchSide, ExamResult
from core.tracking import FaceTrack
from core.words import AffectedSide, Side

PITCH_LIMIT_DEG = 5.0
# Part of the weight of all movements that must have been used at both visits to compare a branch score.
SHARED_WEIGHT = 0.7
_IRIS_TOLERANCE_MM = 1e-6


def resting_pitch_deg(track: FaceTrack, result: ExamResult) -> float | None:
    """Median pitch of the head at rest, degrees, chin up positive (``core.face.pose``); None when no face was seen at rest."""
    pitch = track.pose[timeline(track.times, result.segments).rest, 1]
    pitch = pitch[np.isfinite(pitch)]
    return float(np.median(pitch)) if pitch.size else None


def general_blockers(
    before: ExamResult, after: ExamResult, pitch_deg: tuple[float | None, float | None]
) -> list[Blocker]:
    """What forbids comparing anything, the gravest first; empty when the recordings were measured in the same way.

    Args:
        before, after: the results.
        pitch_deg: as in ``change.compare``.
    """
    found = []
    if before.simulated != after.simulated:
        found.append(Blocker("simulated", "One of the recordings is simulated and the other is not."))
    if before.protocol != after.protocol:
        found.append(
            Blocker("protocol", f"The protocols differ: “{before.protocol}” before and “{after.protocol}” after.")
        )
    if _tracked_by(before) != _tracked_by(after):
        found.append(
            Blocker(
                "tracker",
                f"Other landmarks were used: {_tracker_words(before)} before, {_tracker_words(after)} after. "
                "Analyse the older recording again.",
            )
        )
    if before.software.version != after.software.version:
        found.append(
            Blocker(
                "software",
                f"Version {before.software.version} measured before and {after.software.version} after. "
                "Analyse the older recording again.",
            )
        )
    if abs(before.scale.iris_mm - after.scale.iris_mm) > _IRIS_TOLERANCE_MM:
        found.append(
            Blocker(
                "iris",
                f"The iris was taken as {before.scale.iris_mm:g} mm wide before and {after.scale.iris_mm:g} mm after. "
                "Analyse the older recording again.",
            )
        )
    if before.scale.method != after.scale.method:
        found.append(
            Blocker(
                "scale", f"The millimetre scale is “{before.scale.method}” before and “{after.scale.method}” after."
            )
        )
    tilt = pitch_difference_deg(pitch_deg)
    if tilt is not None and tilt > PITCH_LIMIT_DEG:
        found.append(
            Blocker(
                "pitch",
                f"The head was tilted up or down differently, by {tilt:.0f} degrees; up to {PITCH_LIMIT_DEG:.0f} can be compared.",
            )
        )
    return found


def mode_blocker(before: ExamResult, after: ExamResult) -> Blocker | None:
    """What forbids comparing scores: they were compared with the other side once and with norms once (reference E5)."""
    if before.mode == after.mode:
        return None
    words = {"side_to_side": "the other side", "normative": "published norms"}
    return Blocker(
        "mode",
        f"Scores compare with {words[before.mode]} before and with {words[after.mode]} after. "
        "Set the affected side of both visits.",
    )


def side_blocker(before: ExamResult, after: ExamResult) -> Blocker | None:
    """What forbids comparing scales: they belong to the two sides of the face."""
    sides = before.scales.side, after.scales.side
    if sides[0] is sides[1]:
        return None
    told = [f"the {side.label}" if side is not None else "no side" for side in sides]
    return Blocker(
        "side", f"Scales are of {told[0]} before and of {told[1]} after. Set the affected side of both visits."
    )


def common_affected_side(before: ExamResult, after: ExamResult) -> Side | None:
    """The one affected side: that of both visits, or of one when the other names none; None when they contradict each other."""
    named = {result.affected_side.side for result in (before, after)} - {None}
    both = AffectedSide.BOTH in (before.affected_side, after.affected_side)
    return next(iter(named)) if len(named) == 1 and not both else None


def sides_contradict(before: ExamResult, after: ExamResult) -> bool:
    """One visit names the right side and the other the left."""
    return {before.affected_side.side, after.affected_side.side} == {Side.RIGHT, Side.LEFT}


def movements_reason(before: BranchSide, after: BranchSide) -> str | None:
    """Why two scores of a branch rest on too different movements to be compared; None when they do not."""
    weights = [{(m.expression, m.measure): m.weight for m in branch.movements if m.used} for branch in (before, after)]
    union = weights[0] | weights[1]
    shared = sum(weight for key, weight in union.items() if key in weights[0] and key in weights[1])
    if shared >= SHARED_WEIGHT * sum(union.values()):
        return None
    missing = ", ".join(
        f"“{expression.label}” only {'before' if (expression, measure) in weights[0] else 'after'}"
        for expression, measure in union
        if not ((expression, measure) in weights[0] and (expression, measure) in weights[1])
    )
    return f"The scores rest on different movements: {missing}."


def pitch_difference_deg(pitch_deg: tuple[float | None, float | None]) -> float | None:
    """How differently the head was tilted, degrees; None when it is not known of both."""
    before, after = pitch_deg
    return None if before is None or after is None else abs(after - before)


def remarks(before: ExamResult, after: ExamResult, pitch_deg: tuple[float | None, float | None]) -> list[str]:
    """What the reader should know besides the verdicts."""
    told = []
    if pitch_difference_deg(pitch_deg) is None:
        told.append("Whether the head was tilted alike in both recordings is not known; resting heights depend on it.")
    if sides_contradict(before, after):
        told.append(
            f"The affected side is {before.affected_side.value} before and {after.affected_side.value} after. "
            "Check whether one of the videos is mirrored."
        )
    elif before.affected_side is not after.affected_side:
        told.append(
            f"The affected side is “{before.affected_side.value}” before and “{after.affected_side.value}” after: the resting "
            "position counts towards weakness only where one side is affected."
        )
    for when, result in (("before", before), ("after", after)):
        if any(entry.code == "both_sides_low" for entry in result.quality):
            told.append(f"Both sides moved little {when}: effort may explain a change of the millimetres.")
    return told


def _tracked_by(result: ExamResult) -> tuple[object, ...]:
    record = result.tracker
    return record.name, record.version, record.weights_sha256, record.mirror_averaged, record.half_faces


def _tracker_words(result: ExamResult) -> str:
    record = result.tracker
    ways = f" ({', '.join(record.ways)})" if record.ways else ""
    return f"{record.name} {record.version}, weights {record.weights_sha256[:8]}{ways}"
