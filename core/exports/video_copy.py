"""A copy of a video with its pictures and nothing else: no sound, no metadata of the container, no other tracks, no notes between
the pictures. The face stays: such a copy identifies its patient."""

from __future__ import annotations

from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.video.stream import VideoStream

from core.errors import HemifaceError
from core.video.container import open_container, unreadable
from core.video.probe import video_stream
from core.video.reader import FrameReader
from core.video.writer import VideoWriter

# Codecs whose packets are copied: the container, and the filter that takes out what is no picture (SEI, where phones and
# encoders leave notes). All others are decoded and written as H.264, since their pictures may carry metadata of their own.
_COPIED: dict[str, tuple[str, str | None]] = {
    "h264": (".mp4", "filter_units=remove_types=6"),
    "hevc": (".mp4", "filter_units=remove_types=39-40"),
    "vp8": (".webm", None),
    "vp9": (".webm", None),
}


def copy_pictures(source: Path, folder: Path, name: str) -> Path:
    """Copy the pictures of a video into ``folder / name`` with the suffix that fits; times and rotation stay.

    Returns:
        The file that was written.

    Raises:
        VideoError: nothing of it can be read as a video.
        OSError: the copy cannot be written.
    """
    with open_container(source) as container:
        stream = video_stream(container)
        context = stream.codec_context
        copied = _COPIED.get(context.codec.canonical_name) if context is not None else None
        if copied is not None:
            target = folder / f"{name}{copied[0]}"
            _copy(container, stream, target, copied[1])
            return target
    target = folder / f"{name}.mp4"
    _encode(source, target)
    return target


def _copy(container: InputContainer, stream: VideoStream, target: Path, removing: str | None) -> None:
    packets = 0
    # bitexact: the muxer writes neither its version nor a random id.
    with av.open(str(target), "w", options={"fflags": "+bitexact"}) as output:
        copy = output.add_stream_from_template(stream)
        copy.metadata.clear()
        clean = None if removing is None else BitStreamFilterContext(removing, stream, copy)
        try:
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                for piece in [packet] if clean is None else clean.filter(packet):
                    piece.stream = copy
                    output.mux(piece)
                    packets += 1
        except (av.FFmpegError, ValueError) as problem:
            if not packets:
                raise unreadable() from problem  # else the tail is damaged, and the pictures so far are kept
    if not packets:
        raise unreadable()


def _encode(source: Path, target: Path) -> None:
    writer: VideoWriter | None = None
    try:
        for frame in FrameReader(source):
            height, width = (size - size % 2 for size in frame.image.shape[:2])
            writer = writer or VideoWriter(target, width, height)
            writer.write(frame.image[:height, :width], frame.time_s)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise HemifaceError("No picture of this video can be read.", hint="Upload it again.", code="unreadable")
