"""ASGI endpoints of the recorder: a recording is begun, filled part by part, and finished; small pictures are looked at.

They lie outside Streamlit's own checks (ecosystem 1.6), so each of them asks for the token in a header that no other site can
send, and answers 4xx with one sentence for everything that does not fit. Bodies are read up to a limit and no further.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from core.errors import HemifaceError, InputError, VideoError
from core.exam.framing import judge_framing
from core.exam.guide import read_cues
from core.records.captures import MOST_PART_BYTES, CaptureError
from core.records.entries import CaptureState
from pages.components.capture_grants import CaptureGrant
from pages.components.guard import log_without_data
from pages.components.installation import Installation, installation

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

BASE = "/hemiface/capture"
TOKEN_HEADER = "X-Hemiface-Token"
_MOST_JSON_BYTES = 200_000
_MOST_FRAME_BYTES = 400_000
_ID = re.compile(r"[0-9a-f]{32}")
_PART_NUMBER = re.compile(r"[0-9]{1,9}")
_STATUS = {"order": 409, "state": 409, "too_large": 413, "not_a_video": 415, "empty": 400, "cues": 400}
_STATUS_OF_THE_SERVER = {"not_found": 404, "disk_full": 507, "tracker_unavailable": 503, "tracker_crashed": 503}
# Recordings of one link that are neither sent nor deleted; the page deletes one when it is recorded again.
MOST_UNSENT = 8
log = logging.getLogger("hemiface.capture")


class _RefusalError(Exception):
    """An answer that ends a request."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def capture_routes() -> list[Route]:
    """The routes for the server."""
    from starlette.routing import Route

    return [
        Route(BASE, _endpoint(_begin), methods=["POST"]),
        Route(BASE + "/frame", _endpoint(_frame), methods=["POST"]),
        Route(BASE + "/{capture_id}/part/{number}", _endpoint(_part), methods=["POST"]),
        Route(BASE + "/{capture_id}/cues", _endpoint(_cues), methods=["POST"]),
        Route(BASE + "/{capture_id}/finish", _endpoint(_finish), methods=["POST"]),
    ]


def _endpoint(handle: Callable[[Request, Installation, CaptureGrant], Any]) -> Callable[[Request], Any]:
    """An endpoint that checks the token and turns every problem into one sentence."""

    async def endpoint(request: Request) -> Response:
        from starlette.requests import ClientDisconnect
        from starlette.responses import JSONResponse, Response

        headers = {"Cache-Control": "no-store"}
        try:
            here = installation()
            grant = here.capture_grants.find(request.headers.get(TOKEN_HEADER, ""))
            if grant is None:
                raise _RefusalError(403, "This page may not record any more. Load it again.", "token")
            return JSONResponse(await handle(request, here, grant), headers=headers)
        except _RefusalError as refusal:
            status, message, code = refusal.status, refusal.message, refusal.code
        except CaptureError as problem:
            status, message, code = _STATUS.get(problem.code, 400), problem.message, problem.code
        except (VideoError, InputError) as problem:
            status, message, code = 422, problem.message, problem.code
        except HemifaceError as problem:
            status = _STATUS_OF_THE_SERVER.get(problem.code, 500)
            message, code = problem.message, problem.code
        except ClientDisconnect:
            return Response(status_code=503)  # should somebody read it after all: it is sent again
        except Exception as problem:  # the last place where it can be told in words
            log_without_data("capture", problem)
            status, message, code = 500, "Something went wrong while saving the recording.", "unexpected"
        return JSONResponse({"error": message, "code": code}, status_code=status, headers=headers)

    return endpoint


async def _begin(request: Request, here: Installation, grant: CaptureGrant) -> dict[str, Any]:
    from starlette.concurrency import run_in_threadpool

    told = await _json(request)
    if not here.capture_grants.may_begin(grant):
        raise _RefusalError(429, "Too many recordings were begun in a minute. Wait a moment.", "rate")
    if grant.invitation_id is not None:
        await run_in_threadpool(_check_invitation, here, grant.invitation_id)
    capture = await run_in_threadpool(
        lambda: here.store.begin_capture(
            grant.patient_id,
            grant.plan,
            str(told.get("mime", "")),
            visit_id=grant.visit_id,
            invitation_id=grant.invitation_id,
            camera=_mapping(told.get("camera")),
        )
    )
    here.capture_grants.add_capture(grant, capture.id)
    return {"id": capture.id}


async def _part(request: Request, here: Installation, grant: CaptureGrant) -> dict[str, Any]:
    from starlette.concurrency import run_in_threadpool

    capture_id = _capture_id(request, grant)
    number = request.path_params["number"]
    if not _PART_NUMBER.fullmatch(number):
        raise _RefusalError(404, "There is no such part.", "not_found")
    data = await _body(request, MOST_PART_BYTES)
    limits = here.settings.video
    capture = await run_in_threadpool(here.store.append_part, capture_id, int(number), data, limits)
    return {"parts": capture.parts, "bytes": capture.size_bytes}


async def _cues(request: Request, here: Installation, grant: CaptureGrant) -> dict[str, Any]:
    from starlette.concurrency import run_in_threadpool

    capture_id = _capture_id(request, grant)
    cues = read_cues((await _json(request)).get("cues"))
    await run_in_threadpool(here.store.save_cues, capture_id, cues)
    return {"cues": len(cues)}


async def _finish(request: Request, here: Installation, grant: CaptureGrant) -> dict[str, Any]:
    from starlette.concurrency import run_in_threadpool

    capture_id = _capture_id(request, grant)
    told = await _json(request)
    parts = told.get("parts")
    if not isinstance(parts, int) or isinstance(parts, bool):
        raise _RefusalError(400, "The number of parts is missing.", "parts")
    cues = read_cues(told.get("cues"))
    camera = _mapping(told.get("camera"))
    capture = await run_in_threadpool(
        lambda: here.store.finish_capture(capture_id, parts=parts, cues=cues, camera=camera)
    )
    if grant.invitation_id is None:  # at home, the patient looks at it first and sends it
        await run_in_threadpool(keep_and_check, here, capture_id)
    return {"id": capture.id, "bytes": capture.size_bytes}


def keep_and_check(here: Installation, capture_id: str) -> str:
    """Make a finished capture a recording and start the look at its movements; returns the recording's id."""
    recording = here.store.keep_capture(capture_id, here.settings.video)
    with suppress(HemifaceError):  # under way already
        here.runner.start_check(recording.id)
    return recording.id


async def _frame(request: Request, here: Installation, grant: CaptureGrant) -> dict[str, Any]:
    """Look at one small picture of the preview; it is not kept."""
    from starlette.concurrency import run_in_threadpool

    picture = await _body(request, _MOST_FRAME_BYTES)
    if not here.capture_grants.may_check(grant):
        raise _RefusalError(429, "Too many pictures in a minute.", "rate")
    # The picture is smaller than the recording: sizes are told for the recording's width.
    recorded_width = _number(request.query_params.get("width"))
    faces = await run_in_threadpool(here.frames.detect, f"framing {grant.session}", picture)
    return judge_framing(faces, recorded_width_px=recorded_width).as_json()


def _check_invitation(here: Installation, invitation_id: str) -> None:
    from core.records.base import now

    if not here.store.invitation(invitation_id).usable(now()):
        raise _RefusalError(403, "This link does not work any more.", "invitation")
    unsent = [c for c in here.store.captures(invitation_id=invitation_id) if c.state is not CaptureState.KEPT]
    if len(unsent) >= MOST_UNSENT:
        raise _RefusalError(429, "Too many recordings were begun and not sent. Send or delete one first.", "unsent")


def _capture_id(request: Request, grant: CaptureGrant) -> str:
    capture_id = request.path_params["capture_id"]
    if not _ID.fullmatch(capture_id) or capture_id not in grant.captures:
        raise _RefusalError(404, "There is no such recording.", "not_found")
    return str(capture_id)


async def _body(request: Request, most: int) -> bytes:
    """The body, refused as soon as it is longer than allowed, whatever its header says."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise _RefusalError(413, f"At most {most / 1e6:g} MB can be sent at once.", "too_large")
        pieces.append(piece)
    return b"".join(pieces)


async def _json(request: Request) -> dict[str, Any]:
    try:
        return _mapping(json.loads(await _body(request, _MOST_JSON_BYTES) or b"{}"))
    except (ValueError, RecursionError):  # also a number of thousands of digits
        raise _RefusalError(400, "This is not JSON.", "json") from None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and 1 <= value <= 10_000 else None
