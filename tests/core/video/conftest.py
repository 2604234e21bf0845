"""Small clips made on the spot: a grey picture whose upper left quarter is red and whose bar below grows with time."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

WIDTH, HEIGHT = 96, 64


def marked_picture(index: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    image = np.full((height, width, 3), 128, np.uint8)
    image[: height // 2, : width // 2] = (230, 20, 20)
    image[-8:, : 2 * index] = 255
    return image


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """Writes a clip with the asked codec in the asked container; skips where this FFmpeg has no such encoder."""

    def make(
        name: str = "clip.mp4",
        codec: str = "libx264",
        pixels: str = "yuv420p",
        frames: int = 40,
        fps: int = 30,
        *,
        options: dict[str, str] | None = None,
        codec_options: dict[str, str] | None = None,
        aspect: int = 1,
        size: tuple[int, int] = (WIDTH, HEIGHT),
    ) -> Path:
        if codec not in av.codecs_available:
            pytest.skip(f"this FFmpeg has no encoder {codec}")
        path = tmp_path / name
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec, rate=fps, options=codec_options or {})
            stream.width, stream.height = size
            stream.pix_fmt = pixels
            if aspect != 1:
                stream.codec_context.sample_aspect_ratio = aspect
            for index in range(frames):
                frame = av.VideoFrame.from_ndarray(marked_picture(index, *size), format="rgb24").reformat(format=pixels)
                frame.pts = index
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make
