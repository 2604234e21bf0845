"""What an export could not take, and why, in the words of the records instead of ids."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from core.errors import HemifaceError
from core.exports.examinations import LeftOut
from core.records.entries import Visit
from pages.components.current import store
from pages.components.text import counted, plain

_MOST_SHOWN = 20
_MOST_OPEN = 5
_ID = re.compile(r"(recording|analysis|visit) ([0-9a-f]{32})")


def show_left_out(left_out: Sequence[LeftOut]) -> None:
    """Every reason with what it concerns; nothing where everything was taken."""
    if not left_out:
        return
    by_reason: dict[str, list[str]] = {}
    for entry in left_out:
        by_reason.setdefault(entry.reason, []).append(entry.what)
    title = f"Left out: {counted(len(left_out), 'item')}"
    with st.expander(title, icon=":material/block:", expanded=len(left_out) <= _MOST_OPEN):
        for reason, whats in by_reason.items():
            lines = [f"- {plain(words_of(what))}" for what in whats[:_MOST_SHOWN]]
            if len(whats) > _MOST_SHOWN:
                lines.append(f"- {len(whats) - _MOST_SHOWN} more")
            st.markdown("\n".join([f"**{plain(reason)}**", "", *lines]))


def words_of(what: str) -> str:
    """ "curves of analysis 0f..." with the patient and the visit in the place of the id."""
    found = _ID.search(what)
    if found is None:
        return what
    kind, identity = found.groups()
    try:
        visit = _visit(kind, identity)
        patient = store().patient(visit.patient_id)
    except HemifaceError:  # deleted since
        return what
    return what.replace(f" {identity}", "") + f" · {patient.name} · {visit.title}"


def _visit(kind: str, identity: str) -> Visit:
    if kind == "visit":
        return store().visit(identity)
    recording_id = store().analysis(identity).recording_id if kind == "analysis" else identity
    return store().visit(store().recording(recording_id).visit_id)
