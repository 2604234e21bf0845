"""The manifest of landmark training: what is read, and one sentence for what cannot be."""

import json
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from core.annotated_frame import AnnotatedFrame
from core.errors import InputError
from core.face.pts_files import NamedFrame, format_pts, frame_names, manifest_of
from core.words import Side
from models.landmarks.manifest import read_manifest, write_manifest
from models.landmarks.splitting import Split, split_patients
from tests.landmark_samples import face_points, picture_of, small_manifest


@pytest.fixture
def folder(tmp_path):
    small_manifest(tmp_path / "data", patients=2, pictures=1)
    return tmp_path / "data"


def changed(folder, **values):
    """Change the first item of the manifest; None as ``...`` takes the key away."""
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for key, value in values.items():
        if value is ...:
            del content["items"][0][key]
        else:
            content["items"][0][key] = value
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def test_what_was_written_is_read(folder):
    first = read_manifest(folder)[0]
    assert (first.patient, first.severity, first.side) == ("P0", "mild", Side.LEFT)
    assert first.points.shape == (68, 2)
    assert first.picture().shape == (160, 160, 3)
    assert [item.image for item in read_manifest(folder / "manifest.json")] == [
        folder / "p0-0.png",
        folder / "p1-0.png",
    ]


def test_pts_files_count_from_one(folder):
    """A point on the first pixel is 1, 1 in the file and 0, 0 here."""
    lines = ["version: 1", "n_points: 68", "{", *["1 1"] * 30, *["11 21"] * 38, "}"]
    (folder / "p0-0.pts").write_text("\n".join(lines), encoding="utf-8")
    points = read_manifest(folder)[0].points
    assert np.array_equal(points[0], [0, 0])
    assert np.array_equal(points[-1], [10, 20])


def test_the_apps_export_of_corrected_points(tmp_path):
    """Its folder has a folder an annotator, and more in its manifest than is needed here."""
    points = face_points()
    frame = AnnotatedFrame(
        index=12,
        time_s=0.4,
        sha256="0" * 64,
        width=160,
        height=160,
        annotator="Dr A",
        points=points,
        visible=np.ones(68, bool),
    )
    name = frame_names([frame])[0]
    manifest = manifest_of(
        [NamedFrame(name, frame, 1, datetime(2026, 11, 1, tzinfo=UTC))], patient="a1", recording="r1", side=Side.LEFT
    )
    (tmp_path / name).parent.mkdir()
    (tmp_path / f"{name}.pts").write_text(format_pts(points), encoding="utf-8")
    cv2.imwrite(str(tmp_path / f"{name}.png"), picture_of(points))
    (tmp_path / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    item = read_manifest(tmp_path)[0]
    assert (item.patient, item.severity, item.side) == ("a1", None, Side.LEFT)
    assert np.allclose(item.points, points, atol=1e-3)


def test_two_annotators_of_one_picture_are_one_item(folder):
    """Their mean, and a point that one of them could only guess is where the other saw it."""
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    first, stranger = content["items"]
    base = read_manifest(folder)[0].points
    (folder / "other.pts").write_text(format_pts(base + 2.0), encoding="utf-8")
    hidden = [number != 30 for number in range(68)]
    same = {**first, "frame_sha256": "a" * 64}
    content["items"] = [
        {**same, "visible": hidden},
        {**same, "pts": "other.pts"},
        {**stranger, "frame_sha256": "a" * 64},
    ]
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    joined, other_patient = read_manifest(folder)
    assert other_patient.patient == "P1"
    assert np.allclose(joined.points[0], base[0] + 1.0, atol=1e-3)
    assert np.allclose(joined.points[30], base[30] + 2.0, atol=1e-3)
    assert joined.visible.all()


def test_what_was_guessed_stays_guessed(folder):
    changed(folder, visible=[number != 8 for number in range(68)])
    item = read_manifest(folder)[0]
    assert np.flatnonzero(~item.visible).tolist() == [8]
    copy = write_manifest(folder, [item])
    assert np.array_equal(read_manifest(copy)[0].visible, item.visible)


def test_severity_and_side_may_be_unknown(folder):
    changed(folder, severity=None, side=None)
    assert read_manifest(folder)[0].severity is None
    changed(folder, severity=..., side=...)
    assert read_manifest(folder)[0].side is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"patient": ...}, "patient"),
        ({"patient": " "}, "patient"),
        ({"image": ...}, "image"),
        ({"image": "gone.png"}, "gone.png"),
        ({"image": "../../data/p0-0.png"}, "not there|outside"),
        ({"pts": "../../../etc/passwd"}, "outside"),
        ({"pts": "p0-0.png"}, "cannot be used"),
        ({"side": "links"}, "side"),
        ({"severity": 3}, "severity"),
        ({"visible": [True] * 67}, "visible"),
        ({"visible": [1] * 68}, "visible"),
        ({"visible": [False] * 68}, "no visible point"),
    ],
)
def test_what_is_wrong_with_an_item_is_one_sentence(folder, values, words):
    changed(folder, **values)
    with pytest.raises(InputError, match=words):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"items": []}', '{"items": [3]}', "[" * 100_000])
def test_what_is_no_manifest(folder, text):
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="manifest"):
        read_manifest(folder)


def test_points_in_one_place_are_no_face(folder):
    (folder / "p0-0.pts").write_text("version: 1\nn_points: 68\n{\n" + "1 1\n" * 68 + "}\n", encoding="utf-8")
    with pytest.raises(InputError, match="one place"):
        read_manifest(folder)


@pytest.mark.parametrize("points", ["1 1\n" * 67, "1 1\n" * 67 + "1 nan\n", "a b\n" * 68])
def test_points_files_that_cannot_be_used(folder, points):
    (folder / "p0-0.pts").write_text(f"version: 1\nn_points: 68\n{{\n{points}}}\n", encoding="utf-8")
    with pytest.raises(InputError, match="points file"):
        read_manifest(folder)


class TestSplit:
    NAMES = tuple(f"P{i:02}" for i in range(20))

    def test_nobody_is_in_two_parts_and_nobody_is_lost(self):
        split = split_patients(self.NAMES * 7, seed=1)
        assert split.train | split.validation | split.test == set(self.NAMES)
        assert len(split.train) + len(split.validation) + len(split.test) == 20
        assert (len(split.validation), len(split.test)) == (3, 4)

    def test_the_seed_decides_and_the_order_does_not(self):
        assert split_patients(self.NAMES, 1) == split_patients(reversed(self.NAMES), 1)
        assert split_patients(self.NAMES, 1) != split_patients(self.NAMES, 2)

    def test_three_are_the_fewest(self):
        assert len(split_patients(self.NAMES[:3], 0).train) == 1
        with pytest.raises(InputError, match="at least 3 patients"):
            split_patients(self.NAMES[:2], 0)

    def test_all_pictures_of_a_patient_go_together(self, tmp_path):
        items = read_manifest(small_manifest(tmp_path, patients=5, pictures=3))
        split = split_patients((item.patient for item in items), 4)
        parts = [split.items(part, items) for part in ("train", "validation", "test")]
        assert sum(len(part) for part in parts) == 15
        assert all(len(part) % 3 == 0 for part in parts)

    def test_a_patient_in_two_parts_is_an_error(self):
        with pytest.raises(ValueError, match="one part"):
            Split(frozenset("ab"), frozenset("b"), frozenset("c"))
