"""Gates on a recording, each told in plain words (reference A4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from core.exam.protocol import Expression
from core.measures.movement import EYE_CLOSURES, ExpressionMeasurement, RepetitionMeasurement
from core.result import QualityEntry
from core.tracking import FaceTrack

SMALLEST_IRIS_PX = 17.0
LOWEST_FRAME_RATE = 25.0
LONGEST_GAP_S = 0.10
YAW_LIMIT_DEG, PITCH_LIMIT_DEG, ROLL_LIMIT_DEG = 5.0, 10.0, 15.0
POSE_FRACTION = 0.70
UNCERTAINTY_LIMIT_MM = 1.5
LIGHT_DIFFERENCE = 0.25
DARKEST_CHEEK, BRIGHTEST_CHEEK = 40.0, 235.0
# SD of the Laplacian of the face at 128 px; the development clips and portraits lie at 12 to 40, blurred by 3 px below 6.
LOWEST_SHARPNESS = 6.0
FACE_FRACTION = 0.90

Severity = Literal["info", "warning", "error"]


def _entry(code: str, severity: Severity, message: str, expression: Expression | None = None) -> QualityEntry:
    return QualityEntry(code=code, severity=severity, message=message, expression=expression)


def recording_quality(track: FaceTrack, iris_px: float | None) -> list[QualityEntry]:
    """Remarks on the recording as a whole: completeness, frame rate, face, distance, other people, light, sharpness."""
    return [
        entry
        for entry in (
            _completeness(track),
            _frame_rate(track),
            _gaps(track),
            _face_seen(track),
            _other_faces(track),
            _distance(iris_px),
            *_light(track),
            _sharpness(track),
            _mirror_averaging(track),
            _half_faces(track),
        )
        if entry is not None
    ]


def _completeness(track: FaceTrack) -> QualityEntry | None:
    if track.video.complete:
        return None
    message = f"The end of the video file is damaged; the first {track.video.duration_s:.0f} s were analysed."
    return _entry("video_incomplete", "warning", message)


def _frame_rate(track: FaceTrack) -> QualityEntry | None:
    rate = track.video.fps_median
    if rate >= LOWEST_FRAME_RATE - 0.5:
        return None
    message = (
        f"The video has {rate:.0f} frames a second; from {LOWEST_FRAME_RATE:.0f} on, onsets and blinks can be trusted."
    )
    return _entry("frame_rate_low", "warning", message)


def _gaps(track: FaceTrack) -> QualityEntry | None:
    gap = track.video.longest_gap_s
    if gap <= max(LONGEST_GAP_S, 2.5 / max(track.video.fps_median, 1e-6)):
        return None
    return _entry("frames_missing", "warning", f"The video skips: the longest gap between two frames is {gap:.2f} s.")


def _face_seen(track: FaceTrack) -> QualityEntry | None:
    fraction = float(track.found.mean())
    if fraction >= FACE_FRACTION:
        return None
    severity: Severity = "error" if fraction < 0.5 else "warning"
    return _entry("face_lost", severity, f"The face was found in {100 * fraction:.0f} % of the frames only.")


def _other_faces(track: FaceTrack) -> QualityEntry | None:
    if not track.other_faces:
        return None
    people = "another person was" if track.other_faces == 1 else f"{track.other_faces} other people were"
    return _entry("other_faces", "warning", f"{people.capitalize()} in the picture; the largest face was followed.")


def _distance(iris_px: float | None) -> QualityEntry | None:
    if iris_px is None:
        return _entry("no_scale", "warning", "The eyes were never seen open at rest, so there is no millimetre scale.")
    if iris_px >= SMALLEST_IRIS_PX:
        return None
    message = (
        f"The face is small: the iris measures {iris_px:.0f} pixels, and from {SMALLEST_IRIS_PX:.0f} on millimetres are "
        "reliable. Come closer or record with more pixels."
    )
    return _entry("face_small", "warning", message)


def _light(track: FaceTrack) -> Iterable[QualityEntry]:
    if track.cheek_luminance is None or not np.isfinite(track.cheek_luminance).any():
        return
    right, left = np.nanmedian(track.cheek_luminance, axis=0)
    brighter = max(right, left)
    if brighter > 0 and abs(right - left) / brighter > LIGHT_DIFFERENCE:
        darker = "right" if right < left else "left"
        message = (
            f"The light is uneven: the patient's {darker} cheek is {100 * abs(right - left) / brighter:.0f} % darker. "
            "Turn towards the window or lamp."
        )
        yield _entry("light_uneven", "warning", message)
    if brighter < DARKEST_CHEEK:
        yield _entry("light_dark", "warning", "The face is very dark; more light from the front helps.")
    elif min(right, left) > BRIGHTEST_CHEEK:
        yield _entry("light_bright", "warning", "The face is overexposed; less or softer light helps.")


def _sharpness(track: FaceTrack) -> QualityEntry | None:
    if track.sharpness is None or not np.isfinite(track.sharpness).any():
        return None
    if float(np.nanmedian(track.sharpness)) >= LOWEST_SHARPNESS:
        return None
    return _entry("blurred", "warning", "The picture is blurred; clean the lens and let the camera focus on the face.")


def _mirror_averaging(track: FaceTrack) -> QualityEntry | None:
    if track.tracker.mirror_averaged:
        return None
    message = "Tracked without mirror averaging: differences between the sides may be off by about 1 mm."
    return _entry("no_mirror_averaging", "info", message)


def _half_faces(track: FaceTrack) -> QualityEntry | None:
    if track.tracker.half_faces:
        return None
    message = (
        "The halves of the face were not tracked for themselves: a weak side may seem to move along with the other."
    )
    return _entry("no_half_faces", "info", message)


def pose_reason(pose_deg: np.ndarray, repetition: RepetitionMeasurement) -> str | None:
    """Why the head pose spoils a repetition: outside the limits in more than 30 % of the hold, or None.

    Args:
        pose_deg: (K, 3) yaw, pitch, roll at the samples of the curves, pitch relative to the rest of the recording.
    """
    held = pose_deg[repetition.hold]
    held = held[np.isfinite(held).all(axis=1)]
    if not len(held):
        return None
    inside = np.abs(held) <= [YAW_LIMIT_DEG, PITCH_LIMIT_DEG, ROLL_LIMIT_DEG]
    names = ("turned to the side", "tilted up or down", "tilted to a shoulder")
    for i, name in enumerate(names):
        if inside[:, i].mean() < POSE_FRACTION:
            return f"The head was {name} ({np.median(np.abs(held[:, i])):.0f} degrees) during this movement."
    return None


def uncertainty_reason(uncertainty_mm: np.ndarray | None, repetition: RepetitionMeasurement) -> str | None:
    """Why the tracker is not sure: in the hold the two mirror runs disagree by 1.5 mm more than at rest, or None.

    Excursions are changes from rest, so a disagreement that is there all the time does not touch them.

    Args:
        uncertainty_mm: (K,) half disagreement of the landmarks of this movement, or None without mirror averaging.
    """
    if uncertainty_mm is None:
        return None
    held, rest = (_median_or_none(uncertainty_mm[mask]) for mask in (repetition.hold, repetition.baseline))
    if held is None or rest is None or held - rest <= UNCERTAINTY_LIMIT_MM:
        return None
    return f"The landmarks are uncertain by {held - rest:.1f} mm more than at rest; something may cover the face."


def _median_or_none(values: np.ndarray) -> float | None:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else None


def movement_quality(measurements: Iterable[ExpressionMeasurement]) -> list[QualityEntry]:
    """One remark for every expression of which a repetition could not be used, and for movements that were not performed."""
    entries = []
    for measurement in measurements:
        label = measurement.expression.label
        rejected = [repetition.reason for repetition in measurement.repetitions if repetition.reason]
        total = len(measurement.repetitions)
        if rejected:
            severity: Severity = "error" if len(rejected) == total else "warning"
            share = "all repetitions" if len(rejected) == total else f"{len(rejected)} of {total} repetitions"
            if total == 1:
                share = "this movement"
            message = f"“{label}”: {share} could not be used. {rejected[0]}"
            entries.append(_entry("repetition_unusable", severity, message, measurement.expression))
        elif not measurement.performed:
            entries.append(_not_performed(measurement))
    return entries


def _not_performed(measurement: ExpressionMeasurement) -> QualityEntry:
    moved = measurement.stronger_mm or 0.0
    what = "closed by" if measurement.expression in EYE_CLOSURES else "moved"
    message = (
        f"“{measurement.expression.label}” does not seem to have been performed: the stronger side {what} "
        f"{max(moved, 0.0):.1f} mm, at least {measurement.spec.minimum_mm:.1f} mm are expected."
    )
    return _entry("movement_not_performed", "warning", message, measurement.expression)
