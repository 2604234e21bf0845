"""The live view's own routes: pictures in, landmarks and values out over a WebSocket, and the clips of the simulated patient.

Only for the session that the page gave its token to, as long as its browser is connected. Nothing of a picture is kept.

A message of the browser is a JPEG (binary), or JSON (text): ``{"movement": "smile_open"}`` or ``{"rest": true}``. Every picture is
answered before the next one is looked at. The answer is binary, little-endian: length of the header (uint32), header (JSON, padded
to 4 bytes), drawn landmarks of the followed face (int16 quarter pixels, x and y; none without a face).
"""

from __future__ import annotations

import asyncio
import json
import logging
import struct
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from core.charts.overlay import QUARTER, drawn_landmarks
from core.errors import HemifaceError, InputError
from core.exam.protocol import Expression
from core.live import LIVE_MOVEMENTS, LiveMeasure, LivePhase, LiveValues
from models.tracking.frames import MOST_BYTES, FrameWorker
from pages.components.guard import log_without_data
from pages.components.installation import installation
from pages.components.streamlit_runtime import session_id, session_is_connected

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.websockets import WebSocket

SOCKET_ROUTE = "/hemiface/live/{token}"
CLIP_ROUTE = "/hemiface/live/{token}/simulated/{movement}"
# What the session's token is granted for, beside its recordings, whose ids are never words.
LIVE = "live view"

MOST_VIEWERS, MOST_A_SESSION = 6, 2
MOST_TEXT = 200
SHORTEST_INTERVAL_S = 1 / 45
IDLE_S = 60.0
_FAILURES = 3
# RFC 6455; 4408 is our own for a browser that sends nothing any more.
POLICY, NOT_UNDERSTOOD, TOO_LARGE, BROKEN, BUSY, IDLE = 1008, 1007, 1009, 1011, 1013, 4408

log = logging.getLogger("hemiface.live")


def live_token() -> str:
    """Token of the running session, granted for the live view."""
    return installation().grants.grant(session_id(), LIVE)


class Viewer:
    """One live view: its face, its rest and its movement."""

    def __init__(self, frames: FrameWorker) -> None:
        self.id = uuid4().hex
        self._frames = frames
        self._measure = LiveMeasure()
        self._middle: tuple[float, float] | None = None

    def command(self, text: str) -> None:
        """Do what a text message asks for; raises InputError when it is none of ours."""
        try:
            asked = json.loads(text) if len(text) <= MOST_TEXT else None
        except (ValueError, RecursionError):
            asked = None
        if asked == {"rest": True}:
            self._measure.rest_now()
        elif isinstance(asked, dict) and list(asked) == ["movement"] and asked["movement"] in LIVE_MOVEMENTS:
            self._measure.choose(Expression(asked["movement"]))
        else:
            raise InputError("The message was not understood.", code="message")

    def look(self, picture: bytes, time_s: float) -> bytes:
        """The answer to a picture; raises InputError or UnavailableError."""
        # Half-face tracking, without which a weak lower lip moves along with the other. Someone who leans into the picture takes
        # no values over: the face nearest to the one before is followed, the largest at first.
        found = self._frames.detect(self.id, picture, near=self._middle, half_faces=True)
        points = found.faces[0] if found.faces else None
        self._middle = None if points is None else tuple(points[:, :2].mean(axis=0).tolist())
        values = self._measure.update(time_s, points)
        return packed_answer(values, points, {"width": found.width, "height": found.height, "faces": len(found.faces)})

    def forget(self) -> None:
        """Close the tracker."""
        with suppress(HemifaceError):
            self._frames.forget(self.id)


def live_routes() -> list[BaseRoute]:
    """The routes for the server."""
    from starlette.routing import Route, WebSocketRoute

    live = LiveRoutes()
    return [WebSocketRoute(SOCKET_ROUTE, live.socket), Route(CLIP_ROUTE, live.clip, methods=["GET"])]


class LiveRoutes:
    """The endpoints, and how many viewers there are."""

    def __init__(self) -> None:
        self._viewers: Counter[str] = Counter()

    async def socket(self, websocket: WebSocket) -> None:
        """WebSocket endpoint; a refusal comes before the connection is accepted."""
        from starlette.concurrency import run_in_threadpool

        token = websocket.path_params["token"]
        if not _is_granted(token):
            await websocket.close(POLICY)
            return
        if self._viewers.total() >= MOST_VIEWERS or self._viewers[token] >= MOST_A_SESSION:
            await websocket.accept()  # only an accepted connection can say why
            await websocket.close(BUSY)
            return
        viewer = Viewer(installation().frames)
        self._viewers[token] += 1
        try:
            await websocket.accept()
            code = await _converse(websocket, viewer, token)
            if code is not None:
                await websocket.close(code)
        except Exception as problem:  # a browser that leaves while it is answered is no error
            if not _is_gone(websocket):
                log_without_data(uuid4().hex[:8], problem)
                with suppress(Exception):
                    await websocket.close(BROKEN)
        finally:
            self._viewers[token] -= 1
            self._viewers += Counter()  # drops zeros
            await run_in_threadpool(viewer.forget)

    def clip(self, request: Request) -> Response:
        """GET endpoint of the simulated patient: 200 with the clip, 202 with how far it is, 503 with a sentence."""
        from starlette.responses import FileResponse, JSONResponse, PlainTextResponse

        headers = {"Cache-Control": "no-store"}
        movement = request.path_params["movement"]
        if not _is_granted(request.path_params["token"]) or movement not in LIVE_MOVEMENTS:
            return PlainTextResponse("Not found", status_code=404, headers=headers)
        try:
            found = installation().clips.find(Expression(movement))
        except HemifaceError as problem:
            return JSONResponse({"error": str(problem)}, status_code=503, headers=headers)
        if isinstance(found, float):
            return JSONResponse({"done": round(found, 3)}, status_code=202, headers=headers)
        return FileResponse(found, media_type="video/mp4", headers=headers)


async def _converse(websocket: WebSocket, viewer: Viewer, token: str) -> int | None:
    """Answer until the browser leaves (None) or has to (the code to close with)."""
    from starlette.concurrency import run_in_threadpool

    failures, last_s = 0, 0.0
    while True:
        try:
            message = await asyncio.wait_for(websocket.receive(), IDLE_S)
        except TimeoutError:
            return IDLE
        if message["type"] == "websocket.disconnect":
            return None
        if not _is_granted(token):
            return POLICY
        picture = message.get("bytes")
        if picture is not None and len(picture) > MOST_BYTES:
            return TOO_LARGE
        try:
            if picture is None:
                viewer.command(message.get("text") or "")
                continue
            await asyncio.sleep(last_s + SHORTEST_INTERVAL_S - time.monotonic())
            last_s = time.monotonic()
            answer = await run_in_threadpool(viewer.look, picture, last_s)
            failures = 0
        except InputError:
            return NOT_UNDERSTOOD
        except HemifaceError as problem:
            failures += 1
            answer = packed_answer(LiveValues(LivePhase.NO_FACE, reason=str(problem)), None, {"problem": True})
            if failures >= _FAILURES:
                await websocket.send_bytes(answer)
                return BROKEN
        await websocket.send_bytes(answer)


def packed_answer(values: LiveValues, points_px: np.ndarray | None, more: dict[str, Any]) -> bytes:
    """Header and landmarks of one answer, as the browser reads them (module docstring)."""
    header = {
        "phase": values.phase.value,
        "right": _rounded(values.right_mm),
        "left": _rounded(values.left_mm),
        "symmetry": _rounded(values.symmetry_pct),
        "reason": values.reason,
        "rest": _rounded(values.rest_done),
        **more,
    }
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 4)
    landmarks = b""
    if points_px is not None:
        limits = np.iinfo(np.int16)
        quarters = np.round(points_px[list(drawn_landmarks()), :2].astype(float) * QUARTER)
        landmarks = np.clip(quarters, limits.min + 1, limits.max).astype("<i2").tobytes()
    return struct.pack("<I", len(text)) + text + landmarks


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _is_granted(token: str) -> bool:
    try:
        return installation().grants.allows(token, LIVE, session_is_connected)
    except HemifaceError:  # the data folder cannot be used any more
        return False


def _is_gone(websocket: WebSocket) -> bool:
    from starlette.websockets import WebSocketState

    return WebSocketState.DISCONNECTED in (websocket.client_state, websocket.application_state)
