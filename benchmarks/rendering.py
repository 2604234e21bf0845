"""How long does it take to draw and record a 30 s examination at 640 x 640?

python benchmarks/rendering.py            # one of the demo identities
python benchmarks/rendering.py --rounds 5
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from core.exam.protocol import CORE_PROTOCOL, Expression  # noqa: E402
from core.phantom.camera import Camera  # noqa: E402
from core.phantom.condition import flaccid  # noqa: E402
from core.phantom.drawing.identity import IDENTITIES  # noqa: E402
from core.phantom.drawing.portrait import draw_portrait  # noqa: E402
from core.phantom.exam import ExamScript, Timing, custom_script  # noqa: E402
from core.phantom.motion import simulate  # noqa: E402
from core.phantom.recording import record  # noqa: E402
from core.words import Side  # noqa: E402

PORTRAIT_PX = 800
# All core movements once, in half a minute.
TIMING = Timing(lead_in_s=3.5, reaction_s=0.15, rise_s=0.6, hold_s=1.25, relax_s=0.45, gap_s=0.9, tail_s=0.8)


def half_a_minute() -> ExamScript:
    """An examination of 30 s with all core movements."""
    return custom_script([e for e in CORE_PROTOCOL if e is not Expression.REST], timing=TIMING)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    script, camera = half_a_minute(), Camera()
    drawing, filming = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            start = time.perf_counter()
            portrait = draw_portrait(IDENTITIES[number % len(IDENTITIES)], PORTRAIT_PX)
            drawn = time.perf_counter()
            motion = simulate(portrait.shape_mm, flaccid(Side.RIGHT), script, camera.fps, seed=number)
            record(portrait, motion, Path(folder) / "exam.mp4", camera, seed=number)
            drawing.append(drawn - start)
            filming.append(time.perf_counter() - drawn)
    frames = len(motion.times)
    print(f"{os.cpu_count()} cores, {platform.machine()}; one process, medians of {options.rounds} rounds:")
    print(f"portrait of {PORTRAIT_PX} px: {statistics.median(drawing):.1f} s")
    print(
        f"{script.duration_s:.1f} s ({frames} frames of {camera.width} x {camera.height}) recorded in "
        f"{statistics.median(filming):.1f} s, {1000 * statistics.median(filming) / frames:.0f} ms a frame"
    )


if __name__ == "__main__":
    main()
