"""Examinations of one simulated person: the key pictures with their landmarks, and, of full ones, the measured result.

A *picture* examination has one picture at rest and one of each core movement at its hold, tracked by the plain mesh. A *full* one
has more pictures at rest and in every hold, tracked as in use; between them the landmarks are interpolated, so that excursions,
closure and resting measures are those of a video, but speeds and delays are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.analysis import analyse_track
from core.exam.protocol import CORE_PROTOCOL, Expression
from core.face.landmarks import MESH478
from core.face.pose import head_pose
from core.half_faces import HalfFaces
from core.mirror_averaging import MirrorAveraging
from core.phantom.camera import Camera
from core.phantom.condition import Condition
from core.phantom.exam import ExamScript, Timing, custom_script
from core.phantom.motion import Motion, simulate
from core.phantom.portrait import Portrait
from core.phantom.render import Renderer
from core.result import ExamResult
from core.tracking import FaceTrack, TrackerFactory, VideoFacts
from core.video.reader import Frame
from core.words import BRANCHES, SIDES
from models.cohort.conditions import Group, random_condition
from models.face_crops import face_crop
from models.screening.gate import refusal

PICTURE_PX, VIEW_PX = 448, 256
CAMERAS = 4
MOVEMENTS = tuple(expression for expression in CORE_PROTOCOL if expression is not Expression.REST)
COMPACT_TIMING = Timing(lead_in_s=1.5, reaction_s=0.1, rise_s=0.4, hold_s=0.9, relax_s=0.3, gap_s=0.7, tail_s=0.4)
FPS = 10.0
"""Frames a second of a motion whose pictures are drawn; landmarks between them are interpolated."""
_HOLD_PARTS = (0.3, 0.55, 0.85)
_LEAD_IN_S = (0.3, 0.6, 0.9, 1.2)
_NO_FILE = "0" * 64
_GROUPS_STREAM = 1 << 20


@dataclass(frozen=True)
class CohortExam:
    """One examination.

    Attributes:
        exam: its name, unique.
        person, source, split: who; ``"photograph"`` or ``"drawn"``; ``"train"``, ``"validation"`` or ``"test"``.
        group: what kind of patient.
        side: affected side, ``"right"``, ``"left"`` or ``"none"``.
        truth_weakness: "branch:side" -> 0 to 100, as put in.
        truth_synkinesis: "region:trigger:side" -> strength, 0 to 1.
        expressions: of the N pictures, rest first.
        crops: (N, 160, 160, 3) uint8 ``models.face_crops.face_crop``.
        views: (N, 256, 256, 3) uint8 whole pictures.
        points: (N, 478, 3) float32 mesh in pixels of ``views``.
        refusals: why the gate of the screen says nothing of a picture as it was taken (448 pixels), None where it may; of the N.
        result: of full examinations, else None.
    """

    exam: str
    person: str
    source: str
    split: str
    group: Group
    side: str
    truth_weakness: dict[str, float]
    truth_synkinesis: dict[str, float]
    expressions: tuple[Expression, ...]
    crops: np.ndarray
    views: np.ndarray
    points: np.ndarray
    refusals: tuple[str | None, ...]
    result: ExamResult | None = None


@dataclass(frozen=True)
class PersonPlan:
    """How many examinations one person has, and who it is.

    Attributes:
        name: e.g. ``"london 002"`` or ``"drawn 9003"``.
        source, split: as in ``CohortExam``.
        number: seed of the person, together with the cohort's.
        pictures, full: how many examinations of each kind, in this order.
    """

    name: str
    source: str
    split: str
    number: int
    pictures: int
    full: int

    def groups(self, seed: int) -> list[Group]:
        """Of every examination: each group once in three, in random order, so that its number tells nothing."""
        random = np.random.default_rng([seed, self.number, _GROUPS_STREAM])
        count = self.pictures + self.full
        return [list(Group)[int(i)] for _ in range(0, count, len(Group)) for i in random.permutation(len(Group))][
            :count
        ]


def person_exams(plan: PersonPlan, portrait: Portrait, factory: TrackerFactory, seed: int) -> Iterator[CohortExam]:
    """The examinations of a person; those in which the mesh loses the face are left out (``lost`` of the store counts them).

    Camera, light, head and effort of every examination are drawn before its condition, from the same distributions for all
    groups.
    """
    tracker = factory.create()
    clock = 0.0
    of_person = np.random.default_rng([seed, plan.number])
    # Making a renderer takes as long as twenty pictures.
    renderers = [
        Renderer(portrait, random_camera(of_person), seed=int(of_person.integers(1 << 30))) for _ in range(CAMERAS)
    ]
    try:
        for number, group in enumerate(plan.groups(seed)):
            random = np.random.default_rng([seed, plan.number, number])
            renderer, script = renderers[int(random.integers(CAMERAS))], compact_script(random)
            pose, known = random.standard_normal(3) * [2.0, 2.5, 3.0], bool(random.random() < 0.5)
            condition = random_condition(group, plan.number, random)
            motion = simulate(portrait.shape_mm, condition, script, FPS, int(random.integers(1 << 30)))
            made = ExamPictures(motion, renderer, pose)
            name = f"{plan.name.replace(' ', '-')}-e{number:02d}"
            shown = [made.rest_frames()[1], *(frames[1] for frames in made.hold_frames())]
            if number < plan.pictures:
                pictures = [made.picture(i) for i in shown]
                found = []
                for picture in pictures:
                    clock += 1.0
                    # The second look is the settled one, as in a video.
                    faces = [tracker.detect(picture, clock + look / 30) for look in range(2)][-1]
                    found.append(faces[0].points if faces else None)
                result = None
            else:
                frames = made.all_frames()
                pictures_of = {i: made.picture(i) for i in frames}
                track = track_pictures(motion, frames, [pictures_of[i] for i in frames], factory)
                if track is None:
                    continue
                affected = condition.affected_side if known else None
                result = analyse_track(track, segments=script.segments, side=affected, simulated=True).result
                pictures = [pictures_of[i] for i in shown]
                found = [track.points[round(float(motion.times[i]) * FPS)] for i in shown]
            if any(points is None or not np.isfinite(points).all() for points in found):
                continue
            yield _exam(name, plan, group, condition, pictures, [p for p in found if p is not None], result)
    finally:
        tracker.close()


def compact_script(random: np.random.Generator) -> ExamScript:
    """All core movements once, short and without blinks, done with one person's effort of that day."""
    script = custom_script(MOVEMENTS, 1, int(random.integers(1 << 30)), timing=COMPACT_TIMING)
    effort = float(random.uniform(0.9, 1.15))
    cues = tuple(replace(cue, amplitude=cue.amplitude * effort) for cue in script.cues)
    return replace(script, cues=cues, blinks=())


def random_camera(random: np.random.Generator) -> Camera:
    """One of the cameras, lights and distances that people have; the iris is 17 pixels wide and more."""
    return Camera(
        PICTURE_PX,
        PICTURE_PX,
        distance_mm=float(random.uniform(450, 1000)),
        face_part=float(random.uniform(0.44, 0.54)),
        brightness=float(random.uniform(0.65, 1.25)),
        side_light=float(random.uniform(-0.35, 0.35)),
        warmth=float(random.uniform(-0.1, 0.1)),
        noise=float(random.uniform(0.5, 4.0)),
        blur_px=float(random.uniform(0.0, 0.8)),
    )


class ExamPictures:
    """Which frames of a motion are drawn, and how.

    Args:
        motion: of one examination, sampled at ``FPS``.
        renderer: of the person.
        pose_deg: (3,) degrees added to the pose of the motion.
    """

    def __init__(self, motion: Motion, renderer: Renderer, pose_deg: np.ndarray) -> None:
        self._motion, self._renderer, self._pose = motion, renderer, pose_deg

    def _at(self, time_s: float) -> int:
        return int(np.clip(round(time_s * FPS), 0, len(self._motion.times) - 1))

    def rest_frames(self) -> list[int]:
        """Before the first movement."""
        return [self._at(time_s) for time_s in _LEAD_IN_S]

    def hold_frames(self) -> list[list[int]]:
        """Three of every movement, while it is held."""
        return [
            [self._at(cue.onset_s + cue.rise_s + part * cue.hold_s) for part in _HOLD_PARTS]
            for cue in self._motion.script.cues
        ]

    def all_frames(self) -> list[int]:
        """Rest, holds, and the rests between: just before a movement begins and after it has ended."""
        cues = self._motion.script.cues
        rests = [self._at(time_s) for cue in cues for time_s in (cue.onset_s, cue.end_s + 0.1)]
        edges = [0, len(self._motion.times) - 1]
        return sorted({*self.rest_frames(), *rests, *edges, *(i for frames in self.hold_frames() for i in frames)})

    def picture(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        motion = self._motion
        folds = {key: float(depth[index]) for key, depth in motion.creases.items()}
        return self._renderer.frame(
            motion.shape_mm[index],
            motion.pose_deg[index] + self._pose,
            motion.translation_mm[index],
            folds,
            float(motion.jaw_drop_mm[index]),
        )


def track_pictures(
    motion: Motion, frames: list[int], pictures: list[np.ndarray], factory: TrackerFactory
) -> FaceTrack | None:
    """The pictures tracked as in use, with the landmarks between them interpolated; None when the face is lost in one of them."""
    points, uncertainty = [], []
    with MirrorAveraging(factory) as trackers, HalfFaces(factory) as halves:
        info = replace(trackers.info, mirror_averaged=True, half_faces=True)
        for index, picture in zip(frames, pictures, strict=True):
            frame = Frame(float(motion.times[index]), picture)
            tracked = halves.finish(halves.begin(frame, trackers.merge(trackers.detect(frame))))
            if tracked.points is None or tracked.uncertainty is None:
                return None
            points.append(tracked.points)
            uncertainty.append(tracked.uncertainty)
    known, times = motion.times[frames], motion.times
    placed = interpolated(np.stack(points), known, times)
    doubt = np.nan_to_num(interpolated(np.stack(uncertainty), known, times), nan=0.0)
    video = VideoFacts(
        sha256=_NO_FILE,
        width=PICTURE_PX,
        height=PICTURE_PX,
        frames=len(times),
        duration_s=len(times) / FPS,
        fps_median=FPS,
        longest_gap_s=1.0 / FPS,
    )
    return FaceTrack(
        times=times,
        points=placed,
        scheme=MESH478,
        pose=head_pose(placed).astype(np.float32),
        uncertainty=doubt,
        tracker=info,
        video=video,
    )


def interpolated(values: np.ndarray, known_s: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """(T, ...) float32 linear between values (K, ...) at known times."""
    flat = values.reshape(len(values), -1)
    after = np.clip(np.searchsorted(known_s, times_s), 1, len(known_s) - 1)
    part = ((times_s - known_s[after - 1]) / (known_s[after] - known_s[after - 1])).clip(0.0, 1.0)[:, None]
    joined = (1 - part) * flat[after - 1] + part * flat[after]
    return joined.reshape(len(times_s), *values.shape[1:]).astype(np.float32)


def _exam(
    name: str,
    plan: PersonPlan,
    group: Group,
    condition: Condition,
    pictures: list[np.ndarray],
    found: list[np.ndarray],
    result: ExamResult | None,
) -> CohortExam:
    crops = np.stack([face_crop(picture, points) for picture, points in zip(pictures, found, strict=True)])
    factor = VIEW_PX / PICTURE_PX
    views = np.stack([cv2.resize(picture, (VIEW_PX, VIEW_PX), interpolation=cv2.INTER_AREA) for picture in pictures])
    placed = np.stack(found).astype(np.float64)
    placed[..., :2] = (placed[..., :2] + 0.5) * factor - 0.5
    placed[..., 2] *= factor
    return CohortExam(
        exam=name,
        person=plan.name,
        source=plan.source,
        split=plan.split,
        group=group,
        side=condition.affected_side.value if group is not Group.HEALTHY else "none",
        truth_weakness={
            f"{branch.value}:{side.value}": 100 * condition.weakness(branch, side)
            for branch in BRANCHES
            for side in SIDES
        },
        truth_synkinesis={
            f"{link.region.value}:{link.trigger.value}:{link.side.value}": link.strength
            for link in condition.synkinesis
        },
        expressions=(Expression.REST, *MOVEMENTS),
        crops=crops,
        views=views,
        points=placed.astype(np.float32),
        refusals=tuple(refusal(picture, points) for picture, points in zip(pictures, found, strict=True)),
        result=result,
    )
