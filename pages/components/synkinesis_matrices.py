"""Measured synkinesis of both sides: what was found in words, and the matrices of movements by regions."""

from __future__ import annotations

import streamlit as st

from core.charts import synkinesis as synkinesis_charts
from core.charts.scores import entry_sentence
from core.result import ExamResult
from core.words import SIDES
from pages.components import figures
from pages.components.streamlit_runtime import is_dark


def synkinesis_matrices(result: ExamResult) -> None:
    """What was found, worst first, and one matrix a side; one sentence where nothing could be watched."""
    found = synkinesis_charts.found_entries(result)
    if not synkinesis_charts.watched_triggers(result):
        st.info("No movement was recorded during which synkinesis can be watched.", icon=":material/visibility_off:")
        return
    if not found:
        st.markdown("No unwanted movement of at least mild degree was measured.")
    for entry in found:
        st.markdown(
            f"- **{entry.pattern}**, {entry.side.label}: {entry_sentence(entry)}, score {entry.score:.0f} of 100"
        )
    for column, side in zip(st.columns(2), SIDES, strict=True):
        with column:
            figure = synkinesis_charts.synkinesis_matrix(result, side, dark=is_dark())
            figures.show(figure, synkinesis_charts.synkinesis_alt(result, side), key=f"synkinesis_{side}")
    st.caption("Each cell: movement of the region during the expression, and its score of 100. A dot was not watched.")
