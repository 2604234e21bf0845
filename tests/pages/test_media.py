"""Recordings over the media route: only for the session that was granted them, in ranges, never kept by the browser."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_app import create_streamlit_middleware

from pages.components import media
from pages.components.grants import MediaGrants
from pages.components.text import plain

SESSION = "one session"


def get(app, path, **headers):
    """(status, headers, body) of a GET, sent straight into an ASGI app."""
    sent = []
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "http_version": "1.1", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9),
        "headers": [(b"host", b"localhost"), *((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items())],
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as own_loop:  # playwright's loop keeps running in the tests' thread after a browser test
        own_loop.submit(asyncio.run, app(scope, receive, send)).result()
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}, body


@pytest.fixture
def connected(monkeypatch):
    sessions = {SESSION}
    monkeypatch.setattr(media, "session_id", lambda: SESSION)
    monkeypatch.setattr(media, "session_is_connected", sessions.__contains__)
    return sessions


@pytest.fixture
def server():
    """Our route behind Streamlit's own middleware: a wrong version of starlette fails here with "Expected ASGI message"."""
    return Starlette(routes=[Route(media.ROUTE, media.serve_video)], middleware=create_streamlit_middleware())


@pytest.fixture
def recording(store, visit, clip):
    return store.add_recording(visit.id, clip, "a.mp4", facts={"codec": "h264"}, mirrored=True)


@pytest.mark.usefixtures("connected")
def test_granted_recording_is_served_whole_and_in_ranges(server, recording, clip):
    source = media.video_source(recording)
    assert (source.flip, source.job) == (True, None)
    status, headers, body = get(server, source.url, accept_encoding="gzip")
    assert (status, body) == (200, clip.read_bytes())
    assert (headers["content-type"], headers["cache-control"]) == ("video/mp4", "no-store")
    status, headers, body = get(server, source.url, range="bytes=10-19", accept_encoding="gzip")
    assert (status, body) == (206, clip.read_bytes()[10:20])
    assert headers["content-range"] == f"bytes 10-19/{clip.stat().st_size}"


def test_everything_else_gets_the_same_404(server, store, visit, recording, clip, connected):
    other = store.add_recording(visit.id, clip, "b.mp4", facts={"codec": "h264"})
    url = media.video_source(recording).url
    token = url.split("/")[3]
    asked = [
        media.ROUTE.format(token="0" * 43, recording_id=recording.id),
        media.ROUTE.format(token=token, recording_id=other.id),
        media.ROUTE.format(token=token, recording_id="..%2f..%2fhemiface.sqlite3"),
    ]
    answers = [get(server, path) for path in asked]
    connected.clear()  # the tab was closed
    answers.append(get(server, url))
    connected.add(SESSION)
    store.delete_recording(recording.id)
    answers.append(get(server, url))
    assert {(status, body) for status, _, body in answers} == {(404, b"Not found")}


@pytest.mark.usefixtures("connected")
def test_what_browsers_cannot_play_is_prepared(here, store, visit, clip):
    foreign = store.add_recording(visit.id, clip, "a.mov", facts={"codec": "hevc"})
    source = media.video_source(foreign)
    assert (source.url, source.job.kind) == (None, "convert")
    again = media.video_source(foreign)
    assert again.url or again.job.id == source.job.id  # asked again by every rerun, made once
    assert len(here.store.jobs(recording_id=foreign.id, kind="convert")) == 1


def test_grants_are_per_session_and_bounded():
    grants = MediaGrants()
    one, two = grants.grant("one", "a"), grants.grant("two", "b")
    assert one != two
    assert grants.grant("one", "c") == one
    everyone = lambda _: True  # noqa: E731
    assert [grants.allows(one, r, everyone) for r in "abc"] == [True, False, True]
    for number in range(1100):
        grants.grant(f"session {number}", "x")
    assert not grants.allows(one, "a", everyone)


@pytest.mark.parametrize(
    "text",
    ["**bold**", "[l](http://x.y)", "![](http://x.y/i.png)", "<img src=x onerror=alert(1)>", ":red[x]", "$x$", "`c`", "# h",
     ":material/face:", "https://a.b", "www.a.b", "a@b.c", "1. x", "- x", "> x", "a\n\n# b", "~~x~~", "\\*x\\*", "&lt;b&gt;"],
)  # fmt: skip
def test_text_of_users_is_never_markdown(text):
    """Every character that could begin something is escaped, and addresses cannot become links (reliability T6)."""
    escaped = plain(text)
    bare = escaped.replace("\\\\", "").replace("\u2060", "")
    for index, character in enumerate(bare):
        if character in "*_`[]<>#$~:!|&":
            assert bare[index - 1] == "\\", escaped
    assert "\n" not in escaped
    assert "http:" not in escaped.replace("\\", "")
    assert "www." not in escaped.replace("\\", "")
