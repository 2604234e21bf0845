"""What tests of corrected landmarks share: points on a small picture, and an analysed recording whose video has them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from core.analysis import Analysis, analyse_track
from core.annotated_frame import AnnotatedFrame, PlacedBy
from core.exam.protocol import Expression
from core.face.canonical import canonical_vertices_mm
from core.face.landmarks import MESH478_OF_IBUG68
from core.records import Recording, Store
from core.video.writer import VideoWriter
from tests.synthetic import palsy, synthetic_track

WIDTH, HEIGHT = 640, 480


def face_points() -> np.ndarray:
    """(68, 2) pixels of the canonical face in a picture of 640 x 480."""
    vertices = canonical_vertices_mm()[list(MESH478_OF_IBUG68), :2]
    return vertices * [2.0, -2.0] + [WIDTH / 2, HEIGHT / 2]


def annotated_frame(index: int = 0, annotator: str = "A", sha256: str = "ab" * 32) -> AnnotatedFrame:
    """Points of the canonical face, moved a little by the number of the picture; one point is not visible."""
    points = face_points() + index / 10
    visible = np.ones(68, dtype=bool)
    visible[0] = False
    tracker = PlacedBy("synthetic", "1", "0" * 64)
    return AnnotatedFrame(index, index / 30, sha256, WIDTH, HEIGHT, annotator, points, visible, tracker)


def write_numbered_clip(path: Path, frames: int = 30) -> Path:
    """A short clip, 640 x 480, no two of whose pictures are alike."""
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    with VideoWriter(path, WIDTH, HEIGHT, fps=20.0) as writer:
        for frame in range(frames):
            picture[:, 20 * frame : 20 * frame + 20] = 200
            writer.write(picture)
    return path


def write_clip_of(exam: Analysis, path: Path) -> Path:
    """A clip with the times and the size of a track, whose pictures differ and show a plain face where its points are."""
    facts = exam.track.video
    rows, columns = np.mgrid[0 : facts.height, 0 : facts.width]
    shade = (120 + 60 * (columns / facts.width)).astype(np.uint8)
    middle = np.nanmean(exam.track.points[0, :, :2], axis=0)
    inside = ((columns - middle[0]) / 150) ** 2 + ((rows - middle[1]) / 200) ** 2 < 1
    picture = np.stack([shade, shade, shade], axis=-1)
    picture[inside] = (226, 190, 168)
    with VideoWriter(path, facts.width, facts.height, crf=28) as writer:
        for frame, time_s in enumerate(exam.track.times):
            shown = picture.copy()
            shown[:12, :12] = 8 * (frame % 30)
            writer.write(shown, float(time_s))
    return path


@cache
def slow_exam() -> Analysis:
    """Brow raise and open smile at few pictures a second, so that its video is quickly written and read."""
    moves = [move for move in palsy(0.6) if move.expression in (Expression.BROW_RAISE, Expression.SMILE_OPEN)]
    track, segments = synthetic_track(moves, fps=10)
    return analyse_track(track, segments=segments)


def write_exam(folder: Path) -> Path:
    """The files of an analysis in ``exam``, and ``exam.mp4``, a video that has its pictures; returns the folder."""
    exam = slow_exam()
    write_clip_of(exam, folder / "exam.mp4")
    (folder / "exam").mkdir()
    exam.write(folder / "exam")
    return folder


def analysed_recording(store: Store, visit_id: str, folder: Path) -> Recording:
    """A recording of a visit with its analysis, from what ``write_exam`` wrote."""
    facts = {"duration_s": float(slow_exam().track.times[-1]), "codec": "h264"}
    recording = store.add_recording(visit_id, folder / "exam.mp4", "exam.mp4", facts=facts)
    store.add_analysis(recording.id, folder / "exam")
    return recording
