"""Reading a video: upright RGB frames with their true times, one after the other."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from core.errors import VideoError
from core.tracking import VideoFacts
from core.video.clock import FrameClock
from core.video.container import open_container, unreadable
from core.video.limits import DEFAULT_LIMITS, VideoLimits
from core.video.orientation import Orientation, square_pixel_size
from core.video.probe import check_side, probe_video, too_short, video_stream

_HASH_BYTES = 1 << 20
_SLACK_S = 1e-6


@dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Attributes:
        time_s: seconds from the first frame.
        image: (H, W, 3) uint8 RGB, upright, contiguous, un-mirrored.
    """

    time_s: float
    image: np.ndarray


class FrameReader:
    """Iterates the frames of one video; memory does not grow with its length.

    Making a reader probes the file. Iterating decodes it; parts that cannot be decoded are left out and make
    ``facts.complete`` False. After an iteration that ran to its end, ``facts`` tells what was read, and ``times_s``
    when each of the pictures was, in seconds from the first.

    Args:
        path: the video file.
        mirrored: the camera app mirrored the recording; frames are flipped back.
        limits: what is refused.
        every_s: only frames that lie at least so far apart are given out; all are decoded, and ``facts`` tell of all.

    Raises:
        VideoError: when made (see ``probe_video``), and while iterating when less than the shortest duration could be decoded
            or the picture grows over the limit.
    """

    def __init__(
        self, path: Path, mirrored: bool = False, limits: VideoLimits = DEFAULT_LIMITS, *, every_s: float = 0.0
    ) -> None:
        self.path = Path(path)
        self.mirrored = mirrored
        self.limits = limits
        self.every_s = every_s
        self.times_s: list[float] = []
        self.probe = probe_video(self.path, limits)
        self._facts: VideoFacts | None = None

    @property
    def facts(self) -> VideoFacts:
        """What was read; raises RuntimeError before the frames were read to the end."""
        if self._facts is None:
            raise RuntimeError("facts are known after the frames were read to the end")
        return self._facts

    def __iter__(self) -> Iterator[Frame]:
        self._facts = None
        times = self.times_s = []
        due_s = 0.0
        with open_container(self.path) as container:
            decoder = Decoder(container, video_stream(container), self.limits)
            for time_s, picture in decoder.pictures():
                times.append(time_s)
                if time_s >= due_s:
                    due_s = time_s + self.every_s
                    image = decoder.rgb(picture)  # tells the orientation, too
                    yield Frame(time_s, decoder.orientation.apply(image, mirrored=self.mirrored))
        self._facts = self._gather_facts(np.array(times), complete=self.probe.complete and not decoder.damaged)

    def _gather_facts(self, times: np.ndarray, *, complete: bool) -> VideoFacts:
        if not len(times):
            raise unreadable()
        steps = np.diff(times)
        interval = float(np.median(steps)) if len(steps) else 0.0
        duration = float(times[-1] - times[0]) + interval
        if duration < self.limits.min_duration_s - _SLACK_S:
            raise too_short(duration, self.limits)
        return VideoFacts(
            sha256=file_sha256(self.path),
            width=self.probe.width,
            height=self.probe.height,
            frames=len(times),
            duration_s=duration,
            fps_median=round(1 / interval, 3) if interval else 0.0,
            longest_gap_s=float(steps.max()) if len(steps) else 0.0,
            mirrored=self.mirrored,
            codec=self.probe.codec,
            container=self.probe.container,
            rotation_deg=self.probe.rotation_deg,
            complete=complete,
        )


class Decoder:
    """Decodes one stream; after damage it goes on at the next key frame, since pictures between would be patched up.

    Attributes:
        damaged: whether a part could not be decoded so far.
        orientation: how pictures are turned upright; known once ``rgb`` has seen the first one.

    Args:
        container: opened by ``open_container``.
        stream: of the container (``video_stream``).
        limits: what is refused.
    """

    def __init__(self, container: av.container.InputContainer, stream: VideoStream, limits: VideoLimits) -> None:
        self.damaged = False
        self.orientation = Orientation()
        self._container = container
        self._stream = stream
        self._limits = limits
        self._size: tuple[int, int] | None = None
        self._await_key = False
        # avi stores decoding times only, and FFmpeg's guess of the others is wrong where frames are reordered. Decoding times
        # rise, and so do the times of the frames that come out: the first frame takes the first.
        self._has_display_times = container.format.name != "avi"
        self._order: deque[int] = deque()
        self._time_base = stream.time_base or Fraction(1, 1000)
        self._reformatter = VideoReformatter()
        self._clock = FrameClock(1 / float(stream.average_rate or 30))

    def pictures(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """(seconds from the first frame, picture as it was decoded)."""
        for packet in self._packets():
            for frame in self._decode(packet):
                if frame.is_corrupt:
                    self.damaged = True
                    continue
                yield self._clock.time_of(self._stamp_s(frame)), frame

    def _packets(self) -> Iterator[av.Packet]:
        try:
            yield from self._container.demux(self._stream)
        except (av.FFmpegError, OSError):
            self.damaged = True

    def _decode(self, packet: av.Packet) -> list[av.VideoFrame]:
        flushing = packet.size == 0
        if self._await_key and not flushing:
            if not packet.is_keyframe:
                return []
            self._await_key = False
        if packet.dts is not None:
            self._order.append(packet.dts)
        try:
            return self._stream.codec_context.decode(None if flushing else packet)
        except av.FFmpegError as problem:
            if not isinstance(problem, av.error.EOFError):
                self.damaged = True
                self._stream.codec_context.flush_buffers()
                self._await_key = True
                self._order.clear()
            return []

    def _stamp_s(self, frame: av.VideoFrame) -> float | None:
        in_order = self._order.popleft() if self._order else None
        ticks = frame.pts if self._has_display_times and frame.pts is not None else in_order
        return None if ticks is None else float(ticks * self._time_base)

    def rgb(self, frame: av.VideoFrame) -> np.ndarray:
        """(H, W, 3) uint8 RGB as stored, all of the first picture's size."""
        if self._size is None:
            self.orientation = Orientation.of_frame(frame)
            self._size = square_pixel_size(self._stream, frame)
        check_side(frame.width, frame.height, self._limits)
        # A browser may change the picture size within one recording; everything is brought to the first size.
        width, height = self._size
        return self._reformatter.reformat(frame, width=width, height=height, format="rgb24", threads=1).to_ndarray()


def file_sha256(path: Path) -> str:
    """Hash of a file in hexadecimal, read in pieces."""
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            while piece := file.read(_HASH_BYTES):
                digest.update(piece)
    except OSError as problem:
        raise VideoError(
            "The file cannot be read any more.", hint="Check the disk it is on.", code="missing"
        ) from problem
    return digest.hexdigest()
