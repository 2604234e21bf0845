"""How much time do the second opinions add to an analysis?

    python benchmarks/opinions.py                    # a simulated patient, drawn and recorded at 720p
    python benchmarks/opinions.py --video exam.mp4   # any examination

Reading of the key pictures, loading of both networks, both opinions and Grad-CAM of one picture, timed in turn over several rounds
in one process, beside tracking and measuring of the same video. The table is Markdown, for docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.throughput import HEIGHT, WIDTH, phantom_720p  # noqa: E402
from core.analysis import analyse_track  # noqa: E402
from core.key_frames import choose_key_frames, read_key_frames  # noqa: E402
from core.track_video import track_video  # noqa: E402
from models.opinions import make_screener, make_severity_model  # noqa: E402
from models.tracking import tracker_factory  # noqa: E402

Made = TypeVar("Made")


class Stopwatch:
    """Seconds of every part, a number a round."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    def time(self, part: str, work: Callable[..., Made], *given: object) -> Made:
        """What ``work`` makes of what is given."""
        begun = time.perf_counter()
        made = work(*given)
        self.seconds.setdefault(part, []).append(time.perf_counter() - begun)
        return made


def one_round(video: Path, watch: Stopwatch) -> tuple[int, int]:
    """Analyse once; the numbers of frames and of key pictures."""
    track = watch.time("tracking (default)", track_video, video, tracker_factory())
    analysis = watch.time("measures and grading", analyse_track, track)
    frames = watch.time("reading the key pictures", read_key_frames, video, track, choose_key_frames(analysis))
    screener = watch.time("loading the screen", make_screener)
    watch.time("screen for synkinesis, all key pictures", screener.screen, frames)
    watch.time("Grad-CAM of one picture", screener.explain, frames[-1])
    severity = watch.time("loading the severity network", make_severity_model)
    watch.time("second opinion on severity", severity.assess, analysis.result, frames)
    return len(track.times), len(frames)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", type=Path, help="an examination; a simulated patient when not given")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the simulated clip")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        video = options.video
        if video is None:
            video = Path(folder) / "clip.mp4"
            phantom_720p(video, options.seconds)
        one_round(video, Stopwatch())  # loads the libraries
        watch = Stopwatch()
        for _ in range(options.rounds):
            frames, pictures = one_round(video, watch)
    of = f"{WIDTH} x {HEIGHT}" if options.video is None else options.video.name
    print(f"{frames} frames, {of}, {pictures} key pictures; {os.cpu_count()} cores, {platform.machine()};")
    print(f"medians of {options.rounds} rounds.\n")
    print("| part | s |\n| --- | --- |")
    for part, seconds in watch.seconds.items():
        print(f"| {part} | {statistics.median(seconds):.2f} |")


if __name__ == "__main__":
    main()
