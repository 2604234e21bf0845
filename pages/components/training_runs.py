"""Runs of training and evaluation programs on a page: their results as a table, their curves, and the command."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.charts.training import training_curves, training_curves_alt
from models.runs import FoundRun, TrainingRun
from pages.components.figures import show
from pages.components.layout import facts_line
from pages.components.streamlit_runtime import is_dark
from pages.components.text import plain


def training_runs(found: Sequence[FoundRun]) -> None:
    """One run at a time, the newest first; runs that cannot be read say why."""
    readable = [entry for entry in found if entry.run is not None]
    if readable:
        labels = {entry.folder.name: _label(entry) for entry in readable}
        chosen = st.selectbox(
            "Run", list(labels), format_func=lambda folder: labels.get(folder, folder), key="training_run"
        )
        for entry in readable:
            if entry.folder.name == chosen and entry.run is not None:
                _run(entry.run)
    for entry in found:
        if entry.problem:
            st.warning(plain(entry.problem), icon=":material/error:")


def _label(entry: FoundRun) -> str:
    run = entry.run
    return f"{run.name}, {_when(run)} ({entry.folder.name})" if run else entry.folder.name


def _when(run: TrainingRun) -> str:
    local = run.date.astimezone()
    return f"{local.day} {local:%b %Y, %H:%M}"


def _run(run: TrainingRun) -> None:
    with st.container(border=True, key="training_run_box"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(plain(run.name), anchor=False, width="content")
            if not run.finished:
                st.badge("Not finished", icon=":material/hourglass_top:", color="orange")
        facts_line([_when(run), f"seed {run.seed}", run.data])
        if run.notes:
            st.markdown(plain(run.notes))
        if run.table:
            st.dataframe(list(run.table), hide_index=True, key="training_run_table", height="content")
        if run.curves:
            lines = {name: (curve.x, curve.y) for name, curve in run.curves.items()}
            show(
                training_curves(lines, x_title=run.x_title, y_title=run.y_title, dark=is_dark()),
                training_curves_alt(lines, run.x_title),
                key="training_curves",
                zoom=True,
            )
        if not run.table and not run.curves:
            st.caption("This run has no results yet.")
        st.code(run.command, language=None, wrap_lines=True)
