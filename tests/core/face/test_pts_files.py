"""The .pts form of iBUG, 1-based; manifests that lie, lead elsewhere or are too large are refused in words."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from core.annotated_frame import AnnotatedFrame, PlacedBy
from core.errors import InputError
from core.face.pts_files import (
    MANIFEST,
    MOST_PTS_BYTES,
    NamedFrame,
    format_pts,
    frame_names,
    manifest_of,
    parse_pts,
    read_frames,
)

MADE = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)


def annotated(index=7, annotator="A", shift=0.0):
    points = np.random.default_rng(index).uniform(10, 90, (68, 2)) + shift
    visible = np.arange(68) % 9 != 0
    return AnnotatedFrame(
        index, index / 30, "ab" * 32, 160, 120, annotator, points, visible, PlacedBy("t", "1", "cd" * 32)
    )


def folder_of(frames):
    """Contents of a folder by name."""
    named = [NamedFrame(name, frame, 2, MADE) for name, frame in zip(frame_names(frames), frames, strict=True)]
    files = {f"{entry.name}.pts": format_pts(entry.frame.points).encode() for entry in named}
    files[MANIFEST] = manifest_of(named, patient="p1", recording="r1").model_dump_json().encode()
    return files


def reader(files):
    return lambda name, most: None if name not in files else files[name][: most + 1]


def changed_manifest(change):
    files = folder_of([annotated()])
    manifest = json.loads(files[MANIFEST])
    change(manifest)
    files[MANIFEST] = json.dumps(manifest).encode()
    return files


def test_the_first_pixel_is_one_one_in_the_file():
    points = np.zeros((68, 2))
    points[1] = (10.25, 20.5)
    lines = format_pts(points).splitlines()
    assert lines[:5] == ["version: 1", "n_points: 68", "{", "1.000 1.000", "11.250 21.500"]
    assert (lines[-1], len(lines)) == ("}", 68 + 4)


def test_points_come_back_to_half_a_thousandth_of_a_pixel():
    points = np.random.default_rng(0).uniform(-5, 4000, (68, 2))
    assert np.abs(parse_pts(format_pts(points)) - points).max() <= 0.00051


def test_files_of_other_tools_are_read():
    """Menpo writes more digits and Windows line ends; 300-W has two blanks after the colon."""
    body = "\r\n".join(f"{i + 1.123456789} {2 * i + 1e0:.9f}" for i in range(68))
    points = parse_pts(f"version: 1\r\nn_points:  68\r\n{{\r\n{body}\r\n}}")
    assert points[3] == pytest.approx((3.123456789, 6.0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a .pts file"),
        ("version: 2\nn_points: 68\n{\n}", "not a .pts file"),
        ("version: 1\nn_points: 5\n{\n1 1\n}", "68 points are needed, the .pts file has 5"),
        ("version: 1\nn_points: 68\n{\n1 1\n}", "does not hold 68 points"),
        ("version: 1\nn_points: 68\n{\n" + "1 nan\n" * 68 + "}", "does not hold 68 points"),
        ("version: 1\nn_points: 68\n{\n" + "1 1e999\n" * 68 + "}", "does not hold 68 points"),
        ("version: 1\nn_points: 68\n{\n" + "1 x\n" * 68 + "}", "no number"),
        ("<html>", "not a .pts file"),
    ],
)
def test_other_files_are_refused_in_words(text, words):
    with pytest.raises(InputError, match=words):
        parse_pts(text)


def test_a_folder_comes_back_as_it_was():
    frames = [annotated(7, "Zoë"), annotated(9, "Zoë"), annotated(7, "Abel")]
    files = folder_of(frames)
    assert sorted(files) == [
        "annotator_1/frame_000007.pts",
        "annotator_2/frame_000007.pts",
        "annotator_2/frame_000009.pts",
        "manifest.json",
    ]
    back = read_frames(reader(files))
    assert [(n.frame.index, n.frame.annotator, n.version, n.created_at) for n in back] == [
        (frame.index, frame.annotator, 2, MADE) for frame in frames
    ]
    for named, frame in zip(back, frames, strict=True):
        assert named.frame.same_as(frame)
        assert named.frame.tracker == frame.tracker
        assert (named.frame.time_s, named.frame.width, named.frame.height) == (frame.time_s, 160, 120)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.pts",
        "/etc/passwd.pts",
        "a/../../b.pts",
        "a\\b.pts",
        "C:b.pts",
        "a/b/c.pts",
        "a.txt",
        "a\n.pts",
        ".pts",
        "x" * 200 + ".pts",
    ],
)
@pytest.mark.parametrize("field", ["pts", "image"])
def test_no_name_leads_out_of_the_folder(name, field):
    asked = []

    def read(wanted, _most):
        asked.append(wanted)
        return files.get(wanted)

    files = changed_manifest(lambda manifest: manifest["items"][0].update({field: name}))
    with pytest.raises(InputError, match=f"items.0.{field} is not as it should be"):
        read_frames(read)
    assert asked == [MANIFEST]


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(format="other"),
        lambda m: m.update(format_version=2),
        lambda m: m.update(script="x"),
        lambda m: m["items"][0].update(visible=[True] * 67),
        lambda m: m["items"][0].update(frame_sha256="0"),
        lambda m: m["items"][0].update(frame_index=-1),
        lambda m: m["items"][0].update(frame_time_s="NaN"),
        lambda m: m["items"][0].update(width=0),
        lambda m: m["items"][0].update(annotator=""),
        lambda m: m.update(items="many"),
    ],
)
def test_a_manifest_that_is_not_as_it_should_be_is_refused(change):
    with pytest.raises(InputError, match="manifest cannot be used"):
        read_frames(reader(changed_manifest(change)))


def test_what_is_missing_doubled_or_too_large_is_told():
    with pytest.raises(InputError, match="no manifest"):
        read_frames(reader({}))
    files = folder_of([annotated()])
    del files["annotator_1/frame_000007.pts"]
    with pytest.raises(InputError, match=r"annotator_1/frame_000007\.pts is missing"):
        read_frames(reader(files))
    files["annotator_1/frame_000007.pts"] = b"x" * (MOST_PTS_BYTES + 1)
    with pytest.raises(InputError, match="too large"):
        read_frames(reader(files))
    doubled = changed_manifest(lambda m: m["items"].append(m["items"][0]))
    with pytest.raises(InputError, match="twice"):
        read_frames(reader(doubled))


def test_points_far_outside_the_picture_are_refused():
    files = folder_of([annotated()])
    files["annotator_1/frame_000007.pts"] = format_pts(annotated().points + 1000).encode()
    with pytest.raises(InputError, match="far outside the picture"):
        read_frames(reader(files))
    files["annotator_1/frame_000007.pts"] = b"nonsense"
    with pytest.raises(InputError, match=r"frame_000007\.pts: This is not a \.pts file"):
        read_frames(reader(files))
