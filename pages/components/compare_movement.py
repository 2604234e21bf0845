"""One expression at two visits: excursions, curves laid over each other, key pictures, and both videos at the same time."""

from __future__ import annotations

import streamlit as st

from core.charts import change_movements as movement_charts
from core.exam.protocol import Expression
from core.grading.change import Kind, Verdict
from core.result import ExamResult
from pages.components import compare_words as words
from pages.components import figures
from pages.components.compare_pictures import key_pictures
from pages.components.compare_players import videos
from pages.components.compare_results import compared
from pages.components.exam_choice import Exam
from pages.components.guard import guarded
from pages.components.results import exam_curves, exam_result
from pages.components.streamlit_runtime import is_dark
from pages.components.text import plain


@st.fragment
@guarded
def one_movement(before: Exam, after: Exam) -> None:
    """Every expression's repetitions, and one expression in curves, pictures and videos: choosing another runs this part only."""
    comparison = compared(before, after)
    st.subheader("Movements, before and after", anchor=False)
    st.markdown(
        "Every repetition as a dot, its mean as a bar; the grey band is measurement error around the mean before."
    )
    figures.show(
        movement_charts.excursion_changes(comparison, dark=is_dark(), narrow=figures.is_phone()),
        movement_charts.excursion_changes_alt(comparison),
        key="excursion_changes",
    )
    results = exam_result(before.analysis), exam_result(after.analysis)
    offered = shared_expressions(*results)
    st.subheader("One expression", anchor=False)
    expression = st.selectbox(
        "Expression",
        offered,
        index=offered.index(most_changed(before, after, offered)),
        format_func=lambda e: e.label,
        key=f"compare_expression_{before.recording.id}_{after.recording.id}",
    )
    if expression is not Expression.REST:
        _numbers(before, after, expression)
        _curves(before, after, expression)
    key_pictures(before, after, expression)
    videos(before, after, expression)


def shared_expressions(before: ExamResult, after: ExamResult) -> list[Expression]:
    """Rest, and what was performed at either visit, in the order of the protocol."""
    return [
        expression
        for expression in Expression
        if expression is Expression.REST
        or any(
            (entry := result.expressions.get(expression)) is not None and entry.repetitions
            for result in (before, after)
        )
    ]


def most_changed(before: Exam, after: Exam, offered: list[Expression]) -> Expression:
    """The expression with the greatest change in proportion to what is detectable; rest where none was performed twice."""
    sizes = {
        row.name: abs(row.change) / row.detectable.value
        for row in compared(before, after).of(Kind.EXCURSION)
        if row.change is not None and row.detectable is not None and row.detectable.value > 0
    }
    return max(offered, key=lambda expression: sizes.get(expression.value, -1.0))


def _numbers(before: Exam, after: Exam, expression: Expression) -> None:
    """The rows of this expression in words."""
    comparison = compared(before, after)
    for row in (row for row in comparison.of(Kind.EXCURSION) if row.name == expression.value):
        side = row.side.label.capitalize() if row.side is not None else row.label
        values = f"{words.value_words(row, row.before)} → {words.value_words(row, row.after)}"
        verdict = f"**{row.verdict.label}**" if row.verdict is not Verdict.WITHIN_ERROR else row.verdict.label
        st.markdown(f"- {side}: {values}, {verdict}. {plain(row.reason)}")


def _curves(before: Exam, after: Exam, expression: Expression) -> None:
    curves = exam_curves(before.analysis), exam_curves(after.analysis)
    if curves[0] is None or curves[1] is None:
        st.caption(":material/show_chart: An analysis kept no curves. Analyse its video again to see them.")
        return
    results = exam_result(before.analysis), exam_result(after.analysis)
    figures.show(
        movement_charts.excursions_overlaid(
            (curves[0], results[0]), (curves[1], results[1]), expression, dark=is_dark(), narrow=figures.is_phone()
        ),
        movement_charts.excursions_overlaid_alt(*results, expression),
        key="excursions_overlaid",
    )
