"""Examinations for tests of charts and pages: graded from synthetic tracks, never written by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from core.analysis import Analysis, analyse_track
from core.exam.protocol import Expression
from core.tracking import FaceTrack
from core.video.writer import VideoWriter
from core.words import Side
from tests.synthetic import closure_move, palsy, synthetic_track, together

GREY_STEP, GREY_LEVELS, DARKEST = 8, 20, 40


@cache
def synkinetic_exam() -> Analysis:
    """Weak right side (60 %) whose eye closes by a third during the smile and the pucker; cervical not recorded."""
    moves = []
    for move in palsy(0.6):
        if move.expression in (Expression.SMILE_OPEN, Expression.PUCKER):
            move = together(move.expression, move, closure_move(move.expression, {Side.RIGHT: 0.35, Side.LEFT: 0.05}))
        moves.append(move)
    track, segments = synthetic_track(moves, noise_px=0.1)
    return analyse_track(track, segments=segments, simulated=True)


@cache
def short_exam() -> Analysis:
    """Brow raise and open smile only, right side weak."""
    brow, smile = (move for move in palsy(0.6) if move.expression in (Expression.BROW_RAISE, Expression.SMILE_OPEN))
    track, segments = synthetic_track([brow, smile])
    return analyse_track(track, segments=segments)


@cache
def repeated_exam() -> Analysis:
    """Three open smiles on a weak right side, the last with the head turned away."""
    smile = next(move for move in palsy(0.5) if move.expression is Expression.SMILE_OPEN)
    track, segments = synthetic_track([smile] * 3)
    pose = track.pose.copy()
    pose[track.times >= segments[2].start_s - 0.2, 0] = 15.0
    turned = FaceTrack(track.times, track.points, track.scheme, pose, None, track.tracker, track.video)
    return analyse_track(turned, segments=segments)


@cache
def still_exam() -> Analysis:
    """A face that never moves."""
    track, _ = synthetic_track([])
    return analyse_track(track)


def fitting(exam: Analysis, width: int = 160, height: int = 120) -> Analysis:
    """The exam as if it had been tracked on a clip of ``write_grey_clip``, with a small face in the middle."""
    facts = exam.result.video.model_copy(update={"width": width, "height": height})
    points = (exam.track.points - [320, 240, 0]) * 0.15 + [width / 2, height / 2, 0]
    video = replace(exam.track.video, width=width, height=height)
    track = replace(exam.track, video=video, points=points.astype(np.float32))
    return replace(exam, track=track, result=exam.result.model_copy(update={"video": facts}))


def frame_grey(frame: int) -> int:
    """Grey level of a picture of ``write_grey_clip``; neighbouring pictures differ clearly."""
    return DARKEST + GREY_STEP * (frame % GREY_LEVELS)


def write_grey_clip(path: Path, track: FaceTrack, width: int = 160, height: int = 120) -> Path:
    """A clip with the times of a track whose pictures tell their number by their grey level."""
    with VideoWriter(path, width, height, crf=10) as writer:
        for frame, time_s in enumerate(track.times):
            writer.write(np.full((height, width, 3), frame_grey(frame), np.uint8), float(time_s))
    return path
