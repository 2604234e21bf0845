"""Loose pictures of faces, as users have them in files: decoded within limits, upright, as RGB."""

from __future__ import annotations

import io

import numpy as np

from core.errors import InputError

MOST_BYTES = 25_000_000
MOST_PIXELS = 80_000_000
LONGEST_SIDE_PX = 1280
SMALLEST_SIDE_PX = 32
SUFFIXES = ("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")


def read_picture(content: bytes) -> np.ndarray:
    """(H, W, 3) uint8 RGB of the file of a picture, turned upright by its metadata, at most 1280 pixels on the longer side.

    The size is checked before anything is decoded: a small file can hold a picture that fills the memory (reliability T2).

    Raises:
        InputError: it is no such picture, is damaged, or is too large or too small. One sentence says which.
    """
    from PIL import Image, ImageOps

    if len(content) > MOST_BYTES:
        raise _refused(f"The file has {len(content) / 1e6:.0f} MB; up to {MOST_BYTES // 1_000_000} MB are taken.")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            _check_size(picture.width, picture.height)
            picture.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))  # a JPEG is decoded no larger than needed
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except InputError:
        raise
    except Image.DecompressionBombError as problem:
        raise _refused("The picture has too many pixels.") from problem
    except Exception as problem:  # damaged files raise many kinds
        raise _refused("The file is no picture that can be read, or is damaged.") from problem
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    return np.asarray(upright)


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _refused(
            f"The picture has {width * height / 1e6:.0f} million pixels; "
            f"up to {MOST_PIXELS // 1_000_000} million are taken."
        )
    if min(width, height) < SMALLEST_SIDE_PX:
        raise _refused(f"The picture has {width} x {height} pixels; that is too small for a face.")


def _refused(sentence: str) -> InputError:
    return InputError(sentence, hint="Use JPEG or PNG; iPhones can export HEIC pictures as JPEG.", code="picture")
