"""What the ASGI server gets besides Streamlit: routes, middleware, start and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.routing import Route

from core.errors import HemifaceError
from core.settings import Settings, load_settings
from pages.components import demonstrations, home_access, home_media
from pages.components.capture_routes import capture_routes
from pages.components.guard import show_error
from pages.components.installation import close_installation, installation
from pages.components.live_socket import live_routes
from pages.components.media import ROUTE, serve_video
from pages.components.security import HostCheck, SecurityHeaders, content_security_policy
from pages.components.streamlit_runtime import check_version, ignore_pages_folder, inline_script_hashes


@asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    # Opened before the first page: the migration and the recovery of jobs are not a visitor's to wait for. When it cannot be
    # opened, every page says why.
    with suppress(HemifaceError):
        await run_in_threadpool(installation)
    try:
        yield
    finally:
        await run_in_threadpool(close_installation)


def app_options() -> dict[str, Any]:
    """Keyword arguments of ``st.App``; ends the program with one sentence when it cannot be served."""
    try:
        check_version()
        ignore_pages_folder()
        settings = load_settings()
    except HemifaceError as problem:
        raise SystemExit(str(problem)) from None
    return {
        "lifespan": _lifespan,
        "routes": _home_routes(settings) if settings.role == "home" else [*_clinic_routes(), *_home_routes(settings)],
        "middleware": [
            Middleware(HostCheck, hosts=settings.allowed_hosts),
            Middleware(SecurityHeaders, policy=content_security_policy(inline_script_hashes())),
        ],
        "on_script_error": show_error,
    }


def _home_routes(settings: Settings) -> list[Any]:
    """What the page of home recordings needs; all that a server in the role home has."""
    routes = [
        Route(home_access.ROUTE, home_access.open_link, methods=["GET"]),
        Route(home_media.ROUTE, home_media.serve_capture, methods=["GET"]),
        Route(demonstrations.ROUTE, demonstrations.serve_demonstration, methods=["GET"]),
        *capture_routes(),
    ]
    if settings.role == "home":
        routes.append(Route(f"/{home_access.PAGE}", home_access.to_page, methods=["GET"]))
    return routes


def _clinic_routes() -> list[Any]:
    return [Route(ROUTE, serve_video, methods=["GET"]), *live_routes()]
