"""Every touch of Streamlit's internals, so that an upgrade has one place to look at. Written for Streamlit 1.60."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime import Runtime
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import UnavailableError

FLOOR = (1, 60)


def check_version() -> None:
    """Refuse to serve on a Streamlit that lacks what we rely on (st.App with routes and middleware)."""
    version = tuple(int(part) for part in st.__version__.split(".")[:2])
    if version < FLOOR:
        wanted = ".".join(map(str, FLOOR))
        raise UnavailableError(
            f"Streamlit {st.__version__} is too old; {wanted} or newer is needed.",
            hint="Install the pinned versions: pip install -r requirements.txt",
        )


def ignore_pages_folder() -> None:
    """Let no page run by itself: until the first session has called ``st.navigation``, Streamlit serves the files of ``pages/``
    directly, without the frame around them, to whoever opens the address of a page."""
    PagesManager.uses_pages_directory = False


def in_script_run() -> bool:
    """True while Streamlit runs a script for a session, False when a server imports app.py to find the ASGI app."""
    return get_script_run_ctx(suppress_warning=True) is not None


def is_asked_for(page: StreamlitPage) -> bool:
    """Whether the browser asks for this page, known before ``st.navigation`` tells the browser what there is."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return False
    pages = context.pages_manager
    return page.url_path == pages.intended_page_name or page._script_hash == pages.intended_page_script_hash


def page_is_insecure() -> bool:
    """Whether the page came over plain http from another computer; browsers then give it no camera."""
    address = urlsplit(st.context.url or "")
    return address.scheme == "http" and not _is_own_computer(address.hostname or "")


def _is_own_computer(host: str) -> bool:
    return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")


def session_id() -> str:
    """Id of the session whose script is running."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else ""


def session_is_connected(session: str) -> bool:
    """Whether a browser holds this session open now."""
    return Runtime.exists() and Runtime.instance().is_active_session(session)


def inline_script_hashes() -> list[str]:
    """Content-Security-Policy sources of the inline scripts in Streamlit's own page."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]


def is_dark() -> bool:
    """Whether the reader's page is dark; figures choose their colours by it."""
    return st.context.theme.type == "dark"
