"""Demonstrations for the guided recording: one drawn, healthy face that shows every expression in a short loop.

Both sides move alike and the head keeps still, so that nothing but the asked movement is seen; a few movements are shown a little
larger than the phantom's own, to be recognised in a small picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from core.exam.protocol import Expression
from core.face.landmarks import mesh_regions
from core.phantom.camera import Camera
from core.phantom.condition import Condition
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.drawing.shape import face_shape
from core.phantom.exam import Cue, ExamScript, SpontaneousBlink
from core.phantom.motion import Motion, simulate
from core.phantom.portrait import Portrait
from core.phantom.render import Renderer
from core.phantom.signals import course
from core.video.writer import VideoWriter
from core.words import SIDES

CAMERA = Camera(width=320, height=320, fps=20.0, face_part=0.54, noise=0.0)
_IDENTITY = next(identity for identity in IDENTITIES if identity.name == "phantom-09")
_PORTRAIT_PX = 700
_CONDITION = Condition("Demonstration", natural_asymmetry=0.0)

_START_S, _RISE_S, _HOLD_S, _RELAX_S, _END_S = 0.5, 0.5, 1.1, 0.5, 0.4
# Five blinks, or the numbers from one to five, about one a second as the prompts ask.
_TRAIN_S = 5.0
_TRAINS = (Expression.BLINK_VOLUNTARY, Expression.SPEECH)
_REST_S = 4.0
_REST_BLINK = SpontaneousBlink(start_s=1.8, closing_s=0.15, opening_s=0.25, completeness=1.0)
_BREATH_MM = 0.5
_AMPLITUDES = {
    Expression.PUCKER: 1.35,
    Expression.SPEECH: 1.6,
    Expression.FROWN: 1.25,
    Expression.EEE: 1.15,
    Expression.SNARL: 0.88,
}
# A blown-up cheek comes towards the camera, which a flat picture hardly shows: it also bulges sideways and catches light.
_CHEEK_MM, _BULGE_MM, _CHEEK_SHINE = 18.0, 7.0, 18.0
_NOSE_TIP = 1
_CRF, _JPEG_QUALITY = 23, 82


def demonstration_script(expression: Expression) -> ExamScript:
    """What is performed when: rest, the movement, its hold and rest, to be played in a loop."""
    if expression is Expression.REST:
        return ExamScript((), (_REST_BLINK,), _REST_S)
    cue = Cue(
        expression,
        _START_S,
        reaction_s=0.0,
        rise_s=_RISE_S,
        hold_s=_TRAIN_S - _RISE_S - _RELAX_S if expression in _TRAINS else _HOLD_S,
        relax_s=_RELAX_S,
        amplitude=_AMPLITUDES.get(expression, 1.0),
    )
    return ExamScript((cue,), (), round(cue.end_s + _END_S, 3))


def demonstration_motion(expression: Expression) -> Motion:
    """The moving face without pixels, at the frame rate of ``CAMERA``; the same every time."""
    motion = simulate(face_shape(_IDENTITY), _CONDITION, demonstration_script(expression), CAMERA.fps, sway=0.0)
    if expression is not Expression.REST:
        return motion
    breath = np.zeros((len(motion.times), 3))
    breath[:, 1] = _BREATH_MM * 0.5 * (1.0 - np.cos(2.0 * np.pi * motion.times / _REST_S))
    return replace(motion, translation_mm=breath)


def peak_frame(motion: Motion) -> int:
    """Number of the frame that shows most of a demonstration: the middle of its hold, or the height of its first pulse."""
    if not motion.script.cues:
        return 0
    moved = np.linalg.norm(motion.shape_mm - motion.shape_mm[0], axis=2).sum(axis=1)
    cue = motion.script.cues[0]
    if cue.expression in _TRAINS:
        return int(np.argmax(moved))
    return round((cue.onset_s + cue.rise_s + cue.hold_s / 2) * motion.fps)


def write_demonstration(expression: Expression, path: Path) -> None:
    """Write the loop of an expression as H.264 that browsers play: 320 x 320, 20 frames a second, three to six seconds.

    Args:
        expression: what is shown.
        path: the mp4 to write.
    """
    motion = demonstration_motion(expression)
    # One thread: with several, the file would depend on the computer.
    with VideoWriter(path, CAMERA.width, CAMERA.height, CAMERA.fps, preset="veryslow", crf=_CRF, threads=1) as writer:
        for picture in _pictures(motion, range(len(motion.times))):
            writer.write(picture)


def write_still(expression: Expression, path: Path) -> None:
    """Write the height of an expression as JPEG, for those who want no moving pictures and until the loop is there."""
    motion = demonstration_motion(expression)
    (picture,) = _pictures(motion, [peak_frame(motion)])
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), options)
    path.write_bytes(data.tobytes())


@lru_cache(maxsize=1)
def _portrait() -> Portrait:
    from core.phantom.drawing.portrait import draw_portrait

    return draw_portrait(_IDENTITY, _PORTRAIT_PX)


def _pictures(motion: Motion, chosen: range | list[int]) -> Iterator[np.ndarray]:
    """(320, 320, 3) uint8 RGB, one for every chosen frame."""
    renderer = Renderer(_portrait(), CAMERA)
    for i in chosen:
        head = motion.shape_mm[i], motion.pose_deg[i], motion.translation_mm[i]
        folds = {key: float(depth[i]) for key, depth in motion.creases.items()}
        picture = renderer.frame(*head, folds, float(motion.jaw_drop_mm[i]))
        puffed = _puffed(motion, float(motion.times[i]))
        yield _round_cheeks(picture, renderer.landmarks(*head), puffed) if puffed > 0 else picture


def _puffed(motion: Motion, time_s: float) -> float:
    """0 to 1: how far the cheeks are blown up."""
    parts = [
        course(np.array([time_s]), cue.onset_s, cue.rise_s, cue.hold_s, cue.relax_s)[0]
        for cue in motion.script.cues
        if cue.expression is Expression.CHEEK_PUFF
    ]
    return float(sum(parts))


def _round_cheeks(picture: np.ndarray, points: np.ndarray, part: float) -> np.ndarray:
    """The picture with both cheeks bulging to the sides and catching light; ``points`` (478, 3) are its landmarks."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    size = _CHEEK_MM * CAMERA.px_per_mm
    nose_x = float(points[_NOSE_TIP, 0])
    from_x, light = columns.copy(), np.zeros_like(rows)
    for side in SIDES:
        x, y = points[list(mesh_regions(side).cheek), :2].mean(axis=0)
        outward = np.sign(x - nose_x)
        edge = ((columns - x - 0.9 * outward * size) ** 2 + (rows - y - 0.2 * size) ** 2) / size**2
        from_x -= outward * part * _BULGE_MM * CAMERA.px_per_mm * np.exp(-0.7 * edge)
        middle = ((columns - x - 0.3 * outward * size) ** 2 + (rows - y) ** 2) / size**2
        light += part * _CHEEK_SHINE * np.exp(-1.6 * middle)
    bulging = cv2.remap(picture, from_x, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(bulging + light[..., None] + 0.5, 0, 255).astype(np.uint8)
