"""How far are live values off? The simulated patient of the live view, tracked as the page tracks it, against its exact landmarks.

    python benchmarks/live_accuracy.py

Excursions at the moment of the largest one, right / left in millimetres, and the symmetry in per cent: from the exact landmarks,
from the whole face alone, and with each half of the face tracked for itself, as the page does it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.exam.protocol import Expression
from core.live import LIVE_MOVEMENTS, LiveMeasure, LiveValues
from core.phantom.live_clip import make_clip
from core.video.reader import FrameReader
from models.tracking.frames import FrameWorker

JPEG_QUALITY = 85


def largest(movement: Expression, frames: Iterable[tuple[float, np.ndarray | None]]) -> LiveValues:
    """The live values at the largest excursion of either side."""
    live = LiveMeasure(movement)
    best: LiveValues | None = None
    for time_s, points in frames:
        values = live.update(time_s, points)
        if values.right_mm is None or values.left_mm is None:
            continue
        if best is None or max(values.right_mm, values.left_mm) > max(best.right_mm, best.left_mm):
            best = values
    if best is None:
        raise SystemExit(f"{movement.label}: no values")
    return best


def told(values: LiveValues) -> str:
    symmetry = "-" if values.symmetry_pct is None else f"{values.symmetry_pct:.0f} %"
    return f"{values.right_mm:.1f} / {values.left_mm:.1f} mm, {symmetry}"


def main() -> None:
    worker = FrameWorker()
    print("| movement | exact landmarks | whole face alone | halves for themselves |")
    print("| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for movement in LIVE_MOVEMENTS:
            clip = Path(folder) / f"{movement.value}.mp4"
            recording = make_clip(movement, clip)
            exact = largest(movement, zip(recording.times.tolist(), recording.landmarks, strict=True))
            seen = {}
            for halves in (False, True):
                found = []
                for frame in FrameReader(clip):
                    picture = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
                    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
                    faces = worker.detect(f"{movement.value} {halves}", coded, half_faces=halves).faces
                    found.append((frame.time_s, faces[0] if faces else None))
                seen[halves] = largest(movement, found)
            print(f"| {movement.label} | {told(exact)} | {told(seen[False])} | {told(seen[True])} |", flush=True)
    worker.close()


if __name__ == "__main__":
    main()
