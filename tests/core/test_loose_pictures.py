"""Loose pictures: what is read, which way up, and what is refused before it can do harm."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core import loose_pictures
from core.errors import InputError
from core.loose_pictures import LONGEST_SIDE_PX, read_picture


def coded(image, kind="PNG", **options):
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


def quadrants(height=60, width=80):
    """Red, green, blue and white from the top left in reading order."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = 255, 0, 0
    image[: height // 2, width // 2 :] = 0, 255, 0
    image[height // 2 :, : width // 2] = 0, 0, 255
    image[height // 2 :, width // 2 :] = 255
    return image


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "JPEG"])
def test_common_kinds_are_read(kind):
    lossless = {"lossless": True} if kind == "WEBP" else {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    found = read_picture(coded(quadrants(), kind, **lossless))
    assert (found.shape, found.dtype) == ((60, 80, 3), np.uint8)
    assert np.abs(found[[15, 15, 45], [20, 60, 20]].astype(int) - 255 * np.eye(3)).max() < 12


def test_grey_and_transparent_pictures_become_rgb():
    grey = io.BytesIO()
    Image.fromarray(np.full((40, 40), 90, np.uint8)).save(grey, "PNG")
    assert (read_picture(grey.getvalue()) == 90).all()
    assert read_picture(coded(np.full((40, 40, 4), 200, np.uint8))).shape == (40, 40, 3)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_the_metadata_says_which_way_is_up(kind):
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the face is at the right of the stored picture
    found = read_picture(coded(quadrants(), kind, exif=exif.tobytes() if kind == "JPEG" else exif))
    assert found.shape == (80, 60, 3)
    assert found[20, 15, 2] > 200  # blue, at the bottom left before
    assert found[20, 15, 0] < 60


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_are_reduced(kind):
    found = read_picture(coded(np.full((1500, 3000, 3), 120, np.uint8), kind))
    assert found.shape == (LONGEST_SIDE_PX // 2, LONGEST_SIDE_PX, 3)
    assert abs(int(found.mean()) - 120) <= 1


def png_bomb(width, height):
    """The head of a PNG that says it is larger than any camera's picture."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no picture"),
        (b"a text", "no picture"),
        (b"%PDF-1.7", "no picture"),
        (b"GIF89a" + bytes(60), "no picture"),
        (coded(quadrants(), "JPEG")[:300], "no picture that can be read, or is damaged"),
        (coded(quadrants(400, 400))[:200], "damaged"),
        (coded(quadrants(20, 400)), "400 x 20 pixels; that is too small"),
        (png_bomb(10_000, 10_000), "100 million pixels"),
        (png_bomb(60_000, 60_000), "too many pixels"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(content, words):
    with pytest.raises(InputError, match=words) as refused:
        read_picture(content)
    assert refused.value.message.endswith(".")
    assert "HEIC" in refused.value.hint


def test_a_file_that_is_too_large_is_not_opened(monkeypatch):
    monkeypatch.setattr(loose_pictures, "MOST_BYTES", 1_000_000)
    with pytest.raises(InputError, match="2 MB; up to 1 MB"):
        read_picture(bytes(2_000_000))
