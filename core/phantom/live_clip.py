"""The simulated patient of the live view: one short clip a movement, played in a loop where there is no camera.

Run as a program (by pages.components.live_clips) it makes the missing clips, the asked one first, and tells its progress as
core.records.child reads it: ``python -m core.phantom.live_clip FOLDER MOVEMENT``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core import __version__
from core.errors import HemifaceError
from core.exam.protocol import Expression
from core.live import LIVE_MOVEMENTS
from core.phantom.camera import Camera
from core.phantom.condition import Condition
from core.phantom.exam import Timing, custom_script
from core.words import Branch, Side

if TYPE_CHECKING:
    from core.phantom.recording import PhantomRecording

# The clip starts with a rest that is long enough to be learned as the own rest (core.live.REST_S).
_TIMING = Timing(lead_in_s=2.6, reaction_s=0.1, rise_s=0.6, hold_s=1.6, relax_s=0.6, tail_s=0.7)
_CAMERA = Camera(width=480, height=480, fps=25.0, face_part=0.55)
_PERSON = "phantom-01"
_CONDITION = Condition(
    "Right palsy, recovering",
    {
        (Branch.TEMPORAL, Side.RIGHT): 0.7,
        (Branch.ZYGOMATIC, Side.RIGHT): 0.5,
        (Branch.BUCCAL, Side.RIGHT): 0.6,
        (Branch.MARGINAL_MANDIBULAR, Side.RIGHT): 0.6,
        (Branch.CERVICAL, Side.RIGHT): 0.6,
    },
    person=11,
)
_REPORT_S = 0.3


def clip_name(movement: Expression) -> str:
    """File name of a movement's clip; another version makes its own."""
    return f"simulated-{movement.value}-{__version__}.mp4"


def make_clip(
    movement: Expression, path: Path, progress: Callable[[int, int], None] = lambda *_: None
) -> PhantomRecording:
    """Film the simulated patient doing one movement once, rest before and after; returns what was filmed.

    Args:
        movement: one of ``core.live.LIVE_MOVEMENTS``.
        path: the mp4 to write; it appears when it is complete.
        progress: called with frames done and frames in all.
    """
    from core.phantom.drawing.identity import IDENTITIES
    from core.phantom.drawing.portrait import draw_portrait
    from core.phantom.motion import simulate
    from core.phantom.recording import record

    identity = next(identity for identity in IDENTITIES if identity.name == _PERSON)
    portrait = draw_portrait(identity, round(1.25 * _CAMERA.height))
    script = custom_script([movement], timing=_TIMING)
    motion = simulate(portrait.shape_mm, _CONDITION, script, _CAMERA.fps, sway=0.6)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    try:
        recording = record(portrait, motion, unfinished, _CAMERA, progress=progress)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return replace(recording, video=path)


def main(arguments: list[str]) -> int:
    """Entrance of the child process; exit code 2 after one sentence on standard error."""
    folder, first = Path(arguments[0]), Expression(arguments[1])
    reported = 0.0

    def report(movement: Expression, done: int, total: int) -> None:
        nonlocal reported
        if time.monotonic() - reported >= _REPORT_S:
            reported = time.monotonic()
            told = {"frames_done": done, "frames_total": total, "stage": movement.value}
            print(json.dumps(told), file=sys.stderr, flush=True)

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for movement in (first, *(other for other in LIVE_MOVEMENTS if other is not first)):
            if not (folder / clip_name(movement)).is_file():
                make_clip(movement, folder / clip_name(movement), partial(report, movement))
    except (HemifaceError, OSError) as problem:
        sentence = str(problem) if isinstance(problem, HemifaceError) else "The data folder cannot be written."
        print(json.dumps({"error": sentence, "hint": ""}), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
