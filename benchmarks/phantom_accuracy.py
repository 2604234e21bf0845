"""How close does the whole analysis come to the truth, over simulated patients that the tests do not use?

    python benchmarks/phantom_accuracy.py --out out/accuracy                       # drawn people
    python benchmarks/phantom_accuracy.py --out out/accuracy --photos FOLDER       # photographs of a folder, moved
    ... --write docs/accuracy.md                                                   # put the tables into the document

Every patient is recorded to H.264, tracked from the file and analysed with the segments of the script. An interrupted run goes
on where it was; recordings and tracks are made again when the code that makes them has changed. The tables are Markdown.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.accuracy.cases import Case, drawn_cases, photo_cases  # noqa: E402
from benchmarks.accuracy.document import replace_part  # noqa: E402
from benchmarks.accuracy.exams import MODES, examine  # noqa: E402
from benchmarks.accuracy.tables import report  # noqa: E402
from models.tracking import DEFAULT_TRACKER  # noqa: E402

NAMES = {
    "default": "Default: every frame and its mirror image averaged, and each half of the face tracked for itself",
    "whole": "For comparison: mirror averaging alone (`--no-half-faces`)",
    "plain": "For comparison: the plain mesh (`--no-half-faces --no-mirror-average`)",
    "hemiface": "Refined one half at a time (`--tracker hemiface`)",
    "hemiface-whole": "Refined, mirror averaging alone (`--tracker hemiface --no-half-faces`)",
}


def run(cases: list[Case], modes: list[str], options: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """Figures of every case by way of tracking."""
    figures: dict[str, dict[int, dict[str, Any]]] = {mode: {} for mode in modes}
    start = time.monotonic()
    for done, (number, found) in enumerate(_examined(cases, modes, options), 1):
        for mode, one in found.items():
            figures[mode][number] = one
        print(f"{done} of {len(cases)}: {cases[number].name}, {time.monotonic() - start:.0f} s", file=sys.stderr)
    return {mode: [by_number[i] for i in sorted(by_number)] for mode, by_number in figures.items()}


def _examined(
    cases: list[Case], modes: list[str], options: argparse.Namespace
) -> Iterator[tuple[int, dict[str, dict[str, Any]]]]:
    # A fresh process each: the trackers' native threads do not survive a fork.
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        waiting = {
            pool.submit(_examine_all, case, options.out, modes, options.keep_tracks): number
            for number, case in enumerate(cases)
        }
        for job in as_completed(waiting):
            yield waiting[job], job.result()


def _examine_all(case: Case, out: Path, modes: list[str], keep_tracks: bool) -> dict[str, dict[str, Any]]:
    return {mode: examine(case, out, mode, keep_tracks=keep_tracks) for mode in modes}


def command_line(options: argparse.Namespace) -> str:
    """The command that makes these tables again, without the folders of this computer."""
    words = ["python benchmarks/phantom_accuracy.py --out OUT"]
    if options.photos:
        words.append("--photos LONDON/neutral" + (" --unseen" if options.unseen else ""))
    words += [f"--count {options.count}", f"--modes {' '.join(options.modes)}", f"--jobs {options.jobs}"]
    return " ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for recordings, tracks and figures")
    parser.add_argument("--photos", type=Path, help="folder of frontal, neutral photographs (jpg) of consenting people")
    parser.add_argument(
        "--unseen", action="store_true", help="photographs of people whom no network of a tracker was trained on"
    )
    parser.add_argument("--count", type=int, help="patients: 36 drawn or 24 photographs when not given")
    parser.add_argument("--modes", nargs="+", choices=list(MODES), default=["default"], help="ways of tracking")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes at once")
    parser.add_argument("--keep-tracks", action="store_true", help="measure what is in --out, whatever code made it")
    parser.add_argument("--write", type=Path, help="document whose marked part is replaced")
    options = parser.parse_args()
    options.count = options.count or (24 if options.photos else 36)
    cases = drawn_cases(options.count)
    if options.photos:
        cases = photo_cases(options.photos, options.count, unseen=options.unseen)
    figures = run(cases, options.modes, options)
    parts = [f"Command: `{command_line(options)}`"]
    for mode, exams in figures.items():
        parts += [f"### {NAMES[mode]}", report(exams)]
    text = "\n\n".join(parts)
    print(text)
    if options.write:
        part = "photos" if options.photos else "drawn"
        of_another = {MODES[mode].tracker for mode in options.modes} - {DEFAULT_TRACKER}
        replace_part(options.write, " ".join([part, *sorted(of_another)]), text)


if __name__ == "__main__":
    main()
