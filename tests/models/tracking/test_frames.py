"""Faces in live pictures: found in a process of its own, whose end - by a crash, a hang or ours - never harms the server."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import InputError, NoFaceError, UnavailableError
from core.face.landmarks import mesh_regions
from core.track_photo import track_photo
from core.words import Side
from models.tracking import frames_child, tracker_factory
from models.tracking.frames import MOST_BYTES, MOST_PHOTO_BYTES, FrameWorker
from models.tracking.frames_child import Trackers, decoded, picture_size
from tests.drawn_phantom import picture

ROOT = Path(__file__).parents[3]
# Stands for the child: answers, and does what the session's name says.
CHILD = """
import os, sys, time
sys.path.insert(0, {root!r})
from models.tracking.frames import read_message, write_message
while (question := read_message(sys.stdin.buffer)) is not None:
    session = question[0]["session"]
    if session == "crash":
        os.abort()
    if session == "hang":
        time.sleep(60)
    told = {{"width": os.getpid(), "height": len(question[1]), "cheek_luminance": None, "sharpness": None}}
    write_message(sys.stdout.buffer, told, b"")
    if session == "idle":
        os._exit(0)
"""


def coded(image, kind=".jpg"):
    return cv2.imencode(kind, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()


@pytest.fixture(scope="module")
def face():
    """A drawn face and its exact landmarks."""
    return picture()


@pytest.fixture(scope="module")
def worker():
    made = FrameWorker()
    yield made
    made.close()


@pytest.fixture
def stand_in():
    made = FrameWorker(program=(sys.executable, "-c", CHILD.format(root=str(ROOT))), patience_s=2.0)
    yield made
    made.close()


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split(") ")[1][0] != "Z"
    except OSError:
        return False


# ------------------------------------------------------------------------------------------------------ the real child


@pytest.mark.parametrize("kind", [".jpg", ".png"])
def test_finds_the_face_of_a_picture_in_pixels_with_its_light_and_sharpness(worker, face, kind):
    image, exact = face
    found = worker.detect("one", coded(image, kind))
    assert (found.width, found.height) == (320, 320)
    assert len(found.faces) == 1
    points = found.faces[0]
    assert (points.shape, points.dtype) == ((478, 3), np.float32)
    for side in Side:
        corner = mesh_regions(side).corner
        assert np.linalg.norm(points[corner, :2] - exact[corner, :2]) < 12
    assert np.all((found.cheek_luminance > 50) & (found.cheek_luminance < 250))
    assert found.sharpness > 3


def test_the_face_that_is_followed_comes_first(worker, face):
    both = np.full((320, 560, 3), 127, np.uint8)
    both[:, :320] = face[0]
    both[40:280, 320:] = cv2.resize(face[0], (240, 240))
    largest = [worker.detect("two", coded(both)) for _ in range(4)][-1]
    assert [round(float(points[:, 0].mean()) / 10) for points in largest.faces] == [16, 44]
    followed = worker.detect("two", coded(both), near=(440.0, 160.0))
    assert [round(float(points[:, 0].mean()) / 10) for points in followed.faces] == [44, 16]


def test_each_half_of_the_face_can_be_tracked_for_itself(worker, face):
    """A weak side must not borrow the movement of the other one: the points of the sides differ from the whole face's."""
    image, exact = face
    whole, halves = (
        worker.detect(name, coded(image), half_faces=name == "halves").faces[0] for name in ("w", "halves")
    )
    eye = mesh_regions(Side.RIGHT).upper_lid
    assert not np.array_equal(whole[list(eye)], halves[list(eye)])
    assert np.array_equal(whole[1], halves[1])  # the midline is the whole face's
    for side in Side:
        corner = mesh_regions(side).corner
        assert np.linalg.norm(halves[corner, :2] - exact[corner, :2]) < 12
    assert worker.detect("halves", coded(np.zeros((320, 320, 3), np.uint8)), half_faces=True).faces == ()


def test_a_photograph_is_looked_at_as_core_does_it(worker, face):
    image, exact = face
    points = worker.photo(coded(image, ".png"))
    assert np.array_equal(points, track_photo(image, tracker_factory()).points.astype(np.float32))
    corner = mesh_regions(Side.RIGHT).corner
    assert np.linalg.norm(points[corner, :2] - exact[corner, :2]) < 12
    with pytest.raises(NoFaceError, match="No face was found in the picture"):
        worker.photo(coded(np.zeros((64, 64, 3), np.uint8), ".png"))
    with pytest.raises(InputError, match="up to 8000 kB"):
        worker.photo(bytes(MOST_PHOTO_BYTES + 1))
    with pytest.raises(InputError, match="no JPEG or PNG"):
        worker.photo(b"no picture")


def test_without_a_face_there_is_nothing(worker):
    found = worker.detect("empty", coded(np.zeros((48, 64, 3), np.uint8)))
    assert (found.width, found.height, found.faces) == (64, 48, ())
    assert (found.cheek_luminance, found.sharpness) == (None, None)


@pytest.mark.parametrize(
    "bad", [b"", b"text", b"\xff\xd8", b"\xff\xd8\xff\xff\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(90)]
)
def test_what_is_no_picture_is_told_in_one_sentence_and_the_next_picture_is_taken(worker, face, bad):
    with pytest.raises(InputError, match=r"^This is no JPEG or PNG picture\.$"):
        worker.detect("one", bad)
    assert worker.detect("one", coded(face[0])).faces


def test_large_pictures_are_refused_before_they_are_decoded(worker):
    with pytest.raises(InputError, match="400 kB"):
        worker.detect("one", bytes(MOST_BYTES + 1))
    bomb = bytearray(coded(np.zeros((8, 8, 3), np.uint8), ".png"))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(InputError, match="60000 x 60000"):
        worker.detect("one", bytes(bomb))


def test_sessions_and_sizes_do_not_disturb_each_other(worker, face):
    """A tracker follows one video: pictures of another session, or of another size, must not move its landmarks."""
    near, small = coded(face[0]), coded(cv2.resize(face[0], (240, 240)))
    alone = [worker.detect("alone", near).faces[0] for _ in range(3)]
    mixed = []
    for _ in range(3):
        mixed.append(worker.detect("mixed", near).faces[0])
        assert len(worker.detect("other", small).faces) == 1
    assert np.array_equal(alone, mixed)
    assert worker.detect("mixed", small).width == 240
    worker.forget("mixed")
    assert np.array_equal(worker.detect("mixed", near).faces[0], alone[0])


def test_the_child_ends_with_the_server_even_when_that_is_killed(face, tmp_path):
    (tmp_path / "face.jpg").write_bytes(coded(face[0]))
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
            "from models.tracking.frames import FrameWorker\n"
            "worker = FrameWorker(); worker.start()\n"
            "print(worker._process.pid, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(server.stdout.readline())
    assert is_running(child)
    server.kill()
    server.wait()
    end = time.monotonic() + 20
    while is_running(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(child)


# ------------------------------------------------------------------------------------------- when the child misbehaves


def test_a_crashed_child_is_replaced_by_the_next_call(stand_in):
    first = stand_in.detect("a", b"123")
    assert first.height == 3
    with pytest.raises(UnavailableError, match="stopped unexpectedly"):
        stand_in.detect("crash", b"")
    second = stand_in.detect("a", b"")
    assert second.width != first.width
    os.kill(second.width, signal.SIGKILL)
    stand_in._process.wait(timeout=20)
    assert stand_in.detect("a", b"").width != second.width


def test_a_hanging_child_is_ended(stand_in):
    with pytest.raises(UnavailableError, match="stopped unexpectedly"):
        stand_in.detect("hang", b"")
    assert stand_in.detect("a", b"").faces == ()


def test_a_child_that_went_because_nobody_asked_is_not_missed(stand_in):
    for _ in range(2):
        assert stand_in.detect("idle", b"").faces == ()


def test_threads_get_their_own_answers(stand_in):
    with ThreadPoolExecutor(8) as pool:
        lengths = list(pool.map(lambda n: stand_in.detect("a", bytes(n)).height, range(200)))
    assert lengths == list(range(200))


def test_closed_for_good(stand_in):
    child = stand_in.detect("a", b"").width
    stand_in.close()
    stand_in.close()
    stand_in.forget("a")
    stand_in.start()
    assert not is_running(child)
    with pytest.raises(UnavailableError, match="closed"):
        stand_in.detect("a", b"")


# --------------------------------------------------------------------------------------------- the parts of the child


def test_the_least_recently_used_tracker_is_closed(monkeypatch):
    closed = []

    class Counting:
        def __init__(self, number):
            self.number = number

        def detect(self, _image, _time_s):
            return []

        def close(self):
            closed.append(self.number)

    made = iter(range(100))
    monkeypatch.setattr(frames_child, "_new_tracker", lambda _faces: Counting(next(made)))
    trackers, image = Trackers(1), np.zeros((4, 4, 3), np.uint8)
    for session in ("a", "b", "c", "d", "e", "f", "a", "g"):
        trackers.detect(session, image)
    assert closed == [1]
    trackers.forget("nobody")
    trackers.detect("a", np.zeros((4, 5, 3), np.uint8))
    assert closed == [1, 0]


def test_sizes_are_read_from_the_head_of_the_file():
    image = np.zeros((30, 50, 3), np.uint8)
    assert picture_size(coded(image, ".png")) == (50, 30)
    jpeg = coded(image)
    assert picture_size(jpeg) == (50, 30)
    assert picture_size(jpeg[:2] + b"\xff\xe1\x00\x06ABCD" + b"\xff" + jpeg[2:]) == (50, 30)


def test_colours_are_red_green_blue():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    assert decoded(coded(red, ".png"))[8, 8].tolist() == [255, 0, 0]
