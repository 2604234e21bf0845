"""The server from outside: which hosts it answers, what its answers forbid, and that Streamlit's own files still come."""

import pytest
from streamlit.runtime.pages_manager import PagesManager
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pages.components.server import app_options
from tests.app_server import get, running_app


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("server")) as port:
        yield port


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/hemiface/video/x/y", "/upload"])
def test_every_answer_carries_the_security_headers(server, path):
    _, headers, _ = get(server, path)
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    scripts = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    assert "http" not in policy


def test_pictures_of_streamlit_come_compressed_or_not(server):
    """Its middleware and the installed starlette must fit together: with starlette 1.8 or newer this is a 500."""
    status, headers, body = get(server, "/favicon.png", **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert body[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "", "[::2]", "127.0.0.2"]
)
def test_foreign_host_names_get_nothing(server, host):
    assert get(server, "/", Host=host)[::2] == (400, b"Unknown host name")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8501", "LOCALHOST"])
def test_own_host_names_are_served(server, host):
    assert get(server, "/_stcore/health", Host=host)[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example"])
def test_websocket_from_a_foreign_page_is_refused(server, origin):
    with pytest.raises(InvalidStatus) as caught, connect(f"ws://127.0.0.1:{server}/_stcore/stream", origin=origin):
        pass
    assert caught.value.response.status_code == 403


def test_websocket_of_the_own_page_is_served(server):
    with connect(f"ws://127.0.0.1:{server}/_stcore/stream", origin=f"http://127.0.0.1:{server}") as socket_:
        assert socket_.response.status_code == 101


def test_recordings_are_not_served_without_a_token(server):
    status, headers, body = get(server, f"/hemiface/video/{'a' * 43}/{'0' * 32}")
    assert (status, body, headers["Cache-Control"]) == (404, b"Not found", "no-store")


def test_no_page_is_served_without_the_frame_around_it(monkeypatch):
    """A fresh server whose first visitor opens /analyse would else run that file alone: no sidebar, no ribbon, half the width."""
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    app_options()
    assert PagesManager.uses_pages_directory is False
