"""The live view without a browser: who may connect, what is refused and how, what an answer holds, and what the page says."""

import asyncio
import json
import shutil
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.applications import Starlette

from core.charts.overlay import drawn_landmarks
from core.charts.style import SIDE_COLOURS
from core.errors import UnavailableError
from core.exam.protocol import Expression
from core.live import LIVE_MOVEMENTS, LivePhase, LiveValues
from core.phantom import live_clip
from core.video.probe import probe_video
from core.words import Side
from models.tracking.frames import MOST_BYTES, FrameFaces
from pages.components import live_socket
from pages.components.live_clips import LiveClips
from pages.components.live_socket import LIVE, SOCKET_ROUTE, Viewer, live_routes, packed_answer
from pages.components.live_view import view_data
from tests.synthetic import neutral_face

COMPONENTS = Path(__file__).parents[2] / "pages" / "components"
SCRIPTS = ("live_source.js", "landmark_contours.js", "live_drawing.js", "live_view.js")
SESSION = "one session"
JPEG = cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
FACE = (neutral_face() * [2, -2, -2] + [320, 240, 0]).astype(np.float32)


class Frames:
    """Stands for the FrameWorker: one face in every picture, and notes whose trackers were closed."""

    def __init__(self):
        self.sessions, self.near, self.forgotten, self.faces, self.problem = [], [], [], (FACE,), None

    def detect(self, session, picture, *, near, half_faces):
        self.sessions.append(session)
        self.near.append(near)
        assert half_faces
        if self.problem:
            raise self.problem
        assert picture
        return FrameFaces(640, 480, self.faces)

    def forget(self, session):
        self.forgotten.append(session)

    def start(self):
        pass

    def close(self):
        pass


@pytest.fixture
def frames(here):
    object.__setattr__(here, "frames", Frames())
    return here.frames


@pytest.fixture
def token(here, frames, monkeypatch):
    """Granted to a session that is connected."""
    sessions = {SESSION}
    monkeypatch.setattr(live_socket, "session_is_connected", sessions.__contains__)
    monkeypatch.setattr(live_socket, "SHORTEST_INTERVAL_S", 0.0)
    assert frames
    return here.grants.grant(SESSION, LIVE)


@pytest.fixture
def server():
    return Starlette(routes=live_routes())


def talk(app, path, messages):
    """What the server sends to a browser that sends these messages (bytes or text) one after the other, and then leaves."""
    sent = []
    waiting = [{"type": "websocket.connect"}]
    waiting += [
        {"type": "websocket.receive", "bytes" if isinstance(message, bytes) else "text": message}
        for message in messages
    ]
    scope = {
        "type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "ws", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9), "headers": [], "subprotocols": [],
    }  # fmt: skip

    async def receive():
        return waiting.pop(0) if waiting else {"type": "websocket.disconnect", "code": 1001}

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as own_loop:  # playwright's loop keeps running in the tests' thread after a browser test
        own_loop.submit(asyncio.run, app(scope, receive, send)).result()
    return sent


def headers(sent):
    """Headers of the answers, and the lengths of their landmarks."""
    answers = [message["bytes"] for message in sent if message["type"] == "websocket.send"]
    lengths = [struct.unpack_from("<I", answer)[0] for answer in answers]
    return [
        (json.loads(answer[4 : 4 + length]), len(answer) - 4 - length)
        for answer, length in zip(answers, lengths, strict=True)
    ]


# ------------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("wrong", ["0" * 43, "x", "..%2f"])
def test_without_the_token_of_a_connected_session_there_is_no_connection(server, token, wrong):
    assert token
    assert talk(server, SOCKET_ROUTE.format(token=wrong), [JPEG]) == [
        {"type": "websocket.close", "code": 1008, "reason": ""}
    ]


def test_a_token_for_a_recording_is_none_for_the_live_view(server, here, frames, monkeypatch):
    monkeypatch.setattr(live_socket, "session_is_connected", lambda _: True)
    other = here.grants.grant("another session", "a recording")
    assert talk(server, SOCKET_ROUTE.format(token=other), [JPEG])[0]["code"] == 1008
    assert frames.sessions == []


def test_the_connection_ends_with_the_browser_session(server, token, monkeypatch):
    answers = iter([True, True, False])
    monkeypatch.setattr(live_socket, "session_is_connected", lambda _: next(answers))
    sent = talk(server, SOCKET_ROUTE.format(token=token), [JPEG, JPEG, JPEG])
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert sent[-1]["code"] == 1008


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", 1007),
        ("[" * 150, 1007),
        ('{"movement": "rest"}', 1007),
        ('{"movement": ["smile_open"]}', 1007),
        ('{"rest": false}', 1007),
        ('{"rest": true, "x": "' + "y" * 300 + '"}', 1007),
        (bytes(MOST_BYTES + 1), 1009),
    ],
    ids=["text", "nesting", "no movement", "list", "no order", "too long", "too large"],
)
def test_what_is_not_understood_closes_the_connection_with_a_code(server, token, frames, caplog, message, code):
    sent = talk(server, SOCKET_ROUTE.format(token=token), [message, JPEG])
    assert [m["type"] for m in sent] == ["websocket.accept", "websocket.close"]
    assert sent[-1]["code"] == code
    assert len(frames.forgotten) == 1
    assert "Traceback" not in caplog.text


def test_no_picture_closes_the_connection_with_a_code(server, token, here):
    """With the real tracker, which is told apart from a broken one."""
    from models.tracking.frames import FrameWorker

    object.__setattr__(here, "frames", FrameWorker())
    sent = talk(server, SOCKET_ROUTE.format(token=token), [JPEG, b"\xff\xd8 no picture"])
    assert [m["type"] for m in sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert sent[-1]["code"] == 1007
    assert headers(sent)[0] == (
        {"phase": "no_face", "right": None, "left": None, "symmetry": None, "reason": "No face in the picture.",
         "rest": 0.0, "width": 64, "height": 48, "faces": 0},
        0,
    )  # fmt: skip


def test_a_broken_tracker_is_told_and_ends_the_connection_after_a_few_pictures(server, token, frames):
    frames.problem = UnavailableError("The tracker is broken.", hint="Try again.")
    sent = talk(server, SOCKET_ROUTE.format(token=token), [JPEG] * 9)
    told = [header for header, _ in headers(sent)]
    assert [header["reason"] for header in told] == ["The tracker is broken. Try again."] * 3
    assert all(header["problem"] for header in told)
    assert sent[-1]["code"] == 1011


def test_what_nobody_thought_of_is_logged_without_data_and_told_by_a_code(server, token, frames, caplog):
    frames.problem = ValueError("name of a patient")
    sent = talk(server, SOCKET_ROUTE.format(token=token), [JPEG])
    assert sent[-1]["code"] == 1011
    assert "ValueError" in caplog.text
    assert "name of a patient" not in caplog.text


def test_a_browser_that_sends_nothing_any_more_is_let_go(token, frames, monkeypatch):
    monkeypatch.setattr(live_socket, "IDLE_S", 0.05)
    closed = []

    class Silent:
        path_params = {"token": token}  # noqa: RUF012 - never changed

        async def accept(self):
            pass

        async def receive(self):
            await asyncio.sleep(60)

        async def close(self, code):
            closed.append(code)

    with ThreadPoolExecutor(1) as own_loop:
        own_loop.submit(asyncio.run, live_socket.LiveRoutes().socket(Silent())).result()
    assert closed == [4408]
    assert len(frames.forgotten) == 1


def test_viewers_are_few_and_of_one_session_fewer(token):
    routes = live_routes()
    live = routes[0].endpoint.__self__
    app, path = Starlette(routes=routes), SOCKET_ROUTE.format(token=token)
    live._viewers[token] = live_socket.MOST_A_SESSION
    assert talk(app, path, [JPEG])[-1]["code"] == 1013
    live._viewers[token] = 0
    assert talk(app, path, [JPEG])[-1]["type"] == "websocket.send"
    assert live._viewers.total() == 0
    live._viewers["others"] = live_socket.MOST_VIEWERS
    assert talk(app, path, [JPEG])[-1]["code"] == 1013


# ------------------------------------------------------------------------------------------------------------- answers


def test_every_picture_is_answered_with_landmarks_and_values(server, token, frames):
    sent = talk(server, SOCKET_ROUTE.format(token=token), ['{"movement": "brow_raise"}', JPEG, '{"rest": true}', JPEG])
    told = headers(sent)
    assert [header["phase"] for header, _ in told] == ["rest", "rest"]
    assert [length for _, length in told] == [4 * len(drawn_landmarks())] * 2
    assert told[0][0]["width"] == 640
    assert len(set(frames.sessions)) == 1
    assert frames.forgotten == frames.sessions[:1]


def test_an_answer_is_aligned_and_keeps_quarter_pixels():
    for reason in ("", "ü", "abc"):
        values = LiveValues(LivePhase.MOVING, 1.234, -0.5, 0.0, reason, 1.0)
        answer = packed_answer(values, FACE, {"width": 640})
        [length] = struct.unpack_from("<I", answer)
        assert length % 4 == 0
        header = json.loads(answer[4 : 4 + length])
        assert (header["right"], header["left"], header["symmetry"], header["reason"]) == (1.23, -0.5, 0.0, reason)
        points = np.frombuffer(answer, "<i2", offset=4 + length).reshape(-1, 2) / 4
        assert np.abs(points - FACE[list(drawn_landmarks()), :2]).max() <= 0.125


def test_someone_who_leans_in_takes_no_values_over():
    """The tracker is asked for the face where the last one was; after none, for the largest."""
    frames = Frames()
    viewer = Viewer(frames)
    viewer.look(JPEG, 0.0)
    viewer.look(JPEG, 0.04)
    frames.faces = ()
    viewer.look(JPEG, 0.08)
    viewer.look(JPEG, 0.12)
    middle = pytest.approx(tuple(FACE[:, :2].mean(axis=0)), abs=0.01)
    assert frames.near == [None, middle, middle, None]


# --------------------------------------------------------------------------------------------------- simulated patient


@pytest.fixture
def small_clip(monkeypatch):
    """A clip that is made in a moment: a few small pictures."""
    monkeypatch.setattr(live_clip, "_CAMERA", live_clip.Camera(width=96, height=96, fps=5.0, face_part=0.55))


@pytest.mark.usefixtures("small_clip")
def test_a_clip_starts_with_rest_and_appears_when_it_is_complete(tmp_path):
    path = tmp_path / live_clip.clip_name(Expression.SMILE_OPEN)
    seen = []
    live_clip.make_clip(Expression.SMILE_OPEN, path, lambda done, total: seen.append((done, total, path.exists())))
    assert seen[-1][0] == seen[-1][1] > 20
    assert not any(exists for _, _, exists in seen)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    probe = probe_video(path)
    assert (probe.width, probe.height, probe.codec) == (96, 96, "h264")


def wait_for(clips, movement):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = clips.find(movement)
        if not isinstance(found, float):
            return found
        assert 0 <= found <= 1
        time.sleep(0.05)
    raise AssertionError("no clip came")


def test_clips_are_made_once_by_a_child(tmp_path):
    program = (
        "import json, sys; from pathlib import Path\n"
        "from core.phantom.live_clip import clip_name; from core.exam.protocol import Expression\n"
        "folder = Path(sys.argv[1]); folder.mkdir(parents=True); (folder.parent / 'runs').open('a').write('x')\n"
        "print(json.dumps({'frames_done': 1, 'frames_total': 2, 'stage': sys.argv[2]}), file=sys.stderr)\n"
        "(folder / clip_name(Expression(sys.argv[2]))).write_bytes(b'clip')"
    )
    clips = LiveClips(tmp_path / "cache" / "live", (sys.executable, "-c", program))
    assert isinstance(clips.find(Expression.PUCKER), float)
    found = wait_for(clips, Expression.PUCKER)
    assert found.read_bytes() == b"clip"
    assert clips.find(Expression.PUCKER) == found
    assert (tmp_path / "cache" / "runs").read_text(encoding="utf-8") == "x"
    clips.close()


def test_a_clip_that_cannot_be_made_is_told_and_tried_again(tmp_path):
    told = "import json, sys; print(json.dumps({'error': 'The disk is full.', 'hint': 'Free some.'}), file=sys.stderr); sys.exit(2)"
    clips = LiveClips(tmp_path, (sys.executable, "-c", told))
    for _ in range(2):
        with pytest.raises(UnavailableError, match=r"could not be made\. The disk is full\. Free some\."):
            wait_for(clips, Expression.PUCKER)
    clips.close()
    assert clips.find(Expression.PUCKER) == 0.0  # closed: nothing is started any more


def test_clips_are_served_to_the_session_only(server, here, token, tmp_path):
    from tests.pages.test_media import get

    path = live_socket.CLIP_ROUTE.format(token=token, movement="pucker")
    folder = tmp_path / "clips"
    folder.mkdir()
    object.__setattr__(here, "clips", LiveClips(folder, (sys.executable, "-c", "import sys; sys.exit(1)")))
    assert get(server, path)[0] == 202
    end = time.monotonic() + 30
    while (answer := get(server, path))[0] == 202 and time.monotonic() < end:
        time.sleep(0.05)
    assert (answer[0], json.loads(answer[2])) == (503, {"error": "The simulated patient could not be made."})
    (folder / live_clip.clip_name(Expression.PUCKER)).write_bytes(b"clip")
    assert get(server, path)[::2] == (200, b"clip")
    for wrong in (path.replace(token, "0" * 43), path.replace("pucker", "rest"), path.replace("pucker", "..%2fx")):
        assert get(server, wrong)[::2] == (404, b"Not found")


# ------------------------------------------------------------------------------------------------------------ the page


@pytest.mark.usefixtures("frames")
def test_the_page_needs_no_patient(open_app):
    app = open_app("live")
    assert [title.value for title in app.title] == ["Live"]
    assert not app.error


def test_the_view_says_that_its_values_are_no_measurements_and_that_nothing_is_stored():
    text = " ".join((COMPONENTS / "live_view.html").read_text(encoding="utf-8").split())
    assert "Live values are not measurements." in text
    assert "Nothing is stored: no picture, no value." in text
    assert "Simulated patient" in text


def test_the_view_gets_movements_sides_and_colours():
    data = view_data("token")
    assert [movement["id"] for movement in data["movements"]] == list(LIVE_MOVEMENTS)
    assert data["movement"] in LIVE_MOVEMENTS
    assert data["socket"] == "/hemiface/live/token"
    assert data["clips"]["pucker"] == "/hemiface/live/token/simulated/pucker"
    assert data["labels"] == {"right": "patient's right", "left": "patient's left"}
    assert {side: data["colours"][side] for side in Side} == SIDE_COLOURS
    assert json.loads(json.dumps(data)) == data
    assert view_data("t", dark=True)["colours"]["text"] != data["colours"]["text"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed (on Debian: apt-get install nodejs)")
def test_javascript_parses():
    code = "\n".join((COMPONENTS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    checked = subprocess.run(
        ["node", "--check", "--input-type=module"], input=code, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", SCRIPTS)
def test_javascript_writes_no_html(name):
    code = (COMPONENTS / name).read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in code
