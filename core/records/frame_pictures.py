"""Single pictures of a recording at full size and without loss, kept beside it once they were needed."""

from __future__ import annotations

import io
from collections.abc import Collection

import numpy as np

from core.errors import HemifaceError
from core.records.entries import Recording
from core.records.store import Store
from core.video.limits import VideoLimits

_FASTEST = 1


def frame_picture(store: Store, recording: Recording, index: int, limits: VideoLimits) -> np.ndarray:
    """(H, W, 3) uint8 RGB: one picture as an analysis sees it, upright and un-mirrored.

    Args:
        store: where the recording is.
        recording: of which.
        index: number of the picture, from 0.
        limits: what is accepted as a video.

    Raises:
        HemifaceError: the video cannot be read, or has no such picture.
    """
    from PIL import Image

    keep_pictures(store, recording, [index], limits)
    kept = store.derived_path(recording, picture_name(recording, index))
    if not kept.is_file():
        raise HemifaceError(
            f"This video has no picture number {index + 1}.", hint="Analyse the video again.", code="frame"
        )
    with Image.open(kept) as picture:
        return np.asarray(picture.convert("RGB"))


def keep_pictures(store: Store, recording: Recording, indices: Collection[int], limits: VideoLimits) -> None:
    """Read the pictures that are not kept yet, all in one pass through the video; raises HemifaceError as ``frame_picture``."""
    from core.video.stills import pictures_at

    missing = missing_pictures(store, recording, indices)
    if not missing:
        return
    path = store.recording_path(recording)
    for index, frame in pictures_at(path, missing, mirrored=recording.mirrored, limits=limits):
        store.keep_derived(recording, picture_name(recording, index), png_bytes(frame.image))


def missing_pictures(store: Store, recording: Recording, indices: Collection[int]) -> list[int]:
    """Which of these pictures are not kept yet."""
    return [index for index in indices if not store.derived_path(recording, picture_name(recording, index)).is_file()]


def picture_name(recording: Recording, index: int) -> str:
    """Name of a kept picture; a recording whose sides were changed has other pictures."""
    return f"picture_{index:06d}{'_turned' if recording.mirrored else ''}.png"


def png_bytes(image: np.ndarray) -> bytes:
    """A picture (H, W, 3) uint8 as a PNG file."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=_FASTEST)
    return stream.getvalue()
