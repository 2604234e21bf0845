"""Comparisons of stored results, made once a session; keyed like the results themselves (pages.components.results)."""

from __future__ import annotations

import streamlit as st

from core.errors import HemifaceError
from core.grading.change import Comparison, compare, compare_series
from core.grading.change_rules import resting_pitch_deg
from core.records.analyses import RESULT, TRACK
from core.records.entries import Analysis
from core.result import ExamResult
from pages.components.current import store
from pages.components.exam_choice import Exam
from pages.components.results import exam_result


def compared(before: Exam, after: Exam) -> Comparison:
    """The later examination against the earlier one."""
    return _compared(before.analysis, after.analysis)


def compared_course(exams: list[Exam]) -> tuple[list[ExamResult], list[Comparison]]:
    """Results of examinations in their order, and every later one against the first."""
    return _course(tuple(exam.analysis for exam in exams))


@st.cache_resource(
    scope="session",
    max_entries=8,
    show_spinner="Comparing the visits",
    hash_funcs={Analysis: lambda a: (a.id, a.hashes.get(RESULT), a.hashes.get(TRACK))},
)
def _compared(before: Analysis, after: Analysis) -> Comparison:
    return compare(exam_result(before), exam_result(after), pitch_deg=(_resting_pitch(before), _resting_pitch(after)))


@st.cache_resource(
    scope="session",
    max_entries=2,
    show_spinner="Comparing all visits",
    hash_funcs={Analysis: lambda a: (a.id, a.hashes.get(RESULT), a.hashes.get(TRACK))},
)
def _course(analyses: tuple[Analysis, ...]) -> tuple[list[ExamResult], list[Comparison]]:
    results = [store().load_result(analysis) for analysis in analyses]
    pitches = [_resting_pitch(analysis) for analysis in analyses]
    return results, compare_series(results[0], results[1:], pitch_deg=pitches)


@st.cache_resource(
    scope="session", max_entries=64, show_spinner=False, hash_funcs={Analysis: lambda a: a.hashes.get(TRACK, a.id)}
)
def _resting_pitch(analysis: Analysis) -> float | None:
    records = store()
    try:
        return resting_pitch_deg(records.load_track(analysis), records.load_result(analysis))
    except HemifaceError:  # without its track a result can still be compared; a remark says that the pitch is not known
        return None
