"""Patients, visits, recordings and analyses: kept, found, counted and erased."""

import io
import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import HemifaceError, InputError
from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.records import PatientDetails, PatientSort, RecordingKind, Store
from core.words import AffectedSide


def names(found):
    return [row.patient.name for row in found.rows]


def test_patient_round_trip(store):
    details = PatientDetails(
        "A. B.", "47", 1960, AffectedSide.LEFT, "Trauma", date(2025, 5, 1), "two\nlines", simulated=True
    )
    made = store.create_patient(details)
    again = store.patient(made.id)
    assert again.details == details
    assert again.created_at.tzinfo is not None
    assert abs(again.created_at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (PatientDetails("  \u202e "), "needs a name"),
        (PatientDetails("A", birth_year=1850), "year of birth"),
        (PatientDetails("A", birth_year=2200), "year of birth"),
        (PatientDetails("A", onset=date(2999, 1, 1)), "future"),
        (PatientDetails("A", birth_year=1990, onset=date(1980, 1, 1)), "before the year of birth"),
    ],
)
def test_details_that_cannot_be_right_are_refused(store, details, words):
    with pytest.raises(InputError, match=words):
        store.create_patient(details)
    assert store.count_patients() == 0


def test_hidden_characters_do_not_get_into_the_records(store):
    made = store.create_patient(PatientDetails("Ann\u202ea\x00\u200b  \tB", notes="line\r\nnext\x07"))
    assert made.name == "Anna B"
    assert made.details.notes == "line\nnext"


@pytest.mark.parametrize("search", ["muller", "MÜLLER", "jurgen", "47-11", "müll 47", ""])
def test_search_finds_without_case_and_accents(store, patient, search):
    store.create_patient(PatientDetails("Somebody else", "12"))
    found = store.patients(search)
    assert patient.name in names(found)
    assert found.total == (1 if search else 2)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("search", ["%", "_", "nobody", "müller 99", "'; DROP TABLE patients; --"])
def test_search_takes_nothing_for_a_pattern(store, search):
    assert store.patients(search).total == 0
    assert store.count_patients() == 1


def test_list_pages_sorts_and_counts(store):
    for index in range(7):
        made = store.create_patient(PatientDetails(f"P{index}", f"{9 - index}", simulated=index == 0))
        for day in range(index % 3):
            store.create_visit(made.id, date(2026, 1, 10 + index + day))
    first = store.patients(sort=PatientSort.NAME, descending=False, limit=3)
    second = store.patients(sort=PatientSort.NAME, descending=False, limit=3, offset=3)
    assert (names(first), names(second), first.total) == (["P0", "P1", "P2"], ["P3", "P4", "P5"], 7)
    assert names(store.patients(sort=PatientSort.RECORD_NUMBER, descending=False))[0] == "P6"
    by_visit = store.patients(sort=PatientSort.LAST_VISIT)
    assert names(by_visit)[:2] == ["P5", "P4"]
    assert [row.last_visit is None for row in by_visit.rows] == [False] * 4 + [True] * 3
    assert by_visit.rows[0].visits == 2
    assert (store.count_patients(simulated=True), store.count_patients(simulated=False)) == (1, 6)


def test_counts_do_not_multiply(store, patient, visit):
    """Joins over visits, recordings and analyses count each once."""
    for _ in range(3):
        store.add_recording(visit.id, io.BytesIO(b"abc"), "a.mp4", confirmed=False)
    store.create_visit(patient.id, date(2026, 5, 1))
    row = store.patients().rows[0]
    assert (row.visits, row.recordings, row.exams, row.last_visit) == (2, 3, 0, date(2026, 5, 1))
    newest, first = store.visits(patient.id)
    assert (newest.recordings, first.recordings, first.unconfirmed, first.exams) == (0, 3, 3, 0)


def test_unknown_ids_are_told_in_words(store):
    for ask in (store.patient, store.visit, store.recording, store.analysis, store.job):
        with pytest.raises(HemifaceError, match="not in the records"):
            ask("0" * 32)


def test_recording_round_trip(store, visit, clip):
    content = clip.getvalue()
    made = store.add_recording(
        visit.id,
        clip,
        "Smile.MP4",
        kind=RecordingKind.SINGLE,
        expression=Expression.SMILE_OPEN,
        mirrored=True,
        affected_side=AffectedSide.RIGHT,
        facts={"duration_s": 4.0, "packets": 120},
        confirmed=False,
    )
    assert store.recording_path(made).read_bytes() == content
    assert store.recordings(visit.id, confirmed=False) == [made]
    assert store.recordings(visit.id, confirmed=True) == []
    assert (made.fps, made.title, made.mirrored) == (30.0, Expression.SMILE_OPEN.label, True)
    changed = store.update_recording(
        made.id,
        kind=RecordingKind.EXAM,
        expression=None,
        mirrored=False,
        affected_side=AffectedSide.LEFT,
        confirmed=True,
    )
    assert (changed.title, changed.confirmed, changed.affected_side) == ("Smile.MP4", True, AffectedSide.LEFT)
    store.reopen_recording(made.id)
    assert not store.recording(made.id).confirmed


def test_too_large_a_stream_is_refused_and_leaves_nothing(store, visit, clip):
    with pytest.raises(HemifaceError, match="larger than"):
        store.add_recording(visit.id, clip, "a.mp4", max_bytes=1_000_000)
    assert store.recordings(visit.id) == []
    assert not list(store.files.incoming.iterdir())


def test_segments_keep_every_version(store, recording):
    assert store.segments(recording.id) is None
    early = Segment(expression=Expression.SMILE_OPEN, start_s=5, end_s=7)
    late = Segment(expression=Expression.BROW_RAISE, start_s=1, end_s=3)
    store.save_segments(recording.id, [early, late])
    newest = store.save_segments(recording.id, [late])
    assert newest.version == 2
    assert store.segments(recording.id).segments == [late]
    assert store.segments(recording.id, version=1).segments == [late, early]
    assert store.segments(recording.id).who == "tester"


def test_deleting_a_patient_erases_rows_files_and_text(store, settings, patient, recording):
    store.save_segments(recording.id, [Segment(expression=Expression.SNARL, start_s=0, end_s=1)])
    store.create_job("analyse", recording_id=recording.id)
    path = store.recording_path(recording)
    store.delete_patient(patient.id)
    assert not path.exists()
    assert not list(store.files.patients.iterdir())
    with sqlite3.connect(settings.data_dir / "hemiface.sqlite3") as connection:
        for table in ("patients", "visits", "recordings", "segment_sets", "analyses", "jobs"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    # secure_delete: the name is not left in free pages either
    assert "Müller".encode() not in (settings.data_dir / "hemiface.sqlite3").read_bytes()
    assert [event.action for event in store.audit_events(patient.id)] == ["delete", "create"]


def test_deleting_a_visit_or_a_recording_leaves_the_others(store, patient, visit, recording):
    other = store.create_visit(patient.id, date(2026, 4, 1))
    kept = store.add_recording(other.id, io.BytesIO(b"kept"), "kept.mp4")
    path = store.recording_path(recording)
    store.delete_recording(recording.id)
    assert not path.exists()
    store.delete_visit(visit.id)
    assert [row.visit.id for row in store.visits(patient.id)] == [other.id]
    assert store.recording_path(kept).read_bytes() == b"kept"


@pytest.mark.usefixtures("recording")
def test_audit_names_who_and_what_without_personal_data(store):
    events = store.audit_events()
    assert {event.who for event in events} == {"tester"}
    assert [event.action for event in events] == ["create"] * 3
    assert "Müller" not in repr(events)
    assert "clip.mp4" not in repr(events)


def test_a_second_store_sees_the_same(settings, patient):
    other = Store.open(settings)
    assert other.patient(patient.id) == patient
    other.close()
