"""Prints the table of docs/accuracy.md of the second opinion on severity, from the predictions that are stored with its weights.

    python benchmarks/severity.py
    ... --write docs/accuracy.md     # put it into the document
    ... --cohort COHORT              # ask the shipped weights anew first; they must say what is stored

The figures are of test people of the simulated cohort (benchmarks/make_cohort.py), whom the network never saw.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.accuracy.document import replace_part  # noqa: E402
from core.errors import InputError  # noqa: E402
from models.card import read_card  # noqa: E402
from models.severity.card import COMPARED, test_rows  # noqa: E402
from models.severity.predictions import PredictionRow, column, read_predictions  # noqa: E402
from models.severity.report import (  # noqa: E402
    affected,
    common,
    difference_of_errors,
    interval_text,
    not_assessable,
    score,
    spared,
    table,
)
from models.weights import WEIGHTS_FOLDER  # noqa: E402

NAME = "severity_branches"
_MOST_APART = 0.5


def document(rows: list[PredictionRow], command: str) -> str:
    """The part of docs/accuracy.md.

    Args:
        rows: all stored predictions.
        command: that made the weights.
    """
    tested = test_rows(rows)
    both = common(tested, COMPARED)
    weak, sound = affected(both), spared(both)
    better = difference_of_errors(weak, *COMPARED)
    alone = [
        method for method in ("kinematics", "appearance") if any(getattr(row, method) is not None for row in tested)
    ]
    parts = [
        f"Command: `python benchmarks/severity.py`; weights by `{command}`",
        f"{len({row.exam for row in tested})} simulated examinations of {len({row.person for row in tested})} people that the "
        "network never saw. Truth: 100 times the part of the movement that the simulation took from a branch. Both methods on the "
        "same sides; in brackets 95 % intervals from 2,000 bootstrap resamples of the people. Grades are 0 to 4 "
        f"(docs/measures.md, E3). Not assessable: {not_assessable(tested, 'severity')} (learned) and "
        f"{not_assessable(tested, 'rule_based')} (rule-based) of {len(tested)}.",
        "**Affected sides**: branches from which something was taken.",
        table(weak),
        f"Error of the rule-based score minus that of the network on affected sides: {interval_text(better)} points (above 0 the "
        "network is nearer).",
        "**All sides**, most of them sound.",
        table(both),
        f"**Sound branches of weak sides**, in which nothing should be seen ({len(sound)}): mean error "
        + ", ".join(f"{_words(method)} {interval_text(score(sound, method).mae)}" for method in COMPARED)
        + ".",
    ]
    if alone:
        parts += ["**The same network, shown less**, on affected sides:", table(weak, ("severity", *alone))]
    return "\n\n".join(parts)


def _words(method: str) -> str:
    return {"severity": "learned", "rule_based": "rule-based"}[method]


def farthest_apart(rows: list[PredictionRow], cohort: Path) -> float:
    """Greatest difference of what the shipped weights say of a cohort now from what is stored, points of severity."""
    import torch

    from models.cohort import Cohort
    from models.severity.checkpoints import load_checkpoint
    from models.severity.data import from_cohort
    from models.severity.inference import predict
    from models.severity.predictions import rows_of
    from models.severity.run import judged_part

    data = judged_part(from_cohort(Cohort.load(cohort), measured_only=True))
    now = rows_of(data, predict(load_checkpoint(NAME), data, torch.device("cpu")))
    if [(r.exam, r.branch, r.side) for r in now] != [(r.exam, r.branch, r.side) for r in rows]:
        raise SystemExit("The cohort has other examinations than those that are stored.")
    return float(np.nanmax(np.abs(column(now, "severity") - column(rows, "severity"))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="document whose marked part is replaced")
    parser.add_argument("--cohort", type=Path, help="ask the shipped weights again on this cohort")
    options = parser.parse_args()
    try:
        rows = read_predictions(WEIGHTS_FOLDER / f"{NAME}.predictions.csv")
    except InputError as problem:
        raise SystemExit(f"{problem.message} No weights ship yet: benchmarks/train_severity.py makes them.") from None
    if options.cohort:
        apart = farthest_apart(rows, options.cohort)
        print(f"Farthest from what is stored: {apart:.2f} points", file=sys.stderr)
        if apart > _MOST_APART:
            raise SystemExit("The shipped weights say something else than what is stored.")
    text = document(rows, read_card(WEIGHTS_FOLDER / f"{NAME}.card.json").command)
    print(text)
    if options.write:
        replace_part(options.write, "severity", text)


if __name__ == "__main__":
    main()
