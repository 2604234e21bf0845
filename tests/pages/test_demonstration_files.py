"""Demonstrations over their route: every expression has a loop and a still, and no other file can be had."""

import cv2
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_app import create_streamlit_middleware

from core.exam.protocol import Expression
from core.video.reader import FrameReader
from pages.components import demonstrations
from pages.components.demonstrations import FOLDER, demonstration_url, poster_url
from pages.components.server import app_options
from tests.asgi import get

LOOP_BYTES, STILL_BYTES, ALL_BYTES = 40_000, 12_000, 1_000_000


APP = Starlette(
    routes=[Route(demonstrations.ROUTE, demonstrations.serve_demonstration)], middleware=create_streamlit_middleware()
)


@pytest.mark.parametrize("expression", Expression)
def test_every_expression_has_a_loop_and_a_still(expression, tmp_path):
    status, headers, loop = get(APP, demonstration_url(expression))
    assert (status, headers["content-type"]) == (200, "video/mp4")
    assert headers["cache-control"].startswith("public, max-age=")
    assert len(loop) <= LOOP_BYTES
    (tmp_path / "loop.mp4").write_bytes(loop)
    reader = FrameReader(tmp_path / "loop.mp4")
    assert (reader.probe.codec, reader.probe.width, reader.probe.height) == ("h264", 320, 320)
    frames = [frame.image.astype(int) for frame in reader]
    assert 50 <= len(frames) <= 120
    assert np.abs(frames[-1] - frames[0]).mean() < 1.0, "the loop jumps"
    assert loop.index(b"moov") < loop.index(b"mdat"), "browsers would have to load it whole before they play it"

    status, headers, still = get(APP, poster_url(expression))
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    assert len(still) <= STILL_BYTES
    picture = cv2.imdecode(np.frombuffer(still, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)
    assert picture.shape == (320, 320, 3)
    assert min(np.abs(frame - picture).mean() for frame in frames) < 3.0, "the still is not of this loop"


def test_together_they_are_small():
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < ALL_BYTES


def test_no_file_is_left_over():
    assert {file.stem for file in FOLDER.iterdir()} == {expression.value for expression in Expression}


def test_parts_are_served():
    """Safari plays no video from a server that does not."""
    whole = get(APP, demonstration_url(Expression.EEE), accept_encoding="gzip")[2]
    status, headers, body = get(APP, demonstration_url(Expression.EEE), range="bytes=10-19", accept_encoding="gzip")
    assert (status, body) == (206, whole[10:20])
    assert headers["content-range"] == f"bytes 10-19/{len(whole)}"


@pytest.mark.parametrize(
    "name",
    ["", "eee", "EEE.mp4", "eee.mp4 ", "eee.mp4/", "eee.png", "nobody.mp4", "..", "../app.css", "..%2fapp.css", "%2e%2e%2fapp.css",
     "./eee.mp4", "../demonstrations/eee.mp4", "..\\app.css", "eee.mp4\0", "eee.mp4\0.jpg", "/etc/passwd", "%2fetc%2fpasswd"],
)  # fmt: skip
def test_other_names_get_404(name):
    """Even where no router and no middleware stops them."""
    app = Starlette(routes=[Route("/{name:path}", demonstrations.serve_demonstration)])
    status, headers, body = get(app, f"/{name}")
    assert (status, body) == (404, b"Not found")
    assert headers["cache-control"] == "no-store"


def test_the_app_has_the_route():
    assert demonstrations.serve_demonstration in [getattr(route, "endpoint", None) for route in app_options()["routes"]]
