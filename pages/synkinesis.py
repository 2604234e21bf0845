"""Synkinesis: what was measured beside what a network says of the key pictures, where they contradict, and loose pictures."""

from __future__ import annotations

import streamlit as st

from core.charts import branches as branch_charts
from core.charts import screening as screening_charts
from core.charts.scores import entry_sentence
from core.charts.style import Quantity, grade_name
from core.charts.synkinesis import found_entries, watched_triggers
from core.grading.screen_agreement import Agreement, screen_agreement
from core.grading.synkinesis import synkinesis_grade
from core.result import ExamResult, Screening
from models.opinions import SCREENING_NOT_RUN
from pages.components import figures
from pages.components.current import ANALYSE, MODELS, REVIEW, SEVERITY, go
from pages.components.exam_choice import require_exam
from pages.components.guard import guarded
from pages.components.key_pictures import key_pictures
from pages.components.layout import facts_line, page_head
from pages.components.loose_pictures import loose_pictures
from pages.components.results import exam_result
from pages.components.streamlit_runtime import is_dark
from pages.components.synkinesis_matrices import synkinesis_matrices
from pages.components.text import plain

_LEAD = "Unwanted movement as it was measured, beside what a network says of the key pictures."
_COMPARED = {
    Agreement.SCREEN_ONLY: "**Review**: the network says “refer”, but every measured score is below mild. Look at the key "
    "pictures and at the video.",
    Agreement.MEASURED_ONLY: "**Review**: synkinesis was measured, but the network says “not flagged”. Look at the movements "
    "marked below and at the video.",
    Agreement.BOTH_FOUND: "Both point to synkinesis: the measured movement and the network.",
    Agreement.NEITHER_FOUND: "Neither points to synkinesis: not the measured movement and not the network.",
    Agreement.SCREEN_UNSURE: "The network is unsure; the measured scores stand for themselves.",
}


@guarded
def page() -> None:
    examination = st.container()
    st.divider()
    # Drawn before the examination, which ends the page where no visit is open or nothing is analysed.
    loose_pictures()
    with examination:
        _examination()


def _examination() -> None:
    head = st.container()
    exam = require_exam("Synkinesis")
    with head:
        page_head("Synkinesis", _LEAD, exam.patient, exam.visit)
    result = exam_result(exam.analysis)
    turned = result.video.mirrored != exam.recording.mirrored
    if turned:
        st.warning("Right and left of this video were changed after this analysis.", icon=":material/flip:")
    _comparison(result)
    measured, screened = st.columns(2)
    with measured.container(border=True, height="stretch", key="measured"):
        _measured(result)
        _branches(result)
    with screened.container(border=True, height="stretch", key="screened"):
        _screened(result)
    st.subheader("Measured synkinesis", anchor=False)
    synkinesis_matrices(result)
    if result.screening is not None and not turned:
        key_pictures(exam, result.screening)
    with st.container(horizontal=True):
        if (turned or result.screening is None) and st.button(
            "Analyse again", type="primary", icon=":material/replay:", key="to_analyse"
        ):
            go(ANALYSE)
        if st.button("Review the video", key="to_review", icon=":material/movie:"):
            go(REVIEW)
        if st.button("Show severity", key="to_severity", icon=":material/face:"):
            go(SEVERITY)


def _comparison(result: ExamResult) -> None:
    agreement = screen_agreement(result)
    if agreement.needs_review:
        st.warning(_COMPARED[agreement], icon=":material/rate_review:")
    elif agreement is Agreement.SCREEN_UNSURE:
        st.info(_COMPARED[agreement], icon=":material/help:")
    elif agreement is not Agreement.NOT_COMPARED:
        st.info(_COMPARED[agreement], icon=":material/check:")


def _measured(result: ExamResult) -> None:
    """The worst of what was measured."""
    st.caption("Measured movement")
    found = found_entries(result)
    if not watched_triggers(result):
        st.subheader("Not assessable", anchor=False)
        st.markdown("No movement was recorded during which synkinesis can be watched.")
        return
    if not found:
        st.subheader("None", anchor=False)
        st.markdown("No unwanted movement of at least mild degree.")
        return
    worst = found[0]
    grade = grade_name(Quantity.SYNKINESIS, synkinesis_grade(worst.score))
    st.subheader(f"{grade.capitalize()}, {worst.side.label}", anchor=False)
    st.markdown(f"{worst.pattern}: {entry_sentence(worst)}, score {worst.score:.0f} of 100.")


def _branches(result: ExamResult) -> None:
    figure = branch_charts.branch_bars(result, Quantity.SYNKINESIS, dark=is_dark(), narrow=figures.is_phone())
    alt = branch_charts.branch_bars_alt(result, Quantity.SYNKINESIS)
    figures.show(figure, alt, key="bars_synkinesis")
    st.caption("The worst of each branch and side, 0 none to 100 severe.")


def _screened(result: ExamResult) -> None:
    """What the network says of the examination, or why it says nothing."""
    st.caption("Screen by a network")
    screening = result.screening
    if screening is None:
        _not_run(result)
        return
    st.subheader(screening_charts.verdict_words(screening).capitalize(), anchor=False)
    if screening.verdict == "not_assessable":
        st.markdown(plain(screening.reason or "No reason was recorded."))
    else:
        st.markdown(f"Probability of synkinesis {screening_charts.probability_words(screening)}")
        figure = screening_charts.probability_band(screening, dark=is_dark(), narrow=figures.is_phone())
        figures.show(figure, screening_charts.probability_band_alt(screening), key="probability_band")
        st.caption(screening_charts.limits_words(screening))
    _trained_on(screening)


def _trained_on(screening: Screening) -> None:
    st.caption(
        "The network learned from **simulated patients**, and its figures are of simulated patients, too. It supports an "
        "examination and replaces none."
    )
    facts_line([f"{screening.model}, weights {screening.weights_sha256[:12]}"])
    if st.button("How good it is", key="to_models", icon=":material/monitoring:", type="tertiary"):
        go(MODELS)


def _not_run(result: ExamResult) -> None:
    st.subheader("Not run", anchor=False)
    reason = next((entry.message for entry in result.quality if entry.code == SCREENING_NOT_RUN), "")
    st.markdown(plain(reason) if reason else "This analysis was made without the screen. Analyse the video again.")


page()
