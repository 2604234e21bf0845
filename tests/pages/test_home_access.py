"""The link of an invitation: the same answer for every token, a cookie that scripts cannot read, few attempts, nothing in a log."""

import re

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.settings import Settings
from pages.components import home_access, home_media, home_sessions
from pages.components.home_sessions import AttemptLimit, HomeSessions
from tests import home_samples as home
from tests.asgi import get

SESSION = "one session"


@pytest.fixture
def server(here):
    """The two routes behind what Streamlit's server puts in front of them, which believes a proxy on this computer."""
    assert here is not None
    routes = [
        Route(home_access.ROUTE, home_access.open_link),
        Route(home_media.ROUTE, home_media.serve_capture),
        Route("/home", home_access.to_page),
    ]
    return ProxyHeadersMiddleware(Starlette(routes=routes), trusted_hosts="127.0.0.1")


def open_link(server, token, **headers):
    return get(server, f"/hemiface/home/{token}", **headers)


def key_of(headers):
    return re.match(r"hemiface_home=([\w-]{43}); ", headers["set-cookie"])[1]


def test_a_token_becomes_a_cookie_and_leaves_the_address(server, here, store, patient):
    invitation, token = home.invite(store, patient.id)
    status, headers, body = open_link(server, token)
    assert (status, headers["location"], body) == (303, "/home", b"")
    assert headers["cache-control"] == "no-store"
    assert token not in str(headers)
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/;" in cookie
    assert "Secure" not in cookie  # plain http on this computer
    assert here.home_sessions.find(key_of(headers)).invitation_id == invitation.id
    assert store.invitation(invitation.id).opened_at is None  # a mail program that looks at links opens no page


def test_behind_https_the_cookie_is_secure(server, store, patient):
    _, token = home.invite(store, patient.id)
    assert "Secure" in open_link(server, token, x_forwarded_proto="https")[1]["set-cookie"]


def test_links_that_do_not_work_get_the_same_answer(server, here, store, patient, clip):
    good, expired, used, revoked = (home.invite(store, patient.id) for _ in range(4))
    home.expire(store, expired[0])
    home.sent(store, used[0], clip)
    store.revoke_invitation(revoked[0].id)
    tokens = [good[1], expired[1], used[1], revoked[1], "x" * 43, "x", "%00", "a" * 5000, good[0].id, "' OR 1=1"]
    answers = [open_link(server, token) for token in tokens]
    keys = [key_of(headers) for _, headers, _ in answers]
    assert len(set(keys)) == len(tokens)
    blind = [
        (status, body, {name: value.replace(key, "KEY") for name, value in headers.items()})
        for (status, headers, body), key in zip(answers, keys, strict=True)
    ]
    assert all(answer == blind[0] for answer in blind)
    assert [here.home_sessions.find(key) is not None for key in keys] == [True] + [False] * 9


def test_a_full_stop_behind_the_link_does_no_harm(server, here, store, patient):
    _, token = home.invite(store, patient.id)
    assert here.home_sessions.find(key_of(open_link(server, token + ".")[1])) is not None


def test_a_dead_link_ends_what_an_earlier_one_allowed(server, here, store, patient):
    _, token = home.invite(store, patient.id)
    first, second = key_of(open_link(server, token)[1]), key_of(open_link(server, "x" * 43)[1])
    assert first != second
    assert here.home_sessions.find(second) is None


def test_twenty_attempts_a_minute_then_a_friendly_refusal_in_the_browser_s_language(server, store, patient):
    _, token = home.invite(store, patient.id)
    statuses = [open_link(server, "x" * 43)[0] for _ in range(20)]
    assert statuses == [303] * 20
    status, headers, body = open_link(server, token, accept_language="de-CH")
    assert (status, headers["retry-after"]) == (429, "60")
    assert "set-cookie" not in headers
    assert 'lang="de"' in body.decode()
    assert "Bitte warten Sie eine Minute" in body.decode()
    assert token not in body.decode()
    # Through the proxy on this computer, every patient is counted for himself.
    assert open_link(server, token, x_forwarded_for="203.0.113.7")[0] == 303


def test_the_data_folder_being_gone_is_told_without_a_stack_trace(server, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    monkeypatch.setenv("HEMIFACE_DATA_DIR", str(blocked))
    status, _, body = open_link(server, "x" * 43)
    assert status == 503
    assert "Something went wrong" in body.decode()


def test_links_begin_with_the_address_of_the_settings():
    settings = Settings(home_url="https://home.clinic.example/")
    assert home_access.home_link(settings, "T") == "https://home.clinic.example/hemiface/home/T"
    assert settings.home_is_public
    assert not Settings().home_is_public


@pytest.mark.parametrize(
    "address", ["home.clinic.example", "ftp://a.b", "https://a.b/c", "https://a.b?c", "https://u@a.b", "https://", ""]
)
def test_an_address_that_cannot_begin_a_link_is_refused(address):
    with pytest.raises(ValueError, match="home_url"):
        Settings(home_url=address)


def test_no_token_in_the_log(server, here, store, patient):
    _, token = home.invite(store, patient.id)
    for tried in (token, "x" * 43):
        for _ in range(12):
            open_link(server, tried)
    logs = "".join(file.read_text(encoding="utf-8") for file in (here.store.files.root / "logs").iterdir())
    assert token not in logs
    assert "x" * 43 not in logs


def test_sessions_expire_are_bounded_and_keep_hashes_only(monkeypatch):
    clock = [0.0]
    sessions = HomeSessions(lambda: clock[0])
    key = sessions.open("one")
    sessions.change(key, consented=True, language="de")
    assert (sessions.find(key).consented, sessions.find(key).language) == (True, "de")
    assert key not in str(vars(sessions))
    sessions.change("unknown", consented=True)
    assert sessions.find("unknown") is None
    clock[0] = home_sessions.VALID_S + 1
    assert sessions.find(key) is None
    monkeypatch.setattr(home_sessions, "MOST_SESSIONS", 5)
    keys = [sessions.open(str(number)) for number in range(9)]
    assert [sessions.find(key) is not None for key in keys] == [False] * 4 + [True] * 5


def test_attempts_are_counted_by_household_within_a_minute_and_bounded(monkeypatch):
    clock = [0.0]
    limit = AttemptLimit(lambda: clock[0])
    assert all(limit.allows("2001:db8::1") for _ in range(20))
    assert not limit.allows("2001:db8::ffff")  # another device of the same household
    assert limit.allows("2001:db8:0:1::1")
    clock[0] = 61.0
    assert limit.allows("2001:db8::1")
    monkeypatch.setattr(home_sessions, "MOST_ADDRESSES", 10)
    for number in range(50):
        limit.allows(f"192.0.2.{number}")
    assert len(limit._attempts) <= 11
    assert limit.allows("no address")


@pytest.fixture
def connected(monkeypatch):
    sessions = {SESSION}
    monkeypatch.setattr(home_media, "session_id", lambda: SESSION)
    monkeypatch.setattr(home_media, "session_is_connected", sessions.__contains__)
    return sessions


def test_a_recording_is_played_to_its_own_page_only_and_only_until_it_is_sent(
    server, store, patient, clip, connected, here
):
    invitation, _ = home.invite(store, patient.id, recordings=2)
    own, other = home.finished(store, invitation, clip), home.finished(store, invitation, clip)
    address = home_media.capture_address(own)
    status, headers, body = get(server, address)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "video/mp4", "no-store")
    assert len(body) > 1000
    token = address.split("/")[3]
    refused = [
        get(server, home_media.ROUTE.format(token=token, capture_id=other.id)),
        get(server, home_media.ROUTE.format(token="0" * 43, capture_id=own.id)),
        get(server, home_media.ROUTE.format(token=token, capture_id="0" * 32)),
    ]
    connected.clear()
    refused.append(get(server, address))
    connected.add(SESSION)
    store.keep_capture(own.id, here.settings.video)
    refused.append(get(server, address))
    assert {(status, body) for status, _, body in refused} == {(404, b"Not found")}


@pytest.mark.usefixtures("connected")
def test_a_recording_made_in_the_clinic_is_not_played_at_home(server, here, store, patient, visit, clip):
    capture = store.begin_capture(patient.id, home.PLAN, "video/mp4", visit_id=visit.id)
    store.append_part(capture.id, 0, clip.read_bytes(), here.settings.video)
    finished = store.finish_capture(capture.id, parts=1)
    assert get(server, home_media.capture_address(finished))[0] == 404
