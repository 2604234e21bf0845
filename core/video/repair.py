"""Making a browser's recording whole: the same pictures in a container that says how long it is and can be searched.

Browsers write fragmented mp4 or webm without a length, and what they leave when they are closed ends in the middle of a fragment.
The packets are copied, nothing is encoded again (ecosystem 2.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from core.video.container import open_container, unreadable
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
    """Copy the video packets of ``source`` into ``folder / name`` with the suffix that fits its codec; sound is copied, too.

    Raises:
        VideoError: nothing of it can be read as a video.
    """
    with open_container(source) as container:
        stream = video_stream(container)
        context = stream.codec_context
        if context is None:
            raise unreadable()
        target = folder / f"{name}{_SUFFIXES.get(context.codec.canonical_name, '.mkv')}"
        options = {"movflags": "faststart"} if target.suffix == ".mp4" else {}
        wanted = [stream, *container.streams.audio[:1]]
        packets, damaged = 0, False
        with av.open(str(target), "w", options=options) as output:
            copies = {each.index: output.add_stream_from_template(each) for each in wanted}
            source_packets = container.demux(*wanted)
            while True:
                try:
                    packet = next(source_packets)
                except StopIteration:
                    break
                except (av.FFmpegError, OSError):
                    damaged = True
                    break
                if packet.dts is None or packet.is_corrupt:  # the last one, which only flushes
                    damaged = damaged or packet.is_corrupt
                    continue
                packets += packet.stream.index == stream.index
                packet.stream = copies[packet.stream.index]
                output.mux(packet)
    if not packets:
        target.unlink(missing_ok=True)
        raise unreadable()
    return RepairedVideo(target, packets, damaged)
