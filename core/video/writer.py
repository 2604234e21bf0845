"""Writing H.264 files that every browser plays (the picture index first, 4:2:0, BT.709)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.stream import VideoStream

from core.checks import check_range, check_shape

# 90 kHz: fine enough that 1/24, 1/25, 1/30 and 1/60 s are whole numbers and a measured time is off by 6 us at most.
TIME_BASE = Fraction(1, 90_000)
_BT709 = 1  # AVCOL_SPC_BT709, AVCOL_PRI_BT709 and AVCOL_TRC_BT709 alike
_LIMITED_RANGE = 1


class VideoWriter:
    """Writes RGB pictures as H.264 in mp4; use it as a context manager.

    A file that was not finished (an exception inside the ``with`` block) is removed: an mp4 without its index cannot be read.

    Args:
        path: file to write; its folder must exist.
        width, height: pixels, both even (4:2:0 halves the colour).
        fps: frames a second for pictures that come without a time.
        preset: x264 speed against size, ``"ultrafast"`` to ``"veryslow"``.
        crf: x264 quality, 0 (lossless) to 51; 18 is visually lossless.
        threads: encoder threads, 0 lets the encoder choose.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        fps: float = 30.0,
        *,
        preset: str = "veryfast",
        crf: int = 18,
        threads: int = 0,
    ) -> None:
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise ValueError(f"width and height must be even and at least 2, got {width} x {height}")
        check_range("fps", fps, 1.0, 1000.0)
        check_range("crf", crf, 0, 51)
        self.path = Path(path)
        self.frames = 0
        self._shape = (height, width, 3)
        self._fps = fps
        self._last_pts = -1
        self._open = True
        self._container = av.open(str(self.path), "w", format="mp4", options={"movflags": "+faststart"})
        try:
            self._stream = self._add_stream(width, height, preset, crf, threads)
        except BaseException:
            self._discard()
            raise

    def _add_stream(self, width: int, height: int, preset: str, crf: int, threads: int) -> VideoStream:
        # Without B-frames times start at 0 with no edit list, and the duration in the file is right for uneven times, too.
        options = {"preset": preset, "crf": str(crf), "bf": "0"}
        stream = self._container.add_stream(
            "libx264", rate=Fraction(self._fps).limit_denominator(1001), options=options
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.thread_count = threads
        context.time_base = stream.time_base = TIME_BASE
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        return stream

    def write(self, image: np.ndarray, time_s: float | None = None) -> None:
        """Append a picture.

        Args:
            image: (height, width, 3) uint8 RGB.
            time_s: seconds from the start, later than the picture before; None puts it at its number / fps.

        Raises:
            ValueError: wrong shape or type, or a time that does not increase.
        """
        check_shape("image", image, self._shape)
        if image.dtype != np.uint8:
            raise ValueError(f"image must be uint8, got {image.dtype}")
        pts = round((self.frames / self._fps if time_s is None else time_s) / TIME_BASE)
        if pts <= self._last_pts:
            raise ValueError(
                f"time_s must increase, got {float(pts * TIME_BASE):.4f} after {float(self._last_pts * TIME_BASE):.4f}"
            )
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        picture = picture.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        picture.pts, picture.time_base, picture.duration = pts, TIME_BASE, round(1 / self._fps / TIME_BASE)
        self._container.mux(self._stream.encode(picture))
        self._last_pts = pts
        self.frames += 1

    def close(self) -> None:
        """Finish the file; calling it twice is allowed. Raises ValueError when no picture was written."""
        if not self._open:
            return
        if not self.frames:
            self._discard()
            raise ValueError("a video needs at least one picture, got none")
        try:
            self._container.mux(self._stream.encode(None))
        except BaseException:
            self._discard()
            raise
        self._container.close()
        self._open = False

    def _discard(self) -> None:
        self._container.close()
        self._open = False
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif self._open:
            self._discard()
