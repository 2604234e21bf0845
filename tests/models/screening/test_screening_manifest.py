"""A clinic's labelled pictures: what a manifest may say, one sentence for all else, patients in one part, nothing lost unsaid."""

import json

import numpy as np
import pytest

from core.errors import InputError
from core.exam.protocol import Expression
from models.screening.checkpoints import Layout
from models.screening.manifest import WITHOUT, clinic_data, divided, read_manifest, whole_picture
from models.tracking import tracker_factory
from tests.clinic_samples import clinic_folder, face, rows_of_clinic, write_csv, write_picture

pytestmark = pytest.mark.xdist_group("clinic")  # the face is drawn once


def no_pictures(folder, patients=8, change=None, row=1):
    """A manifest whose pictures are empty files."""
    rows = rows_of_clinic(patients)
    folder.mkdir(parents=True, exist_ok=True)
    for entry in rows:
        (folder / entry["image"]).touch()
    rows[row] |= change or {}
    write_csv(folder, rows)
    return folder


def test_pictures_of_a_patient_and_visit_are_one_examination(tmp_path):
    exams = read_manifest(no_pictures(tmp_path / "a", 4))
    assert [(exam.patient, exam.visit, exam.synkinesis, exam.group) for exam in exams] == [
        ("P0", "1", False, "healthy"),
        ("P1", "1", True, "synkinetic"),
        ("P2", "1", False, "healthy"),
        ("P3", "1", True, "synkinetic"),
    ]
    assert [expression for expression, _ in exams[0].images] == [Expression.REST, Expression.SMILE_OPEN]


@pytest.mark.parametrize(
    ("label", "synkinesis"),
    [("1", True), ("Yes", True), ("true", True), ("SYNKINESIS", True), ("0", False), ("no", False), ("FALSE", False),
     ("no_synkinesis", False)],
)  # fmt: skip
def test_labels_are_accepted_in_the_ways_people_write_them(tmp_path, label, synkinesis):
    change = {"label": label, "group": "", "visit": "2", "expression": ""}
    exam = read_manifest(no_pictures(tmp_path / "a", change=change))[1]
    assert (exam.visit, exam.synkinesis) == ("2", synkinesis)
    assert exam.images[0][0] is None


def test_json_says_the_same_as_csv(tmp_path):
    folder = no_pictures(tmp_path / "a")
    of_csv = read_manifest(folder)
    items = [{k: v for k, v in row.items() if v} | {"label": row["label"] == "synkinesis"} for row in rows_of_clinic(8)]
    path = folder / "manifest.json"
    path.write_text(json.dumps({"items": items}), encoding="utf-8")
    assert read_manifest(path) == of_csv


def test_semicolons_and_the_mark_of_spreadsheets_are_read(tmp_path):
    (tmp_path / "a.jpg").touch()
    (tmp_path / "manifest.csv").write_text("image;patient;label\na.jpg;A;0\n", encoding="utf-8-sig")
    (exam,) = read_manifest(tmp_path)
    assert (exam.name, exam.synkinesis, exam.group) == ("A", False, WITHOUT)


def test_folders_of_labels_and_patients_need_no_manifest(tmp_path):
    for place in ("synkinesis/A", "no_synkinesis/A", "no_synkinesis/B"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "x.JPG").touch()
        (tmp_path / place / "notes.txt").touch()
    exams = read_manifest(tmp_path)
    assert [(e.patient, e.synkinesis, len(e.images)) for e in exams] == [
        ("A", False, 1),
        ("B", False, 1),
        ("A", True, 1),
    ]
    assert len({exam.name for exam in exams}) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"patient": " "}, "pseudonym"),
        ({"label": "perhaps"}, "neither synkinesis nor no synkinesis"),
        ({"label": ""}, "neither synkinesis nor no synkinesis"),
        ({"label": "1", "group": ""}, "another label"),
        ({"label": "1"}, "does not go with its label"),
        ({"group": "flaccid"}, "another group"),
        ({"group": "ill"}, "none of healthy"),
        ({"expression": "grin"}, "none of rest"),
        ({"image": ""}, 'no "image"'),
        ({"image": "gone.png"}, "not there"),
        ({"image": "../a/p1-rest.png/../../../x.png"}, "outside"),
        ({"image": "p0-rest.png"}, "again"),
    ],
)
def test_what_is_wrong_with_a_picture_is_one_sentence(tmp_path, change, words):
    with pytest.raises(InputError, match=words) as caught:
        read_manifest(no_pictures(tmp_path / "a", change=change))
    assert caught.value.message.startswith("Item ")
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("manifest.csv", "", "no column"),
        ("manifest.csv", "image,patient\na.jpg,A\n", 'no column "label"'),
        ("manifest.csv", "image,patient,label,sex\na.jpg,A,1,f\n", "unknown column 'sex'"),
        ("manifest.csv", "image,patient,label\n", "no pictures"),
        ("manifest.csv", "image,patient,label\na.jpg,A,1,too many\n", "more fields than columns"),
        ("manifest.json", "{", "valid JSON"),
        ("manifest.json", '{"items": []}', 'no list "items"'),
        ("manifest.json", '{"items": [3]}', "no object"),
        ("manifest.txt", "", "no folder and no manifest"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_one_sentence(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        read_manifest(path)
    assert "\n" not in caught.value.message


def test_a_folder_of_something_else_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"no manifest\.csv"):
        read_manifest(tmp_path)
    (tmp_path / "synkinesis").mkdir()
    (tmp_path / "synkinesis" / "x.jpg").touch()
    with pytest.raises(InputError, match="a folder for each patient"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_in_two_parts_and_every_part_has_both_classes(tmp_path, seed):
    """Also when some patients come before and after their synkinesis."""
    rows = rows_of_clinic(8)
    rows[-1] |= {"visit": "2", "label": "0", "group": ""}
    folder = no_pictures(tmp_path / "a")
    write_csv(folder, rows)
    exams = read_manifest(folder)
    part_of = divided(exams, seed)
    assert part_of.keys() == {exam.patient for exam in exams}
    for part in ("train", "validation", "test"):
        assert {exam.synkinesis for exam in exams if part_of[exam.patient] == part} == {True, False}
    assert divided(exams[::-1], seed) == part_of


def test_patients_before_and_after_serve_both_classes(tmp_path):
    rows = rows_of_clinic(4)
    for row in rows[1::2]:
        row |= {"visit": "2", "label": "0" if row["label"] == "synkinesis" else "1", "group": ""}
    folder = no_pictures(tmp_path / "a", 4)
    write_csv(folder, rows)
    assert sorted(divided(read_manifest(folder), 0).values()) == ["test", "train", "train", "validation"]


def test_too_few_patients_of_a_class_are_counted_in_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"at least 3 patients .* are 2 and 3\.$"):
        divided(read_manifest(no_pictures(tmp_path / "a", 5)), 0)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """Eight patients; P0 has more pictures that cannot be used, P6 is seen at rest only."""
    folder = clinic_folder(tmp_path_factory.mktemp("clinic"), 8)
    rows = [row for row in rows_of_clinic(8) if row["image"] != "p6-smile_open.png"]
    for name, image in (("blank.png", np.full((320, 320, 3), 128)), ("dark.png", face(True) // 12)):
        write_picture(folder / name, image)
        rows.append({**rows[0], "image": name, "expression": ""})
    (folder / "broken.jpg").write_bytes(b"no picture")
    rows.append({**rows[0], "image": "broken.jpg", "expression": ""})
    write_csv(folder, rows)
    return folder


def test_what_cannot_be_used_is_told_and_loses_nothing_else(clinic):
    told = []
    exams = read_manifest(clinic)
    data, left_out = clinic_data(
        exams, Layout.HEMIFACE, tracker_factory(), seed=0, progress=lambda *at: told.append(at)
    )
    assert {one.what: one.reason for one in left_out} == {
        "blank.png": "No face was found in the picture.",
        "dark.png": "The face is too dark.",
        "broken.jpg": "The file is no picture that can be read, or is damaged.",
        "examination P6, 1": "It has no usable picture of a movement.",
    }
    assert data.pictures.shape == (14, 160, 160, 3)
    assert {exam.person for exam in data.exams} == {f"P{number}" for number in range(8)} - {"P6"}
    assert all(exam.source == "clinic" for exam in data.exams)
    assert [np.isnan(exam.strength) for exam in data.exams] == [exam.synkinesis for exam in data.exams]
    assert told[0] == (0, 18)
    assert told[-1] == (18, 18)


def test_without_a_seed_everybody_judges_and_few_patients_are_enough(clinic):
    exams = [exam for exam in read_manifest(clinic) if exam.patient in ("P1", "P2")]
    data, left_out = clinic_data(exams, Layout.PUBLISHED, tracker_factory(), seed=None)
    assert {exam.split for exam in data.exams} == {"test"}
    assert data.pictures.shape == (4, 256, 256, 3)
    assert left_out == []


def test_no_usable_picture_at_all_is_one_sentence(tmp_path):
    exams = read_manifest(no_pictures(tmp_path / "a"))
    with pytest.raises(InputError, match="None of the 16 pictures"):
        clinic_data(exams, Layout.HEMIFACE, tracker_factory(), seed=0)


def test_the_published_layout_sees_the_centre_square():
    image = np.zeros((300, 600, 3), np.uint8)
    image[:, 150:450] = 255
    assert whole_picture(image).shape == (256, 256, 3)
    assert (whole_picture(image) == 255).all()
