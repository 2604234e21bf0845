"""Editor of a recording's segments: a table, and buttons that put in the time at which the video stands."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.errors import InputError
from core.exam.protocol import EXPRESSIONS, Expression
from core.exam.segments import Segment
from core.records.entries import Analysis, Recording
from core.result import ExamResult
from pages.components.author import author_field
from pages.components.guard import show_error
from pages.components.regrading import regrade
from pages.components.results import exam_result
from pages.components.segment_table import (
    END,
    EXPRESSION,
    START,
    Row,
    expression_labels,
    is_changed,
    row_name,
    segments_of,
    table_rows,
)
from pages.components.text import counted

_DONE = "segments_saved"
_ADDED_S = 3.0


@dataclass(frozen=True)
class _Draft:
    """Keys of the table that is being edited; a new round makes the widget start from the kept rows."""

    key: str

    def rows(self, segments: list[Segment]) -> list[Row]:
        return st.session_state.setdefault(f"{self.key}_rows", table_rows(segments))

    @property
    def widget(self) -> str:
        return f"{self.key}_table_{st.session_state.get(f'{self.key}_round', 0)}"

    def replace(self, rows: list[Row]) -> None:
        st.session_state[f"{self.key}_rows"] = rows
        st.session_state[f"{self.key}_round"] = st.session_state.get(f"{self.key}_round", 0) + 1

    def drop(self) -> None:
        st.session_state.pop(f"{self.key}_rows", None)
        st.session_state[f"{self.key}_round"] = st.session_state.get(f"{self.key}_round", 0) + 1


def segment_editor(recording: Recording, analysis: Analysis, result: ExamResult, time_s: float | None) -> bool:
    """The table with what can be done to it.

    Args:
        recording, analysis, result: the examination; saving makes a new analysis of the recording.
        time_s: where the video stands.

    Returns:
        Whether the table has changes that are not saved.
    """
    draft = _Draft(f"segments_{analysis.id}")
    rows = _table(draft, result)
    _time_buttons(draft, rows, time_s)
    changed = is_changed(rows, result.segments)
    author_field()
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Save and grade again",
            type="primary" if changed else "secondary",
            icon=":material/save:",
            disabled=not changed,
            key="segments_save",
        ):
            _save(recording, analysis, result, rows)
        if changed:
            st.button("Undo changes", icon=":material/undo:", key="segments_undo", on_click=draft.drop)
        if st.button(
            "Find movements anew",
            type="tertiary",
            icon=":material/auto_awesome:",
            key="segments_propose",
            help="Lets the motion propose segments. They replace the table; earlier versions are kept.",
        ):
            _grade(recording, analysis, [])
    st.caption("Saving keeps a new version. The stored landmarks are graded again; the video is not tracked again.")
    return changed


def saved_message() -> None:
    """Tells, once, that segments were saved."""
    if (count := st.session_state.pop(_DONE, None)) is not None:
        st.success(f"Graded again with {counted(count, 'segment')}.", icon=":material/check:")


def _table(draft: _Draft, result: ExamResult) -> list[Row]:
    import pandas as pd

    rows = draft.rows(result.segments)
    frame = pd.DataFrame(rows, columns=[EXPRESSION, START, END])
    frame = frame.astype({EXPRESSION: "object", START: "float64", END: "float64"})
    limits = {"min_value": 0.0, "max_value": float(result.video.duration_s), "step": 0.01, "format": "%.2f"}
    edited = st.data_editor(
        frame,
        key=draft.widget,
        num_rows="dynamic",
        hide_index=True,
        column_config={
            EXPRESSION: st.column_config.SelectboxColumn(options=expression_labels(), required=True, width="medium"),
            START: st.column_config.NumberColumn(required=True, **limits),
            END: st.column_config.NumberColumn(required=True, **limits),
        },
    )
    return edited.to_dict("records")


def _time_buttons(draft: _Draft, rows: list[Row], time_s: float | None) -> None:
    if time_s is None:
        st.caption("Pause the video at a moment to put its time into the table.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = None
        if rows:
            chosen = st.selectbox(
                "Segment",
                range(len(rows)),
                index=_nearest(rows, time_s),
                format_func=lambda i: row_name(rows[i]),
                key=f"{draft.widget}_row_{len(rows)}",
                width=260,
            )
        now = round(time_s, 2)
        if chosen is not None:
            for column, word in ((START, "Starts"), (END, "Ends")):
                changed = [*rows[:chosen], {**rows[chosen], column: now}, *rows[chosen + 1 :]]
                st.button(
                    f"{word} at {time_s:.2f} s", key=f"segments_set_{word}", on_click=draft.replace, args=(changed,)
                )
        name = EXPRESSIONS[Expression.SMILE_OPEN].label if chosen is None else rows[chosen].get(EXPRESSION)
        added = {EXPRESSION: name, START: now, END: round(time_s + _ADDED_S, 2)}
        st.button(
            f"New at {time_s:.2f} s",
            icon=":material/add:",
            key="segments_add",
            on_click=draft.replace,
            args=([*rows, added],),
        )


def _nearest(rows: list[Row], time_s: float) -> int:
    """The row whose start or end lies nearest to the time."""

    def distance(row: Row) -> float:
        ends = [row.get(name) for name in (START, END)]
        return min((abs(end - time_s) for end in ends if isinstance(end, float) and end == end), default=float("inf"))

    return min(range(len(rows)), key=lambda i: distance(rows[i]))


def _save(recording: Recording, analysis: Analysis, result: ExamResult, rows: list[Row]) -> None:
    try:
        segments = segments_of(rows, result.segments, result.video.duration_s)
    except InputError as problem:
        show_error(problem)
        return
    if not segments:
        st.error("The table is empty. Add a segment, or let the movements be found anew.", icon=":material/error:")
        return
    _grade(recording, analysis, segments)


def _grade(recording: Recording, analysis: Analysis, segments: list[Segment]) -> None:
    with st.spinner("Grading again"):
        made = regrade(recording, analysis, segments)
    st.session_state[_DONE] = len(exam_result(made).segments)
    st.rerun()
