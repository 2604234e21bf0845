"""Upload: bring videos into a visit, check right and left, and say what they show."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.errors import HemifaceError
from core.exam.file_names import expression_in_name
from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.exam.single_clip import LEAD_S, single_clip_segments
from core.records.entries import Patient, Recording, RecordingKind, Visit
from core.records.intake import segments_from_upload, take_in
from core.records.known_side import side_of_record
from core.words import AffectedSide
from pages.components.current import ANALYSE, go, store
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.layout import facts_line, page_head, require_visit
from pages.components.media import prepare_video
from pages.components.orientation import FITS, MIRRORED, answer_key, orientation_question
from pages.components.patient_forms import delete_recording
from pages.components.player import play
from pages.components.recordings import next_step, recording_facts, recording_states
from pages.components.side_choice import ask_movement, side_choice
from pages.components.text import counted, plain

SUFFIXES = ["mp4", "m4v", "mov", "webm", "mkv", "avi"]
_WHOLE = "A whole examination"
_REFUSED, _ROUND = "upload_refused", "upload_round"


@dataclass(frozen=True)
class Answers:
    """What the user said of one video; ``mirrored`` is None until the check was answered."""

    recording: Recording
    mirrored: bool | None
    expression: Expression | None
    segments: list[Segment] | None
    problem: str = ""

    @property
    def complete(self) -> bool:
        return self.mirrored is not None and not self.problem


@guarded
def page() -> None:
    patient, visit = require_visit("Upload")
    page_head("Upload", "Bring the videos of the facial expressions into this visit.", patient, visit)
    waiting = store().recordings(visit.id, confirmed=False)
    _choose_files(visit, first=not waiting)
    if waiting:
        _check(patient, waiting)
    else:
        _what_is_there(visit)


def _choose_files(visit: Visit, *, first: bool) -> None:
    limits = installation().settings.video
    uploads = st.file_uploader(
        "Drop one video of the whole examination, or several clips" if first else "Add more videos",
        type=SUFFIXES,
        accept_multiple_files=True,
        # A new key empties the uploader, which otherwise keeps every byte in memory (ecosystem section 5).
        key=f"upload_{visit.id}_{st.session_state.get(_ROUND, 0)}",
        max_upload_size=limits.max_bytes // 1_000_000,
    )
    if first:
        st.caption(
            f"The whole face, straight at the camera, in even light. Begin every movement from a relaxed face. "
            f"At most {limits.max_duration_s / 60:g} minutes a video."
        )
    if uploads:
        refused = []
        with st.status("Saving and checking the videos", expanded=True) as status:
            for upload in uploads:
                status.write(plain(upload.name))
                try:
                    take_in(store(), visit.id, upload, upload.name, limits)
                except HemifaceError as problem:
                    refused.append((upload.name, problem.message, problem.hint))
        st.session_state[_REFUSED] = {visit.id: refused}
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()
    for name, message, hint in st.session_state.get(_REFUSED, {}).get(visit.id, []):
        st.warning(f"**{plain(name)}** was not added. {plain(message)} {plain(hint)}", icon=":material/block:")


def _check(patient: Patient, waiting: list[Recording]) -> None:
    st.subheader("Check right and left, and say what each video shows", anchor=False)
    answers = []
    for number, recording in enumerate(waiting):
        with st.container(border=True, key=f"clip_{recording.id}"):
            answers.append(_clip(recording))
            if number == 0 and len(waiting) > 1 and answers[0].mirrored is not None:
                st.button(
                    "Same answer for all videos",
                    icon=":material/done_all:",
                    key="same_answer",
                    on_click=_answer_all,
                    args=(waiting, answers[0].mirrored),
                )
    if any(answer.expression is not None for answer in answers):
        st.info(
            "Each clip is measured by itself: a clip of one expression gives the movement of this expression, and the branches "
            "that it tests. A whole examination in one video gives every branch and the clinical scales.",
            icon=":material/info:",
        )
    _save(patient, _known_side(patient, waiting), answers)


def _known_side(patient: Patient, waiting: list[Recording]) -> AffectedSide:
    """What was said of these videos before, else what the patient's record gives."""
    said = [
        recording.affected_side for recording in waiting if recording.affected_side is not AffectedSide.UNDETERMINED
    ]
    return said[0] if said else side_of_record(patient.details)


def _clip(recording: Recording) -> Answers:
    still, about = st.columns([3, 2], gap="medium")
    with still:
        mirrored = orientation_question(recording)
    with about:
        st.markdown(f"**{plain(recording.original_name)}**")
        facts_line(recording_facts(recording))
        if not recording.facts.get("complete", True):
            st.warning("The end of this file is damaged; what can be read is kept.", icon=":material/content_cut:")
        expression = _expression_choice(recording)
        segments, problem = (None, "") if expression else _segments_choice(recording)
        with st.container(horizontal=True):
            if st.button("Play", key=f"play_{recording.id}", icon=":material/play_arrow:", type="tertiary"):
                play(replace(recording, mirrored=bool(mirrored)))  # as it was answered, saved or not
            if st.button("Remove", key=f"remove_{recording.id}", icon=":material/delete:", type="tertiary"):
                delete_recording(recording.id, recording.original_name)
    return Answers(recording, mirrored, expression, segments, problem)


def _expression_choice(recording: Recording) -> Expression | None:
    choices = [_WHOLE, *Expression]
    suggested = recording.expression or expression_in_name(recording.original_name) or _WHOLE
    chosen = st.selectbox(
        "What does it show?",
        choices,
        index=choices.index(suggested),
        format_func=lambda choice: choice if choice == _WHOLE else f"Only: {Expression(choice).label}",
        key=f"shows_{recording.id}",
        help=f"A clip of one expression should begin with {LEAD_S:g} s of relaxed face: the movement is measured against it.",
    )
    return None if chosen == _WHOLE else Expression(chosen)


def _segments_choice(recording: Recording) -> tuple[list[Segment] | None, str]:
    """Segments of a file, if the user has one, and what is wrong with it."""
    with st.expander("I have a file with the times of the expressions", icon=":material/timeline:"):
        upload = st.file_uploader(
            "Segments file (JSON)", type=["json"], key=f"segments_{recording.id}", max_upload_size=1
        )
        if upload is None:
            st.caption("Without it, the movements are found in the video; you can correct them in Review.")
            return None, ""
        try:
            segments = segments_from_upload(store(), upload, upload.name, recording.duration_s)
        except HemifaceError as problem:
            st.error(plain(problem.message), icon=":material/error:")
            if problem.hint:
                st.text(problem.hint)
            return None, problem.message
        st.success(f"{counted(len(segments), 'segment')} will be used.", icon=":material/check:")
        return segments, ""


def _answer_all(waiting: list[Recording], mirrored: bool) -> None:
    for recording in waiting:
        st.session_state[answer_key(recording.id)] = MIRRORED if mirrored else FITS


def _save(patient: Patient, known_side: AffectedSide, answers: list[Answers]) -> None:
    with st.container(border=True, key="save_box"):
        side = side_choice(patient, known_side, "upload_side") or known_side
        missing = [answer for answer in answers if not answer.complete]
        if missing:
            st.caption(f"{counted(len(missing), 'video')} still to be checked above.")
        if st.button(
            f"Save {counted(len(answers), 'video')} and continue",
            type="primary",
            icon=":material/save:",
            disabled=bool(missing),
            key="save_videos",
        ):
            for answer in answers:
                _confirm(answer, side)
            recorded = side_of_record(patient.details)
            ask_movement(answers[0].recording.visit_id, side is AffectedSide.UNDETERMINED and recorded is not side)
            st.session_state.pop(_REFUSED, None)
            go(ANALYSE)


def _confirm(answer: Answers, side: AffectedSide) -> None:
    recording, records = answer.recording, store()
    kind = RecordingKind.SINGLE if answer.expression else RecordingKind.EXAM
    # The segments first: a confirmed recording without them would be analysed as a whole examination.
    segments = answer.segments or []
    if answer.expression is not None and recording.duration_s:
        segments = single_clip_segments(answer.expression, recording.duration_s)
    if segments or recording.kind is not kind:
        records.save_segments(recording.id, segments)
    saved = records.update_recording(
        recording.id,
        kind=kind,
        expression=answer.expression,
        mirrored=bool(answer.mirrored),
        affected_side=side,
        confirmed=True,
    )
    prepare_video(saved)


def _what_is_there(visit: Visit) -> None:
    states = recording_states(visit.id)
    if not states:
        return
    step = next_step(states)
    st.success(f"This visit has {counted(len(states), 'video')}. {step.why}", icon=":material/check:")
    if st.button(step.label, type="primary", icon=step.icon, key="next_step"):
        go(step.page)


page()
