"""The branches at two visits: face map of change, dumbbells, and the matrices of synkinesis before and after."""

from __future__ import annotations

import streamlit as st

from core.charts import change as change_charts
from core.charts import change_branches as branch_charts
from core.charts import change_synkinesis as synkinesis_charts
from core.charts.synkinesis import watched_triggers
from core.grading.change import Comparison, Kind, Verdict
from core.words import SIDES, Side
from pages.components import figures
from pages.components.compare_words import BRANCH_KINDS
from pages.components.exam_choice import Exam
from pages.components.results import exam_result
from pages.components.streamlit_runtime import is_dark

_MAP_HEIGHT, _PHONE_MAP_HEIGHT = 550, 440


def overview(before: Exam, after: Exam, comparison: Comparison) -> None:
    """Weakness and synkinesis of every branch, first as a face, then as numbers."""
    height = _PHONE_MAP_HEIGHT if figures.is_phone() else _MAP_HEIGHT
    look = {"dark": is_dark(), "narrow": figures.is_phone()}
    for column, kind in zip(st.columns(2), BRANCH_KINDS, strict=True):
        with column:
            st.subheader(f"Change of {kind.label.lower()}", anchor=False)
            figure = change_charts.change_map(comparison, kind, height=height, **look)
            figures.show(figure, change_charts.change_map_alt(comparison, kind), key=f"change_map_{kind}")
    st.subheader("Branches, before and after", anchor=False)
    for column, kind in zip(st.columns(2), BRANCH_KINDS, strict=True):
        with column:
            st.markdown(f"**{kind.label}**: hollow before, filled after; the grey band is measurement error")
            figure = branch_charts.branch_dumbbells(comparison, kind, **look)
            figures.show(figure, branch_charts.branch_dumbbells_alt(comparison, kind), key=f"dumbbells_{kind}")
    _reasons(comparison)
    _matrices(before, after, comparison)


def _reasons(comparison: Comparison) -> None:
    """Why branch scores are not comparable, each reason once; reasons that hold for everything are told above."""
    if comparison.blockers:
        return
    reasons: dict[str, list[str]] = {}
    for kind in BRANCH_KINDS:
        for row in comparison.of(kind):
            if row.verdict is Verdict.NOT_COMPARABLE:
                what = f"{kind.label.lower()} {row.label.lower()}"
                if what not in reasons.setdefault(row.reason, []):
                    reasons[row.reason].append(what)
    for reason, what in reasons.items():
        st.caption(f":material/texture: Not comparable, {', '.join(what)}: {reason}")


def _matrices(before: Exam, after: Exam, comparison: Comparison) -> None:
    results = exam_result(before.analysis), exam_result(after.analysis)
    st.subheader("Synkinesis, before and after", anchor=False)
    if not any(watched_triggers(result) for result in results):
        st.info("No movement was recorded during which synkinesis can be watched.", icon=":material/visibility_off:")
        return
    affected = [side for side in SIDES if any(result.affected_side.side is side for result in results)]
    quiet = [side for side in SIDES if side not in affected and not _has_any(comparison, side)]
    for side in (side for side in SIDES if side not in quiet):
        figure = synkinesis_charts.synkinesis_change(*results, side, dark=is_dark(), narrow=figures.is_phone())
        alt = synkinesis_charts.synkinesis_change_alt(*results, side, comparison)
        figures.show(figure, alt, key=f"synkinesis_change_{side}")
    for side in quiet:
        st.caption(f"{side.label.capitalize()}: no unwanted movement at either visit.")
    st.caption(
        "Each cell: movement of the region during the expression, and its score of 100. A dot was not watched. Whether a "
        "difference is more than error is said of the branch scores above: single cells vary more."
    )


def _has_any(comparison: Comparison, side: Side) -> bool:
    rows = (row for row in comparison.of(Kind.SYNKINESIS) if row.side is side)
    return any(
        value is not None and value >= synkinesis_charts.FOUND_SCORE for r in rows for value in (r.before, r.after)
    )
