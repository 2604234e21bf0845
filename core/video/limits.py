"""Limits on what is accepted as a video; the settings fill them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class VideoLimits:
    """What a video may be at most, and at least, to be analysed.

    Attributes:
        max_bytes: size of the file.
        max_duration_s: seconds.
        max_frames: pictures, ten minutes at 60 a second: memory grows with them, and a file can hold thousands a second.
        max_side_px: longer side of the picture; a small file can hold a picture that fills the memory (reliability T2).
        min_duration_s: seconds; less cannot hold a movement.
    """

    max_bytes: int = 500_000_000
    max_duration_s: float = 600.0
    max_frames: int = 36_000
    max_side_px: int = 4096
    min_duration_s: float = 1.0


DEFAULT_LIMITS = VideoLimits()
