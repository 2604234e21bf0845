"""Single pictures of a video by their number, the same pixels as an analysis saw."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from core.video.container import open_container
from core.video.limits import DEFAULT_LIMITS, VideoLimits
from core.video.probe import probe_video, video_stream
from core.video.reader import Decoder, Frame


def pictures_at(
    path: Path, indices: Collection[int], *, mirrored: bool = False, limits: VideoLimits = DEFAULT_LIMITS
) -> Iterator[tuple[int, Frame]]:
    """(number, picture) of the wanted pictures in their order; numbers that the video does not have are left out.

    Every picture up to the last wanted one is decoded, because a jump would lose count of them; only wanted ones are converted.

    Args:
        path: the video file.
        indices: numbers as in a ``FaceTrack`` of this video, from 0.
        mirrored: the camera app mirrored the recording; pictures are flipped back.
        limits: what is refused.

    Raises:
        VideoError: it cannot be read.
    """
    wanted = set(indices)
    if not wanted:
        return
    probe_video(path, limits)
    with open_container(path) as container:
        decoder = Decoder(container, video_stream(container), limits)
        for number, (time_s, picture) in enumerate(decoder.pictures()):
            if number > max(wanted):
                break
            if number in wanted or number == 0:
                # The first picture tells size and orientation of all.
                image = decoder.rgb(picture)
                if number in wanted:
                    yield number, Frame(time_s, decoder.orientation.apply(image, mirrored=mirrored))
