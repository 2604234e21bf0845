"""Taking in a video that a user hands over: to the disk first, then looked at, then entered, or refused in one sentence."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from core.errors import HemifaceError, InputError, VideoError
from core.exam.segments import Segment, read_segments
from core.records.entries import Recording
from core.records.store import Store
from core.records.text import clean_file_name
from core.video.limits import VideoLimits

PREVIEW_NAME = "preview.jpg"
PREVIEW_WIDTH = 720
_PREVIEW_AT_S = 0.5
_JPEG_QUALITY = 85
_SEGMENTS_BYTES = 1_000_000
_SEGMENTS_SLACK_S = 0.5
_SEGMENTS_HINT = 'It should look like {"segments": [{"expression": "smile_open", "start_s": 12.4, "end_s": 17.0}]}.'


def take_in(store: Store, visit_id: str, source: Path | BinaryIO, original_name: str, limits: VideoLimits) -> Recording:
    """Enter a video as a recording of a visit whose orientation is still to be confirmed.

    Raises:
        VideoError: it is not a video that can be analysed, or the visit has it already; nothing of it is kept.
        HemifaceError: unknown visit, disk full.
    """
    from core.video.probe import probe_video

    stored = store.files.receive(source, limits.max_bytes)
    try:
        if any(stored.sha256 == recording.sha256 for recording in store.recordings(visit_id)):
            raise VideoError("This video is in this visit already.", hint="Choose another one.", code="duplicate")
        facts = asdict(probe_video(stored.path, limits))
        return store.add_recording(visit_id, stored, original_name, facts=facts, confirmed=False)
    finally:
        stored.path.unlink(missing_ok=True)


def preview_jpeg(store: Store, recording: Recording) -> bytes:
    """A picture of the recording as it was recorded (never flipped), half a second after its start, for the orientation check.

    Made once and kept beside the recording; at most 720 px wide.

    Raises:
        HemifaceError: the video file is missing or can no longer be read.
    """
    kept = store.derived_path(recording, PREVIEW_NAME)
    if kept.is_file():
        return kept.read_bytes()
    picture = _picture(store.recording_path(recording))
    store.keep_derived(recording, PREVIEW_NAME, picture)
    return picture


def _picture(path: Path) -> bytes:
    from PIL import Image

    from core.video.reader import FrameReader

    image = None
    for frame in FrameReader(path):
        image = frame.image
        if frame.time_s >= _PREVIEW_AT_S:
            break
    if image is None:
        raise HemifaceError("No picture of this video can be read.", hint="Upload it again.", code="unreadable")
    picture = Image.fromarray(image)
    picture.thumbnail((PREVIEW_WIDTH, PREVIEW_WIDTH))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_JPEG_QUALITY)
    return stream.getvalue()


def segments_from_upload(store: Store, source: BinaryIO, original_name: str, duration_s: float | None) -> list[Segment]:
    """Segments of a file that a user hands over, checked against the video's length.

    Raises:
        InputError: it is not a segments file, it is empty, or it goes on after the end of the video.
    """
    stored = store.files.receive(source, _SEGMENTS_BYTES)
    try:
        segments = read_segments(stored.path)
    except InputError as problem:
        message = problem.message.replace(stored.path.name, f"“{clean_file_name(original_name)}”")
        raise InputError(message, hint=_SEGMENTS_HINT, code=problem.code) from problem
    finally:
        stored.path.unlink(missing_ok=True)
    if not segments:
        raise InputError("The segments file holds no segment.", hint=_SEGMENTS_HINT, code="segments")
    last = max(segment.end_s for segment in segments)
    if duration_s is not None and last > duration_s + _SEGMENTS_SLACK_S:
        raise InputError(
            f"The segments go on to {last:.1f} s, but the video ends at {duration_s:.1f} s.",
            hint="Choose the segments file of this video.",
            code="segments",
        )
    return segments
