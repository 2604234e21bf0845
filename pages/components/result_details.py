"""The quieter parts of a result: blinks, how the side was decided, facts of a movement, versions, files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import streamlit as st

from core.charts.wording import measure_words, number, quantity, share
from core.exam.protocol import Expression
from core.records.analyses import MEASURES, RESULT
from core.records.entries import Analysis
from core.result import ExamResult, Pair
from core.words import SIDES, AffectedSide
from pages.components.current import store
from pages.components.layout import facts_line
from pages.components.text import counted, plain
from pages.components.tracker_words import tracker_title

_FILES = ((RESULT, "Result (JSON)", "application/json"), (MEASURES, "Measures (CSV)", "text/csv"))
_SHORTEST_HASH = 12


def blinks(result: ExamResult) -> None:
    """Blinks at rest, both sides."""
    found = result.blink
    st.subheader("Blinks at rest", anchor=False)
    if found.reason is not None and not found.count:
        st.caption(found.reason)
        return
    rate = "" if found.rate_per_minute is None else f", {number(found.rate_per_minute)} a minute"
    st.markdown(f"{counted(found.count, 'blink')}{rate}.")
    rows = [
        _sides_row("Closure of the palpebral fissure", found.closing_ratio, share),
        _sides_row("Closing time", found.closing_time_s, partial(quantity, unit="s")),
        _sides_row("Peak closing velocity", found.peak_closing_velocity_mm_s, partial(quantity, unit="mm/s")),
    ]
    st.dataframe(rows, hide_index=True, key="blinks")
    if found.side_delay_s is not None:
        later = "right" if found.side_delay_s >= 0 else "left"
        st.caption(f"The {later} eye is shut {quantity(abs(found.side_delay_s), 's')} later.")
    if result.video.fps_median < 60:
        st.caption(
            f"At {result.video.fps_median:.0f} frames a second, times and velocities of blinks are indicative only."
        )


def side_decision(result: ExamResult) -> None:
    """Which movements point to which side."""
    with st.expander("How the affected side was decided", icon=":material/balance:"):
        if result.affected_side_source == "clinician":
            st.markdown("The clinician gave the affected side. The movement of the recording says:")
        elif result.affected_side is AffectedSide.BOTH:
            st.markdown("Both sides stay below published norms in several movements.")
        else:
            st.markdown("Each movement votes by how unequally the sides moved; at least two must agree.")
        if not result.affected_side_votes:
            st.caption("No movement could be compared.")
            return
        rows = [
            {
                "Movement": vote.expression.label,
                "Patient's right": number(vote.right),
                "Patient's left": number(vote.left),
                "Weaker": _weaker(vote.asymmetry),
                "Difference": f"{100 * abs(vote.asymmetry):.0f} %",
                "Weight": number(vote.weight),
            }
            for vote in result.affected_side_votes
        ]
        st.dataframe(rows, hide_index=True, key="votes")
        st.caption("Movements in mm; eye closures as a part of the own palpebral fissure.")


def movement_facts(result: ExamResult, expression: Expression) -> None:
    """Numbers of one movement, side by side and between the sides."""
    entry = result.expressions[expression]
    in_seconds, in_speed = partial(quantity, unit="s"), partial(quantity, unit="mm/s")
    rows = [
        _sides_row(f"Excursion ({measure_words(entry.measure)})", entry.excursion_mm, quantity),
        _sides_row("Peak velocity", entry.peak_velocity_mm_s, in_speed),
        _sides_row("Rise time, 10 to 90 %", entry.rise_time_s, in_seconds),
        _sides_row("Onset after the start", entry.onset_s, in_seconds),
        _sides_row("Closure of the palpebral fissure", entry.closure_fraction, share),
        _sides_row("Gap left when closed", entry.residual_gap_mm, quantity),
    ]
    st.dataframe([row for row in rows if _is_told(row)], hide_index=True, key="movement_facts")
    facts = [
        "" if entry.function_ratio is None else f"function ratio {share(entry.function_ratio)}",
        "" if entry.asymmetry_pct is None else f"asymmetry {entry.asymmetry_pct:.0f} %",
        "" if entry.onset_asynchrony_s is None else f"onset asynchrony {quantity(entry.onset_asynchrony_s, 's')}",
        "" if entry.direction_cosine is None else f"direction cosine {entry.direction_cosine:.2f}",
        ""
        if entry.midline_drag_mm is None
        else f"midline drag {quantity(abs(entry.midline_drag_mm))} to the patient's "
        + ("left" if entry.midline_drag_mm >= 0 else "right"),
    ]
    facts_line(facts)


def downloads(analysis: Analysis, day: date) -> None:
    """The files of the analysis; they carry no name."""
    st.subheader("Files", anchor=False)
    with st.container(horizontal=True):
        for name, label, mime in _FILES:
            if name in analysis.hashes:
                st.download_button(
                    label,
                    data=partial(_content, analysis, name),
                    file_name=f"hemiface_{day:%Y-%m-%d}_{analysis.id[:8]}_{name}",
                    mime=mime,
                    icon=":material/download:",
                    key=f"download_{name}",
                    on_click="ignore",
                )


def versions(result: ExamResult) -> None:
    """With what the numbers were made, so that visits are compared only where they can be."""
    tracker = result.tracker
    st.divider()
    scale = result.scale.mm_per_px
    st.caption(
        "  ·  ".join(
            plain(fact)
            for fact in (
                f"{result.software.name.capitalize()} {result.software.version}",
                ", ".join([f"tracker {tracker_title(tracker.name)} {tracker.version}", *tracker.ways]),
                f"weights {tracker.weights_sha256[:_SHORTEST_HASH]}",
                f"protocol {result.protocol}",
                "no millimetre scale" if scale is None else f"{scale:.3f} mm a pixel, iris {result.scale.iris_mm} mm",
                f"video {result.video.sha256[:_SHORTEST_HASH]}",
            )
        )
    )
    st.caption(
        "Measurements and estimates to support the clinician. Branch names stand for regions of the face that overlap."
    )


def _content(analysis: Analysis, name: str) -> bytes:
    return store().analysis_file(analysis, name).read_bytes()


def _sides_row(label: str, values: Pair, words: Callable[[float | None], str]) -> dict[str, str]:
    return {"": label, **{side.label.capitalize(): words(values.get(side)) for side in SIDES}}


def _is_told(row: dict[str, str]) -> bool:
    return any(value != "–" for key, value in row.items() if key)


def _weaker(asymmetry: float) -> str:
    """Positive means that the left moved more."""
    return "patient's right" if asymmetry > 0 else "patient's left" if asymmetry < 0 else "–"
