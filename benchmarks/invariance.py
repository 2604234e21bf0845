"""Does the same examination give the same scores when its picture is flipped, halved, tilted, or only encoded again?

    python benchmarks/invariance.py --out out/invariance

Simulated patients of benchmarks/phantom_accuracy.py, filmed at 640 x 640. Every changed clip is tracked and analysed anew; the
table says by how many points the branch scores differ from those of the original. An interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.accuracy.cases import Case, drawn_cases  # noqa: E402
from benchmarks.accuracy.comparison import GRADED_BRANCHES  # noqa: E402
from benchmarks.accuracy.exams import make_recording  # noqa: E402
from core.analysis import analyse_track  # noqa: E402
from core.exam.segments import read_segments  # noqa: E402
from core.result import ExamResult  # noqa: E402
from core.track_video import track_video  # noqa: E402
from core.tracking import FaceTrack  # noqa: E402
from core.video.reader import FrameReader  # noqa: E402
from core.video.writer import VideoWriter  # noqa: E402
from core.words import SIDES, Side  # noqa: E402
from models.tracking import tracker_factory  # noqa: E402

GROUPS = ("flaccid 1.0", "flaccid 0.6", "synkinetic, usual", "zygomatic only", "healthy")
PICTURE_PX = 640


def _tilted(degrees: float) -> Callable[[np.ndarray], np.ndarray]:
    def tilt(image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    return tilt


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "encoded again": lambda image: image,
    "flipped": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "half size": lambda image: cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "tilted by 10 degrees": _tilted(10.0),
    "tilted by -10 degrees": _tilted(-10.0),
}


def chosen_cases() -> list[Case]:
    """The first drawn patient of each group, filmed larger so that half the size can still be measured."""
    cases = drawn_cases(24)
    first = [next(case for case in cases if case.group == group) for group in GROUPS]
    return [replace(case, camera=replace(case.camera, width=PICTURE_PX, height=PICTURE_PX)) for case in first]


def change_clip(source: Path, target: Path, change: Callable[[np.ndarray], np.ndarray], fps: float) -> None:
    """Write a changed copy, nearly without loss."""
    writer = None
    try:
        for frame in FrameReader(source):
            image = change(frame.image)
            if writer is None:
                writer = VideoWriter(target, image.shape[1], image.shape[0], fps, crf=14)
            writer.write(image, frame.time_s)
    finally:
        if writer is not None:
            writer.close()


def scores(result: ExamResult, what: str, *, swapped: bool = False) -> np.ndarray:
    """(branches, 2) weakness or synkinesis, right and left; NaN where not assessable."""
    sides = [side.opposite for side in SIDES] if swapped else list(SIDES)
    found = [[getattr(result.branches[branch].get(side), what) for side in sides] for branch in GRADED_BRANCHES]
    return np.array(found, dtype=float)


def analysed(video: Path, segments: Path) -> ExamResult:
    track_file = video.with_suffix(".npz")
    if not track_file.is_file():
        track_video(video, tracker_factory()).save(track_file)
    return analyse_track(FaceTrack.load(track_file), segments=read_segments(segments), simulated=True).result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for clips and tracks")
    options = parser.parse_args()
    cases = chosen_cases()
    differences: dict[str, dict[str, list[np.ndarray]]] = {n: {"weakness": [], "synkinesis": []} for n in CHANGES}
    same_side = dict.fromkeys(CHANGES, 0)
    for case in cases:
        folder = options.out / case.name
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "truth.json").is_file():
            make_recording(case, folder)
        original = analysed(folder / "exam.mp4", folder / "segments.json")
        for number, (name, change) in enumerate(CHANGES.items()):
            clip = folder / f"changed-{number}.mp4"
            if not clip.is_file():
                change_clip(folder / "exam.mp4", clip, change, case.camera.fps)
            other, swapped = analysed(clip, folder / "segments.json"), name == "flipped"
            for what, found in differences[name].items():
                found.append(np.abs(scores(other, what, swapped=swapped) - scores(original, what)))
            same_side[name] += _same_side(original, other, swapped=swapped)
            print(f"{case.name}: {name}", file=sys.stderr)
    print(f"{len(cases)} examinations: {', '.join(case.group for case in cases)}.\n")
    print("| clip | same affected side | weakness, mean | largest | synkinesis, mean | largest |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, found in differences.items():
        cells = [f"{np.nanmean(np.stack(v)):.1f} | {np.nanmax(np.stack(v)):.0f}" for v in found.values()]
        print(f"| {name} | {same_side[name]} of {len(cases)} | {' | '.join(cells)} |")


def _same_side(original: ExamResult, other: ExamResult, *, swapped: bool) -> bool:
    before: Side | None = original.affected_side.side
    if before is None:
        return other.affected_side is original.affected_side
    return other.affected_side.side is (before.opposite if swapped else before)


if __name__ == "__main__":
    main()
