"""Landmarks: place the 68 points of single pictures by hand, and see how far two annotators agree."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.frame_proposals import nearest_frame
from core.records.entries import Recording
from core.records.landmark_sets import LandmarkSet
from core.records.text import clean_line
from pages.components.current import ANALYSE, REVIEW, go, store
from pages.components.exam_choice import Exam, require_exam
from pages.components.guard import guarded
from pages.components.landmark_agreement import agreement_section
from pages.components.landmark_editor import Answer, Sent, landmark_editor, sent
from pages.components.landmark_files import files_section
from pages.components.landmark_frames import (
    TrackedFace,
    edited_frame,
    is_frame,
    listed_frames,
    next_frame,
    picture_of,
    prepare_pictures,
    save_sent,
    tracked_face,
)
from pages.components.layout import page_head
from pages.components.results import exam_result
from pages.components.text import plain
from pages.components.tracker_words import tracker_title

_ANNOTATOR = "landmark_annotator"


@guarded
def page() -> None:
    head = st.container()
    exam = require_exam("Landmarks")
    with head:
        page_head(
            "Landmarks",
            "Correct the points on single pictures: to check the tracking, to train a tracker, to compare two annotators.",
            exam.patient,
            exam.visit,
        )
    if exam_result(exam.analysis).video.mirrored != exam.recording.mirrored:
        _turned()
        return
    _work(exam)


def _turned() -> None:
    st.warning(
        "Right and left of this video were changed after this analysis. Analyse it again before you correct its landmarks.",
        icon=":material/flip:",
    )
    if st.button("Analyse again", type="primary", icon=":material/replay:", key="to_analyse"):
        go(ANALYSE)


@st.fragment
@guarded
def _work(exam: Exam) -> None:
    """Everything below the head: saving a picture runs this part of the page only."""
    face, recording = tracked_face(exam.analysis), exam.recording
    annotator = _who_and_what(face, recording)
    key = f"landmarks_{exam.analysis.id}"
    answer = _take_over(exam, face, annotator, key)
    sets = store().landmark_sets(recording.id)
    listed = listed_frames(face, sets, _asked(recording), annotator)
    if not listed:
        st.info("No face was found in this video, so there is no picture to propose.", icon=":material/face:")
        if st.button("Look at the video", icon=":material/movie:", key="to_review"):
            go(REVIEW)
        return
    prepare_pictures(recording, listed)
    index = st.session_state.get(_frame_key(recording))
    if not is_frame(index, face):  # none was chosen yet
        index = listed[0].index
    picture = picture_of(recording, index)
    frame = edited_frame(recording, face, index, sets, annotator, picture)
    landmark_editor(frame, picture.jpeg, listed, annotator=annotator, answer=answer, key=key)
    _corrections(sets)
    agreement_section(sets)
    files_section(recording, sets)


def _who_and_what(face: TrackedFace, recording: Recording) -> str:
    """The annotator's name, and a field for pictures that are not proposed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            "Annotator",
            key=_ANNOTATOR,
            max_chars=60,
            placeholder="Name or initials",
            persist_state="session",
            help="Saved with every correction. Two annotators who work on the same pictures do not see each other's points.",
            width=260,
        )
        last_s = float(face.times[-1])
        time_s = st.number_input(
            "Another picture at, s", 0.0, last_s, value=0.0, step=0.1, key=f"landmark_time_{recording.id}", width=200
        )
        if st.button("Add this picture", icon=":material/add_photo_alternate:", key="landmark_add"):
            index = nearest_frame(face.times, face.found, time_s)
            if index is not None:
                st.session_state[_asked_key(recording)] = [*_asked(recording), index]
                st.session_state[_frame_key(recording)] = index
    tracker = tracker_title(face.tracker.name)
    st.caption(
        f"The points begin as placed by: {plain(tracker)}. For those of another tracker, analyse with it and choose that analysis."
    )
    return clean_line(typed or "")


def _take_over(exam: Exam, face: TrackedFace, annotator: str, key: str) -> Answer | None:
    """Deal with what the editor sent since the last run; returns the answer to what was saved last."""
    recording = exam.recording
    asked = sent(key, "chosen")
    if asked is not None and _is_new(f"{key}_chosen", asked) and is_frame(asked.content.get("frame"), face):
        st.session_state[_frame_key(recording)] = asked.content["frame"]
    saved = sent(key, "saved")
    if saved is None:
        return None
    if _is_new(f"{key}_saved", saved):
        answer = save_sent(store(), recording, face, annotator, saved, partial(picture_of, recording))
        st.session_state[f"{key}_answer"] = answer
        if answer.ok and saved.content.get("next") is True:
            listed = listed_frames(face, store().landmark_sets(recording.id), _asked(recording), annotator)
            st.session_state[_frame_key(recording)] = next_frame(listed, saved.content["frame"])
    return st.session_state.get(f"{key}_answer")


def _corrections(sets: list[LandmarkSet]) -> None:
    st.subheader("Corrections", anchor=False)
    if not sets:
        st.caption("Nothing is corrected yet. Move the points that are off, then save; the next picture follows.")
        return
    st.dataframe(
        [
            {
                "Picture": f"{entry.frame.time_s:.2f} s",
                "Annotator": entry.frame.annotator,
                "Version": entry.version,
                "Saved": f"{entry.created_at.astimezone():%Y-%m-%d %H:%M}",
                "Not visible": int((~entry.frame.visible).sum()),
                "Began with": f"{tracker_title(entry.frame.tracker.name)} {entry.frame.tracker.version}".strip() or "–",
            }
            for entry in sets
        ],
        hide_index=True,
        key="landmark_corrections",
    )


def _is_new(name: str, what: Sent) -> bool:
    """Whether this was not dealt with yet; from now on it was."""
    if st.session_state.get(name) == what.id:
        return False
    st.session_state[name] = what.id
    return True


def _frame_key(recording: Recording) -> str:
    return f"landmark_frame_{recording.id}"


def _asked_key(recording: Recording) -> str:
    return f"landmark_asked_{recording.id}"


def _asked(recording: Recording) -> list[int]:
    """Pictures that were added in this session."""
    return st.session_state.get(_asked_key(recording), [])


page()
