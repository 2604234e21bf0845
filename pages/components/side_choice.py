"""The control for the affected side that an analysis is given, and the words that say where a side comes from."""

from __future__ import annotations

import streamlit as st

from core.records.entries import Analysis, Patient, Recording
from core.records.known_side import SIDE_FROM, SideSource, side_of_record, side_to_give
from core.result import ExamResult
from core.words import AffectedSide
from pages.components.current import store
from pages.components.layout import SIDE_LABELS

_WIDTH = 380
_MOVEMENT = "side_from_movement"


def side_choice(patient: Patient, preset: AffectedSide | None, key: str) -> AffectedSide | None:
    """A choice of the affected side, preset to what is known.

    Args:
        patient: whose record is named beside the side that it gives.
        preset: chosen at first; None where several videos were given different sides.
        key: of the widget.

    Returns:
        The side, UNDETERMINED for "decide from the movement"; None as long as ``preset`` is None and nothing was chosen.
    """
    return st.selectbox(
        "Affected side",
        list(SIDE_LABELS),
        index=None if preset is None else list(SIDE_LABELS).index(preset),
        format_func=lambda side: _choice_words(side, patient),
        placeholder="As given for each video",
        key=key,
        help="A side that is given here is not decided from the movement, and the result says so.",
        width=_WIDTH,
    )


def keep_side(recording: Recording, side: AffectedSide | None) -> AffectedSide | None:
    """Keep with a recording what was changed in the control; returns the side to start its analysis with.

    Nothing was changed where ``side`` is what the analysis would be given by itself: then it is None, and the analysis says
    where its side comes from.
    """
    records = store()
    if side is None or side is side_to_give(records, recording).side:
        return None
    ask_movement(recording.visit_id, side is AffectedSide.UNDETERMINED)
    records.update_recording(
        recording.id,
        kind=recording.kind,
        expression=recording.expression,
        mirrored=recording.mirrored,
        affected_side=side,
        confirmed=recording.confirmed,
    )
    return side


def ask_movement(visit_id: str, wanted: bool) -> None:
    """Remember that the clinician wants the movement to decide at a visit, although the patient's record gives a side."""
    asked: set[str] = st.session_state.setdefault(_MOVEMENT, set())
    asked.add(visit_id) if wanted else asked.discard(visit_id)


def movement_asked(visit_id: str) -> bool:
    """Whether ``ask_movement`` was told so in this session."""
    return visit_id in st.session_state.get(_MOVEMENT, set())


def _choice_words(side: AffectedSide, patient: Patient) -> str:
    if side is AffectedSide.UNDETERMINED:
        return "Decide from the movement"
    recorded = side is side_of_record(patient.details)
    return f"{SIDE_LABELS[side]} ({SideSource.PATIENT})" if recorded else SIDE_LABELS[side]


def given_words(recording: Recording) -> str:
    """Which affected side an analysis of a recording is given when nobody chooses one."""
    given = side_to_give(store(), recording)
    if given.side is AffectedSide.UNDETERMINED:
        return f"affected side: {SideSource.MOVEMENT}"
    return f"affected side: {SIDE_LABELS[given.side].lower()}, {given.source}"


def side_fact(result: ExamResult, analysis: Analysis) -> str:
    """Whether the side of a result was given, and by whom, or decided from the movement."""
    if result.affected_side_source == "movement":
        return "affected side decided from the movement"
    source = analysis.options.get(SIDE_FROM)
    words = f"affected side given: {SIDE_LABELS[result.affected_side].lower()}"
    return f"{words}, {source}" if source else words
