"""The affected side of an analysis: somebody's word before the movement, the newest word first, and where it comes from."""

import io
from dataclasses import replace
from datetime import date

import pytest

from core.analysis import analyse_track
from core.exam.protocol import Expression
from core.records import PatientDetails, RecordingKind
from core.records.known_side import GivenSide, SideSource, side_of_record, side_to_give
from core.words import AffectedSide, Side
from tests.synthetic import closure_move, synthetic_track

RIGHT, LEFT, BOTH, NONE, UNDETERMINED = AffectedSide


@pytest.fixture
def said(store, patient):
    """Enters the side of the patient's record."""
    return lambda side: store.update_patient(patient.id, replace(patient.details, affected_side=side))


@pytest.fixture
def analysed(store, recording, tmp_path):
    """Keeps an analysis of the recording that was given a side, with options."""
    track, segments = synthetic_track([closure_move(Expression.EYES_GENTLE, {Side.RIGHT: 0.4, Side.LEFT: 1.0})])

    def keep(side, /, **options):
        folder = tmp_path / f"analysis{len(store.analyses(recording.id))}"
        folder.mkdir()
        analyse_track(track, segments=segments, side=side).write(folder)
        return store.add_analysis(recording.id, folder, options=options)

    return keep


def test_without_anybodys_word_the_movement_decides(store, recording):
    assert side_to_give(store, recording) == GivenSide(UNDETERMINED, SideSource.MOVEMENT)


@pytest.mark.parametrize("side", [RIGHT, LEFT, BOTH])
def test_the_patients_record_gives_the_side(store, recording, said, side):
    said(side)
    assert side_to_give(store, recording) == GivenSide(side, SideSource.PATIENT)


@pytest.mark.parametrize("side", [NONE, UNDETERMINED])
def test_a_record_that_names_no_side_gives_none(store, recording, said, side):
    said(side)
    assert side_of_record(PatientDetails("A", affected_side=side)) is UNDETERMINED
    assert side_to_give(store, recording) == GivenSide(UNDETERMINED, SideSource.MOVEMENT)


def test_what_was_said_of_the_video_comes_before_the_record(store, visit, said):
    said(LEFT)
    own = store.add_recording(visit.id, io.BytesIO(b"video"), "a.mp4", affected_side=BOTH)
    assert side_to_give(store, own) == GivenSide(BOTH, SideSource.RECORDING)
    assert side_to_give(store, own, RIGHT) == GivenSide(RIGHT, SideSource.CHOSEN)


def test_the_known_side_of_the_earlier_analysis_is_kept(store, recording, said, analysed):
    said(LEFT)
    analysed(None)  # decided from the movement: none of its own
    assert side_to_give(store, recording) == GivenSide(LEFT, SideSource.PATIENT)
    given = analysed(BOTH)
    assert side_to_give(store, recording) == GivenSide(BOTH, SideSource.EARLIER)
    newest = analysed(RIGHT)
    assert side_to_give(store, recording).side is RIGHT
    assert side_to_give(store, recording, earlier=given).side is BOTH
    assert side_to_give(store, recording, earlier=newest).side is RIGHT


def test_a_clinician_who_wanted_the_movement_to_decide_is_not_overruled(store, recording, said, analysed):
    said(LEFT)
    analysed(None, **GivenSide(UNDETERMINED, SideSource.CHOSEN).as_options())
    assert side_to_give(store, recording) == GivenSide(UNDETERMINED, SideSource.EARLIER)


def test_an_earlier_result_that_is_gone_leaves_the_patients_record(store, recording, said, analysed):
    said(LEFT)
    store.analysis_file(analysed(RIGHT), "result.json").unlink()
    assert side_to_give(store, recording) == GivenSide(LEFT, SideSource.PATIENT)


def test_a_follow_up_takes_the_side_of_the_record(store, patient, said):
    said(LEFT)
    visit = store.create_visit(patient.id, date(2026, 9, 1), "follow-up")
    recording = store.add_recording(visit.id, io.BytesIO(b"follow-up"), "b.mp4", kind=RecordingKind.EXAM)
    assert side_to_give(store, recording) == GivenSide(LEFT, SideSource.PATIENT)
