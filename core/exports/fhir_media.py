"""Recordings in the FHIR export: what was filmed and when, size and hash of the file, its bytes only where they are asked for."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path, PurePosixPath

from core.errors import HemifaceError, InputError
from core.exports.examinations import Examination, LeftOut, iso_time
from core.exports.fhir_codes import Json
from core.records.entries import Recording
from core.records.files import PIECE_BYTES
from core.records.store import Store

MOST_VIDEO_BYTES = 200_000_000
_MEDIA_TYPE = "http://terminology.hl7.org/CodeSystem/media-type"
# An unsignedInt of FHIR ends here.
_MOST_SIZE = 2**31 - 1
_CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/matroska",
    ".avi": "video/x-msvideo",
}
_UNKNOWN_TYPE = "application/octet-stream"


def recording_media(examination: Examination, about: Json, left_out: list[LeftOut], *, with_bytes: bool) -> Json:
    """The recording of an examination as a Media resource, without its name or place on this computer.

    Args:
        examination: whose recording.
        about: subject and encounter.
        left_out: a video file that is missing or was changed is noted here; its Media then has no hash and no bytes.
        with_bytes: put the video in, as base64.
    """
    recording, video = examination.recording, examination.result.video
    return {
        "resourceType": "Media",
        "status": "completed",
        "type": {"coding": [{"system": _MEDIA_TYPE, "code": "video", "display": "Video"}]},
        "subject": about["subject"],
        "encounter": about["encounter"],
        "createdDateTime": examination.visit.day.isoformat(),
        "issued": iso_time(recording.created_at),
        "width": video.width,
        "height": video.height,
        "duration": round(video.duration_s, 3),
        "content": _attachment(examination.store, recording, left_out, with_bytes=with_bytes),
    }


def file_facts(content: bytes) -> Json:
    """Size in bytes and hash of an attachment: SHA-1 as base64, as FHIR R4 has it. It finds damage and protects nothing."""
    return {"size": len(content), "hash": _base64(hashlib.sha1(content, usedforsecurity=False).digest())}


def check_video_bytes(recordings: list[Recording]) -> None:
    """Raise InputError when the videos are more than one bundle should hold: readers load all of it at once."""
    size = sum(recording.size_bytes for recording in recordings)
    if size > MOST_VIDEO_BYTES:
        raise InputError(
            f"The videos of these visits have {size / 1e6:.0f} MB; a bundle may hold {MOST_VIDEO_BYTES / 1e6:.0f} MB of them.",
            hint="Export fewer visits at once, or leave the videos out.",
            code="fhir_video",
        )


def _attachment(store: Store, recording: Recording, left_out: list[LeftOut], *, with_bytes: bool) -> Json:
    what = recording.expression.label.lower() if recording.expression else "several movements"
    made: Json = {
        "contentType": _CONTENT_TYPES.get(PurePosixPath(recording.path).suffix, _UNKNOWN_TYPE),
        "title": f"Video of the face: {what}",
    }
    if recording.size_bytes <= _MOST_SIZE:
        made["size"] = recording.size_bytes
    try:
        path = store.recording_path(recording)
        made["hash"] = _sha1_of_unchanged(path, recording.sha256)
        if with_bytes:
            made["data"] = _base64(path.read_bytes())
    except HemifaceError as problem:
        left_out.append(LeftOut(f"video file of recording {recording.id}", problem.message))
    except OSError as problem:
        left_out.append(LeftOut(f"video file of recording {recording.id}", f"It cannot be read: {problem.strerror}."))
    return made


def _sha1_of_unchanged(path: Path, sha256: str) -> str:
    """SHA-1 of a file as base64, read in pieces.

    Raises:
        HemifaceError: the file is not the one with this sha256 any more.
        OSError: it cannot be read.
    """
    wanted, known = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            wanted.update(piece)
            known.update(piece)
    if known.hexdigest() != sha256:
        raise HemifaceError("It was changed outside Hemiface.", code="file_changed")
    return _base64(wanted.digest())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
