"""How close do the trackers' landmarks come to the truth on people that no network of the project was trained on?

    python benchmarks/landmarks.py --london FOLDER                        # every tracker that can run here
    python benchmarks/landmarks.py --london FOLDER --task FILE --write docs/accuracy.md

FOLDER holds the London photographs and their hand-placed points. Eight people, each moved by the muscle model and filmed by two
cameras: simulated. The table is Markdown. With --keep FOLDER what was measured is kept there by tracker and way, and a later run
takes it from there: so trackers can be added to the table one by one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.accuracy.document import replace_part  # noqa: E402
from benchmarks.accuracy.landmark_figures import REGIONS, ROLES, SIDE_REGIONS, Figures, examine  # noqa: E402
from benchmarks.accuracy.landmark_pictures import CLOSURES, MOVEMENTS, hand_placed, posed_pictures  # noqa: E402
from benchmarks.accuracy.statistics import agreement, mean  # noqa: E402
from core.markdown import markdown_table  # noqa: E402
from core.tracking import TrackerFactory  # noqa: E402
from models.refinement.data import photo_portrait, split_people  # noqa: E402
from models.registry import ModelFiles  # noqa: E402
from models.tracking import tracker_factories, tracker_factory  # noqa: E402
from models.tracking.mediapipe_mesh import MediaPipeMeshFactory  # noqa: E402

WAYS = {"plain": False, "as in use": True}
# These are measured plainly only: the task smooths over time, so that pictures that jump say nothing more in other ways, and the
# FANs average a picture with its mirror image by themselves.
PLAIN_ONLY = {"mediapipe_task", "fan_small", "fan_small_palsy"}


def wanted(options: argparse.Namespace) -> dict[str, TrackerFactory]:
    """Trackers by name, those that cannot run here left out with their reason."""
    factories = tracker_factories(ModelFiles())
    if options.task:
        factories["mediapipe_task"] = tracker_factory("mediapipe_task", model_path=options.task)
    names = options.trackers or list(factories)
    chosen = {}
    for name in names:
        reason = factories[name].unavailable_reason()
        if reason is None:
            chosen[name] = factories[name]
        else:
            print(f"{name}: {reason}", file=sys.stderr)
    return chosen


def ways_of(name: str) -> list[str]:
    """The ways in which a tracker is measured."""
    return [way for way, as_in_use in WAYS.items() if not (as_in_use and name in PLAIN_ONLY)]


def kept(folder: Path, columns: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Figures]:
    """What earlier runs kept of these trackers and ways."""
    paths = {column: _kept_path(folder, *column) for column in columns}
    return {column: Figures(**json.loads(path.read_text("utf-8"))) for column, path in paths.items() if path.is_file()}


def keep(folder: Path, figures: dict[tuple[str, str], Figures]) -> None:
    """Write figures where ``kept`` finds them."""
    folder.mkdir(parents=True, exist_ok=True)
    for (name, way), one in figures.items():
        _kept_path(folder, name, way).write_text(json.dumps(asdict(one)), encoding="utf-8")


def _kept_path(folder: Path, name: str, way: str) -> Path:
    return folder / f"{name}, {way}.json"


def measure(
    london: Path, people: list[str], trackers: dict[str, TrackerFactory], columns: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Figures]:
    """Figures by tracker and way, over all people."""
    figures = {column: Figures() for column in columns}
    begin = time.monotonic()
    for number, person in enumerate(people):
        # The truth is the mesh of the neutral photograph, carried along by the movement, for every tracker.
        portrait = photo_portrait(london / "neutral" / f"{person}.jpg", MediaPipeMeshFactory())
        pictures, photo = list(posed_pictures(portrait)), hand_placed(london, person)
        for (name, way), into in figures.items():
            examine(pictures, photo, trackers[name], as_in_use=WAYS[way], into=into)
        print(f"{number + 1} of {len(people)} people, {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return figures


def table(figures: dict[tuple[str, str], Figures]) -> str:
    """Markdown: a row for every figure, a column for every tracker in every way."""
    rows = {
        **{
            f"{region}: distance from the exact point, % of the pupils' distance": _each(
                figures, lambda f, region=region: _number(mean(f.errors[region]), 2)
            )
            for region in REGIONS
        },
        **{
            f"{region}, {role} of one-sided movements: the same distance, %": _each(
                figures, lambda f, name=f"{region}, {role}": _number(mean(f.side_errors[name]), 2)
            )
            for region in SIDE_REGIONS
            for role in ROLES
        },
        **{
            f"eye closed by {100 * part:.0f} %: error of its aperture, % of its own at rest (mean; mean absolute)": _each(
                figures, lambda f, part=part: _signed(f.closures[str(part)])
            )
            for part in CLOSURES
        },
        "closed eye: aperture that is left, of its own at rest (exact 0)": _each(
            figures, lambda f: _spread(f.left_open)
        ),
        "open eye beside it: change of aperture from its own rest (exact 0), % (mean; mean absolute)": _each(
            figures, lambda f: _signed(f.open_change)
        ),
        "open eye beside it: error of the aperture, % (mean; mean absolute)": _each(
            figures, lambda f: _signed(f.open_error)
        ),
        **{
            f"{movement}: gain (exact 1); leak to the still side, %": _each(
                figures,
                lambda f, movement=movement: (
                    f"{_number(agreement(f.gains[movement]).gain, 2)}; {100 * np.mean(f.leaks[movement]):.0f}"
                ),
            )
            for movement in MOVEMENTS
        },
        "flipped picture: change of right minus left, mm": _each(figures, lambda f: _number(mean(f.flips_mm), 2)),
        **{
            f"{region}: distance from hand-placed lines on unmoved photographs, %": _each(
                figures, lambda f, region=region: _number(mean(f.by_hand[region]), 2)
            )
            for region in REGIONS
        },
        "time a frame, ms (of the fastest tenth)": _each(
            figures, lambda f: f"{1000 * np.percentile(f.seconds, 10):.1f}"
        ),
        "pictures without a face": _each(figures, lambda f: f"{f.missed} of {f.pictures}"),
    }
    head = ["", *(f"{name}, {way}" for name, way in figures)]
    return markdown_table(head, ([name, *cells] for name, cells in rows.items()))


def _each(figures, cell):
    return [cell(f) for f in figures.values()]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _signed(parts: list[float]) -> str:
    return f"{100 * np.mean(parts):+.1f}; {100 * np.mean(np.abs(parts)):.1f}" if parts else "-"


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.2f} (worst {np.max(values):.2f})" if values else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--london", type=Path, required=True, help="folder with neutral/ and neutral_landmarks.json")
    parser.add_argument("--task", type=Path, help="model file of mediapipe_task")
    parser.add_argument("--trackers", nargs="+", help="only these, in this order")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS), help="only these ways")
    parser.add_argument("--keep", type=Path, help="folder for figures that later runs take over")
    parser.add_argument(
        "--validation", action="store_true", help="the people that training is stopped on, for development"
    )
    parser.add_argument("--write", type=Path, help="document whose marked part is replaced")
    options = parser.parse_args()
    split = split_people(path.stem for path in (options.london / "neutral").glob("*.jpg"))
    people = list(split.validation if options.validation else split.test)
    trackers = wanted(options)
    columns = [(name, way) for name in trackers for way in ways_of(name) if way in options.ways]
    figures = kept(options.keep, columns) if options.keep else {}
    missing = [column for column in columns if column not in figures]
    if missing:
        figures |= measure(options.london, people, trackers, missing)
    if options.keep:
        keep(options.keep, figures)
    figures = {column: figures[column] for column in columns}
    words = ["python benchmarks/landmarks.py --london LONDON"]
    words += ["--task FILE"] if options.task else []
    words += [f"--trackers {' '.join(options.trackers)}"] if options.trackers else []
    words += ["--validation"] if options.validation else []
    text = (
        f"Command: `{' '.join(words)}`. Simulated: {len(people)} photographs of people, moved, in two cameras (iris about 22 "
        f"and 11 pixels); {os.cpu_count()} cores, {platform.machine()}. *Plain* is one run a frame; *as in use* averages a frame "
        f"with its mirror image and tracks each half for itself.\n\n{table(figures)}"
    )
    print(text)
    if options.write:
        replace_part(options.write, "landmarks", text)


if __name__ == "__main__":
    main()
