"""The link that a patient opens: its token is exchanged for a cookie at once and leaves the address bar (reliability T21).

A link that works and one that does not get the same answer: a cookie with a random key, and the way to the page. Only the server
knows whether the key is worth something.

The cookie is ``SameSite=Lax``, not ``Strict``: the patient comes from an e-mail, which is a navigation from another site, and a
browser may leave a strict cookie out of everything that follows from it. Lax gives nothing away here: no GET of ours changes
anything, the recorder's POSTs carry a token of their own, and a WebSocket from another site's page gets no Lax cookie and is
refused by its Origin (HostCheck) besides.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import HemifaceError
from core.languages import negotiate, translator
from core.settings import Settings
from pages.components.home_sessions import VALID_S
from pages.components.home_texts import home_texts
from pages.components.installation import installation

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

ROUTE = "/hemiface/home/{token}"
COOKIE = "hemiface_home"
PAGE = "home"
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_NO_TOKEN = "-"
_HEADERS = {"Cache-Control": "no-store"}


def home_link(settings: Settings, token: str) -> str:
    """The link for a patient, under the address of the settings, never under that of a request."""
    return settings.home_url + ROUTE.format(token=token)


def page_address(settings: Settings) -> str:
    """Where the page of home recordings is: the only page of a server in the role home."""
    return "/" if settings.role == "home" else f"/{PAGE}"


def browser_key() -> str:
    """The key in the cookie of the browser whose page is running; "" without one."""
    return st.context.cookies.get(COOKIE, "")


def open_link(request: Request) -> Response:
    """ASGI endpoint of the link."""
    from starlette.responses import RedirectResponse

    try:
        here = installation()
        if not here.home_attempts.allows(request.client.host if request.client else ""):
            return _told(request, 429, "too_many", "too_many_what", "emergency_short")
        # Mail programs may take the full stop behind a link for a part of it.
        found = _TOKEN.match(request.path_params["token"])
        invitation = here.store.invitation_of_token(found.group() if found else _NO_TOKEN)
    except HemifaceError:
        return _told(request, 503, "went_wrong", "emergency_short")
    settings = here.settings
    answer = RedirectResponse(page_address(settings), status_code=303, headers=_HEADERS)
    answer.set_cookie(
        COOKIE,
        here.home_sessions.open(invitation.id if invitation is not None else None),
        max_age=VALID_S,
        path="/",
        secure=request.url.scheme == "https" or (settings.role == "home" and settings.home_is_public),
        httponly=True,
        samesite="lax",
    )
    return answer


def to_page(request: Request) -> Response:  # noqa: ARG001 - the form of an endpoint
    """ASGI endpoint for a server in the role home: its page has the shortest address."""
    from starlette.responses import RedirectResponse

    return RedirectResponse("/", status_code=303, headers=_HEADERS)


def _told(request: Request, status: int, *keys: str) -> Response:
    """A small page of its own in the browser's language: title, then sentences."""
    from starlette.responses import HTMLResponse

    language = negotiate(request.headers.get("accept-language"))
    texts = home_texts(translator(language))
    title, *rest = (escape(texts[key]) for key in keys)
    body = "".join(f"<p>{sentence}</p>" for sentence in rest)
    style = "font:1.3rem/1.5 sans-serif;max-width:34rem;margin:3rem auto;padding:0 1.2rem;color-scheme:light dark"
    return HTMLResponse(
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><body style="{style}"><main><h1>{title}</h1>{body}</main></body></html>',
        status_code=status,
        headers={**_HEADERS, **({"Retry-After": "60"} if status == 429 else {})},
    )
