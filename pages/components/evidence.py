"""What a branch score rests on, one click away: both sides beside each other, as when facing the patient."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.charts.scores import Score, branch_score, resting_words
from core.charts.style import Quantity
from core.charts.wording import measure_words, quantity, region_words, share
from core.result import BranchSide, ExamResult, SynkinesisEntry
from core.words import SIDES, Branch, Side
from pages.components.guard import guarded

# The theme's blue and orange are the colours of the sides (core/charts/style.py).
_COLOURS = {Side.RIGHT: "blue", Side.LEFT: "orange"}


def side_heading(side: Side) -> str:
    """Name of a side in its colour, as markdown."""
    return f":{_COLOURS[side]}[**{side.label.capitalize()}**]"


def evidence_buttons(result: ExamResult) -> None:
    """One button a branch; each opens its evidence."""
    with st.container(horizontal=True, key="evidence_buttons"):
        for branch in result.branches:
            if st.button(branch.label, icon=":material/fact_check:", key=f"evidence_{branch.value}"):
                evidence(result, branch)


@st.dialog("Evidence", width="large")
@guarded
def evidence(result: ExamResult, branch: Branch) -> None:
    """Movements, resting sign, confidence and unwanted movements of one branch on both sides."""
    st.subheader(f"{branch.label} branch: {branch.region}", anchor=False)
    for column, side in zip(st.columns(2), SIDES, strict=True):
        with column:
            _side(result, branch, side)
    st.caption(
        "Function: part of the reference movement that is there, after the noise floor and the tolerated asymmetry. Reference: "
        + ("the stronger side." if result.mode == "side_to_side" else "published norms.")
        + " For the eyelids it is closure of the own palpebral fissure."
    )


def _side(result: ExamResult, branch: Branch, side: Side) -> None:
    found = result.branches[branch].get(side)
    st.markdown(side_heading(side))
    _score(branch_score(result, branch, side, Quantity.WEAKNESS), found)
    if found.movements:
        st.dataframe(_movement_rows(found), hide_index=True, key=f"movements_{branch}_{side}")
    if found.resting is not None:
        st.markdown(resting_words(found.resting) + ".")
    _score(branch_score(result, branch, side, Quantity.SYNKINESIS), None)
    entries = [entry for entry in result.synkinesis if entry.branch is branch and entry.side is side]
    if entries:
        st.dataframe(entry_rows(entries), hide_index=True, key=f"unwanted_{branch}_{side}")


def _score(score: Score, found: BranchSide | None) -> None:
    if score.value is None:
        st.markdown(f"{score.quantity.label}: **not assessable**. {score.reason}")
        return
    words = f"{score.quantity.label} **{score.value:.0f}** of 100, {score.grade}"
    if found is not None and found.confidence is not None:
        words += f" · confidence {found.confidence}"
    if score.hypertonic:
        words += " · hypertonic at rest"
    st.markdown(words)


def _movement_rows(found: BranchSide) -> list[dict[str, Any]]:
    return [
        {
            "Movement": movement.expression.label,
            "Measured": quantity(movement.excursion_mm),
            "Reference": quantity(movement.reference_mm),
            "Function": share(movement.function),
            "Weight": share(movement.weight),
            "Used": "yes" if movement.used else f"no: {movement.reason}",
            "Measure": measure_words(movement.measure),
        }
        for movement in found.movements
    ]


def entry_rows(entries: list[SynkinesisEntry]) -> list[dict[str, Any]]:
    """Unwanted movements as rows of a table, worst first."""
    return [
        {
            "During": entry.trigger.label,
            "Region": region_words(entry.region),
            "This side": quantity(entry.unwanted_mm),
            "Other side": quantity(entry.other_side_mm),
            "Score": f"{entry.score:.0f}",
            "Pattern": entry.pattern,
        }
        for entry in sorted(entries, key=lambda entry: -entry.score)
    ]
