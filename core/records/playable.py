"""A copy of a recording that every browser plays; most recordings need none.

Run as a program (by core.records.runner) it makes that copy: ``python -m core.records.playable SOURCE TARGET``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from core.errors import HemifaceError
from core.records.entries import Recording
from core.records.store import Store

PLAYABLE_NAME = "playable.mp4"
# What Chromium, Firefox and Safari play as it is; anything else (HEVC, MPEG-4 part 2, MJPEG ...) is written again as H.264.
_PLAYED = {".mp4": {"h264", "av1", "vp9"}, ".mov": {"h264"}, ".webm": {"vp8", "vp9", "av1"}}
_TYPES = {".mp4": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm"}
_REPORT_S = 0.5


def needs_copy(recording: Recording) -> bool:
    """Whether a browser cannot be expected to play the recording as it came."""
    return recording.facts.get("codec") not in _PLAYED.get(Path(recording.path).suffix, set())


def playable_file(store: Store, recording: Recording) -> Path | None:
    """The file for the browser, or None when a copy is needed and not made yet.

    It shows the video as it was recorded: when ``recording.mirrored``, the player has to flip it.
    """
    if not needs_copy(recording):
        return store.recording_path(recording)
    copy = store.derived_path(recording, PLAYABLE_NAME)
    return copy if copy.is_file() else None


def media_type(path: Path) -> str:
    """Content type under which the file is served."""
    return _TYPES.get(path.suffix, "application/octet-stream")


def write_copy(source: Path, target: Path) -> None:
    """Write ``source`` again as H.264 with the same times, upright, and report progress as core.records.child reads it.

    Raises:
        VideoError: the source cannot be read.
    """
    from core.video.limits import VideoLimits
    from core.video.reader import FrameReader
    from core.video.writer import VideoWriter

    # It was accepted when it came, whatever the limits are today.
    reader = FrameReader(
        source, limits=VideoLimits(max_bytes=sys.maxsize, max_duration_s=float("inf"), min_duration_s=0.0)
    )
    width, height = reader.probe.width // 2 * 2, reader.probe.height // 2 * 2
    started = reported = time.monotonic()
    with VideoWriter(target, width, height, preset="veryfast", crf=23) as writer:
        for frame in reader:
            writer.write(frame.image[:height, :width], frame.time_s)
            if time.monotonic() - reported >= _REPORT_S:
                reported = time.monotonic()
                left = max(reader.probe.packets - writer.frames, 0)
                report = {
                    "frames_done": writer.frames,
                    "frames_total": reader.probe.packets,
                    "seconds_left": left * (reported - started) / writer.frames,
                    "stage": "preparing the video for the browser",
                }
                print(json.dumps(report), file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Entrance of the child process; exit code 2 after one sentence on standard error."""
    source, target = map(Path, arguments)
    try:
        write_copy(source, target)
    except HemifaceError as problem:
        print(json.dumps({"error": problem.message, "hint": problem.hint}), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
