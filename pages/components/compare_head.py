"""The head of a comparison: the verdict at first sight, what forbids comparing, and the new analysis that would help."""

from __future__ import annotations

import streamlit as st

from core import __version__
from core.grading.change import Comparison, Verdict
from core.records.entries import Job, JobState
from core.records.known_side import side_of_record
from core.records.runner import AnalysisOptions
from core.result import ExamResult
from core.words import AffectedSide
from pages.components import compare_words as words
from pages.components import figures
from pages.components.compare_report import report_button
from pages.components.current import SEVERITY, open_visit
from pages.components.exam_choice import Exam
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.job_progress import show_progress
from pages.components.layout import SIDE_LABELS
from pages.components.results import exam_result
from pages.components.text import plain
from pages.components.tracker_words import with_titles

_STARTED = "compare_started"
_PHONE_CARD_PX = 170  # two beside each other
_ICONS = {
    Verdict.IMPROVED: ":material/trending_up:",
    Verdict.WORSE: ":material/trending_down:",
    Verdict.CHANGED: ":material/swap_vert:",
    Verdict.WITHIN_ERROR: ":material/trending_flat:",
    Verdict.NOT_COMPARABLE: ":material/texture:",
}


def headline(before: Exam, after: Exam, comparison: Comparison) -> None:
    """Verdict, counts, blockers and remarks."""
    with st.container(gap="xsmall", key="compare_headline"):
        st.subheader(words.head_line(comparison), anchor=False)
        st.caption(
            f"{plain(after.visit.title)} against {plain(before.visit.title)}. Weakness and synkinesis of five branches, both sides."
        )
    if comparison.blockers:
        _blockers(before, after, comparison)
    _counts(comparison)
    for turned in (exam for exam in (before, after) if _is_turned(exam)):
        st.warning(
            f"Right and left of the video of {plain(turned.visit.title)} were changed after its analysis. Analyse it again.",
            icon=":material/flip:",
        )
    for remark in comparison.remarks:
        st.caption(f":material/info: {plain(remark)}")
    _offer_side(before, after)
    _running(before, after)
    with st.container(horizontal=True, vertical_alignment="center", key="compare_actions"):
        report_button(before, after, primary=not comparison.needs_reanalysis)
        for exam, label in ((before, "Severity at baseline"), (after, "Severity at the later visit")):
            if st.button(label, key=f"severity_{exam.recording.id}", icon=":material/face:", type="tertiary"):
                open_visit(exam.visit, SEVERITY)


def _counts(comparison: Comparison) -> None:
    """How many branch scores have each verdict, and which; a verdict that nothing has ever is left out where it is unusual."""
    found = {verdict: words.branch_rows(comparison, verdict) for verdict in words.SHORT_VERDICTS}
    if not found[Verdict.CHANGED]:
        del found[Verdict.CHANGED]
    phone = figures.is_phone()
    row = st.container(horizontal=True, gap="small", key="compare_counts")
    places = [row] * len(found) if phone else row.columns(len(found))
    for place, (verdict, rows) in zip(places, found.items(), strict=True):
        width = _PHONE_CARD_PX if phone else "stretch"
        with place.container(border=True, gap=None, height="stretch", width=width, key=f"verdict_{verdict}"):
            st.caption(f"{_ICONS[verdict]} {words.SHORT_VERDICTS[verdict]}")
            st.subheader(str(len(rows)), anchor=False)
            if verdict is not Verdict.WITHIN_ERROR:
                for line in words.branch_names(rows):
                    st.caption(plain(line))


def _blockers(before: Exam, after: Exam, comparison: Comparison) -> None:
    with st.container(border=True, gap="small", key="compare_blockers"):
        st.markdown(
            ":material/block: **These visits cannot be compared.** Numbers stand side by side below, but no change is interpreted."
        )
        for blocker in comparison.blockers:
            st.markdown(f"- {plain(with_titles(blocker.sentence))}")
        if comparison.needs_reanalysis and not _active_jobs(before, after):
            wanted = outdated(before, after)
            what = "both recordings" if len(wanted) > 1 else "the recording"
            if st.button(
                f"Analyse {what} with today's tracker",
                type="primary",
                icon=":material/replay:",
                key="compare_again",
                help="Earlier analyses are kept. Segments and right and left stay as they are.",
            ):
                _start(wanted)
                st.rerun()


def _offer_side(before: Exam, after: Exam) -> None:
    """Where the movement decided otherwise than the patient's record: a new analysis that is given the record's side."""
    recorded = side_of_record(after.patient.details)
    if recorded is AffectedSide.UNDETERMINED or _active_jobs(before, after):
        return
    exams = [exam for exam in (before, after) if _decided_otherwise(exam_result(exam.analysis), recorded)]
    if not exams:
        return
    titles = " and ".join(plain(exam.visit.title) for exam in exams)
    with st.container(border=True, gap="small", key="compare_side"):
        st.markdown(
            f":material/face: The patient's record says **{SIDE_LABELS[recorded].lower()}**. At {titles} the side was decided from "
            "the movement, which cannot see a side that moves normally again."
        )
        if st.button(
            "Analyse again with the side of the patient's record",
            icon=":material/replay:",
            key="compare_side_again",
            help="Earlier analyses are kept. The result says that the side was given.",
        ):
            _start(exams, recorded)
            st.rerun()


def _decided_otherwise(result: ExamResult, recorded: AffectedSide) -> bool:
    return result.affected_side_source == "movement" and result.affected_side is not recorded


def outdated(before: Exam, after: Exam) -> list[Exam]:
    """Which of the two were not measured with what is in use now; both where that cannot be told."""
    old = [exam for exam in (before, after) if _measured_by(exam_result(exam.analysis)) != _in_use()]
    return old or [before, after]


def _measured_by(result: ExamResult) -> tuple[object, ...]:
    record = result.tracker
    return result.software.version, record.name, record.mirror_averaged, record.half_faces


def _in_use() -> tuple[object, ...]:
    standard = AnalysisOptions()
    return __version__, standard.tracker, standard.mirror_average, standard.half_faces


def _start(exams: list[Exam], side: AffectedSide | None = None) -> None:
    """Analyse again: with today's tracker, or with ``side`` as it was tracked before."""
    runner, standard = installation().runner, AnalysisOptions()
    started = st.session_state.setdefault(_STARTED, {})
    for exam in exams:
        was, record = exam.analysis.options, exam_result(exam.analysis).tracker
        before = AnalysisOptions(was.get("tracker", standard.tracker), record.mirror_averaged, record.half_faces, side)
        started[exam.recording.id] = runner.start_analysis(exam.recording.id, standard if side is None else before).id


def _active_jobs(before: Exam, after: Exam) -> dict[str, Job]:
    """Recording id -> its analysis that is under way."""
    runner = installation().runner
    jobs: dict[str, Job] = {}
    for exam in (before, after):
        newest = runner.visit_jobs(exam.visit.id).get(exam.recording.id)
        if newest is not None and newest.state.active:
            jobs[exam.recording.id] = newest
    return jobs


def _running(before: Exam, after: Exam) -> None:
    """Progress of analyses that are under way, and why one failed that was started here."""
    active = _active_jobs(before, after)
    if active:
        with st.container(border=True, key="compare_progress"):
            titles = {exam.recording.id: exam.visit.title for exam in (before, after)}
            _watch({job.id: titles[recording_id] for recording_id, job in active.items()})
    started = st.session_state.get(_STARTED, {})
    for exam in (before, after):
        job_id = started.get(exam.recording.id)
        if job_id is not None and exam.recording.id not in active:
            _ended(exam, installation().runner.job(job_id))


@st.fragment(run_every=1)
@guarded
def _watch(titles: dict[str, str]) -> None:
    runner = installation().runner
    jobs = [runner.job(job_id) for job_id in titles]
    if not all(job.state.active for job in jobs):
        st.rerun()
    for job in jobs:
        show_progress(job, f"New analysis of {titles[job.id]}")
    st.caption("You may leave this page: the analysis goes on, and the new comparison is shown when it is done.")


def _ended(exam: Exam, job: Job) -> None:
    if job.state is JobState.DONE:
        st.success(
            f"{plain(exam.visit.title)} was analysed again; this is the new comparison.", icon=":material/check:"
        )
    elif job.state is not JobState.CANCELLED:
        st.error(plain(job.error or "The analysis did not end well."), icon=":material/error:")
        if job.hint:
            st.caption(plain(job.hint))


def _is_turned(exam: Exam) -> bool:
    return exam_result(exam.analysis).video.mirrored != exam.recording.mirrored
