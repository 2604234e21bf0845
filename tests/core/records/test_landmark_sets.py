"""Landmarks corrected by hand: kept for each annotator and version, never changed, gone with their recording."""

import dataclasses

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.annotated_frame import AnnotatedFrame, PlacedBy
from core.errors import HemifaceError, InputError
from core.records.landmark_sets import paired_frames
from tests.correction_samples import annotated_frame


def test_what_was_placed_comes_back(store, recording):
    frame = annotated_frame(index=12, annotator="Annotator 1")
    saved = store.save_landmarks(recording.id, frame)
    [kept] = store.landmark_sets(recording.id)
    assert kept.frame.same_as(frame)
    assert dataclasses.replace(kept.frame, points=frame.points, visible=frame.visible) == dataclasses.replace(frame)
    assert (kept.id, kept.version, kept.recording_id) == (saved.id, 1, recording.id)
    assert kept.created_at.tzinfo is not None
    assert kept.frame.tracker == PlacedBy("synthetic", "1", "0" * 64)


def test_every_save_is_a_new_version_of_its_own_annotator_and_picture(store, recording):
    first = annotated_frame(index=3, annotator="A")
    for frame in (first, annotated_frame(index=3, annotator="B"), annotated_frame(index=9, annotator="A")):
        assert store.save_landmarks(recording.id, frame).version == 1
    moved = dataclasses.replace(first, points=first.points + 1)
    assert store.save_landmarks(recording.id, moved).version == 2
    newest = store.landmark_sets(recording.id)
    assert [(s.frame.index, s.frame.annotator, s.version) for s in newest] == [(3, "A", 2), (3, "B", 1), (9, "A", 1)]
    assert newest[0].frame.same_as(moved)
    every = store.landmark_sets(recording.id, annotator="A", every_version=True)
    assert [(s.frame.index, s.version) for s in every] == [(3, 1), (3, 2), (9, 1)]
    assert every[0].frame.same_as(first)


def test_a_row_cannot_be_changed(store, recording):
    store.save_landmarks(recording.id, annotated_frame())
    with pytest.raises(DBAPIError, match="never changed"), store.database.write() as session:
        session.execute(text("UPDATE landmark_sets SET annotator = 'somebody else'"))
    assert store.landmark_sets(recording.id)[0].frame.annotator == "A"


@pytest.mark.parametrize("whole", ["recording", "visit", "patient"])
def test_they_go_with_their_recording(store, patient, visit, recording, whole):
    store.save_landmarks(recording.id, annotated_frame())
    delete, target = {
        "recording": (store.delete_recording, recording.id),
        "visit": (store.delete_visit, visit.id),
        "patient": (store.delete_patient, patient.id),
    }[whole]
    delete(target)
    with store.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM landmark_sets")).scalar() == 0


def test_every_save_is_in_the_audit_events_without_a_name(store, recording):
    saved = store.save_landmarks(recording.id, annotated_frame(index=5, annotator="Somebody"), source="import")
    event = store.audit_events(recording.id)[0]
    assert (event.action, event.subject) == ("landmarks", "recording")
    assert event.details == {"set": saved.id, "frame": 5, "version": 1, "source": "import"}


def test_names_are_cleaned_and_needed(store, recording):
    saved = store.save_landmarks(recording.id, annotated_frame(annotator=" A\u202e \n B "))
    assert saved.frame.annotator == "A B"
    assert store.landmark_sets(recording.id, annotator="A  B")
    with pytest.raises(InputError, match="name of their annotator"):
        store.save_landmarks(recording.id, annotated_frame(annotator=" \u200b "))
    with pytest.raises(HemifaceError, match="not in the records"):
        store.save_landmarks("0" * 32, annotated_frame())
    assert len(store.landmark_sets(recording.id)) == 1


def test_pictures_of_two_annotators_are_paired_when_they_are_the_same_picture(store, recording):
    for index, annotator, sha256 in ((1, "A", "a"), (1, "B", "a"), (2, "A", "a"), (3, "A", "a"), (3, "B", "b")):
        frame = annotated_frame(index=index, annotator=annotator)
        store.save_landmarks(recording.id, dataclasses.replace(frame, sha256=sha256 * 64))
    pairs = paired_frames(store.landmark_sets(recording.id), "A", "B")
    assert [frame.index for frame, _ in pairs] == [1]
    assert np.array_equal(pairs[0][1].first, store.landmark_sets(recording.id)[0].frame.points)
    assert paired_frames(store.landmark_sets(recording.id), "A", "nobody") == []


@pytest.mark.parametrize(
    ("points", "words"),
    [(np.full((68, 2), np.nan), "finite"), (np.full((68, 2), 5000.0), "lie between"), (np.zeros((5, 2)), "shape")],
)
def test_points_that_cannot_be_right_are_refused(points, words):
    with pytest.raises(ValueError, match=words):
        AnnotatedFrame(0, 0.0, "a" * 64, 160, 120, "A", points, np.ones(68, bool))
