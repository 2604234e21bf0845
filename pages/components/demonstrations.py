"""The drawn demonstrations of the expressions for the guided recording: a loop and a still of each, served by our own route."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.exam.protocol import Expression

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

ROUTE = "/hemiface/demonstration/{name}"
FOLDER = Path(__file__).parent / "assets" / "demonstrations"
_LOOP, _STILL = ".mp4", ".jpg"
_TYPES = {_LOOP: "video/mp4", _STILL: "image/jpeg"}
_FILES = {f"{expression.value}{ending}": kind for expression in Expression for ending, kind in _TYPES.items()}
# They show nobody and change only with the program; a day is short enough after an update.
_KEPT = {"Cache-Control": "public, max-age=86400"}


def demonstration_url(expression: Expression) -> str:
    """Address of the loop, an H.264 mp4 of 320 x 320 without sound that begins and ends at rest."""
    return ROUTE.format(name=f"{expression.value}{_LOOP}")


def poster_url(expression: Expression) -> str:
    """Address of the still at the height of the movement, a JPEG of the same size."""
    return ROUTE.format(name=f"{expression.value}{_STILL}")


def serve_demonstration(request: Request) -> Response:
    """ASGI endpoint: one of the known files, in ranges where asked; 404 for every other name."""
    from starlette.responses import FileResponse, PlainTextResponse

    name = request.path_params["name"]
    if name not in _FILES:
        return PlainTextResponse("Not found", status_code=404, headers={"Cache-Control": "no-store"})
    return FileResponse(FOLDER / name, media_type=_FILES[name], headers=_KEPT)
