"""What tests of the store and the pages need: files of an analysis, a playable clip, a program that stands for cli.py."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from core.analysis import analyse_track
from core.exam.protocol import Expression
from core.records import Job, Store
from core.video.writer import VideoWriter
from core.words import Side
from tests.synthetic import closure_move, synthetic_track

PATIENCE_S = 60.0

# Stands for cli.py in tests of the job runner: MODE says how it ends, SAMPLE is a folder with the files of an analysis. A mode
# such as "check: refuse" is that of one command; all others are done.
STAND_IN = """
import json, os, shutil, sys, time
mode, sample, command, *rest = sys.argv[1:]
whose, _, how = mode.partition(": ")
if how: mode = how if command == whose else "done"
def report(**what): print(json.dumps(what), file=sys.stderr, flush=True)
print("W0000 00:00:12.3 native noise", file=sys.stderr)
report(frames_done=30, frames_total=120, seconds_left=3.0, stage="tracking")
if mode == "refuse": report(error="No face was found in the video.", hint="Film the face from the front."); sys.exit(2)
if mode == "refuse plainly": print("No face was found in the video.", file=sys.stderr); sys.exit(2)
if mode == "traceback": raise ValueError("Anna Secret")
if mode == "abort": os.abort()
if mode == "hang":
    while True: time.sleep(0.05)
if command == "analyse":
    out = rest[rest.index("--out") + 1]
    os.makedirs(out)
    for name in os.listdir(sample) if mode == "done" else ["result.json"]:
        shutil.copy(os.path.join(sample, name), out)
    with open(os.path.join(sample, "..", "command.json"), "w") as file: json.dump(rest, file)
if command == "check":
    with open(rest[rest.index("--segments") + 1]) as file: segments = json.load(file)["segments"]
    keys = ("expression", "start_s", "end_s")
    checks = [{**{key: segment[key] for key in keys}, "repetition": 1, "ok": True} for segment in segments]
    with open(rest[rest.index("--out") + 1], "w") as file: json.dump(checks, file)
report(frames_done=120, frames_total=120, seconds_left=0.0, stage="measuring")
"""


def write_sample_analysis(folder: Path) -> Path:
    """The files of an analysis (a weak eye closure on the right) in a new folder; returns it."""
    track, segments = synthetic_track(
        [closure_move(Expression.EYES_GENTLE, {Side.RIGHT: 0.4, Side.LEFT: 1.0})], uncertainty_px=0.2
    )
    folder.mkdir(parents=True)
    analyse_track(track, segments=segments).write(folder)
    return folder


def write_clip(path: Path, seconds: float = 1.5, *, width: int = 160, height: int = 120) -> Path:
    """A small H.264 clip whose left half is dark and whose right half is bright, so that a flip can be seen."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, width // 2 :] = 230
    with VideoWriter(path, width, height, fps=20.0) as writer:
        for _ in range(round(seconds * 20)):
            writer.write(picture)
    return path


def write_fragments(path: Path, seconds: float = 3.0) -> Path:
    """A small clip as a browser sends it while it records: H.264 in an mp4 of fragments, one a second, without a length."""
    picture = np.full((120, 160, 3), 90, np.uint8)
    with av.open(str(path), "w", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}) as container:
        stream = container.add_stream(
            "libx264", rate=20, options={"g": "20", "preset": "ultrafast", "tune": "zerolatency"}
        )
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for index in range(round(seconds * 20)):
            picture[:, index : index + 20] = 10 * (index % 20)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 20)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def pieces(content: bytes, number: int) -> list[bytes]:
    """``content`` in so many parts, cut anywhere."""
    length = -(-len(content) // number)
    return [content[start : start + length] for start in range(0, len(content), length)]


def stand_in(folder: Path, mode: str, sample: Path) -> tuple[str, ...]:
    """Start of the commands of a JobRunner in a test."""
    program = folder / "stand_in.py"
    program.write_text(STAND_IN, encoding="utf-8")
    return sys.executable, str(program), mode, str(sample)


def wait_for(store: Store, job: Job, ready: Callable[[Job], bool]) -> Job:
    """The job once ``ready`` says so; fails the test when that does not come about."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        newest = store.job(job.id)
        if ready(newest):
            return newest
        time.sleep(0.02)
    raise AssertionError(f"the job stayed {store.job(job.id)}")
