"""How fast is the whole analysis, against a bare loop of decoding and MediaPipe over the same 720p clip?

    python benchmarks/throughput.py                    # a simulated patient, drawn and recorded at 720p
    python benchmarks/throughput.py --video clip.mp4   # any clip with a face, brought to 720p
    python benchmarks/throughput.py --minutes 10       # peak memory of a clip as long as the app accepts

Bare loop and analysis run side by side in one process, several rounds in turn, so that a busy computer slows both. Peak memory
is that of a child process for each. The table is Markdown, for docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

WIDTH, HEIGHT = 1280, 720
BARE, PLAIN, AVERAGED, HALVES, DEFAULT = "bare", "plain", "averaged", "halves", "default"
NAMES = {
    BARE: "bare loop: decode + MediaPipe mesh",
    PLAIN: "whole analysis, plain mesh",
    AVERAGED: "whole analysis, mirror averaging",
    HALVES: "whole analysis, halves for themselves",
    DEFAULT: "whole analysis, both (default)",
}


@dataclass(frozen=True)
class Timing:
    """One run: frames, seconds in all, and seconds in measures and grading."""

    frames: int
    seconds: float
    grading_s: float = 0.0

    @property
    def fps(self) -> float:
        return self.frames / self.seconds


def bare_loop(video: Path) -> Timing:
    """The loop that anyone would write first."""
    import av
    from mediapipe.python.solutions.face_mesh import FaceMesh

    start = time.perf_counter()
    frames = 0
    with FaceMesh(max_num_faces=1, refine_landmarks=True) as mesh, av.open(str(video)) as container:
        for frame in container.decode(video=0):
            mesh.process(frame.to_ndarray(format="rgb24"))
            frames += 1
    return Timing(frames, time.perf_counter() - start)


def whole_analysis(video: Path, *, mirror_average: bool, half_faces: bool) -> Timing:
    """What ``cli.py analyse`` does, written files included."""
    from core.analysis import analyse_track
    from core.track_video import track_video
    from models.tracking import tracker_factory

    start = time.perf_counter()
    track = track_video(video, tracker_factory(), mirror_average=mirror_average, half_faces=half_faces)
    tracked = time.perf_counter()
    analysis = analyse_track(track)
    graded = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        analysis.write(Path(folder))
    return Timing(len(track.times), time.perf_counter() - start, graded - tracked)


RUNS: dict[str, Callable[[Path], Timing]] = {
    BARE: bare_loop,
    PLAIN: lambda video: whole_analysis(video, mirror_average=False, half_faces=False),
    AVERAGED: lambda video: whole_analysis(video, mirror_average=True, half_faces=False),
    HALVES: lambda video: whole_analysis(video, mirror_average=False, half_faces=True),
    DEFAULT: lambda video: whole_analysis(video, mirror_average=True, half_faces=True),
}


def peak_memory_mb(mode: str, video: Path) -> float | None:
    """Peak resident memory of one run in a process of its own, megabytes; None where the system does not tell."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", mode, "--video", str(video)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def run_child(mode: str, video: Path) -> None:
    """Run once and print the peak memory of this process."""
    RUNS[mode](video)
    status = Path("/proc/self/status")
    if not status.is_file():
        print("null")
        return
    # Not getrusage: there, a child begins with the peak of its parent.
    peak_kb = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    print(int(peak_kb) / 1e3)


def phantom_720p(target: Path, seconds: float) -> None:
    """A simulated patient with a flaccid right palsy, 1280 x 720, 30 frames/s; there and back until long enough."""
    from core.phantom.camera import Camera
    from core.phantom.condition import flaccid
    from core.phantom.drawing.identity import IDENTITIES
    from core.phantom.drawing.portrait import draw_portrait
    from core.phantom.exam import short_script
    from core.phantom.motion import simulate
    from core.phantom.recording import record
    from core.words import Side

    portrait = draw_portrait(IDENTITIES[0], 900)
    camera = Camera(WIDTH, HEIGHT)
    motion = simulate(portrait.shape_mm, flaccid(Side.RIGHT), short_script(), camera.fps)
    exam = target.with_name("exam.mp4")
    record(portrait, motion, exam, camera)
    clip_720p(exam, target, seconds)


def clip_720p(source: Path, target: Path, seconds: float) -> None:
    """The source at 1280 x 720 (with borders where it has another shape), forwards and backwards until it is long enough."""
    import cv2
    import numpy as np

    from core.video.reader import FrameReader
    from core.video.writer import VideoWriter

    def fitted(image: np.ndarray) -> np.ndarray:
        scale = min(WIDTH / image.shape[1], HEIGHT / image.shape[0])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        whole = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        top, left = (HEIGHT - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
        whole[top : top + small.shape[0], left : left + small.shape[1]] = small
        return whole

    reader = FrameReader(source)
    frames = [frame.image for frame, _ in zip(reader, range(round(60 * min(seconds, 30.0))), strict=False)]
    there_and_back = frames + frames[-2:0:-1]
    with VideoWriter(target, WIDTH, HEIGHT, fps=30) as writer:
        for index in range(round(seconds * 30)):
            writer.write(fitted(there_and_back[index % len(there_and_back)]))


def measure(video: Path, rounds: int) -> dict[str, list[Timing]]:
    """``rounds`` timings a mode, in turn; the first round, which loads the libraries, is thrown away."""
    timings: dict[str, list[Timing]] = {mode: [] for mode in RUNS}
    for number in range(rounds + 1):
        for mode, run in RUNS.items():
            timing = run(video)
            if number:
                timings[mode].append(timing)
                print(f"round {number}: {NAMES[mode]}: {timing.fps:.1f} frames/s", file=sys.stderr)
    return timings


def table(timings: dict[str, list[Timing]], memory: dict[str, float | None]) -> str:
    """Markdown: medians over the rounds; ratios are medians of the ratios within a round."""
    lines = [
        "| run | frames/s | against the bare loop | measures and grading | peak memory |",
        "| --- | --- | --- | --- | --- |",
    ]
    for mode, runs in timings.items():
        ratio = statistics.median(run.fps / bare.fps for run, bare in zip(runs, timings[BARE], strict=True))
        share = statistics.median(run.grading_s / run.seconds for run in runs)
        peak = memory[mode]
        lines.append(
            f"| {NAMES[mode]} | {statistics.median(run.fps for run in runs):.0f} "
            f"| {'1' if mode == BARE else f'{ratio:.2f}'} "
            f"| {'-' if mode == BARE else f'{100 * share:.1f} %'} "
            f"| {'-' if peak is None else f'{peak:.0f} MB'} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", type=Path, help="a clip with a face; a simulated patient when not given")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the clip that is measured")
    parser.add_argument("--minutes", type=float, help="measure only the peak memory over a clip as long as this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=list(RUNS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(options.child, options.video)
        return
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        seconds = options.seconds if options.minutes is None else 60 * options.minutes
        if options.video is None:
            phantom_720p(clip, seconds)
        else:
            clip_720p(options.video, clip, seconds)
        if options.minutes is not None:
            print(f"Peak memory over {options.minutes:g} minutes of {WIDTH} x {HEIGHT}, 30 frames/s:")
            for mode in (PLAIN, DEFAULT):
                print(f"{NAMES[mode]}: {peak_memory_mb(mode, clip):.0f} MB")
            return
        timings = measure(clip, options.rounds)
        memory = {mode: peak_memory_mb(mode, clip) for mode in RUNS}
        frames = timings[BARE][0].frames
    print(
        f"{frames} frames of {WIDTH} x {HEIGHT}, H.264; {os.cpu_count()} cores, {platform.processor() or platform.machine()};"
    )
    print(f"medians of {options.rounds} rounds.\n")
    print(table(timings, memory))


if __name__ == "__main__":
    main()
