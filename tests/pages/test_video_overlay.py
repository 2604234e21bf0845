"""What the player gets, as its JavaScript reads it, and that this JavaScript is one."""

import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from core.charts.overlay import drawn_landmarks, packed_points
from core.charts.style import SIDE_COLOURS
from core.words import Side
from pages.components.media import VideoSource
from pages.components.video_overlay import BYTES_A_FRAME, packed, packed_track, player_header
from tests.exam_samples import short_exam

COMPONENTS = Path(__file__).parents[2] / "pages" / "components"
CODE = "\n".join(
    (COMPONENTS / name).read_text(encoding="utf-8") for name in ("landmark_contours.js", "video_overlay.js")
)


def header_of(flip=False):
    exam = short_exam()
    return player_header(VideoSource("/v/x", flip), exam.result, frames=len(exam.track.times), version="1")


@pytest.mark.parametrize("extra", range(8))
def test_times_and_landmarks_come_out_aligned_whatever_the_length_of_the_header(extra):
    track = short_exam().track
    header = {**header_of(), "name": "ü" * extra}
    data = packed(header, packed_track(track))
    [length] = struct.unpack_from("<I", data)
    assert json.loads(data[4 : 4 + length]) == header
    start = -(-(4 + length) // 8) * 8
    frames, points = header["frames"], header["points"]
    assert np.array_equal(np.frombuffer(data, "<f8", frames, start), track.times)
    landmarks = np.frombuffer(data, "<i2", frames * points * 2, start + 8 * frames)
    assert np.array_equal(landmarks.reshape(frames, points, 2), packed_points(track))
    assert len(data) == start + frames * BYTES_A_FRAME


def test_header_names_sides_segments_and_key_pictures():
    header, result = header_of(flip=True), short_exam().result
    assert header["flip"] is True
    assert header["points"] == len(drawn_landmarks())
    assert {side: header["colours"][side] for side in Side} == SIDE_COLOURS
    assert header["labels"] == {"right": "patient's right", "left": "patient's left"}
    assert [(s["start_s"], s["end_s"]) for s in header["segments"]] == [(s.start_s, s.end_s) for s in result.segments]
    assert [key["name"] for key in header["keys"]] == ["Brow raise", "Open smile"]
    assert header["keys"][1]["text"].startswith("right 4.0 mm · left 10 mm")


def test_version_follows_the_address_so_that_a_new_token_is_used():
    exam = short_exam()
    one, other = (player_header(VideoSource(url, False), exam.result, frames=1, version="1") for url in ("/a", "/b"))
    assert one["version"] != other["version"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed (on Debian: apt-get install nodejs)")
def test_javascript_parses():
    checked = subprocess.run(
        ["node", "--check", "--input-type=module"],
        input=CODE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_javascript_writes_no_html():
    """Texts go into the page as texts: names of expressions today, who knows what tomorrow (reliability T6)."""
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in CODE
