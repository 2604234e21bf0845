"""Uploads: on the disk first, then looked at, then entered, or refused without a trace."""

import io
import json

import pytest
from PIL import Image

from core.errors import InputError, VideoError
from core.exam.file_names import expression_in_name
from core.exam.protocol import Expression
from core.exam.single_clip import single_clip_segments
from core.records.intake import preview_jpeg, segments_from_upload, take_in
from core.video.limits import VideoLimits
from tests.record_samples import write_clip


def test_a_video_is_entered_with_its_facts_and_waits_for_confirmation(store, visit, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4")
    with clip.open("rb") as stream:
        made = take_in(store, visit.id, stream, "Smile.mp4", VideoLimits())
    assert not made.confirmed
    assert (made.facts["width"], made.facts["height"], made.facts["codec"]) == (160, 120, "h264")
    assert made.duration_s == pytest.approx(1.5, abs=0.06)
    assert made.fps == pytest.approx(20, abs=0.5)
    assert store.recording_path(made).read_bytes() == clip.read_bytes()


def test_the_same_video_twice_in_a_visit_is_refused(store, patient, visit, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4")
    take_in(store, visit.id, clip, "a.mp4", VideoLimits())
    with pytest.raises(VideoError, match="in this visit already"):
        take_in(store, visit.id, clip, "b.mp4", VideoLimits())
    other = store.create_visit(patient.id, visit.day)
    assert take_in(store, other.id, clip, "a.mp4", VideoLimits())
    assert not list(store.files.incoming.iterdir())


@pytest.mark.parametrize(
    ("content", "limits"),
    [
        (b"hello, I am a text", VideoLimits()),
        (b"", VideoLimits()),
        (None, VideoLimits(max_duration_s=1.0)),
        (None, VideoLimits(max_side_px=100)),
        (None, VideoLimits(min_duration_s=5.0)),
    ],
)
def test_what_is_no_usable_video_is_refused_and_leaves_nothing(store, visit, tmp_path, content, limits):
    content = write_clip(tmp_path / "clip.mp4").read_bytes() if content is None else content
    with pytest.raises(VideoError) as caught:
        take_in(store, visit.id, io.BytesIO(content), "x.mp4", limits)
    assert "\n" not in str(caught.value)
    assert store.recordings(visit.id) == []
    assert not [path for path in store.files.root.rglob("*") if path.is_file() and path.suffix != ".sqlite3"]


def test_preview_shows_the_video_as_it_was_recorded(store, visit, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4")
    made = take_in(store, visit.id, clip, "x.mp4", VideoLimits())
    picture = Image.open(io.BytesIO(preview_jpeg(store, made))).convert("L")
    assert picture.size == (160, 120)
    assert picture.getpixel((20, 60)) < 60 < 180 < picture.getpixel((140, 60))
    store.recording_path(made).unlink()
    assert preview_jpeg(store, made)  # kept beside the recording


def segments_file(*segments):
    content = {"segments": [dict(zip(("expression", "start_s", "end_s"), s, strict=True)) for s in segments]}
    return io.BytesIO(json.dumps(content).encode())


def test_segments_file_is_read(store):
    found = segments_from_upload(store, segments_file(("snarl", 4, 6), ("pucker", 1, 3)), "s.json", 6.2)
    assert [segment.expression for segment in found] == [Expression.PUCKER, Expression.SNARL]
    assert not list(store.files.incoming.iterdir())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (io.BytesIO(b"no json"), "“my s.json” cannot be read"),
        (segments_file(("dance", 1, 2)), "is wrong at"),
        (segments_file(("snarl", 3, 2)), "is wrong at"),
        (segments_file(), "no segment"),
        (segments_file(("snarl", 1, 9)), "go on to 9.0 s"),
    ],
)
def test_wrong_segments_files_are_told_in_one_sentence(store, content, words):
    with pytest.raises(InputError, match=words):
        segments_from_upload(store, content, "my s.json", 6.2)


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("03_smile_open.mp4", Expression.SMILE_OPEN),
        ("Closed smile 2.MOV", Expression.SMILE_CLOSED),
        ("smile.mp4", Expression.SMILE_OPEN),
        ("brow-raise.webm", Expression.BROW_RAISE),
        ("eyes_tight.mp4", Expression.EYES_TIGHT),
        ("at rest.mp4", Expression.REST),
        ("IMG_0042.mp4", None),
        ("forest walk.mp4", None),
        ("exam.mp4", None),
    ],
)
def test_expression_in_a_file_name(name, expression):
    assert expression_in_name(name) == expression


def test_every_expression_is_found_by_its_own_id():
    assert {e: expression_in_name(f"{e.value}.mp4") for e in Expression} == {e: e for e in Expression}


def test_clip_of_one_expression_begins_with_rest():
    rest, smile = single_clip_segments(Expression.SMILE_OPEN, 8.0)
    assert (rest.expression, rest.start_s, rest.end_s) == (Expression.REST, 0.0, 1.0)
    assert (smile.expression, smile.start_s, smile.end_s) == (Expression.SMILE_OPEN, 1.0, 8.0)
    assert single_clip_segments(Expression.SMILE_OPEN, 2.0)[0].end_s == pytest.approx(0.4)
    assert [s.expression for s in single_clip_segments(Expression.REST, 5.0)] == [Expression.REST]
    with pytest.raises(ValueError, match="duration_s"):
        single_clip_segments(Expression.SNARL, 0.0)
