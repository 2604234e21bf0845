"""Making a browser's recording whole: the same pictures in a container that says how long it is and can be searched.

Browsers write fragmented mp4 or webm without a length, and what they leave when they are closed ends in the middle of a fragment.
The packets are copied, nothing is encoded again (ecosystem 2.4).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from core.video.container import is_cut, open_container, unreadable
from core.video.probe import video_stream

_SUFFIXES = {"h264": ".mp4", "vp8": ".webm", "vp9": ".webm", "av1": ".webm"}


@dataclass(frozen=True)
class RepairedVideo:
    """What was written.

    Attributes:
        path: the file; its suffix fits what is in it.
        packets: pictures that were copied.
        damaged: the source broke off, and what followed the damage is lost.
    """

    path: Path
    packets: int
    damaged: bool


def repair_video(source: Path, folder: Path, name: str) -> RepairedVideo:
    """Copy the video packets of ``source`` into ``folder / name`` with the suffix that fits its codec; sound is copied, too,
    where the container of that codec takes it.

    Raises:
        VideoError: nothing of it can be read as a video; no file is left.
        OSError: the copy cannot be written; no file is left.
    """
    with open_container(source) as container:
        stream = video_stream(container)
        context = stream.codec_context
        if context is None:
            raise unreadable()
        target = folder / f"{name}{_SUFFIXES.get(context.codec.canonical_name, '.mkv')}"
        try:
            packets, damaged = _copy(container, stream, target)
            if not packets:
                raise unreadable()
        except ValueError as problem:  # of PyAV and FFmpeg: what was read does not make a video
            target.unlink(missing_ok=True)
            raise unreadable() from problem
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        cut = container.format.name == "mov" and is_cut(source)
    return RepairedVideo(target, packets, damaged or cut)


def _copy(container: InputContainer, stream: VideoStream, target: Path) -> tuple[int, bool]:
    """Copy picture and sound; how many pictures, and whether some were left out."""
    options = {"movflags": "faststart"} if target.suffix == ".mp4" else {}
    packets, damaged = 0, False
    with av.open(str(target), "w", options=options) as output:
        copies: dict[int, av.stream.Stream] = {stream.index: output.add_stream_from_template(stream)}
        wanted: list[VideoStream | AudioStream] = [stream]
        for sound in container.streams.audio[:1]:
            with suppress(
                ValueError
            ):  # a codec that is not known, or not in this container: the picture goes on without
                copies[sound.index] = output.add_stream_from_template(sound)
                wanted.append(sound)
        await_key: set[int] = set()
        source_packets = container.demux(*wanted)
        while True:
            try:
                packet = next(source_packets)
            except StopIteration:
                break
            except (av.FFmpegError, OSError):
                damaged = True
                break
            if packet.size == 0:  # the last one, which only flushes
                continue
            index = packet.stream.index
            if index in await_key and not packet.is_keyframe:  # it would be drawn over a picture that is not there
                continue
            await_key.discard(index)
            packet.stream = copies[index]
            try:
                if packet.is_corrupt:
                    raise ValueError("a damaged packet")
                output.mux(packet)
            except ValueError:  # damage, also in its time: FFmpeg takes times in order only
                damaged = True
                await_key.add(index)
                continue
            packets += index == stream.index
    return packets, damaged
