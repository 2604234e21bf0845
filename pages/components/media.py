"""Recordings for the browser: an address for this session only, served in ranges by our own route (reliability T19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import HemifaceError
from core.records.entries import Job, JobState, Recording
from core.records.playable import media_type, needs_copy, playable_file
from pages.components.installation import installation
from pages.components.streamlit_runtime import session_id, session_is_connected

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

ROUTE = "/hemiface/video/{token}/{recording_id}"


@dataclass(frozen=True)
class VideoSource:
    """Where a page finds the video of a recording.

    Attributes:
        url: address for a ``<video>`` element, None while a copy for the browser is being made (or could not be made).
        flip: the recording was mirrored by its camera app: the player must flip it (CSS ``scaleX(-1)``).
        job: the job that makes the copy, with its progress or its error; None when no copy is needed.
    """

    url: str | None
    flip: bool
    job: Job | None = None


def video_source(recording: Recording) -> VideoSource:
    """The video of a recording for this session; starts making a copy where browsers cannot play the original.

    Raises:
        HemifaceError: the video file is missing.
    """
    here = installation()
    if playable_file(here.store, recording) is not None:
        token = here.grants.grant(session_id(), recording.id)
        return VideoSource(ROUTE.format(token=token, recording_id=recording.id), recording.mirrored)
    jobs = here.store.jobs(recording_id=recording.id, kind="convert")
    # A failed conversion is not tried again by every rerun; an interrupted one is.
    if jobs and jobs[0].state is not JobState.INTERRUPTED:
        return VideoSource(None, recording.mirrored, here.runner.job(jobs[0].id))
    return VideoSource(None, recording.mirrored, here.runner.start_conversion(recording.id))


def prepare_video(recording: Recording) -> None:
    """Start making the browser's copy early, when one will be needed."""
    if needs_copy(recording):
        video_source(recording)


def serve_video(request: Request) -> Response:
    """ASGI endpoint: the bytes of a granted recording, in ranges where asked; the same 404 for everything else."""
    from starlette.responses import FileResponse, PlainTextResponse

    headers = {"Cache-Control": "no-store"}
    refused = PlainTextResponse("Not found", status_code=404, headers=headers)
    recording_id = request.path_params["recording_id"]
    here = installation()
    if not here.grants.allows(request.path_params["token"], recording_id, session_is_connected):
        return refused
    try:
        path = playable_file(here.store, here.store.recording(recording_id))
    except HemifaceError:
        return refused
    return refused if path is None else FileResponse(path, media_type=media_type(path), headers=headers)
