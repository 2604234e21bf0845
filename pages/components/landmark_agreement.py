"""How far two annotators agree on the pictures that both corrected: table and Bland-Altman plot."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.charts.agreement import bland_altman_alt, bland_altman_plot
from core.charts.wording import number
from core.face.ibug68 import Region
from core.landmark_agreement import Direction, Limits, PairedFrame, RegionAgreement, agreement_table, point_differences
from core.records.landmark_sets import LandmarkSet, paired_frames
from pages.components import figures
from pages.components.streamlit_runtime import is_dark
from pages.components.text import counted, plain

_ALL = "All points"


def agreement_section(sets: list[LandmarkSet]) -> None:
    """Table and plot for two annotators; says what is missing where no picture has two."""
    st.subheader("Agreement", anchor=False)
    annotators = sorted({entry.frame.annotator for entry in sets})
    if len(annotators) < 2:
        st.caption("When a second annotator has corrected the same pictures, this shows how far the two agree.")
        return
    first, second = _chosen(annotators)
    pairs = [pair for _, pair in paired_frames(sets, first, second)]
    if first == second or not pairs:
        st.info(
            "These two have no picture in common yet. Let both correct the same picture."
            if first != second
            else "Choose two different annotators.",
            icon=":material/group:",
        )
        return
    table = agreement_table(pairs)
    st.caption(
        f"{counted(len(pairs), 'picture')} corrected by both. Distances and differences in per cent of the distance between the "
        "outer corners of the eyes; differences are the first annotator's minus the second's. Points that either marked as not "
        "visible are left out."
    )
    st.dataframe([_row(row) for row in table], hide_index=True, key="agreement_table")
    _plot(pairs, table, (first, second))


def _chosen(annotators: list[str]) -> tuple[str, str]:
    if len(annotators) == 2:
        return annotators[0], annotators[1]
    one, other = st.columns(2)
    first = one.selectbox("First annotator", annotators, index=0, key="agreement_first")
    second = other.selectbox("Second annotator", annotators, index=1, key="agreement_second")
    return first, second


def _plot(pairs: Sequence[PairedFrame], table: Sequence[RegionAgreement], names: tuple[str, str]) -> None:
    with st.container(horizontal=True):
        region = st.selectbox("Region", [_ALL, *Region], format_func=_region_label, key="agreement_region", width=220)
        direction = st.selectbox(
            "Position", list(Direction), format_func=lambda d: d.label, key="agreement_direction", width=260
        )
    wanted = None if region == _ALL else Region(region)
    if next(row for row in table if row.region is wanted).nme_pct is None:
        st.caption("No point of this region is visible to both.")
        return
    differences = point_differences(pairs, wanted, direction)
    st.caption(f"First: {plain(names[0])} · second: {plain(names[1])}")
    figures.show(
        bland_altman_plot(differences, direction, dark=is_dark()),
        bland_altman_alt(differences, direction, names),
        key="agreement_plot",
    )
    st.caption(
        "Solid line: mean difference. Dashed lines: 95 % limits of agreement (Bland and Altman) of single points; the points of "
        "one face are not independent of each other."
    )


def _row(row: RegionAgreement) -> dict[str, str]:
    up, lateral = (row.limits.get(direction) for direction in Direction)
    return {
        "Region": _ALL if row.region is None else row.region.label,
        "Points": str(row.points),
        "Mean error (NME), %": "–" if row.nme_pct is None else number(row.nme_pct),
        "Height: bias, %": _bias(up),
        "Height: limits, %": _band(up),
        "From the midline: bias, %": _bias(lateral),
        "From the midline: limits, %": _band(lateral),
    }


def _region_label(choice: str) -> str:
    return choice if choice == _ALL else Region(choice).label


def _bias(limits: Limits | None) -> str:
    return "–" if limits is None else _signed(limits.bias)


def _band(limits: Limits | None) -> str:
    if limits is None or limits.lower is None or limits.upper is None:
        return "–"
    return f"{_signed(limits.lower)} to {_signed(limits.upper)}"


def _signed(value: float) -> str:
    return number(value).replace("-", "−")
