"""The moving phantom: a face at rest, a condition and a script become shapes, head pose, lids and folds over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.checks import check_range, check_shape
from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.face.landmarks import MESH478_COUNT
from core.phantom.condition import Condition
from core.phantom.exam import Cue, ExamScript
from core.phantom.lids import LOWER_LID_SHARE, keep_lid_skin_in_order, lid_displacement, open_fissure_mm
from core.phantom.muscle_table import Muscle
from core.phantom.muscles import (
    MUSCLE_INDEX,
    MUSCLE_ORDER,
    SIDE_INDEX,
    branch_of,
    crease_depths,
    displacement,
    lid_coefficients,
    part_lips,
)
from core.phantom.portrait import Crease
from core.phantom.recruitment import unwanted_activation, voluntary_activation
from core.phantom.resting import RestingFaceOffset, resting_offset
from core.phantom.signals import blink_course, course, pulse_train, slow_noise
from core.words import SIDES, Branch, Side

# A fully weak muscle would begin this much later; a delay above 0.1 s is worth a flag (reference C3).
_WEAK_DELAY_S = 0.15
_SYNKINESIS_DELAY_S = 0.05
# A weak lid closes more slowly: 277 ms against 214 ms in 72 patients (reference C6).
_WEAK_BLINK_SLOWER = 0.3
_TREMOR_HZ, _TREMOR_PART = (4.0, 8.0), 0.006
_SWAY_HZ = (0.04, 0.25)
_SWAY_DEG = np.array([0.8, 0.6, 0.5])
_SWAY_MM = np.array([1.2, 0.9, 2.0])
# Part of an unwanted narrowing of the eye that is done by its lower lid.
_LOWER_LID_OF_SYNKINESIS = 0.4
_JAW_DROP_MM = 10.0


@dataclass(frozen=True)
class Motion:
    """A simulated examination without pixels.

    Attributes:
        times: (T,) seconds.
        rest_mm: (478, 3) the given face at rest in health, millimetres in face axes.
        shape_mm: (T, 478, 3) float32 the moved face in the same axes, without head movement.
        pose_deg: (T, 3) yaw, pitch and roll of the head (signs: core.face.pose).
        translation_mm: (T, 3) displacement of the head in the axes of the room, which are the face axes of a straight head.
        creases: (crease, side) -> (T,) depth from -1 (a fold of the portrait smoothed away) over 0 (as in it) to 1.
        lid_closure: (T, 2) part of the healthy open fissure that is covered, right and left; below 0 wider than in health.
        jaw_drop_mm: (T,) how far the lower teeth have gone down.
        condition, script: what it was made from.
        fps: frames a second.
    """

    times: np.ndarray
    rest_mm: np.ndarray
    shape_mm: np.ndarray
    pose_deg: np.ndarray
    translation_mm: np.ndarray
    creases: dict[tuple[Crease, Side], np.ndarray]
    lid_closure: np.ndarray
    jaw_drop_mm: np.ndarray
    condition: Condition
    script: ExamScript
    fps: float

    def __post_init__(self) -> None:
        count = len(self.times)
        check_shape("rest_mm", self.rest_mm, (MESH478_COUNT, 3))
        check_shape("shape_mm", self.shape_mm, (count, MESH478_COUNT, 3))
        check_shape("pose_deg", self.pose_deg, (count, 3))
        check_shape("translation_mm", self.translation_mm, (count, 3))
        check_shape("lid_closure", self.lid_closure, (count, 2))
        check_shape("jaw_drop_mm", self.jaw_drop_mm, (count,))

    @property
    def segments(self) -> list[Segment]:
        """What was performed when, as a recording with cues knows it."""
        return self.script.segments


def simulate(
    shape_mm: np.ndarray,
    condition: Condition,
    script: ExamScript,
    fps: float = 30.0,
    seed: int = 0,
    *,
    sway: float = 1.0,
) -> Motion:
    """Move a face through an examination.

    The excursion of a weak side is (1 - attenuation) times what it would be in health, up to the soft drag of the other side.

    Args:
        shape_mm: (478, 3) the face at rest in health, eyes open, lips together; millimetres in face axes.
        condition: what is wrong with it.
        script: what is performed when.
        fps: frames a second.
        seed: of head sway and tremor.
        sway: how much the head moves, 1 as people who try to keep still, 0 not at all.
    """
    check_shape("shape_mm", shape_mm, (MESH478_COUNT, 3))
    check_range("fps", fps, 5.0, 240.0)
    random = np.random.default_rng(seed)
    times = np.arange(round(script.duration_s * fps)) / fps
    healthy = _voluntary(condition, script, times, random)
    kept = _kept(condition)
    unwanted, narrowing_mm = _unwanted(condition, script, times)
    active = healthy * kept + unwanted
    rest = resting_offset(condition, shape_mm)

    closure, lower_lift = _lids(
        shape_mm, rest, healthy, kept, _spontaneous_blinks(condition, script, times), narrowing_mm
    )
    moved = shape_mm + displacement(active) + rest.displacement_mm + lid_displacement(shape_mm, closure, lower_lift)
    part_lips(shape_mm, moved)
    keep_lid_skin_in_order(shape_mm, moved)
    creases = {
        key: np.clip(depth + rest.creases.get(key, 0.0), -1.0, 1.0) for key, depth in crease_depths(active).items()
    }
    return Motion(
        times=times,
        rest_mm=shape_mm,
        shape_mm=moved.astype(np.float32),
        pose_deg=sway * _SWAY_DEG * slow_noise(times, 3, _SWAY_HZ, random),
        translation_mm=sway * _SWAY_MM * slow_noise(times, 3, _SWAY_HZ, random),
        creases=creases,
        lid_closure=closure,
        jaw_drop_mm=_JAW_DROP_MM * active[:, MUSCLE_INDEX[Muscle.JAW]].mean(axis=1),
        condition=condition,
        script=script,
        fps=fps,
    )


def natural_amplitudes(condition: Condition) -> np.ndarray:
    """(muscles, 2) how far each muscle of this person moves against the usual, about 1; the jaw is the same on both sides."""
    random = np.random.default_rng([condition.person, 478])
    amplitudes = 1.0 + condition.natural_asymmetry * random.uniform(-1.0, 1.0, (len(MUSCLE_ORDER), len(SIDES)))
    amplitudes[MUSCLE_INDEX[Muscle.JAW]] = 1.0
    return amplitudes


def _branch_weakness(condition: Condition) -> np.ndarray:
    """(muscles, 2) attenuation of the branch that drives each muscle; 0 for the jaw."""
    weakness = np.zeros((len(MUSCLE_ORDER), len(SIDES)))
    for muscle, row in MUSCLE_INDEX.items():
        branch = branch_of(muscle)
        if branch is not None:
            weakness[row] = [condition.weakness(branch, side) for side in SIDES]
    return weakness


def _kept(condition: Condition) -> np.ndarray:
    return 1.0 - _branch_weakness(condition)


def _voluntary(condition: Condition, script: ExamScript, times: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(T, muscles, 2) contraction in health, already as late as the weak muscles answer."""
    delays = _WEAK_DELAY_S * _branch_weakness(condition)
    amplitudes = natural_amplitudes(condition)
    steady = 1.0 + _TREMOR_PART * slow_noise(times, 1, _TREMOR_HZ, random)[:, 0]
    activation = np.zeros((len(times), len(MUSCLE_ORDER), len(SIDES)))
    for cue in script.cues:
        wanted = cue.amplitude * voluntary_activation(cue.expression)[:, None] * amplitudes
        for delay in np.unique(delays[wanted > 0]):
            chosen = np.where(delays == delay, wanted, 0.0)
            activation += (_cue_course(cue, times, float(delay)) * steady)[:, None, None] * chosen
    return activation


def _cue_course(cue: Cue, times: np.ndarray, delay_s: float) -> np.ndarray:
    """(T,) 0 to 1: how far a movement is done; the delay shortens its hold and leaves its end."""
    if cue.expression in (Expression.BLINK_VOLUNTARY, Expression.SPEECH):
        return pulse_train(times, cue.onset_s + delay_s, cue.end_s - cue.onset_s, count=5)
    delay_s = min(delay_s, 0.5 * cue.hold_s)
    return course(times, cue.onset_s + delay_s, cue.rise_s, cue.hold_s - delay_s, cue.relax_s)


def _unwanted(condition: Condition, script: ExamScript, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, muscles, 2) unwanted contraction and (T, 2) unwanted narrowing of the eyes in millimetres."""
    activation = np.zeros((len(times), len(MUSCLE_ORDER), len(SIDES)))
    narrowing_mm = np.zeros((len(times), len(SIDES)))
    for link in condition.synkinesis:
        column = SIDE_INDEX[link.side]
        for cue in script.cues:
            if cue.expression is not link.trigger:
                continue
            done = _cue_course(cue, times, _SYNKINESIS_DELAY_S)
            muscles = unwanted_activation(link.region)
            if muscles.any():
                activation[:, :, column] += link.strength * done[:, None] * muscles
            else:
                narrowing_mm[:, column] += link.unwanted_mm * done
    return activation, narrowing_mm


def _lids(
    shape_mm: np.ndarray,
    rest: RestingFaceOffset,
    healthy: np.ndarray,
    kept: np.ndarray,
    blinking: np.ndarray,
    narrowing_mm: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """(T, 2) closure and lower lid lift as ``lid_displacement`` takes them.

    The sphincter closes what is open at rest; what pushes the lower lid up (cheek, synkinesis) narrows by millimetres.
    """
    open_mm = np.maximum(open_fissure_mm(shape_mm), 1.0)
    closes, lifts = lid_coefficients()
    eyelids = kept[MUSCLE_INDEX[Muscle.OCULI_PALPEBRAL]]
    voluntary = np.clip(np.einsum("m,tms->ts", closes, healthy), 0.0, 1.0) * eyelids
    closed = 1.0 - (1.0 - voluntary) * (1.0 - blinking)
    active = healthy * kept
    raised = np.einsum("m,tms->ts", np.where(closes > 0, 0.0, lifts), active)
    shifted = np.einsum("m,tms->ts", np.where(closes > 0, lifts, 0.0), active)
    narrowed = narrowing_mm / open_mm

    at_rest = 1.0 + rest.fissure_mm / open_mm
    still_open = np.maximum(at_rest * (1.0 - closed) - raised - narrowed, 0.0)
    closure = 1.0 - still_open
    low_lid = rest.lower_lid_mm / open_mm + LOWER_LID_SHARE * at_rest * closed
    lower = low_lid + raised + shifted + _LOWER_LID_OF_SYNKINESIS * narrowed
    return closure, lower - LOWER_LID_SHARE * closure


def _spontaneous_blinks(condition: Condition, script: ExamScript, times: np.ndarray) -> np.ndarray:
    """(T, 2) closure by blinks; a weak side closes less far and more slowly."""
    closed = np.zeros((len(times), len(SIDES)))
    for column, side in enumerate(SIDES):
        weakness = condition.weakness(Branch.ZYGOMATIC, side)
        slower = 1.0 + _WEAK_BLINK_SLOWER * weakness
        for blink in script.blinks:
            part = blink_course(times, blink.start_s, slower * blink.closing_s, slower * blink.opening_s)
            closed[:, column] = np.maximum(closed[:, column], (1.0 - weakness) * blink.completeness * part)
    return closed
