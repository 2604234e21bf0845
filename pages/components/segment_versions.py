"""Segments that were found or recorded, beside every correction of a clinician with its name and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import streamlit as st

from core.exam.protocol import Expression
from core.exam.segments import Segment, SegmentSource
from core.records.entries import Recording
from pages.components.current import store
from pages.components.results import exam_result
from pages.components.text import counted
from pages.components.timeline import moment_words

_MOST = 4
_ORIGINS = {
    SegmentSource.PROPOSED: "Found by the motion",
    SegmentSource.CUE: "Recorded cues",
    SegmentSource.FILE: "From a file",
}

Borders = dict[tuple[Expression, int], tuple[float, float]]


def segment_versions(recording: Recording) -> None:
    """A table with a column for every version; nothing while there is one only."""
    versions = list(_versions(recording))
    if len(versions) < 2:
        return
    shown = [versions[0], *versions[1:][-_MOST:]]
    with st.expander(f"Automatic and corrected segments ({counted(len(versions), 'version')})"):
        st.dataframe(version_rows(shown), hide_index=True, key="segment_versions")
        st.caption(
            "Start to end in seconds. Nothing is overwritten: every saved version has its own analysis."
            + (f" The newest {_MOST} corrections are shown." if len(versions) > len(shown) else "")
        )


def version_rows(versions: Iterable[tuple[str, Iterable[Segment]]]) -> list[dict[str, str]]:
    """A row for every performance in any version, with its borders in each; "–" where a version does not have it.

    Args:
        versions: title -> segments, the automatic one first.
    """
    columns = [(title, _borders(segments)) for title, segments in versions]
    wanted = {key: min(borders[key] for _, borders in columns if key in borders) for _, b in columns for key in b}
    repeated = Counter(expression for expression, _ in wanted)
    rows = []
    for key in sorted(wanted, key=lambda key: wanted[key]):
        expression, number = key
        row = {"Movement": expression.label + (f", {number + 1}" if repeated[expression] > 1 else "")}
        for title, borders in columns:
            row[title] = "{:.2f} to {:.2f}".format(*borders[key]) if key in borders else "–"
        rows.append(row)
    return rows


def _borders(segments: Iterable[Segment]) -> Borders:
    seen: Counter[Expression] = Counter()
    found: Borders = {}
    for segment in sorted(segments, key=lambda segment: segment.start_s):
        found[segment.expression, seen[segment.expression]] = (segment.start_s, segment.end_s)
        seen[segment.expression] += 1
    return found


def _versions(recording: Recording) -> Iterator[tuple[str, list[Segment]]]:
    """What the first analysis found or was given with its video, then everything that was saved."""
    for analysis in reversed(store().analyses(recording.id)):
        segments = exam_result(analysis).segments
        if analysis.segments_version is None or _origin(segments) == _ORIGINS[SegmentSource.PROPOSED]:
            yield _origin(segments) or "First analysis", list(segments)
            break
    for saved in store().segment_versions(recording.id):
        if saved.segments:
            yield (
                f"{saved.version}: {_origin(saved.segments) or saved.who}, {moment_words(saved.created_at)}",
                saved.segments,
            )


def _origin(segments: Iterable[Segment]) -> str | None:
    """Where all of the segments come from; None when they come from several places or from a clinician."""
    sources = {segment.source for segment in segments}
    return _ORIGINS.get(next(iter(sources))) if len(sources) == 1 else None
