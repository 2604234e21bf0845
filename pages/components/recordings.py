"""How a recording is shown: its picture, its facts, how far it is, and what comes next for its visit."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

import streamlit as st

from core.charts.scales import ROMAN
from core.errors import HemifaceError
from core.records.entries import Analysis, Job, JobState, Recording
from core.records.intake import preview_jpeg
from core.result import ExamResult
from core.words import AffectedSide
from pages.components.current import ANALYSE, SEVERITY, UPLOAD, store
from pages.components.installation import installation

_CODECS = {
    "h264": "H.264",
    "hevc": "HEVC",
    "vp8": "VP8",
    "vp9": "VP9",
    "av1": "AV1",
    "mpeg4": "MPEG-4",
    "mjpeg": "MJPEG",
}


@dataclass(frozen=True)
class RecordingState:
    """A recording with its newest analysis and its newest analysis job."""

    recording: Recording
    analysis: Analysis | None
    job: Job | None

    @property
    def running(self) -> bool:
        return self.job is not None and self.job.state.active

    @property
    def failed(self) -> bool:
        """The newest attempt failed and nothing newer succeeded."""
        return self.job is not None and self.job.state in (JobState.FAILED, JobState.INTERRUPTED)


@dataclass(frozen=True)
class Step:
    """What comes next for a visit: a page, the words of its button, and why."""

    page: str
    label: str
    icon: str
    why: str


def recording_states(visit_id: str) -> list[RecordingState]:
    """The recordings of a visit and how far they are."""
    records = store()
    analyses, jobs = records.latest_analyses(visit_id), installation().runner.visit_jobs(visit_id)
    return [
        RecordingState(recording, analyses.get(recording.id), jobs.get(recording.id))
        for recording in records.recordings(visit_id)
    ]


def next_step(states: list[RecordingState]) -> Step:
    """What comes next for a visit with these recordings."""
    if not states:
        return Step(UPLOAD, "Upload a video", ":material/upload_file:", "This visit has no video yet.")
    if any(not state.recording.confirmed for state in states):
        return Step(
            UPLOAD, "Check the orientation", ":material/flip:", "A video waits for the check of right and left."
        )
    if any(state.running for state in states):
        return Step(ANALYSE, "Watch the analysis", ":material/hourglass_top:", "The analysis is under way.")
    if any(state.failed and state.analysis is None for state in states):
        return Step(ANALYSE, "See what went wrong", ":material/error:", "The analysis of a video failed.")
    if any(state.analysis is None for state in states):
        return Step(ANALYSE, "Analyse", ":material/query_stats:", "A video is not analysed yet.")
    return Step(SEVERITY, "Show severity", ":material/face:", "Every video is analysed.")


def status_badge(state: RecordingState) -> None:
    """How far a recording is, in two words."""
    if not state.recording.confirmed:
        st.badge("Check right and left", icon=":material/flip:", color="orange")
    elif state.running:
        st.badge("Being analysed", icon=":material/hourglass_top:", color="blue")
    elif state.failed:
        st.badge("Analysis failed", icon=":material/error:", color="red")
    elif state.analysis is not None:
        st.badge("Analysed", icon=":material/check:", color="green")
    else:
        st.badge("Not analysed", icon=":material/pending:", color="gray")


def result_headline(result: ExamResult) -> list[str]:
    """What a list says of a result: the side, and the House-Brackmann estimate where the video allows one."""
    side = result.affected_side
    told = {
        AffectedSide.NONE: "no side weak",
        AffectedSide.UNDETERMINED: "side undetermined",
        AffectedSide.BOTH: "both sides",
    }
    grade = result.scales.house_brackmann.grade
    scale = "" if grade is None else f"House-Brackmann {ROMAN[grade - 1]} (estimate)"
    return [told.get(side, f"patient's {side.value}"), scale]


def recording_facts(recording: Recording) -> list[str]:
    """Facts of a video for people: length, size of the picture, frame rate, codec."""
    facts = recording.facts
    shown = []
    if recording.duration_s:
        shown.append(f"{recording.duration_s:.1f} s")
    if facts.get("width"):
        shown.append(f"{facts['width']} × {facts['height']} px")
    if recording.fps:
        shown.append(f"{recording.fps:.0f} frames/s")
    if facts.get("codec"):
        shown.append(_CODECS.get(facts["codec"], facts["codec"]))
    shown.append(f"{recording.size_bytes / 1e6:.1f} MB")
    return shown


def picture(recording: Recording) -> None:
    """A still of a recording as it will be read (flipped where it was mirrored); its words when there is none.

    Sent inside the page, not through Streamlit's media route, which asks nobody who they are (reliability finding 7).
    """
    try:
        data = b64encode(preview_jpeg(store(), recording)).decode()
    except HemifaceError:
        st.caption("No picture")
        return
    flip = "transform:scaleX(-1);" if recording.mirrored else ""
    style = f"width:100%;max-height:220px;object-fit:contain;border-radius:.4rem;display:block;{flip}"
    st.html(f'<img src="data:image/jpeg;base64,{data}" alt="Still of the video" style="{style}">')
