"""From a video file to the landmarks of one face on every frame: decoding, tracking and mirror averaging overlap."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import Cancelled, NoFaceError
from core.face.landmarks import MESH478, LandmarkScheme
from core.face.picture import cheek_luminance, sharpness
from core.face.pose import head_pose
from core.follow import Place, Survey
from core.half_faces import HalfFaces, PendingHalves
from core.mirror_averaging import Detection, MirrorAveraging, Tracked
from core.tracking import FaceTrack, TrackerFactory, TrackerInfo, VideoFacts
from core.video.ahead import read_ahead
from core.video.limits import DEFAULT_LIMITS, VideoLimits
from core.video.reader import Frame, FrameReader

ProgressCallback = Callable[[int, int | None, float | None], None]

# Frames that are decoded ahead of the tracker: few of large pictures, so that memory stays bounded.
_AHEAD_BYTES = 64_000_000
_FEWEST_AHEAD, _MOST_AHEAD = 2, 8
# The flipped run may lag by this many frames, so that neither thread waits for the other on every frame.
_LAG_FRAMES = 2
_GROWTH_FRAMES = 1024
_REPORT_EVERY_S = 0.2
_PICTURE_EVERY_S = 0.2


def track_video(
    path: Path,
    factory: TrackerFactory,
    *,
    mirrored: bool = False,
    mirror_average: bool = True,
    half_faces: bool = True,
    limits: VideoLimits = DEFAULT_LIMITS,
    progress: ProgressCallback | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FaceTrack:
    """Follow one face through a video.

    The largest face of the first second in which there is one is followed by its position; others are only counted. A frame in
    which it is not found is NaN. Mirror averaging: see ``core.mirror_averaging``.

    Args:
        path: the video file.
        factory: which tracker.
        mirrored: the camera app mirrored the recording; it is flipped when read.
        mirror_average: track every frame flipped, too, and average.
        half_faces: track each half of the face for itself, too (``core.half_faces``); for MESH478 trackers, else ignored.
        limits: what is refused.
        progress: called now and then, and at the end, with frames done, an estimate of all frames, and of the seconds left.
        cancelled: asked before every frame; work ends soon after it says True.

    Raises:
        VideoError: the file cannot be analysed.
        NoFaceError: no frame has a face.
        UnavailableError: the tracker cannot be made.
        Cancelled: ``cancelled`` said True.

    No thread and no tracker is left behind in any of these cases.
    """
    reader = FrameReader(path, mirrored=mirrored, limits=limits)
    work = _Work(
        reader,
        factory,
        mirror_average,
        half_faces,
        _Report(progress, reader.probe.packets),
        cancelled or (lambda: False),
    )
    with Survey(factory) as survey:
        collected = work.follow_only_face(survey)
        faces, largest = survey.most_faces, survey.largest
    if collected is None:
        collected = work.follow_among(faces, largest)
    if not collected.found_any:
        raise NoFaceError(
            "No face was found in the video.",
            hint="Film the face from the front, in good light, filling at least a third of the picture.",
            code="no_face",
        )
    track = collected.as_track(reader.facts, other_faces=max(0, faces - 1))
    work.report.finish()
    return track


@dataclass(frozen=True)
class _Work:
    reader: FrameReader
    factory: TrackerFactory
    mirror_average: bool
    half_faces: bool
    report: _Report
    cancelled: Callable[[], bool]

    def follow_only_face(self, survey: Survey) -> _Collected | None:
        """With fast trackers for one face; None, early, when the survey sees that there are several."""
        with (
            MirrorAveraging(self.factory, average=self.mirror_average) as trackers,
            self._halves(trackers.scheme) as halves,
        ):
            collected = self._collected(trackers, halves)
            with closing(self._detections(trackers, halves, collected)) as detections:
                for detection in detections:
                    if survey.look(detection.frame, found=bool(detection.faces)) and survey.most_faces > 1:
                        return None
        return collected if survey.most_faces <= 1 else None

    def follow_among(self, faces: int, start: Place | None) -> _Collected:
        """With trackers for several faces, keeping the one that begins nearest to ``start``."""
        average = self.mirror_average
        with (
            MirrorAveraging(self.factory, max_faces=faces, start=start, average=average) as trackers,
            self._halves(trackers.scheme) as halves,
        ):
            collected = self._collected(trackers, halves)
            for _ in self._detections(trackers, halves, collected):
                pass
        return collected

    def _halves(self, scheme: LandmarkScheme) -> AbstractContextManager[HalfFaces | None]:
        """The trackers of the halves, or nothing when they are not wanted or not possible."""
        wanted = self.half_faces and scheme.name == MESH478.name
        return HalfFaces(self.factory) if wanted else nullcontext()

    def _collected(self, trackers: MirrorAveraging, halves: HalfFaces | None) -> _Collected:
        info = replace(trackers.info, mirror_averaged=self.mirror_average, half_faces=halves is not None)
        return _Collected(info, trackers.scheme, with_uncertainty=self.mirror_average or halves is not None)

    def _detections(
        self, trackers: MirrorAveraging, halves: HalfFaces | None, collected: _Collected
    ) -> Generator[Detection, None, None]:
        """Track all frames into ``collected``, giving each one's detection on the way."""
        self.report.start()
        probe = self.reader.probe
        depth = int(np.clip(_AHEAD_BYTES // (3 * probe.width * probe.height), _FEWEST_AHEAD, _MOST_AHEAD))
        waiting: deque[Detection] = deque()
        line = _Line(trackers, halves, collected, self.report)
        with closing(read_ahead(self.reader, depth)) as frames:
            for frame in frames:
                if self.cancelled():
                    raise Cancelled
                waiting.append(trackers.detect(frame))
                yield waiting[-1]
                if len(waiting) > _LAG_FRAMES:
                    line.add(waiting.popleft())
        for detection in waiting:
            line.add(detection)
        line.finish()


class _Line:
    """The way of a detected frame: merged with its mirror image, then its halves, then kept; halves may lag a little."""

    def __init__(
        self, trackers: MirrorAveraging, halves: HalfFaces | None, collected: _Collected, report: _Report
    ) -> None:
        self._trackers = trackers
        self._halves = halves
        self._collected = collected
        self._report = report
        self._pending: deque[PendingHalves] = deque()

    def add(self, detection: Detection) -> None:
        whole = self._trackers.merge(detection)
        if self._halves is None:
            self._keep(detection.frame, whole)
            return
        self._pending.append(self._halves.begin(detection.frame, whole))
        if len(self._pending) > _LAG_FRAMES:
            self._keep_next(self._halves)

    def finish(self) -> None:
        """Keep what is still under way."""
        while self._halves is not None and self._pending:
            self._keep_next(self._halves)

    def _keep_next(self, halves: HalfFaces) -> None:
        pending = self._pending.popleft()
        self._keep(pending.frame, halves.finish(pending))

    def _keep(self, frame: Frame, tracked: Tracked) -> None:
        self._collected.add(frame, tracked)
        self._report.frame_done()


class _Collected:
    """Tracked frames, kept as float32."""

    def __init__(self, info: TrackerInfo, scheme: LandmarkScheme, *, with_uncertainty: bool) -> None:
        self._info = info
        self._scheme = scheme
        self._times: list[float] = []
        self._points = _Rows((scheme.count, 3))
        self._uncertainty = _Rows((scheme.count,)) if with_uncertainty else None
        self._on_mesh = scheme.name == MESH478.name
        self._luminance = _Rows((2,))
        self._sharpness = _Rows(())
        self._next_picture_s = 0.0
        self.found_any = False

    def add(self, frame: Frame, tracked: Tracked) -> None:
        """Append one frame; light and sharpness are measured on it about five times a second."""
        self._times.append(frame.time_s)
        self._points.append(tracked.points)
        if self._uncertainty is not None:
            self._uncertainty.append(tracked.uncertainty)
        self.found_any = self.found_any or tracked.points is not None
        points = tracked.points if self._on_mesh and frame.time_s >= self._next_picture_s else None
        if points is not None:
            self._next_picture_s = frame.time_s + _PICTURE_EVERY_S
        self._luminance.append(None if points is None else cheek_luminance(frame.image, points))
        self._sharpness.append(None if points is None else sharpness(frame.image, points))

    def as_track(self, video: VideoFacts, other_faces: int) -> FaceTrack:
        """All frames as one track; can be called once."""
        points = self._points.joined()
        pose = head_pose(points).astype(np.float32) if self._on_mesh else np.full((len(points), 3), np.nan, np.float32)
        return FaceTrack(
            times=np.array(self._times),
            points=points,
            scheme=self._scheme,
            pose=pose,
            uncertainty=self._uncertainty.joined() if self._uncertainty is not None else None,
            tracker=self._info,
            video=video,
            other_faces=other_faces,
            cheek_luminance=self._luminance.joined() if self._on_mesh else None,
            sharpness=self._sharpness.joined() if self._on_mesh else None,
        )


class _Rows:
    """Rows of float32 of one shape; missing rows are NaN."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        # One array that grows in place: blocks that are joined at the end would be held twice.
        self._rows = np.empty((0, *shape), np.float32)
        self._count = 0

    def append(self, row: np.ndarray | float | None) -> None:
        if self._count == len(self._rows):
            self._rows.resize((self._count + _GROWTH_FRAMES, *self._rows.shape[1:]), refcheck=False)
        self._rows[self._count] = np.nan if row is None else row
        self._count += 1

    def joined(self) -> np.ndarray:
        """(T, ...) float32; nothing can be appended any more."""
        self._rows.resize((self._count, *self._rows.shape[1:]), refcheck=False)
        return self._rows


class _Report:
    """Tells progress a few times a second."""

    def __init__(self, callback: ProgressCallback | None, frames_total: int) -> None:
        self._callback = callback
        self._total = frames_total
        self._done = 0
        self._started = self._told = time.monotonic()

    def start(self) -> None:
        self._done = 0
        self._started = self._told = time.monotonic()

    def frame_done(self) -> None:
        self._done += 1
        now = time.monotonic()
        if self._callback is None or now - self._told < _REPORT_EVERY_S:
            return
        self._told = now
        left = max(0, self._total - self._done) * (now - self._started) / self._done
        self._callback(self._done, max(self._total, self._done) or None, left)

    def finish(self) -> None:
        if self._callback is not None:
            self._callback(self._done, self._done, 0.0)
