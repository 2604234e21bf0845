"""How well does a comparison of two visits tell a change from measurement error, where the change is known?

    python benchmarks/change.py --out OUT --jobs 2                                   # drawn people
    python benchmarks/change.py --out OUT --jobs 2 --london LONDON                   # and photographs of people, moved
    ... --write-limits core/grading/change_limits.py   # calibrate first: on people other than those judged
    ... --write docs/accuracy.md                       # put the tables into the document

Everything is simulated. Each person is examined six times (benchmarks/change_visits.py). An interrupted run goes on where it was;
after a change of the code that draws, tracks or measures, OUT has to be emptied.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.accuracy.document import replace_part  # noqa: E402
from benchmarks.change_tables import calibrated, document, judged_rows, limits_text  # noqa: E402
from benchmarks.change_visits import Examined, Person, examine, load, people, save  # noqa: E402
from core.grading import change_limits  # noqa: E402
from models.tracking import DEFAULT_TRACKER  # noqa: E402

_BEGIN, _END = "# begin calibrated\n", "# end calibrated\n"


def make(person: Person, london: Path | None, out: Path, repetitions: int, tracker: str) -> str:
    """Examine one person, unless that was done; says how long it took."""
    import cv2

    cv2.setNumThreads(1)
    file = out / f"{person.name}.json"
    if file.is_file():
        return f"{person.name}: there already"
    begin = time.monotonic()
    examined = examine(person, london, repetitions, tracker)
    save(examined, file)
    return f"{person.name}: {len(examined.visits)} visits, {time.monotonic() - begin:.0f} s"


def run(wanted: list[Person], options: argparse.Namespace) -> list[Examined]:
    """Everybody, made or read."""
    options.out.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    # A fresh process each: the trackers' native threads do not survive a fork.
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        jobs = [
            pool.submit(make, person, options.london, options.out, options.repetitions, options.tracker)
            for person in wanted
        ]
        for number, job in enumerate(as_completed(jobs), 1):
            print(
                f"{number} of {len(jobs)}, {time.monotonic() - begin:.0f} s: {job.result()}",
                file=sys.stderr,
                flush=True,
            )
    return [load(options.out / f"{person.name}.json") for person in wanted]


def write_limits(file: Path, limits: dict[str, float]) -> None:
    """Replace the calibrated constants of a source file."""
    text = file.read_text(encoding="utf-8")
    if text.count(_BEGIN) != 1 or text.count(_END) != 1:
        raise SystemExit(f"{file.name} must have the marks of the calibrated constants once each.")
    before, rest = text.split(_BEGIN)
    file.write_text(f"{before}{_BEGIN}{limits_text(limits)}{_END}{rest.split(_END)[1]}", encoding="utf-8")


def command_line(options: argparse.Namespace) -> str:
    """The command that makes these tables again, without the folders of this computer."""
    words = [f"python benchmarks/change.py --out OUT --drawn {options.drawn[0]} {options.drawn[1]}"]
    words.append(f"--repetitions {options.repetitions}")
    if options.london:
        words.append(f"--london LONDON --photographs {options.photographs[0]} {options.photographs[1]}")
    if options.tracker != DEFAULT_TRACKER:
        words.append(f"--tracker {options.tracker}")
    if options.write_limits:
        words.append("--write-limits core/grading/change_limits.py")
    return " ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the examinations, one file a person")
    parser.add_argument(
        "--drawn", type=int, nargs=2, default=(20, 20), help="drawn people to calibrate and to judge with"
    )
    parser.add_argument("--london", type=Path, help="folder with neutral/ photographs of consenting people")
    parser.add_argument(
        "--photographs", type=int, nargs=2, default=(10, 10), help="of them to calibrate and to judge with"
    )
    parser.add_argument("--repetitions", type=int, default=2, help="of every movement at every visit")
    parser.add_argument("--tracker", default=DEFAULT_TRACKER, help="another one needs an OUT of its own")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes at once")
    parser.add_argument("--write-limits", type=Path, help="source file whose calibrated constants are replaced first")
    parser.add_argument("--write", type=Path, help="document whose marked part is replaced")
    options = parser.parse_args()
    examined = run(people(tuple(options.drawn), options.london, tuple(options.photographs)), options)
    limits = calibrated([one for one in examined if one.part == "calibrate"])
    part = "change" if options.tracker == DEFAULT_TRACKER else f"change {options.tracker}"
    if options.write_limits:
        write_limits(options.write_limits, limits)
        change_limits.CALIBRATED.clear()
        change_limits.CALIBRATED.update(limits)
    elif limits and limits != change_limits.CALIBRATED:
        print("The constants in use are not those that these people give (--write-limits).", file=sys.stderr)
    judged = [one for one in examined if one.part == "judge"]
    text = document(judged, judged_rows(judged), command_line(options))
    print(text)
    if options.write:
        replace_part(options.write, part, text)


if __name__ == "__main__":
    main()
