"""Choosing what a guided recording asks for: protocol, order, repetitions."""

from __future__ import annotations

import streamlit as st

from core.errors import InputError
from core.exam.guide import MOST_REPETITIONS, ExamPlan, GuidedProtocol, exam_plan
from core.exam.protocol import Expression
from pages.components.text import plain


def choose_plan(name: str) -> ExamPlan | None:
    """Protocol, order and repetitions; None, with the reason shown, when they make no plan.

    Args:
        name: start of the widgets' keys; what was chosen under a name stays for the session.
    """
    left, right = st.columns([3, 1])
    protocol = left.selectbox(
        "Protocol",
        list(GuidedProtocol),
        format_func=lambda choice: choice.label,
        key=f"{name}_protocol",
        persist_state="session",
    )
    repetitions = right.number_input(
        "Repetitions",
        min_value=1,
        max_value=MOST_REPETITIONS,
        value=protocol.usual_repetitions,
        key=f"{name}_repetitions_{protocol}",
        help="Three repetitions tell how much a movement varies; change between visits is judged against that.",
    )
    expressions = None
    if protocol is GuidedProtocol.CUSTOM:
        expressions = st.multiselect(
            "Movements, in this order",
            [expression for expression in Expression if expression is not Expression.REST],
            format_func=lambda expression: expression.label,
            key=f"{name}_order",
            persist_state="session",
            placeholder="Choose movements",
        )
        if not expressions:
            st.info("Choose the movements that you want to record.", icon=":material/playlist_add:")
            return None
    try:
        return exam_plan(protocol, expressions, int(repetitions))
    except InputError as problem:
        st.warning(f"{plain(problem.message)} {plain(problem.hint)}", icon=":material/timer_off:")
        return None
