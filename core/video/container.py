"""Opening a file as a video and as nothing else: magic bytes choose the one demuxer that may read it.

FFmpeg chooses its demuxer by content, so a text file with the suffix .mp4 can be a playlist that opens other recordings
(reliability findings 6, T3). Here the first bytes must be those of a video container, the demuxer is fixed by them, and a
demuxer inside a demuxer is held to the same list.
"""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer

from core.errors import VideoError

ACCEPTED = "mp4, mov, webm, mkv or avi"

_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_OPTIONS = {
    "format_whitelist": _DEMUXERS,
    "protocol_whitelist": "file",
    # Read fragments of an mp4 one after the other: looking for all of them first fails when the last one is cut.
    "fflags": "+ignidx",
}
_MOV_BOXES = {b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"free", b"skip", b"wide", b"pnot"}
_PICTURE_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00")
_SOUNDS = (b"ID3", b"OggS", b"fLaC", b"FORM", b"#!AMR", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xf1")
_HEAD_BYTES = 64


def open_container(path: Path) -> InputContainer:
    """Open a video file for reading.

    Raises:
        VideoError: code ``missing``, ``empty``, ``not_a_video`` or ``unreadable``.
    """
    demuxer = _demuxer_of(_head(path))
    try:
        # Without a scheme in front, a relative name such as "concat:a|b" would be taken for a protocol.
        return av.open(
            str(path.resolve()),
            "r",
            format=demuxer,
            container_options=_OPTIONS,
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError, ValueError) as problem:
        raise unreadable() from problem


def is_cut(path: Path) -> bool:
    """True when the last box of an mp4 or mov is shorter than it says: the only trace of a cut in a fragmented file."""
    size = path.stat().st_size
    place = 0
    with path.open("rb") as file:
        while place < size:
            file.seek(place)
            head = file.read(16)
            if len(head) < 8:
                return True
            length = int.from_bytes(head[:4], "big")
            if length == 0:  # to the end of the file
                return False
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            if length < 8:
                return True
            place += length
    return place > size


def unreadable() -> VideoError:
    """The error for a video container that cannot be read."""
    return VideoError(
        "The video is damaged or incomplete and cannot be read.",
        hint="Copy or export it again from the device that recorded it.",
        code="unreadable",
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError as problem:
        raise VideoError("There is no such file.", hint="Check the name and the folder.", code="missing") from problem
    except OSError as problem:
        raise VideoError("The file cannot be opened.", hint="Check that you may read it.", code="missing") from problem
    if not head:
        raise VideoError("The file is empty.", hint="Copy it again from its source.", code="empty")
    return head


def _demuxer_of(head: bytes) -> str:
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head[4:8] in _MOV_BOXES and not _is_picture(head):
        return "mov"
    raise VideoError(f"The file is not a video: {_describe(head)}.", hint=f"Use {ACCEPTED}.", code="not_a_video")


def _is_picture(head: bytes) -> bool:
    brands_a_picture = head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS
    return brands_a_picture or head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _describe(head: bytes) -> str:
    if _is_picture(head):
        return "it is a picture"
    if head.startswith(_SOUNDS) or (head[:4] == b"RIFF" and head[8:12] == b"WAVE"):
        return "it is a sound recording"
    if all(byte >= 32 or byte in b"\t\r\n\f" for byte in head):
        return "it is a text file"
    return "its contents are of another kind"
