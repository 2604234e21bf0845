"""The recorder's endpoints: one sentence for everything that does not fit, nothing outside a recording's own folder, no mixing."""

import asyncio
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import unquote

import numpy as np
import pytest
from starlette.applications import Starlette

from core.errors import InputError, UnavailableError
from core.exam.guide import GuidedProtocol, exam_plan
from core.records import CaptureState, JobState, PatientDetails
from core.records.base import now
from core.records.captures import MOST_PART_BYTES
from core.records.runner import CHECK_NAME
from models.tracking.frames import FrameFaces
from pages.components.capture_grants import MOST_BEGUN_A_MINUTE, MOST_FRAMES_A_MINUTE, VALID_S, CaptureGrants
from pages.components.capture_routes import BASE, MOST_UNSENT
from pages.components.server import app_options
from tests.home_samples import expire
from tests.record_samples import pieces, wait_for, write_fragments
from tests.synthetic import neutral_face

PLAN = exam_plan(GuidedProtocol.QUICK)
CUES = [
    {"expression": "rest", "repetition": 1, "start_s": 0, "end_s": 1, "outcome": "done"},
    {"expression": "pucker", "repetition": 1, "start_s": 1, "end_s": 2.5, "outcome": "done"},
    {"expression": "eee", "repetition": 1, "start_s": 2.5, "end_s": 2.9, "outcome": "cut"},
]
MEGABYTE = bytes(1_000_000)


def post(app, path, body=b"", token=None, query=b"", method="POST", *, lost=False):
    """(status, answer, pieces that were read) of a request sent straight into an ASGI app.

    A list is sent piece by piece; ``lost``: and then the connection is gone before the end.
    """
    waiting = body if isinstance(body, list) else [body if isinstance(body, bytes) else json.dumps(body).encode()]
    read, sent = [], []
    scope = {
        "type": "http", "method": method, "path": unquote(path), "raw_path": path.encode(), "query_string": query,
        "root_path": "", "scheme": "http", "http_version": "1.1", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9),
        "headers": [(b"host", b"localhost"), *([(b"x-hemiface-token", token.encode())] if token is not None else [])],
    }  # fmt: skip

    async def receive():
        if len(read) == len(waiting):
            return {"type": "http.disconnect"}
        read.append(waiting[len(read)])
        return {"type": "http.request", "body": read[-1], "more_body": lost or len(read) < len(waiting)}

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as own_loop:  # playwright's loop keeps running in the tests' thread after a browser test
        own_loop.submit(asyncio.run, app(scope, receive, send)).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    content = b"".join(message.get("body", b"") for message in sent[1:])
    if headers.get("content-type") != "application/json":
        return sent[0]["status"], content, read
    assert headers["cache-control"] == "no-store"
    return sent[0]["status"], json.loads(content), read


def refused(answer, status, code):
    """A refusal is one sentence with a code, whatever was sent."""
    assert answer[0] == status, answer[:2]
    assert answer[1]["code"] == code
    assert set(answer[1]) == {"error", "code"}
    message = answer[1]["error"]
    assert message.endswith(".")
    assert "\n" not in message
    assert "Traceback" not in message
    return message


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """What a browser sends of three seconds."""
    return write_fragments(tmp_path_factory.mktemp("video") / "video.mp4").read_bytes()


@pytest.fixture
def parts(video):
    return pieces(video, 3)


@pytest.fixture
def app(here):
    assert here is not None
    return Starlette(routes=app_options()["routes"])


@pytest.fixture
def token(here, patient, visit):
    return here.capture_grants.grant("one page", patient_id=patient.id, visit_id=visit.id, plan=PLAN)


@pytest.fixture
def invitation(store, patient):
    return store.create_invitation(patient.id, PLAN, now() + timedelta(days=1))[0]


@pytest.fixture
def home_token(here, invitation):
    return here.capture_grants.grant(
        "home page", patient_id=invitation.patient_id, invitation_id=invitation.id, plan=invitation.plan
    )


def begin(app, token, **told):
    status, answer, _ = post(app, BASE, {"mime": "video/mp4", **told}, token)
    assert status == 200, answer
    return answer["id"]


def send(app, token, capture_id, parts):
    for number, part in enumerate(parts):
        status, answer, _ = post(app, f"{BASE}/{capture_id}/part/{number}", part, token)
        assert (status, answer["parts"]) == (200, number + 1), answer


def finish(app, token, capture_id, parts, cues=CUES, **more):
    return post(app, f"{BASE}/{capture_id}/finish", {"parts": parts, "cues": cues, **more}, token)


def files(here):
    """Every file of the data folder that belongs to a recording, with its size."""
    root = here.store.files.root
    found = [path for path in root.rglob("*") if path.is_file() and path.parent != root and path.parent.name != "logs"]
    return {str(path.relative_to(root)): path.stat().st_size for path in found}


# ------------------------------------------------------------------------------------------------------------- the good way


def test_a_recording_is_begun_filled_finished_and_checked(here, app, store, visit, token, parts, video):
    capture_id = begin(app, token, camera={"width": 160, "height": 120, "frameRate": 20, "label": "Anna's phone"})
    assert store.capture(capture_id).plan == PLAN
    send(app, token, capture_id, parts)
    assert files(here) == {f"captures/{capture_id}/arriving": len(video)}
    assert post(app, f"{BASE}/{capture_id}/cues", {"cues": CUES[:1]}, token)[:2] == (200, {"cues": 1})
    status, answer, _ = finish(app, token, capture_id, 3)
    assert (status, answer) == (200, {"id": capture_id, "bytes": len(video)})
    [recording] = store.recordings(visit.id)
    capture = store.capture(capture_id)
    assert (capture.state, capture.recording_id) == (CaptureState.KEPT, recording.id)
    segments = store.segments(recording.id).segments
    assert [(s.expression, s.start_s, s.end_s) for s in segments] == [("rest", 0, 1), ("pucker", 1, 2.5)]
    assert recording.facts["complete"]
    assert recording.facts["capture"]["frameRate"] == 20
    assert "Anna" not in json.dumps(dict(recording.facts))
    [job] = store.jobs(recording_id=recording.id, kind="check")
    assert wait_for(store, job, lambda newest: not newest.state.active).state is JobState.DONE
    rows = json.loads(store.derived_path(recording, CHECK_NAME).read_text(encoding="utf-8"))
    assert [row["expression"] for row in rows] == ["rest", "pucker"]
    assert not list(store.files.captures.iterdir())


def test_an_end_whose_answer_was_lost_can_be_asked_for_again(app, store, visit, token, parts):
    capture_id = begin(app, token)
    send(app, token, capture_id, parts)
    answers = [finish(app, token, capture_id, 3)[:2] for _ in range(3)]
    assert answers == [(200, answers[0][1])] * 3
    assert len(store.recordings(visit.id)) == 1


def test_a_part_whose_answer_was_lost_is_written_once(here, app, token, parts, video):
    capture_id = begin(app, token)
    for number, part in enumerate(parts):
        for _ in range(2):
            assert post(app, f"{BASE}/{capture_id}/part/{number}", part, token)[1]["parts"] == number + 1
    assert files(here) == {f"captures/{capture_id}/arriving": len(video)}


def test_at_home_it_waits_until_the_patient_sends_it(app, store, patient, home_token, parts):
    capture_id = begin(app, home_token)
    send(app, home_token, capture_id, parts)
    assert finish(app, home_token, capture_id, 3)[0] == 200
    assert store.capture(capture_id).state is CaptureState.FINISHED
    assert store.visits(patient.id) == []
    assert store.jobs() == []


def test_two_pages_at_the_same_time_do_not_mix(here, app, store, patient, visit, token, home_token, parts):
    other = store.create_patient(PatientDetails("Somebody else"))
    other_visit = store.create_visit(other.id, visit.day)
    tokens = [
        token,
        here.capture_grants.grant("two", patient_id=other.id, visit_id=other_visit.id, plan=PLAN),
        home_token,
    ]
    ids = [begin(app, each) for each in tokens]
    assert len(set(ids)) == 3

    def record(own, capture_id):
        send(app, own, capture_id, parts)
        return finish(app, own, capture_id, 3)[0]

    with ThreadPoolExecutor(3) as together:
        assert list(together.map(record, tokens, ids)) == [200, 200, 200]
    kept = [store.capture(capture_id) for capture_id in ids]
    assert [(each.patient_id, each.visit_id) for each in kept] == [
        (patient.id, visit.id), (other.id, other_visit.id), (patient.id, None),
    ]  # fmt: skip
    assert [len(store.recordings(each.id)) for each in (visit, other_visit)] == [1, 1]
    assert store.recordings(visit.id)[0].id == kept[0].recording_id


# ------------------------------------------------------------------------------------------------------------ who may ask


def test_without_a_token_nothing_is_done(here, app, store, token, parts):
    capture_id = begin(app, token)
    paths = ["", "/frame", f"/{capture_id}/part/0", f"/{capture_id}/cues", f"/{capture_id}/finish"]
    for path, wrong in itertools.product(paths, [None, "", "0" * 43, "x" * 5000, "\x00", "é"]):
        answer = post(app, BASE + path, [parts[0]], wrong)
        assert "may not record any more" in refused(answer, 403, "token")
        assert answer[2] == [], "nothing of the body is read"
    assert len(store.captures()) == 1
    assert files(here) == {}


def test_a_token_that_has_expired_is_worth_nothing(here, app, patient, visit, parts):
    clock = [0.0]
    object.__setattr__(here, "capture_grants", CaptureGrants(lambda: clock[0]))
    token = here.capture_grants.grant("one", patient_id=patient.id, visit_id=visit.id, plan=PLAN)
    capture_id = begin(app, token)
    clock[0] = VALID_S
    refused(post(app, f"{BASE}/{capture_id}/part/0", parts[0], token), 403, "token")
    refused(post(app, BASE, {}, token), 403, "token")
    assert files(here) == {}


def test_a_token_fills_its_own_recordings_only(here, app, store, token, home_token, parts):
    own, foreign = begin(app, token), begin(app, home_token)
    for wrong in (
        foreign,
        "0" * 32,
        own.upper(),
        own[:-1],
        own + "0",
        "..",
        "..%2f..%2fhemiface.sqlite3",
        "%00" * 32,
        " ",
    ):
        for path, body in (("part/0", parts[0]), ("cues", {"cues": []}), ("finish", {"parts": 0, "cues": []})):
            status, answer, _ = post(app, f"{BASE}/{wrong}/{path}", body, token)
            assert status == 404, (wrong, path, answer)
    assert "no such recording" in refused(post(app, f"{BASE}/{foreign}/part/0", parts[0], token), 404, "not_found")
    assert files(here) == {}
    assert [capture.parts for capture in store.captures()] == [0, 0]


def test_only_what_no_other_site_can_send_is_answered(app, token):
    """A page of another origin would have to ask before it may send the token's header: that question gets no."""
    capture_id = begin(app, token)
    paths = ("", "/frame", f"/{capture_id}/part/0", f"/{capture_id}/finish")
    for path, method in itertools.product(paths, ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]):
        assert post(app, BASE + path, b"", token, method=method)[0] == 405, method


@pytest.mark.parametrize("how", ["used", "revoked", "expired"])
def test_a_link_that_does_not_work_any_more_begins_no_recording(here, app, store, home_token, invitation, parts, how):
    if how == "used":
        capture_id = begin(app, home_token)
        send(app, home_token, capture_id, parts)
        finish(app, home_token, capture_id, 3)
        store.keep_capture(capture_id, here.settings.video)
    elif how == "revoked":
        store.revoke_invitation(invitation.id)
    else:
        expire(store, invitation)
    before = store.captures()
    assert "does not work any more" in refused(post(app, BASE, {}, home_token), 403, "invitation")
    assert store.captures() == before


def test_a_link_cannot_fill_the_disk_with_recordings_that_are_never_sent(here, app, store, home_token, invitation):
    for _ in range(MOST_UNSENT):
        capture_id = begin(app, home_token)
    assert "Send or delete one first" in refused(post(app, BASE, {}, home_token), 429, "unsent")
    store.discard_capture(capture_id)
    assert begin(app, home_token)
    assert len(store.captures(invitation_id=invitation.id)) == MOST_UNSENT
    assert files(here) == {}


def test_a_visit_that_was_deleted_meanwhile(here, app, store, visit, token, parts):
    capture_id = begin(app, token)
    send(app, token, capture_id, parts[:1])
    store.delete_visit(visit.id)
    refused(post(app, f"{BASE}/{capture_id}/part/1", parts[1], token), 404, "not_found")
    refused(finish(app, token, capture_id, 1), 404, "not_found")
    refused(post(app, BASE, {}, token), 404, "not_found")
    assert files(here) == {}


# ------------------------------------------------------------------------------------------------------------ what is sent


def test_parts_that_do_not_follow_are_refused(here, app, token, parts):
    capture_id = begin(app, token)
    path = f"{BASE}/{capture_id}/part"
    assert "Part 0 is expected" in refused(post(app, f"{path}/1", parts[1], token), 409, "order")
    send(app, token, capture_id, parts[:2])
    for number in ("0", "3", "999999999"):
        refused(post(app, f"{path}/{number}", parts[2], token), 409, "order")
    for number in ("-1", "1.5", "x", "", "²", "9" * 30, "9" * 5000):
        assert post(app, f"{path}/{number}", parts[2], token)[0] == 404
    assert "2 of 3 parts" in refused(finish(app, token, capture_id, 3), 409, "order")
    assert files(here) == {f"captures/{capture_id}/arriving": len(parts[0]) + len(parts[1])}


def test_a_body_without_an_end_is_not_read_to_its_end(here, app, token, parts):
    """No length is announced: what counts is what comes."""
    capture_id = begin(app, token)
    send(app, token, capture_id, parts[:1])
    before = files(here)
    answer = post(app, f"{BASE}/{capture_id}/part/1", [MEGABYTE] * 200, token)
    assert "At most 16 MB" in refused(answer, 413, "too_large")
    assert len(answer[2]) == MOST_PART_BYTES // len(MEGABYTE) + 1
    for path in ("", f"/{capture_id}/cues", f"/{capture_id}/finish"):
        answer = post(app, BASE + path, [b" " * 100_000] * 200, token)
        assert "At most 0.2 MB" in refused(answer, 413, "too_large")
        assert len(answer[2]) == 3
    answer = post(app, f"{BASE}/frame", [b" " * 100_000] * 200, token)
    assert "At most 0.4 MB" in refused(answer, 413, "too_large")
    assert files(here) == before


def test_a_part_whose_connection_was_lost_is_no_part(here, app, store, token, parts):
    capture_id = begin(app, token)
    assert post(app, f"{BASE}/{capture_id}/part/0", [parts[0][:2000]], token, lost=True)[0] >= 500, "it is sent again"
    assert (store.capture(capture_id).parts, files(here)) == (0, {})
    send(app, token, capture_id, parts)
    assert finish(app, token, capture_id, 3)[0] == 200


def test_what_is_no_video_is_not_kept(here, app, store, token):
    capture_id = begin(app, token)
    path = f"{BASE}/{capture_id}/part/0"
    for body in (b"no video", b"<script>", b"\x89PNG\r\n\x1a\n", b"#EXTM3U\nfile:///etc/passwd", b"\x00" * 99):
        refused(post(app, path, body, token), 415, "not_a_video")
    refused(post(app, path, b"", token), 400, "empty")
    assert files(here) == {}
    refused(finish(app, token, capture_id, 0), 400, "empty")
    assert store.capture(capture_id).state is CaptureState.RECORDING


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setenv("HEMIFACE_VIDEO__MAX_DURATION_S", "5")
    monkeypatch.setenv("HEMIFACE_VIDEO__MAX_BYTES", "20000")


def test_countless_tiny_parts_come_to_an_end(small_limits, here, app, token, parts):
    """Two a second of the longest recording; so a recording of ten minutes can never be 10 000 files' worth of requests."""
    assert small_limits is None
    capture_id = begin(app, token)
    send(app, token, capture_id, [parts[0][:100], *[b"x"] * 9])
    path = f"{BASE}/{capture_id}/part"
    answers = [post(app, f"{path}/{number}", b"x", token) for number in (10, 10, 11, 9999)]
    assert "at most 0.0833333 minutes" in refused(answers[0], 413, "too_large")
    assert [answer[0] for answer in answers] == [413, 413, 409, 409]
    assert files(here) == {f"captures/{capture_id}/arriving": 109}


def test_a_recording_grows_to_its_limit_and_no_further(small_limits, here, app, token, parts):
    assert small_limits is None
    capture_id = begin(app, token)
    send(app, token, capture_id, [parts[0], b"x" * (20_000 - len(parts[0]))])
    assert "at most 0 MB" in refused(post(app, f"{BASE}/{capture_id}/part/2", b"x", token), 413, "too_large")
    assert files(here) == {f"captures/{capture_id}/arriving": 20_000}


BOMBS = {
    "deep lists": b"[" * 150_000,
    "deep objects": b'{"a":' * 30_000,
    "digits": b'{"parts": ' + b"9" * 150_000 + b"}",
    "exponent": b'{"parts": 1e999999}',
    "cut": b'{"parts": 1',
    "bytes": b"\xff\xfe\x00\x01",
    "utf-16": '{"parts": 1}'.encode("utf-16"),
    "text": b"hello",
}


def test_what_is_no_json_is_refused_in_words(here, app, store, token, caplog):
    capture_id = begin(app, token)
    for (name, bomb), path in itertools.product(BOMBS.items(), (f"/{capture_id}/finish", f"/{capture_id}/cues")):
        status, answer, _ = post(app, BASE + path, bomb, token)
        assert 400 <= status < 500, (name, answer)
        assert answer["error"].endswith("."), name
    assert "error" not in caplog.text.lower(), "nothing of it is a fault of the program"
    assert store.capture(capture_id).state is CaptureState.RECORDING
    assert files(here) == {}


def test_a_beginning_that_tells_nothing_is_a_beginning(app, store, token):
    for body in (b"", b"null", b"[]", b"7", b'"x"', b"{}", b'{"camera": 7, "mime": null}', b'{"mime": {"a": 1}}'):
        status, answer, _ = post(app, BASE, body, token)
        assert status == 200, body
        assert store.capture(answer["id"]).camera == {}


def test_half_of_a_character_does_no_harm(app, store, token):
    status, answer, _ = post(app, BASE, b'{"mime": "\\ud800", "camera": {"user_agent": "\\udfff x"}}', token)
    assert status == 200
    assert (store.capture(answer["id"]).mime, store.capture(answer["id"]).camera) == ("", {"user_agent": "x"})


GOOD_CUE = CUES[1]


GARBAGE = [
    None, {}, "x", 7, [[]], [None], ["rest"],
    [GOOD_CUE | {"expression": "wink"}],
    [GOOD_CUE | {"expression": "\ud800"}],
    [GOOD_CUE | {"start_s": -1}],
    [GOOD_CUE | {"end_s": 1e308}],
    [GOOD_CUE | {"end_s": float("inf")}],
    [GOOD_CUE | {"end_s": float("nan")}],
    [GOOD_CUE | {"repetition": 10**100}],
    [GOOD_CUE | {"outcome": "well"}],
    [GOOD_CUE] * 601,
]  # fmt: skip


def test_garbage_for_cues_ends_nothing(app, store, token, parts):
    capture_id = begin(app, token)
    send(app, token, capture_id, parts)
    for cues in GARBAGE:
        for answer in (
            post(app, f"{BASE}/{capture_id}/cues", {"cues": cues}, token),
            finish(app, token, capture_id, 3, cues=cues),
        ):
            assert refused(answer, 422, "cues") == "The cues of this recording cannot be read.", repr(cues)[:60]
    capture = store.capture(capture_id)
    assert (capture.state, capture.cues) == (CaptureState.RECORDING, ())
    assert finish(app, token, capture_id, 3)[0] == 200, "the recording itself is not lost"


def test_a_wrong_number_of_parts_ends_nothing(app, store, token, parts):
    capture_id = begin(app, token)
    send(app, token, capture_id, parts)
    for count in (None, "3", 3.0, True, []):
        assert "number of parts is missing" in refused(finish(app, token, capture_id, count), 400, "parts")
    for count in (-1, 2, 10**30):
        refused(finish(app, token, capture_id, count), 409, "order")
    assert store.capture(capture_id).state is CaptureState.RECORDING


def test_a_recording_that_is_no_examination_is_refused_and_can_be_deleted(here, app, store, token, video, tmp_path):
    """Unreadable behind a good beginning, or too short: it stays until somebody decides."""
    broken, short = begin(app, token), begin(app, token)
    send(app, token, broken, [video[:600] + bytes(3000)])
    assert "cannot be read" in refused(finish(app, token, broken, 1), 422, "unreadable")
    send(app, token, short, [write_fragments(tmp_path / "short.mp4", seconds=0.5).read_bytes()])
    assert "at least 1 s" in refused(finish(app, token, short, 1), 422, "too_short")
    assert [capture.state for capture in store.captures()] == [CaptureState.RECORDING, CaptureState.FINISHED]
    for capture_id in (broken, short):
        store.discard_capture(capture_id)
    assert files(here) == {}


def test_a_full_disk_is_told(app, token, parts, monkeypatch):
    capture_id = begin(app, token)

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "full" in refused(post(app, f"{BASE}/{capture_id}/part/0", parts[0], token), 507, "disk_full")


SECRET = "Anna Geheim"


def test_what_nobody_thought_of_is_told_without_its_words(app, store, token, monkeypatch, caplog):
    monkeypatch.setattr(type(store), "begin_capture", lambda *_args, **_more: int(SECRET))
    assert "went wrong" in refused(post(app, BASE, {}, token), 500, "unexpected")
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text


def test_nothing_is_left_after_everything_was_thrown_away(here, app, store, token, home_token, parts):
    for each in (token, home_token):
        for number in range(3):
            send(app, each, begin(app, each), parts[:number])
    for capture in store.captures():
        store.discard_capture(capture.id)
    assert files(here) == {}
    assert store.clean_up(grace_s=0).removed == 0


# -------------------------------------------------------------------------------------------------------------- how often


def test_recordings_cannot_be_begun_without_end(app, store, token, home_token):
    for _ in range(MOST_BEGUN_A_MINUTE):
        begin(app, token)
    assert "Wait a moment" in refused(post(app, BASE, {}, token), 429, "rate")
    assert len(store.captures()) == MOST_BEGUN_A_MINUTE
    begin(app, home_token)  # somebody else's limit is another


class Frames:
    """Stands for the FrameWorker."""

    def __init__(self):
        self.asked, self.problem = [], None

    def detect(self, session, picture):
        self.asked.append((session, picture))
        if self.problem:
            raise self.problem
        face = (neutral_face() * [1, -1, -1] + [240, 150, 0]).astype(np.float32)
        return FrameFaces(480, 270, (face,), np.array([100.0, 110.0]), 20.0)

    def close(self):
        pass


@pytest.fixture
def frames(here):
    object.__setattr__(here, "frames", Frames())
    return here.frames


def test_a_picture_of_the_preview_is_judged_for_the_recording(here, app, token, frames):
    status, seen, _ = post(app, f"{BASE}/frame", b"jpeg", token, query=b"width=1280")
    assert (status, seen["good"]) == (200, True)
    assert seen["iris_px"] == pytest.approx(31.2, abs=0.1)
    assert post(app, f"{BASE}/frame", b"jpeg", token)[1]["findings"]["distance"] == "distance_far"
    assert frames.asked == [("framing one page", b"jpeg")] * 2
    assert files(here) == {}, "it is not kept"


def test_a_width_that_cannot_be_is_passed_over(app, token, frames):
    widths = ["", "x", "nan", "inf", "-5", "0", "1e99", "1280;x"]
    for width in widths:
        status, seen, _ = post(app, f"{BASE}/frame", b"jpeg", token, query=f"width={width}".encode())
        assert (status, seen["iris_px"]) == (200, 11.7), width
    assert len(frames.asked) == len(widths)


def test_pictures_that_cannot_be_judged_are_told(app, token, frames):
    frames.problem = InputError("This is no picture.", code="picture")
    refused(post(app, f"{BASE}/frame", b"", token), 422, "picture")
    frames.problem = UnavailableError("The tracker stopped.", code="tracker_crashed")
    refused(post(app, f"{BASE}/frame", b"x", token), 503, "tracker_crashed")


def test_pictures_are_limited(here, app, token, frames):
    grant = here.capture_grants.find(token)
    for _ in range(MOST_FRAMES_A_MINUTE - 1):
        here.capture_grants.may_check(grant)
    assert post(app, f"{BASE}/frame", b"x", token)[0] == 200
    refused(post(app, f"{BASE}/frame", b"x", token), 429, "rate")
    assert len(frames.asked) == 1


def test_the_server_has_these_routes_in_both_roles(monkeypatch):
    for role in ("clinic", "home"):
        monkeypatch.setenv("HEMIFACE_ROLE", role)
        paths = [getattr(route, "path", "") for route in app_options()["routes"]]
        assert sum(path.startswith(BASE) for path in paths) == 5, role
