"""Segment files: what a clinician's program writes is read, anything else gets one sentence that says where it is wrong."""

import json

import pytest

from core.errors import InputError
from core.exam.protocol import Expression
from core.exam.segments import Segment, read_segments, write_segments


def test_the_documented_form_is_read_in_time_order(tmp_path):
    file = tmp_path / "segments.json"
    file.write_text(
        '{"segments": [{"expression": "smile_open", "start_s": 12.4, "end_s": 17.0},'
        ' {"expression": "brow_raise", "start_s": 2, "end_s": 5}]}'
    )
    segments = read_segments(file)
    assert [s.expression for s in segments] == [Expression.BROW_RAISE, Expression.SMILE_OPEN]
    assert segments[1].duration_s == pytest.approx(4.6)


def test_what_is_written_is_read(tmp_path):
    segments = [Segment(expression="pucker", start_s=1, end_s=2.5, source="clinician")]
    write_segments(tmp_path / "s.json", segments)
    assert read_segments(tmp_path / "s.json") == segments


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no json", "cannot be read as JSON"),
        ("{}", "wrong at segments"),
        (json.dumps({"segments": [{"expression": "wink", "start_s": 1, "end_s": 2}]}), "segments.0.expression"),
        (
            json.dumps({"segments": [{"expression": "pucker", "start_s": 3, "end_s": 2}]}),
            "end_s must lie after start_s",
        ),
        (json.dumps({"segments": [{"expression": "pucker", "start_s": -1, "end_s": 2}]}), "segments.0.start_s"),
    ],
)
def test_mistakes_are_named(tmp_path, content, words):
    file = tmp_path / "s.json"
    file.write_text(content)
    with pytest.raises(InputError, match=r"s\.json") as caught:
        read_segments(file)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_no_traceback(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_segments(tmp_path / "none.json")
