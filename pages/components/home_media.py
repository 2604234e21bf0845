"""A patient's own recording before it is sent: played back to the page that recorded it, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import HemifaceError
from core.records.entries import Capture, CaptureState
from core.records.playable import media_type
from pages.components.installation import installation
from pages.components.streamlit_runtime import session_id, session_is_connected

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

ROUTE = "/hemiface/home-video/{token}/{capture_id}"


def capture_address(capture: Capture) -> str:
    """Address of a finished capture for this session; worth nothing once the session has ended or the capture was sent."""
    token = installation().grants.grant(session_id(), capture.id)
    return ROUTE.format(token=token, capture_id=capture.id)


def serve_capture(request: Request) -> Response:
    """ASGI endpoint: the bytes of a granted capture, in ranges where asked; the same 404 for everything else."""
    from starlette.responses import FileResponse, PlainTextResponse

    headers = {"Cache-Control": "no-store"}
    refused = PlainTextResponse("Not found", status_code=404, headers=headers)
    capture_id = request.path_params["capture_id"]
    try:
        here = installation()
        if not here.grants.allows(request.path_params["token"], capture_id, session_is_connected):
            return refused
        capture = here.store.capture(capture_id)
        if capture.state is not CaptureState.FINISHED or capture.invitation_id is None:
            return refused
        path = here.store.capture_media(capture)
    except HemifaceError:
        return refused
    return FileResponse(path, media_type=media_type(path), headers=headers)
