"""The clips for the browser's camera: the number of a frame survives, and the phantom does what the recorder will ask."""

import io
import itertools

import av
import cv2
import numpy as np
import pytest

from core.exam.protocol import Expression
from core.phantom.camera import Camera
from core.phantom.condition import flaccid
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.exam import ExamScript
from core.phantom.motion import simulate
from core.video.reader import FrameReader
from core.video.writer import VideoWriter
from core.words import Side
from tests import fake_camera
from tests.drawn_phantom import portrait
from tests.fake_camera import BITS, CameraTimeline, draw_marker, read_marker, recorder_script, write_camera

NUMBERS = (0, 1, 2, 1023, 1365, 2730, 2**BITS - 1)
QUICK = (Expression.BROW_RAISE, Expression.EYES_GENTLE, Expression.SMILE_OPEN, Expression.EEE)


def busy(seed=0, width=640, height=480):
    """A picture that gives an encoder something to do."""
    noise = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 3) // 2 + 60


def marked(number, **size):
    image = busy(number, **size)
    draw_marker(image, number)
    return image


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("size", [(640, 480), (480, 480), (1280, 720), (480, 640)])
def test_marker_is_read_from_pictures_of_any_size(number, size):
    assert read_marker(marked(number, width=size[0], height=size[1])) == number


@pytest.mark.parametrize("quality", [30, 60, 90])
def test_marker_survives_jpeg(quality):
    for number in NUMBERS:
        data = cv2.imencode(".jpg", marked(number), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        assert read_marker(cv2.imdecode(data, cv2.IMREAD_COLOR)) == number


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.5])
def test_marker_survives_scaling(factor):
    for number in NUMBERS:
        scaled = cv2.resize(marked(number), None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        assert read_marker(scaled) == number


def test_marker_survives_h264(tmp_path):
    """As a browser would record it in a hurry."""
    path = tmp_path / "clip.mp4"
    still = busy()
    with VideoWriter(path, 640, 480, 30.0, preset="ultrafast", crf=36) as writer:
        for number in range(990, 1050):
            picture = still.copy()
            draw_marker(picture, number)
            writer.write(picture)
    assert [read_marker(frame.image) for frame in FrameReader(path)] == list(range(990, 1050))


def test_where_no_number_is_clear_none_is_read():
    assert read_marker(busy()) is None
    assert read_marker(np.zeros((480, 640, 3), np.uint8)) is None
    two_at_once = marked(1000).astype(int) + marked(1001).astype(int)
    assert read_marker((two_at_once // 2).astype(np.uint8)) is None
    assert read_marker(255 - marked(1000)) is None, "the negative has the wrong parity"


def test_numbers_that_do_not_fit_are_refused():
    for number in (-1, 2**BITS):
        with pytest.raises(ValueError, match="number must be"):
            draw_marker(busy(), number)


def test_script_follows_the_recorder():
    script = recorder_script(QUICK, lead_s=12.0)
    assert [cue.expression for cue in script.cues] == list(QUICK)
    for i, cue in enumerate(script.cues):
        asked = 12.0 + 4.0 + i * 9.0 + 3.0
        assert cue.start_s == pytest.approx(asked)
        assert cue.onset_s == pytest.approx(asked + 0.3)
        assert 0.3 <= cue.end_s - (asked + 4.0) <= 0.7
    assert script.duration_s > script.cues[-1].end_s + 5.0
    assert any(blink.start_s < 12.0 for blink in script.blinks)


def test_face_moves_only_between_cue_and_relaxation():
    script = recorder_script([Expression.BROW_RAISE, Expression.EEE], lead_s=2.0)
    motion = simulate(portrait().shape_mm, flaccid(Side.RIGHT, 0.9), script, 15.0, sway=0.0)
    timeline = CameraTimeline(len(motion.times), 15.0, script)
    below_eyes = [57, 61, 181, 287, 291, 405, 105, 334]
    moved = np.abs(motion.shape_mm[:, below_eyes] - motion.shape_mm[0, below_eyes]).max(axis=(1, 2)) > 0.3
    asked = np.zeros(len(moved), bool)
    for movement in timeline.movements:
        asked |= (motion.times >= movement.start_s) & (motion.times <= movement.end_s)
    assert moved.sum() > 100
    assert not moved[~asked].any()
    assert timeline.seconds(timeline.number(5.0)) == pytest.approx(5.0)


@pytest.fixture
def drawn_once(monkeypatch):
    """Clips show the small phantom that other tests have drawn already."""
    from core.phantom.drawing import portrait as drawing

    monkeypatch.setattr(drawing, "draw_portrait", lambda *_: portrait())


def written(path, **options):
    script = ExamScript((), (), 1.0)
    return write_camera(path, script, flaccid(Side.RIGHT, 0.9), IDENTITIES[0], width=320, height=240, **options)


@pytest.mark.usefixtures("drawn_once")
@pytest.mark.parametrize(("fps", "repeats"), [(15, 2), (10, 3)])
def test_mjpeg_has_30_frames_a_second_with_a_number_each(tmp_path, fps, repeats):
    path = tmp_path / "camera.mjpeg"
    timeline = written(path, fps=fps)
    assert (timeline.frames, timeline.fps) == (30, 30.0)
    with av.open(io.BytesIO(path.read_bytes()), format="mjpeg") as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert [read_marker(picture) for picture in pictures] == list(range(30))
    below_marker = [picture[40:].astype(int) for picture in pictures]
    same = [bool(np.abs(a - b).max() < 30) for a, b in itertools.pairwise(below_marker)]
    assert same[0]
    assert np.abs(below_marker[0] - below_marker[repeats]).mean() > np.abs(below_marker[0] - below_marker[1]).mean()


@pytest.mark.usefixtures("drawn_once")
def test_y4m_keeps_its_rate(tmp_path):
    path = tmp_path / "camera.y4m"
    timeline = written(path, fps=15)
    assert (timeline.frames, timeline.fps) == (15, 15.0)
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == 15
        numbers = [read_marker(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    assert numbers == list(range(15))


def test_marker_is_far_from_the_face():
    """A tracker must not meet it."""
    for width, height in ((640, 480), (480, 360), (1280, 720)):
        image = np.full((height, width, 3), 128, np.uint8)
        draw_marker(image, 0)
        rows, columns = np.nonzero((image != 128).any(axis=2))
        camera = Camera(width, height)
        still = np.zeros(3)
        face = camera.project(portrait().shape_mm, still, still, still)
        assert columns.max() < face[:, 0].min() - 0.1 * width
        assert rows.max() < face[:, 1].min()


@pytest.mark.parametrize(
    ("name", "fps", "message"), [("camera.mp4", 15, "path must end"), ("camera.mjpeg", 20, "must divide 30")]
)
def test_what_chromium_cannot_play_is_refused(tmp_path, name, fps, message):
    with pytest.raises(ValueError, match=message):
        written(tmp_path / name, fps=fps)


def test_page_and_tests_read_the_same_layout():
    for constant in (BITS, fake_camera._CELLS_IN_SMALLER_SIDE, fake_camera._MARGIN_CELLS):
        assert str(constant) in fake_camera.READ_MARKER
