"""Make the simulated cohort that the screen for synkinesis and the severity model are trained and judged with.

    python benchmarks/make_cohort.py --london LONDON --out COHORT --seed 5 --jobs 2

The severity network learns from measured examinations above all, and gets more of these:

    python benchmarks/make_cohort.py --london LONDON --out MEASURED --seed 7 --training 0 6 --judged 0 0 --jobs 2

LONDON holds ``neutral/`` photographs of consenting people; with drawn people alone leave it out. Everything is simulated. People
who are there already are left as they are, so an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import zip_longest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.phantom.drawing.identity import random_identity
from core.phantom.drawing.portrait import draw_portrait
from models.cohort.exams import PersonPlan, person_exams
from models.cohort.store import save_person
from models.refinement.data import photo_portrait, split_people
from models.tracking.mediapipe_mesh import MediaPipeMeshFactory

FIRST_DRAWN = 9500
PORTRAIT_PX = 560


def plans(options: argparse.Namespace) -> list[PersonPlan]:
    """Everybody, sources and splits mixed, so that a part of a cohort is useful, too."""
    counts = {"train": options.training, "validation": options.judged, "test": options.judged}
    people: list[list[PersonPlan]] = []
    if options.london is not None:
        split = split_people(path.stem for path in (options.london / "neutral").glob("*.jpg"))
        for part in counts:
            names = getattr(split, part if part != "train" else "training")
            people.append(
                [PersonPlan(f"london {name}", "photograph", part, int(name), *counts[part]) for name in names]
            )
    first = FIRST_DRAWN
    for part, number in zip(counts, options.drawn, strict=True):
        people.append([PersonPlan(f"drawn {i}", "drawn", part, i, *counts[part]) for i in range(first, first + number)])
        first += number
    return [plan for row in zip_longest(*people) for plan in row if plan is not None and plan.pictures + plan.full]


def make(plan: PersonPlan, london: Path | None, out: Path, seed: int) -> str:
    """One person; says how long it took and which examinations were lost."""
    import cv2

    cv2.setNumThreads(1)
    file = plan.name.replace(" ", "-")
    if (out / f"{file}.json").is_file():
        return f"{plan.name}: there already"
    begin, factory = time.monotonic(), MediaPipeMeshFactory()
    if plan.source == "photograph" and london is not None:
        portrait = photo_portrait(london / "neutral" / f"{plan.name.split()[1]}.jpg", factory)
    else:
        portrait = draw_portrait(random_identity(plan.number), PORTRAIT_PX)
    exams = list(person_exams(plan, portrait, factory, seed))
    wanted = Counter(plan.groups(seed))
    wanted.subtract(exam.group for exam in exams)
    save_person(out, file, exams, {group.value: count for group, count in wanted.items()})
    return f"{plan.name}: {len(exams)} examinations, {wanted.total()} lost, {time.monotonic() - begin:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--london", type=Path, help="folder with neutral/; without it all people are drawn")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--training", type=int, nargs=2, default=(12, 2), help="picture and full examinations of a training person"
    )
    parser.add_argument("--judged", type=int, nargs=2, default=(9, 3), help="of the others")
    parser.add_argument(
        "--drawn", type=int, nargs=3, default=(24, 10, 24), help="drawn people to train, to validate, to test"
    )
    parser.add_argument("--people", type=int, help="at most so many people")
    options = parser.parse_args()
    begin = time.monotonic()
    wanted = plans(options)[: options.people]
    with ProcessPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(make, plan, options.london, options.out, options.seed) for plan in wanted]
        for number, job in enumerate(jobs, 1):
            told = f"{number} of {len(jobs)}, {time.monotonic() - begin:.0f} s: {job.result()}"
            print(told, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
