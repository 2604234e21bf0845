"""The pipeline: a face track and its segments -> millimetres -> measures -> grades -> ExamResult (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core import __version__
from core.exam.protocol import CORE_PROTOCOL, EXPRESSIONS, Expression
from core.exam.quality import movement_quality, pose_reason, recording_quality, uncertainty_reason
from core.exam.segmentation import SEGMENTATION_MEASURES, propose_segments
from core.exam.segments import Segment
from core.exam.timeline import Timeline, timeline
from core.face.landmarks import mesh_regions
from core.face.millimetres import FaceMillimetres, face_millimetres
from core.face.scale import IRIS_DIAMETER_MM
from core.grading.grade import Grades, grade_exam
from core.grading.resting import resting_face, resting_measures
from core.grading.side import mean_vote
from core.measures.blink import blink_summary, near_blink
from core.measures.curves import Curves, measure_curves
from core.measures.movement import EYE_CLOSURES, MOVEMENT_SPECS, ExpressionMeasurement, measure_expression
from core.measures.signals import resample
from core.measures.summary import expression_result, not_measured, not_recorded
from core.measures.table import write_measures_csv
from core.result import (
    ExamResult,
    ExpressionResult,
    QualityEntry,
    Scale,
    Software,
    TrackerRecord,
    Tracking,
    VideoRecord,
)
from core.tracking import FaceTrack
from core.words import SIDES, AffectedSide

PROTOCOL = "hemiface-1"


@dataclass(frozen=True)
class Analysis:
    """What an analysis made: the result, the curves behind it and the track that it started from."""

    result: ExamResult
    curves: Curves
    track: FaceTrack

    def write(self, out_dir: Path) -> None:
        """Write result.json, measures.csv, curves.npz and track.npz into an existing folder."""
        (out_dir / "result.json").write_text(self.result.model_dump_json(indent=1), encoding="utf-8")
        write_measures_csv(out_dir / "measures.csv", self.result)
        self.curves.save(out_dir / "curves.npz")
        self.track.save(out_dir / "track.npz")


def analyse_track(
    track: FaceTrack,
    *,
    segments: Sequence[Segment] | None = None,
    side: AffectedSide | None = None,
    simulated: bool = False,
    iris_mm: float = IRIS_DIAMETER_MM,
) -> Analysis:
    """Measure and grade an examination.

    Args:
        track: MESH478 landmarks of every frame.
        segments: which expression was performed when; None or empty lets the motion propose them.
        side: affected side as known to the clinician; None or UNDETERMINED lets the movement decide.
        simulated: the recording shows a simulated patient.
        iris_mm: true horizontal iris diameter.

    Raises:
        ValueError: the track is not of the MESH478 scheme.
    """
    if track.scheme.name != "mesh478":
        raise ValueError(f"track.scheme must be 'mesh478', got {track.scheme.name!r}")
    chosen = list(segments) if segments else _proposed(track, iris_mm)
    face = _face(track, chosen, iris_mm)
    curves = measure_curves(face)
    time = timeline(curves.times_s, chosen)
    fissure = curves.values["palpebral_fissure_height"]
    spoiled = near_blink(fissure, time.rest)
    usable = np.isfinite(fissure).all(axis=1) & ~spoiled
    measurements = _measurements(curves, time, track, face, usable)
    resting = resting_face(curves, time.rest & usable)
    grades = grade_exam(curves, measurements, resting, spoiled, side)
    quality = [
        *recording_quality(track, face.iris_px),
        *movement_quality(measurements.values()),
        *_side_quality(grades, side),
        *_segment_quality(chosen, segments),
    ]
    result = ExamResult(
        software=Software(version=__version__),
        tracker=TrackerRecord(**vars(track.tracker)),
        video=VideoRecord(**vars(track.video)),
        tracking=Tracking(
            frames_with_face=int(track.found.sum()),
            fraction=float(track.found.mean()),
            other_faces=track.other_faces,
        ),
        quality=quality,
        scale=Scale(
            mm_per_px=face.mm_per_px,
            iris_px=face.iris_px,
            iris_mm=face.iris_mm,
            method="iris" if face.mm_per_px is not None else "none",
        ),
        protocol=PROTOCOL,
        simulated=simulated,
        affected_side=grades.affected_side,
        affected_side_source="movement" if side in (None, AffectedSide.UNDETERMINED) else "clinician",
        affected_side_votes=grades.votes,
        mode=grades.mode,
        segments=list(time.segments),
        resting=resting_measures(resting),
        expressions=_expression_results(curves, measurements, time, grades),
        branches=grades.branches,
        synkinesis=grades.synkinesis,
        overall=grades.overall,
        scales=grades.scales,
        blink=blink_summary(curves.times_s, fissure, time.rest),
    )
    return Analysis(result, curves, track)


def _proposed(track: FaceTrack, iris_mm: float) -> list[Segment]:
    return propose_segments(measure_curves(_face(track, [], iris_mm), SEGMENTATION_MEASURES))


def _face(track: FaceTrack, segments: Sequence[Segment], iris_mm: float) -> FaceMillimetres:
    rest = timeline(track.times, segments).rest if segments else np.ones(len(track.times), dtype=bool)
    return face_millimetres(track.times, track.points, rest, iris_mm=iris_mm)


def _measurements(
    curves: Curves, time: Timeline, track: FaceTrack, face: FaceMillimetres, usable: np.ndarray
) -> dict[Expression, ExpressionMeasurement]:
    """Every measurable expression of the recording, with the repetitions refused that a gate spoils."""
    pose = np.stack([resample(track.times, track.pose[:, i], curves.times_s) for i in range(3)], axis=1)
    rest = time.rest & np.isfinite(pose).all(axis=1)
    if rest.any():
        pose[:, 1] -= np.median(pose[rest, 1])
    measurements = {}
    for expression in dict.fromkeys(segment.expression for segment in time.movements):
        if expression not in MOVEMENT_SPECS:
            continue
        measurement = measure_expression(curves, time, expression, usable=usable)
        uncertainty = _uncertainty_mm(track, face, expression, curves.times_s)
        gated = tuple(
            replace(r, reason=r.reason or pose_reason(pose, r) or uncertainty_reason(uncertainty, r))
            for r in measurement.repetitions
        )
        measurements[expression] = replace(measurement, repetitions=gated)
    return measurements


def _uncertainty_mm(
    track: FaceTrack, face: FaceMillimetres, expression: Expression, at_s: np.ndarray
) -> np.ndarray | None:
    """(K,) mean half disagreement of the mirror runs over the landmarks that the expression moves."""
    if track.uncertainty is None or face.mm_per_px is None:
        return None
    indices: list[int] = []
    for region in map(mesh_regions, SIDES):
        if expression in EYE_CLOSURES:
            indices += [*region.fissure_upper, *region.fissure_lower]
        elif expression in (Expression.BROW_RAISE, Expression.FROWN):
            indices += region.brow_upper
        else:
            indices += [region.corner, *region.upper_lip_lateral, region.lower_lip_lateral]
    return resample(track.times, track.uncertainty[:, indices].mean(axis=1) * face.mm_per_px, at_s)


def _expression_results(
    curves: Curves, measurements: dict[Expression, ExpressionMeasurement], time: Timeline, grades: Grades
) -> dict[Expression, ExpressionResult]:
    """Entries in the order of the protocol: what was recorded, and the missing ones of the standard nine."""
    recorded = {segment.expression for segment in time.movements}
    results = {}
    for expression in EXPRESSIONS:
        if expression in measurements:
            gaps = grades.residual_gap_mm.get(expression)
            results[expression] = expression_result(curves, measurements[expression], gaps, grades.affected_side.side)
        elif expression in recorded:
            results[expression] = not_measured(expression)
        elif expression in CORE_PROTOCOL and expression is not Expression.REST:
            results[expression] = not_recorded(expression)
    return results


def _side_quality(grades: Grades, known: AffectedSide | None) -> list[QualityEntry]:
    entries = []
    if grades.low_movements:
        names = ", ".join(expression.label.lower() for expression in grades.low_movements)
        message = (
            f"Both sides moved little ({names}): bilateral weakness, poor effort or a tracking failure. "
            "Compare with the video before you trust the scores."
        )
        entries.append(QualityEntry(code="both_sides_low", severity="warning", message=message))
    if known is not None and known.side is not None and grades.moved_side.side is known.side.opposite:
        message = (
            f"The movement points to the patient's {grades.moved_side.value} side, but {known.value} was given. "
            "Check whether the video is mirrored."
        )
        entries.append(QualityEntry(code="check_mirroring", severity="warning", message=message))
    vote = mean_vote(grades.votes)
    if known in (None, AffectedSide.UNDETERMINED) and grades.affected_side is AffectedSide.UNDETERMINED:
        seen = "no movement could be compared" if vote is None else "the movements do not agree"
        message = f"The affected side could not be determined: {seen}. Choose it to compare the sides."
        entries.append(QualityEntry(code="side_undetermined", severity="warning", message=message))
    return entries


def _segment_quality(chosen: Sequence[Segment], given: Sequence[Segment] | None) -> list[QualityEntry]:
    if given:
        return []
    if not chosen:
        message = "No facial movement was found. Mark the expressions in the segment editor."
        return [QualityEntry(code="no_segments", severity="error", message=message)]
    message = f"{len(chosen)} movements were proposed from the motion; check their names and borders."
    return [QualityEntry(code="segments_proposed", severity="info", message=message)]
