"""Pictures of a recording that can be corrected: proposed ones, those that were asked for, and those that somebody corrected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.annotated_frame import PlacedBy, picture_sha256
from core.errors import HemifaceError
from core.face.ibug68 import POINTS, ibug68_points, standard_points
from core.frame_proposals import FrameProposal, propose_frames
from core.records.analyses import TRACK
from core.records.entries import Analysis, Recording
from core.records.frame_pictures import frame_picture, keep_pictures, missing_pictures
from core.records.landmark_sets import LandmarkSet
from core.records.store import Store
from pages.components.current import store
from pages.components.installation import installation
from pages.components.landmark_editor import Answer, EditedFrame, ListedFrame, Sent, jpeg_bytes, placed
from pages.components.results import exam_result

_ASKED_FOR = "Chosen by its time"
_CORRECTED = "Corrected before"


@dataclass(frozen=True)
class TrackedFace:
    """The 68 points of an analysis, with the pictures that are proposed.

    Attributes:
        times: (T,) seconds.
        points: (T, 68, 2) float32 pixels, NaN without a face.
        tracker: whose points they are.
        proposals: from core.frame_proposals.
    """

    times: np.ndarray
    points: np.ndarray
    tracker: PlacedBy
    proposals: list[FrameProposal]

    @property
    def found(self) -> np.ndarray:
        """(T,) bool: pictures with a face."""
        return np.isfinite(self.points[:, 0, 0])


@dataclass(frozen=True)
class FramePicture:
    """A picture for the browser: hash of its pixels before they became a JPEG of the same size."""

    sha256: str
    width: int
    height: int
    jpeg: bytes


def tracked_face(analysis: Analysis) -> TrackedFace:
    """Points and proposals of an analysis, compared with the newest analysis by each other tracker."""
    return _tracked_face(analysis, _by_other_trackers(analysis))


@st.cache_resource(
    scope="session",
    max_entries=3,
    show_spinner="Reading the landmarks",
    # The proposals follow the result, too, and of one track there may be several (graded again with other segments).
    hash_funcs={Analysis: lambda analysis: (analysis.id, analysis.hashes.get(TRACK))},
)
def _tracked_face(analysis: Analysis, others: list[Analysis]) -> TrackedFace:
    track = store().load_track(analysis)
    compared = []
    for other in others:
        try:
            compared.append(store().load_track(other))
        except HemifaceError:  # its files are gone: nothing to compare with, and the analysis in question is whole
            continue
    points = ibug68_points(track.points[..., :2], track.scheme).astype(np.float32)
    proposals = propose_frames(track, exam_result(analysis), compared)
    info = track.tracker
    return TrackedFace(track.times, points, PlacedBy(info.name, info.version, info.weights_sha256), proposals)


def _by_other_trackers(analysis: Analysis) -> list[Analysis]:
    newest: dict[tuple[str, str], Analysis] = {}
    for other in store().analyses(analysis.recording_id):
        newest.setdefault((other.tracker_name, other.weights_sha256), other)
    newest.pop((analysis.tracker_name, analysis.weights_sha256), None)
    return list(newest.values())


def listed_frames(
    face: TrackedFace, sets: Sequence[LandmarkSet], asked: Sequence[int], annotator: str
) -> list[ListedFrame]:
    """The list above the editor: proposals first, then what was asked for, then what else was corrected."""
    reasons = {proposal.index: proposal.reason for proposal in face.proposals}
    for index in asked:
        reasons.setdefault(index, _ASKED_FOR)
    for entry in sets:
        reasons.setdefault(entry.frame.index, _CORRECTED)
    who: dict[int, list[str]] = {}
    for entry in sets:
        who.setdefault(entry.frame.index, []).append(entry.frame.annotator)
    return [
        ListedFrame(index, float(face.times[index]), reason, tuple(who.get(index, ())), annotator in who.get(index, ()))
        for index, reason in reasons.items()
        if index < len(face.times)
    ]


def next_frame(listed: Sequence[ListedFrame], index: int) -> int:
    """The picture after this one that this annotator has not corrected; else the one after, and from the last on the first."""
    places = [entry.index for entry in listed]
    at = places.index(index) if index in places else -1
    rest = [*listed[at + 1 :], *listed[:at]] if at >= 0 else list(listed)
    waiting = [entry.index for entry in rest if not entry.mine]
    return waiting[0] if waiting else rest[0].index if rest else index


def prepare_pictures(recording: Recording, listed: Sequence[ListedFrame]) -> None:
    """Read all listed pictures in one pass through the video, the first time that the list is shown."""
    missing = missing_pictures(store(), recording, [entry.index for entry in listed])
    if missing:
        with st.spinner("Reading the pictures", show_time=True):
            keep_pictures(store(), recording, missing, installation().settings.video)


def edited_frame(
    recording: Recording,
    face: TrackedFace,
    index: int,
    sets: Sequence[LandmarkSet],
    annotator: str,
    picture: FramePicture,
) -> EditedFrame:
    """A picture for the editor with the points to begin with.

    The annotator begins with the own newest version where there is one, else with the tracker's points: those of another
    annotator are not shown, so that the two stay independent.
    """
    has_face = bool(face.found[index])
    tracked = face.points[index].astype(float) if has_face else standard_points(picture.width, picture.height)
    own = next(
        (
            entry
            for entry in sets
            if (entry.frame.index, entry.frame.annotator, entry.frame.sha256) == (index, annotator, picture.sha256)
        ),
        None,
    )
    points, visible = (tracked, np.ones(POINTS, dtype=bool)) if own is None else (own.frame.points, own.frame.visible)
    return EditedFrame(
        recording.id,
        index,
        float(face.times[index]),
        picture.sha256,
        picture.width,
        picture.height,
        points,
        visible,
        tracked,
        face.tracker if has_face else PlacedBy(),
        0 if own is None else own.version,
    )


def save_sent(
    records: Store,
    recording: Recording,
    face: TrackedFace,
    annotator: str,
    saved: Sent,
    picture_at: Callable[[int], FramePicture],
) -> Answer:
    """Keep what the editor sent, or say in one sentence why not; nothing that a browser sends is taken on trust."""
    index = saved.content.get("frame")
    if not is_frame(index, face):
        return Answer(saved.id, False, "The points did not arrive whole. Save them again.")
    if saved.content.get("annotator") != annotator:
        return Answer(saved.id, False, "The annotator was changed meanwhile. Look at the points and save again.")
    try:
        points, visible = placed(saved.content)
        frame = edited_frame(recording, face, index, [], annotator, picture_at(index))
        if frame.sha256 != saved.content.get("sha256"):
            return Answer(saved.id, False, "The video was turned while you worked. Analyse it again.")
        records.save_landmarks(recording.id, frame.annotated(annotator, points, visible))
    except HemifaceError as problem:
        return Answer(saved.id, False, str(problem))
    except ValueError:
        return Answer(saved.id, False, "A point lies far outside the picture. Move it back and save again.")
    return Answer(saved.id, True)


def is_frame(value: object, face: TrackedFace) -> bool:
    """Whether this is the number of a picture of the track."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(face.times)


def picture_of(recording: Recording, index: int) -> FramePicture:
    """One picture of a recording, read from the video when it is needed for the first time."""
    return _picture(recording.id, recording.mirrored, index)


@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _picture(recording_id: str, mirrored: bool, index: int) -> FramePicture:  # noqa: ARG001 - part of the key
    image = frame_picture(store(), store().recording(recording_id), index, installation().settings.video)
    return FramePicture(picture_sha256(image), image.shape[1], image.shape[0], jpeg_bytes(image))
