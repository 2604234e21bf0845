"""Severity: weakness and synkinesis of every branch on both sides, the movements behind them, and the clinical scales."""

from __future__ import annotations

import streamlit as st

from core.charts import branches as branch_charts
from core.charts import movements as movement_charts
from core.charts.face_map import face_map, face_map_alt
from core.charts.scales import grade_words
from core.charts.scores import branch_scores
from core.charts.second_opinion import opinion_reasons, opinion_rows
from core.charts.style import Quantity
from core.charts.wording import short_name
from core.exam.protocol import Expression
from core.measures.curves import Curves
from core.records.judged_items import JudgedItem
from core.result import ExamResult
from core.words import SIDES, AffectedSide
from pages.components import figures
from pages.components.current import ANALYSE, COMPARE, REVIEW, SYNKINESIS, go, store
from pages.components.evidence import evidence_buttons
from pages.components.exam_choice import Exam, require_exam
from pages.components.guard import guarded
from pages.components.judgement import Judgements, beside, judgement_section, scales_section, standing_judgements
from pages.components.layout import empty_state, page_head
from pages.components.quality import quality_list
from pages.components.result_details import blinks, downloads, movement_facts, side_decision, versions
from pages.components.results import exam_curves, exam_result
from pages.components.streamlit_runtime import is_dark
from pages.components.synkinesis_matrices import synkinesis_matrices
from pages.components.text import counted, plain

_SIDES = {
    AffectedSide.NONE: "No side weak",
    AffectedSide.UNDETERMINED: "Undetermined",
    AffectedSide.BOTH: "Both sides",
}
_MAP_HEIGHT, _PHONE_MAP_HEIGHT = 550, 440


@guarded
def page() -> None:
    head = st.container()
    exam = require_exam("Severity")
    with head:
        page_head("Severity", "", exam.patient, exam.visit)
    result = exam_result(exam.analysis)
    if result.video.mirrored != exam.recording.mirrored:
        st.warning("Right and left of this video were changed after this analysis.", icon=":material/flip:")
        if st.button("Analyse again", type="primary", icon=":material/replay:", key="to_analyse"):
            go(ANALYSE)
    if not result.segments:
        _no_movement()
    else:
        _severity(exam, result)
    versions(result)


def _no_movement() -> None:
    if empty_state(
        "No movement was found",
        "Nothing can be graded yet: mark in the review which expression was made when. If the patient did not move in this video, "
        "record the expressions again.",
        action="Mark expressions",
        icon=":material/movie:",
    ):
        go(REVIEW)


def _severity(exam: Exam, result: ExamResult) -> None:
    judged = standing_judgements(exam)
    _headline(result, judged)
    _maps(result)
    _branches(result)
    _synkinesis(result)
    _movements(exam)
    scales_section(result, judged)
    judgement_section(exam, result)
    blinks(result)
    side_decision(result)
    downloads(exam.analysis, exam.visit.day)
    with st.container(horizontal=True):
        if st.button("Review the video", key="to_review", icon=":material/movie:"):
            go(REVIEW)
        others = (row for row in store().visits(exam.patient.id) if row.exams and row.visit.id != exam.visit.id)
        if any(others) and st.button("Compare with another visit", key="to_compare", icon=":material/compare_arrows:"):
            go(COMPARE)


def _headline(result: ExamResult, judged: Judgements) -> None:
    """The four things that are asked first, and how sure the recording lets us be."""
    right, left = (result.overall.weakness.get(side) for side in SIDES)
    sunnybrook = result.scales.sunnybrook.composite
    side = result.affected_side.side
    facts = {
        "Affected side": _SIDES.get(result.affected_side, side.label.capitalize() if side else ""),
        "Mean weakness, of 100": "–" if right is None or left is None else f"R {right:.0f} · L {left:.0f}",
        "House-Brackmann (estimate)": grade_words(result.scales.house_brackmann.grade),
        "Sunnybrook (estimate)": "not assessable" if sunnybrook is None else f"{sunnybrook:.0f} of 100",
    }
    items = (JudgedItem.AFFECTED_SIDE, None, JudgedItem.HOUSE_BRACKMANN_GRADE, JudgedItem.SUNNYBROOK_COMPOSITE)
    for column, (label, value), item in zip(st.columns(4), facts.items(), items, strict=True):
        with column.container(border=True, gap=None, height="stretch", key=f"fact_{label}"):
            st.caption(label)
            st.subheader(value, anchor=False)
            if item in judged:
                st.markdown(f":material/stethoscope: {plain(beside(judged, item))}")
    source = "given by the clinician" if result.affected_side_source == "clinician" else "decided from the movement"
    compared = {
        "side_to_side": "each side with the stronger one",
        "normative": "both sides with published norms, because no healthy side could be named",
    }
    st.caption(
        f"The affected side was {source}. Weakness compares {compared[result.mode]}. "
        f"Mean over {result.overall.branches_used} branches; Sunnybrook 100 is normal."
    )
    warnings = [entry for entry in result.quality if entry.severity != "info"]
    if warnings:
        told = f"{counted(len(warnings), 'remark')} on the quality of the recording"
        with st.expander(told, icon=":material/warning:"):
            quality_list(warnings)


def _maps(result: ExamResult) -> None:
    height = _PHONE_MAP_HEIGHT if figures.is_phone() else _MAP_HEIGHT
    for column, of in zip(st.columns(2), Quantity, strict=True):
        with column:
            st.subheader(of.label, anchor=False)
            figure = face_map(result, of, dark=is_dark(), height=height)
            figures.show(figure, face_map_alt(result, of), key=f"map_{of}")


def _branches(result: ExamResult) -> None:
    st.subheader("Branches", anchor=False)
    for column, of in zip(st.columns(2), Quantity, strict=True):
        with column:
            st.markdown(f"**{of.label}**, {of.meaning}")
            figure = branch_charts.branch_bars(result, of, dark=is_dark(), narrow=figures.is_phone())
            figures.show(figure, branch_charts.branch_bars_alt(result, of), key=f"bars_{of}")
    _missing(result)
    st.markdown("What a score rests on:")
    evidence_buttons(result)
    _second_opinion(result)


def _second_opinion(result: ExamResult) -> None:
    """A network's opinion beside the scores by rule; nothing where it was not asked."""
    if result.severity_opinion is None:
        return
    with st.container(border=True, gap="small", key="second_opinion"):
        st.markdown("**Second opinion on weakness**, learned from simulated patients")
        rows = opinion_rows(result)
        if rows:
            st.table(rows, border="horizontal")
        for reason in opinion_reasons(result):
            st.caption(f":material/texture: {plain(reason)}")
        st.caption(
            "0 normal, 100 no movement; in brackets the 80 % interval. It stands beside the scores by rule and changes none of "
            f"them. Model {plain(result.severity_opinion.model)}, its card is on the page Models."
        )


def _missing(result: ExamResult) -> None:
    """Why scores are missing, each reason once."""
    reasons: dict[str, list[str]] = {}
    for of in Quantity:
        for score in branch_scores(result, of):
            if score.value is None and score.reason:
                what = f"{of.label.lower()} {score.branch.label.lower()}"
                reasons.setdefault(score.reason, [])
                if what not in reasons[score.reason]:
                    reasons[score.reason].append(what)
    for reason, what in reasons.items():
        st.caption(f":material/texture: Not assessable, {', '.join(what)}: {reason}")


def _synkinesis(result: ExamResult) -> None:
    st.subheader("Synkinesis", anchor=False)
    synkinesis_matrices(result)
    if st.button("Compare with the screen", key="to_synkinesis", icon=":material/compare:", type="tertiary"):
        go(SYNKINESIS)


@st.fragment
@guarded
def _movements(exam: Exam) -> None:
    result, curves = exam_result(exam.analysis), exam_curves(exam.analysis)
    st.subheader("Movements", anchor=False)
    st.markdown("Every repetition as a dot, its mean as a bar; hollow dots were not used.")
    figures.show(
        movement_charts.repetition_dots(result, dark=is_dark()), movement_charts.repetition_dots_alt(result), key="dots"
    )
    for expression, entry in result.expressions.items():
        if not entry.assessable and entry.reason:
            st.caption(f":material/texture: {short_name(expression)}, not assessable: {entry.reason}")
    if curves is not None:
        _one_movement(result, curves)


def _one_movement(result: ExamResult, curves: Curves) -> None:
    shown = movement_charts.shown_expressions(curves, result)
    if not shown:
        return
    expression = st.selectbox(
        "Left against right during",
        shown,
        index=shown.index(_worst(result, shown)),
        format_func=lambda e: e.label,
        key=f"movement_of_{len(shown)}",
    )
    over_time, loop = st.columns([3, 2])
    alt = movement_charts.excursion_alt(result, expression)
    with over_time:
        figures.show(
            movement_charts.excursion_over_time(curves, result, expression, dark=is_dark()), alt, key="over_time"
        )
    with loop:
        figures.show(movement_charts.side_against_side(curves, result, expression, dark=is_dark()), alt, key="loop")
    movement_facts(result, expression)


def _worst(result: ExamResult, shown: list[Expression]) -> Expression:
    """The movement in which the sides differ most."""
    ratios = {expression: result.expressions[expression].function_ratio for expression in shown}
    return min(shown, key=lambda expression: 2.0 if (ratio := ratios[expression]) is None else ratio)


page()
