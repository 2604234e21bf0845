"""Import of a folder: names are read right or refused with a reason, a dry run changes nothing, and a bad file loses nothing."""

from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from core.errors import Cancelled, InputError
from core.exports.import_folder import FileState, carry_out, described, plan_import
from core.exports.import_names import NameParts, NameReader
from core.records import PatientDetails
from core.video.limits import VideoLimits
from tests.record_samples import write_clip

DAY = date(2026, 3, 12)
LIMITS = VideoLimits()


@pytest.fixture
def folder(tmp_path):
    """Two patients: one with two videos of one day and one of another, one in folders; and what cannot be imported."""
    place = tmp_path / "videos"
    inner = place / "0815" / "2026-03-12"
    inner.mkdir(parents=True)
    write_clip(place / "4711_2026-03-12_before.mp4", 1.5)
    write_clip(place / "4711_2026-03-12_smile.mp4", 1.6)
    write_clip(place / "4711_2026-06-01_after.mp4", 1.7)
    write_clip(inner / "x.mp4", 1.8)
    (place / "copy_2026-03-12.mp4").write_bytes((inner / "x.mp4").read_bytes())
    (place / "5000_2026-03-12.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42 not a video")
    (place / "holiday.mp4").write_bytes(b"x")
    (place / "notes.txt").write_text("left alone", encoding="utf-8")
    (place / ".hidden_2026-03-12.mp4").write_bytes(b"x")
    (place / "link_2026-03-12.mp4").symlink_to(inner / "x.mp4")
    return place


def states(plan):
    return {str(file.path): file.state for file in plan.files}


def everything(store):
    rows = store.patients(limit=100).rows
    return {
        (row.patient.details.record_number, visit.visit.day, visit.visit.label, visit.recordings)
        for row in rows
        for visit in store.visits(row.patient.id)
    }


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("4711_2026-03-12_before.mp4", NameParts("4711", DAY, "before")),
        ("4711_2026-03-12.mp4", NameParts("4711", DAY)),
        ("4711 20260312 before toxin.mov", NameParts("4711", DAY, "before toxin")),
        ("4711-2026_03_12-before.webm", NameParts("4711", DAY, "before")),
        ("4711_12.03.2026_before.mp4", NameParts("4711", DAY, "before")),
        ("A-47/11.2026/x.mp4", None),
        ("PATIENT/2026-03-12/x.mp4", NameParts("PATIENT", DAY)),
        ("PATIENT/2026-03-12/left/x.mp4", NameParts("PATIENT", DAY)),
        ("PATIENT/2026-03-12_before/x.mp4", NameParts("PATIENT", DAY, "before")),
        ("PATIENT/2026-03-12_before.mp4", NameParts("PATIENT", DAY, "before")),
        ("PATIENT/2026-03-12.mp4", NameParts("PATIENT", DAY)),
        ("2026/4711_2026-03-12_before.mp4", NameParts("4711", DAY, "before")),
        ("4711_2026-03-12_smile open.mp4", NameParts("4711", DAY)),
        ("Müller-7_2026-03-12_1.mp4", NameParts("Müller-7", DAY, "1")),
        ("4711_2026-02-30_x.mp4", None),
        ("4711_2026-13-01_x.mp4", None),
        ("4711_2026-01-05_2026-03-12.mp4", None),
        ("4711_1026-03-12_x.mp4", None),
        ("2026-03-12_before.mp4", None),
        ("before.mp4", None),
        ("4711.mp4", None),
        ("471120260312.mp4", None),
    ],
)
def test_paths_are_read_right_or_refused(path, parts):
    if parts is None:
        with pytest.raises(InputError):
            NameReader().read(PurePosixPath(path))
    else:
        assert NameReader().read(PurePosixPath(path)) == parts


def test_the_future_is_refused():
    day = datetime.now(UTC).date() + timedelta(days=3)
    with pytest.raises(InputError, match="future"):
        NameReader().read(PurePosixPath(f"4711_{day}.mp4"))


def test_a_pattern_of_ones_own():
    reader = NameReader("{date}/{label} {patient}")
    assert reader.read(PurePosixPath("2026-03-12/before_4711.mp4")) == NameParts("4711", DAY, "before")
    with pytest.raises(InputError, match="does not have the form"):
        reader.read(PurePosixPath("4711_2026-03-12.mp4"))


@pytest.mark.parametrize(
    "pattern", ["{patient}", "{date}_{label}", "{patient}_{date}_{patient}", "{patient}_{date}_{name}", ""]
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern):
    if pattern:
        with pytest.raises(InputError, match="cannot be used"):
            NameReader(pattern)
    else:
        assert NameReader(pattern).read(PurePosixPath("1_2026-03-12.mp4")).patient == "1"


def test_the_plan_says_what_would_happen_and_changes_nothing(empty_store, folder):
    known = empty_store.create_patient(PatientDetails("Anna", "4711"))
    visit = empty_store.create_visit(known.id, DAY, "Before")
    events = len(empty_store.audit_events())
    plan = plan_import(empty_store, folder)
    assert states(plan) == {
        "0815/2026-03-12/x.mp4": FileState.NEW,
        "4711_2026-03-12_before.mp4": FileState.NEW,
        "4711_2026-03-12_smile.mp4": FileState.NEW,
        "4711_2026-06-01_after.mp4": FileState.NEW,
        "5000_2026-03-12.mp4": FileState.NEW,
        "copy_2026-03-12.mp4": FileState.DUPLICATE,
        "holiday.mp4": FileState.REFUSED,
    }
    assert plan.new_patients == ("0815", "5000")
    assert [(parts.patient, parts.label) for parts in plan.new_visits] == [
        ("0815", ""),
        ("4711", "after"),
        ("5000", ""),
    ]
    by_name = {str(file.path): file for file in plan.files}
    assert by_name["4711_2026-03-12_before.mp4"].visit_id == visit.id
    assert by_name["4711_2026-03-12_smile.mp4"].visit_id == visit.id
    assert plan.others == 1
    assert len(empty_store.audit_events()) == events
    told = "\n".join(described(plan))
    for words in (
        "Would make the patient 0815.",
        "the same video as 0815/2026-03-12/x.mp4",
        "7 videos: 5 new",
        "1 other",
    ):
        assert words in told


def test_the_plan_is_carried_out_and_a_bad_file_loses_nothing(empty_store, folder):
    done = carry_out(empty_store, plan_import(empty_store, folder), LIMITS)
    assert states(done)["5000_2026-03-12.mp4"] is FileState.REFUSED
    assert done.count(FileState.IMPORTED) == 4
    assert done.new_patients == ("0815", "4711")
    assert everything(empty_store) == {
        ("0815", DAY, "", 1), ("4711", DAY, "before", 2), ("4711", date(2026, 6, 1), "after", 1),
    }  # fmt: skip
    visits = empty_store.visits(empty_store.patients("4711").rows[0].patient.id)
    recordings = empty_store.recordings(visits[-1].visit.id)
    assert [recording.original_name for recording in recordings] == [
        "4711_2026-03-12_before.mp4",
        "4711_2026-03-12_smile.mp4",
    ]
    assert not any(recording.confirmed for recording in recordings)
    assert (folder / "4711_2026-03-12_before.mp4").is_file()


def test_importing_again_changes_nothing(empty_store, folder):
    carry_out(empty_store, plan_import(empty_store, folder), LIMITS)
    before = everything(empty_store)
    again = carry_out(empty_store, plan_import(empty_store, folder), LIMITS)
    assert again.count(FileState.IMPORTED) == 0
    assert again.count(FileState.DUPLICATE) == 5
    assert everything(empty_store) == before


def test_a_video_of_another_patient_is_not_entered_twice(empty_store, folder):
    other = empty_store.create_patient(PatientDetails("Someone else", "9"))
    visit = empty_store.create_visit(other.id, DAY)
    empty_store.add_recording(visit.id, folder / "4711_2026-06-01_after.mp4", "a.mp4")
    (found,) = [f for f in plan_import(empty_store, folder).files if "after" in str(f.path)]
    assert found.state is FileState.DUPLICATE
    assert "another patient" in found.reason


def test_two_patients_with_one_record_number_are_refused(empty_store, folder):
    for name in ("Anna", "Berta"):
        empty_store.create_patient(PatientDetails(name, "4711"))
    plan = plan_import(empty_store, folder)
    assert {f.reason for f in plan.files if "4711" in str(f.path)} == {"2 patients have the record number “4711”."}


def test_cancelled_keeps_what_was_entered(empty_store, folder):
    plan = plan_import(empty_store, folder)
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        carry_out(empty_store, plan, LIMITS, cancelled=lambda: next(answers))
    assert everything(empty_store) == {("0815", DAY, "", 1)}


def test_a_folder_without_videos_is_one_sentence(empty_store, tmp_path):
    (tmp_path / "empty").mkdir()
    for place, words in (("empty", "no video in the folder"), ("nowhere", "no folder")):
        with pytest.raises(InputError, match=words):
            plan_import(empty_store, tmp_path / place)
