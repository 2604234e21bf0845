"""Probing a video before it is analysed: every reason to refuse it, cheapest first, each in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from core.errors import VideoError
from core.video.container import is_cut, open_container, unreadable
from core.video.limits import DEFAULT_LIMITS, VideoLimits
from core.video.orientation import Orientation, square_pixel_size

_SLACK_S = 1e-6
# A tail that lacks less than this may be an edit list or the longer sound track, more is damage.
_MISSING_TAIL_S = 0.5


@dataclass(frozen=True)
class VideoProbe:
    """What a look through the packets of a file tells; nothing here is the container's promise.

    Attributes:
        container: name of the demuxer, e.g. ``"matroska,webm"``.
        codec: name of the codec, e.g. ``"h264"``.
        width, height: pixels of an upright frame.
        rotation_deg: clockwise rotation that the metadata ask for: 0, 90, 180 or 270.
        duration_s: last minus first packet time plus one median interval.
        packets: video packets, an estimate of the number of frames.
        complete: False when the file ends before the duration that it declares.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation_deg: int
    duration_s: float
    packets: int
    complete: bool


def probe_video(path: Path, limits: VideoLimits = DEFAULT_LIMITS) -> VideoProbe:
    """Look through a video file without decoding more than its first frame.

    Raises:
        VideoError: with ``code``, checked in this order: ``missing``, ``empty``, ``not_a_video``, ``no_video_stream``,
            ``too_large``, ``too_long``, ``too_many_pixels``, ``too_short``, ``unreadable``.
    """
    path = Path(path)
    try:
        container = open_container(path)
    except VideoError as problem:
        if problem.code == "unreadable":
            _check_bytes(path, limits)
        raise
    with container:
        stream = video_stream(container)
        _check_bytes(path, limits)
        context = stream.codec_context
        if context is None:  # a codec that this FFmpeg does not know, or damage where its name was
            raise unreadable()
        fits = max(context.width, context.height) <= limits.max_side_px
        # A bomb is small on disk and huge when decoded (reliability T2): over the limit nothing is decoded.
        scan = _Scan(container, stream, limits, decode_first=fits)
        first = scan.first_frame
        if scan.duration_s > limits.max_duration_s + _SLACK_S:
            raise VideoError(
                f"The video is longer than {limits.max_duration_s / 60:g} minutes.",
                hint="Cut it to the examination.",
                code="too_long",
            )
        if scan.packets > limits.max_frames:
            raise VideoError(
                f"The video has more than {limits.max_frames} pictures.",
                hint="Cut it to the examination or export it at 60 pictures a second.",
                code="too_long",
            )
        if not fits:
            check_side(context.width, context.height, limits)
        if scan.duration_s < limits.min_duration_s - _SLACK_S and scan.packets:
            raise too_short(scan.duration_s, limits)
        if first is None:
            raise unreadable()
        orientation = Orientation.of_frame(first)
        width, height = orientation.size(*square_pixel_size(stream, first))
        check_side(width, height, limits)
        return VideoProbe(
            container=container.format.name,
            codec=context.codec.canonical_name,
            width=width,
            height=height,
            rotation_deg=orientation.rotation_deg,
            duration_s=scan.duration_s,
            packets=scan.packets,
            complete=scan.complete and not (container.format.name == "mov" and is_cut(path)),
        )


def video_stream(container: InputContainer) -> VideoStream:
    """The moving picture of a container; raises VideoError ``no_video_stream``. A cover picture is not one."""
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        raise VideoError(
            "The file has no video in it, only sound or a cover picture.",
            hint="Choose the file with the picture.",
            code="no_video_stream",
        )
    best = container.streams.best("video")
    return best if isinstance(best, VideoStream) and best in streams else streams[0]


def check_side(width: int, height: int, limits: VideoLimits) -> None:
    """Raise VideoError ``too_many_pixels`` when a picture is over the limit."""
    if max(width, height) > limits.max_side_px:
        raise VideoError(
            f"The picture is {width} x {height} pixels; at most {limits.max_side_px} a side can be analysed.",
            hint="Export it at 1080p.",
            code="too_many_pixels",
        )


def too_short(duration_s: float, limits: VideoLimits) -> VideoError:
    """The error for a video that cannot hold a movement."""
    return VideoError(
        f"The video is {duration_s:.1f} s long; at least {limits.min_duration_s:g} s are needed.",
        hint="Record the whole expression, from rest to rest.",
        code="too_short",
    )


def _check_bytes(path: Path, limits: VideoLimits) -> None:
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise VideoError(
            f"The file has {size / 1e6:.0f} MB; at most {limits.max_bytes / 1e6:.0f} MB can be analysed.",
            hint="Cut it to the examination or export it at 1080p.",
            code="too_large",
        )


class _Scan:
    """One pass over the packets: true duration, number, and the first frame."""

    def __init__(
        self, container: InputContainer, stream: VideoStream, limits: VideoLimits, *, decode_first: bool
    ) -> None:
        self.first_frame: av.VideoFrame | None = None
        self.packets = 0
        self._damaged = False
        self._times: list[float] = []
        self._end_s = 0.0
        try:
            for packet in container.demux():
                if packet.size == 0:
                    continue
                self._note_time(packet, packet.stream is stream)
                if packet.stream is not stream:
                    continue
                if decode_first and self.first_frame is None:
                    self._decode(stream, packet)
                too_long = self._times and self._times[-1] - self._times[0] > limits.max_duration_s
                if too_long or self.packets > limits.max_frames:
                    break
            if decode_first and self.first_frame is None:
                self._decode(stream, None)
        except (av.FFmpegError, OSError):
            self._damaged = True
        self.duration_s = _duration(np.sort(np.array(self._times)))
        declared = _declared_end(container, stream)
        self.complete = not self._damaged and (declared is None or self._end_s >= declared - _MISSING_TAIL_S)

    def _note_time(self, packet: av.Packet, of_video: bool) -> None:
        ticks = packet.pts if packet.pts is not None else packet.dts
        if of_video:
            self.packets += 1
        if packet.is_corrupt:
            self._damaged = True
        if ticks is None or packet.is_discard:
            return
        time_s = float(ticks * packet.time_base)
        self._end_s = max(self._end_s, time_s + float((packet.duration or 0) * packet.time_base))
        if of_video:
            self._times.append(time_s)

    def _decode(self, stream: VideoStream, packet: av.Packet | None) -> None:
        try:
            frames = stream.codec_context.decode(packet)
        except av.FFmpegError:
            return
        self.first_frame = frames[0] if frames else None


def _duration(times: np.ndarray) -> float:
    if len(times) < 2:
        return 0.0
    return float(times[-1] - times[0] + np.median(np.diff(times)))


def _declared_end(container: InputContainer, stream: VideoStream) -> float | None:
    """Where the file says that it ends, seconds on the clock of its packets, or None (files of a browser do not say)."""
    if stream.duration is not None and stream.time_base is not None:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base)
    if container.duration is not None:
        return (container.duration + (container.start_time or 0)) / av.time_base
    return None
