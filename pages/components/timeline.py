"""A patient's course on the patient's page: the figure, and the same as a plain list under it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import groupby

import streamlit as st

from core.charts.timeline import day_words, timeline_alt, timeline_figure
from core.records.entries import Patient
from core.records.timeline import TimelineEvent
from pages.components import figures
from pages.components.current import store
from pages.components.streamlit_runtime import is_dark
from pages.components.text import plain
from pages.components.tracker_words import with_titles


def timeline_section(patient: Patient) -> None:
    """Onset, visits, analyses, judgements, questionnaires and treatments by their days."""
    events = [replace(event, detail=with_titles(event.detail)) for event in store().timeline(patient.id)]
    if not events:
        st.info(
            "Nothing has happened yet. Onset, visits, treatments and questionnaires appear here by their days.",
            icon=":material/timeline:",
        )
        return
    figure = timeline_figure(events, dark=is_dark(), narrow=figures.is_phone())
    figures.show(figure, timeline_alt(events), key="timeline")
    st.markdown(_list_of(events))


def moment_words(at: datetime) -> str:
    """A moment in the clinic's time, e.g. "3 Mar 2026, 14:05"."""
    local = at.astimezone()
    return f"{day_words(local.date())}, {local:%H:%M}"


def _list_of(events: list[TimelineEvent]) -> str:
    """The newest day first, one line an event."""
    days = [(day, list(of_day)) for day, of_day in groupby(events, key=lambda event: event.day)]
    parts = []
    for day, of_day in reversed(days):
        lines = [f"- {_words(event)}" for event in of_day]
        parts.append("\n".join([f"**{day_words(day)}**", "", *lines]))
    return "\n\n".join(parts)


def _words(event: TimelineEvent) -> str:
    named = "" if event.title.startswith(event.kind.label) else f"{event.kind.label}: "
    detail = f" — {plain(event.detail)}" if event.detail else ""
    return f"{named}{plain(event.title)}{detail}"
