"""Corrected landmarks leave as pictures and .pts files and come back as they were; foreign and hostile files do not."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.annotated_frame import picture_sha256
from core.errors import HemifaceError, InputError
from core.face.pts_files import parse_pts
from core.records.frame_pictures import frame_picture, keep_pictures
from core.records.landmark_files import carry_out, export_landmarks, plan_import
from core.video.limits import DEFAULT_LIMITS
from core.video.reader import FrameReader
from core.words import AffectedSide, Side
from models.landmarks.manifest import read_manifest
from tests.correction_samples import annotated_frame, write_numbered_clip


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    return write_numbered_clip(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture
def recording(store, visit, film):
    return store.add_recording(visit.id, film, "film.mp4")


@pytest.fixture
def corrected(store, recording):
    """Two annotators on picture 4, one of them on picture 9, too."""
    for index, annotator in ((4, "Zoë"), (4, "Abel"), (9, "Zoë")):
        sha256 = picture_sha256(frame_picture(store, recording, index, DEFAULT_LIMITS))
        store.save_landmarks(recording.id, annotated_frame(index, annotator, sha256))
    return recording


def rezipped(content, change):
    """The same zip file with its files, a dictionary, changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return io.BytesIO(stream.getvalue())


def test_a_kept_picture_is_the_one_that_an_analysis_sees(store, recording):
    frames = list(FrameReader(store.recording_path(recording)))
    image = frame_picture(store, recording, 7, DEFAULT_LIMITS)
    assert np.array_equal(image, frames[7].image)
    kept = store.derived_path(recording, "picture_000007.png")
    written = kept.stat().st_mtime_ns
    keep_pictures(store, recording, [7], DEFAULT_LIMITS)
    assert kept.stat().st_mtime_ns == written
    with pytest.raises(HemifaceError, match="no picture number 1000"):
        frame_picture(store, recording, 999, DEFAULT_LIMITS)
    store.delete_recording(recording.id)
    assert not kept.exists()


def test_a_turned_recording_has_other_pictures(store, recording):
    before = frame_picture(store, recording, 3, DEFAULT_LIMITS)
    turned = store.update_recording(
        recording.id, kind=recording.kind, expression=None, mirrored=True,
        affected_side=recording.affected_side, confirmed=True,
    )  # fmt: skip
    assert np.array_equal(frame_picture(store, turned, 3, DEFAULT_LIMITS), before[:, ::-1])


def test_the_folder_has_pairs_of_picture_and_points_and_no_name_of_a_patient(store, corrected):
    content = export_landmarks(store, corrected, DEFAULT_LIMITS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == [
            "annotator_1/frame_000004.png",
            "annotator_1/frame_000004.pts",
            "annotator_2/frame_000004.png",
            "annotator_2/frame_000004.pts",
            "annotator_2/frame_000009.png",
            "annotator_2/frame_000009.pts",
            "manifest.json",
        ]
        manifest = json.loads(archive.read("manifest.json"))
        image = np.asarray(Image.open(io.BytesIO(archive.read("annotator_2/frame_000009.png"))))
        points = parse_pts(archive.read("annotator_2/frame_000009.pts").decode())
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert np.array_equal(image, frame_picture(store, corrected, 9, DEFAULT_LIMITS))
    assert np.abs(points - annotated_frame(9).points).max() < 0.002
    first = manifest["items"][0]
    assert (first["patient"], manifest["recording"]) == (corrected.patient_id, corrected.id)
    assert (first["annotator"], first["frame_index"], first["version"]) == ("Abel", 4, 1)
    assert first["visible"] == [False] + [True] * 67
    assert first["tracker"] == {"name": "synthetic", "version": "1", "weights_sha256": "0" * 64}
    assert "Müller".encode() not in everything
    assert export_landmarks(store, corrected, DEFAULT_LIMITS) == content


def test_the_training_of_landmark_networks_reads_the_folder(store, corrected, tmp_path):
    store.update_recording(
        corrected.id, kind=corrected.kind, expression=None, mirrored=False,
        affected_side=AffectedSide.LEFT, confirmed=True,
    )  # fmt: skip
    recording = store.recording(corrected.id)
    with zipfile.ZipFile(io.BytesIO(export_landmarks(store, recording, DEFAULT_LIMITS))) as archive:
        archive.extractall(tmp_path)
    items = read_manifest(tmp_path)
    # Two pictures: what two annotators say of one is joined.
    assert [item.patient for item in items] == [recording.patient_id] * 2
    assert {item.side for item in items} == {Side.LEFT}
    assert np.abs(items[0].points - annotated_frame(4).points).max() < 0.002
    assert np.array_equal(items[0].picture(), frame_picture(store, recording, 4, DEFAULT_LIMITS))


def test_without_corrections_there_is_nothing_to_export(store, recording):
    with pytest.raises(InputError, match="were corrected yet"):
        export_landmarks(store, recording, DEFAULT_LIMITS)


def test_import_into_another_copy_of_the_video_and_again(store, visit, corrected, film):
    content = io.BytesIO(export_landmarks(store, corrected, DEFAULT_LIMITS))
    again = store.create_visit(corrected.patient_id, visit.day)
    other = store.add_recording(again.id, film, "copy.mp4")
    plan = plan_import(store, other, content, DEFAULT_LIMITS)
    assert (len(plan.new), plan.known, plan.refused) == (3, [], [])
    assert store.landmark_sets(other.id) == []  # a dry run changes nothing
    carry_out(store, other, plan)
    pairs = zip(store.landmark_sets(corrected.id), store.landmark_sets(other.id), strict=True)
    for one, two in pairs:
        assert one.frame.same_as(two.frame)
        assert (one.frame.annotator, one.frame.tracker) == (two.frame.annotator, two.frame.tracker)
    plan = plan_import(store, other, content, DEFAULT_LIMITS)
    assert (plan.new, len(plan.known), plan.refused) == ([], 3, [])
    assert store.audit_events(other.id)[0].details["source"] == "import"


def test_points_changed_by_another_tool_become_a_new_version(store, corrected):
    def move(files):
        name = "annotator_1/frame_000004.pts"
        points = parse_pts(files[name].decode()) + 1.0 + 2.0
        lines = "\n".join(f"{x} {y}" for x, y in points)
        files[name] = f"version: 1\nn_points: 68\n{{\n{lines}\n}}".encode()

    changed = rezipped(export_landmarks(store, corrected, DEFAULT_LIMITS), move)
    plan = plan_import(store, corrected, changed, DEFAULT_LIMITS)
    assert [(frame.annotator, frame.index) for frame in plan.new] == [("Abel", 4)]
    [saved] = carry_out(store, corrected, plan)
    assert saved.version == 2
    assert saved.frame.points == pytest.approx(annotated_frame(4).points + 2, abs=0.002)


def test_a_folder_that_was_zipped_as_a_whole_and_a_folder_itself(store, corrected, tmp_path):
    content = export_landmarks(store, corrected, DEFAULT_LIMITS)

    def put_under(files):
        for name in list(files):
            files[f"landmarks/{name}"] = files.pop(name)

    assert len(plan_import(store, corrected, rezipped(content, put_under), DEFAULT_LIMITS).known) == 3
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "folder")
    assert len(plan_import(store, corrected, tmp_path / "folder", DEFAULT_LIMITS).known) == 3
    secret = tmp_path / "secret.pts"
    points = tmp_path / "folder" / "annotator_1" / "frame_000004.pts"
    points.replace(secret)
    points.symlink_to(secret)
    with pytest.raises(InputError, match="is missing"):
        plan_import(store, corrected, tmp_path / "folder", DEFAULT_LIMITS)


def test_points_of_another_picture_are_refused_one_by_one(store, corrected):
    def lie(files):
        manifest = json.loads(files["manifest.json"])
        manifest["items"][0]["frame_index"] = 5
        manifest["items"][1]["frame_index"] = 4000
        files["manifest.json"] = json.dumps(manifest).encode()

    plan = plan_import(
        store, corrected, rezipped(export_landmarks(store, corrected, DEFAULT_LIMITS), lie), DEFAULT_LIMITS
    )
    assert plan.refused == [
        ("annotator_1/frame_000004", "it belongs to another picture than this video has there"),
        ("annotator_2/frame_000004", "this video has no such picture"),
    ]
    assert (plan.new, len(plan.known)) == ([], 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files.pop("manifest.json"), "no manifest"),
        (lambda files: files.update({"manifest.json": b"[" * 20_000}), "manifest cannot be used"),
        (lambda files: files.update({"manifest.json": b" " * 11_000_000}), "too large"),
        (lambda files: files.update({"annotator_1/frame_000004.pts": b"1" * 50_000_000}), "too large"),
        (lambda files: files.update({f"{i}.x": b"" for i in range(20_001)}), "too many files"),
    ],
)
def test_hostile_zip_files_are_refused_in_words(store, corrected, change, words):
    with pytest.raises(InputError, match=words):
        plan_import(
            store, corrected, rezipped(export_landmarks(store, corrected, DEFAULT_LIMITS), change), DEFAULT_LIMITS
        )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and nothing more", b"text" * 100])
def test_what_is_no_zip_file_is_refused_in_words(store, recording, content):
    with pytest.raises(InputError, match="not a zip file"):
        plan_import(store, recording, io.BytesIO(content), DEFAULT_LIMITS)


def test_a_damaged_zip_file_is_refused_in_words(store, corrected):
    content = bytearray(export_landmarks(store, corrected, DEFAULT_LIMITS))
    content[200] ^= 0xFF  # in the manifest, whose check sum then does not fit
    with pytest.raises(InputError, match="not a zip file"):
        plan_import(store, corrected, io.BytesIO(bytes(content)), DEFAULT_LIMITS)
