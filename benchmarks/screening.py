"""How well does the screen for synkinesis do on simulated people that it never saw, and what could it have gone by instead?

    python benchmarks/screening.py                                             # tables from what is stored beside the weights
    python benchmarks/screening.py --write docs/accuracy.md
    python benchmarks/screening.py --cohort COHORT --probes KEPT --out OUT     # predictions, stress and probes made again
    python benchmarks/screening.py --cohort COHORT --weights FILE --baseline FILE --out OUT

COHORT is what benchmarks/make_cohort.py wrote. Without --cohort no data are needed. What is made again is written to OUT as
NAME.predictions.csv and synkinesis_cnn.evidence.json; with ``--out`` the folder of the weights, the figures of the cards are
renewed from it, too. Probes take some minutes each; those whose outcome lies in KEPT already are not run again, whatever their
options were.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.accuracy.document import replace_part  # noqa: E402
from core.errors import HemifaceError  # noqa: E402
from models.card import card_json, read_card  # noqa: E402
from models.evidence.cards import with_evidence  # noqa: E402
from models.evidence.document import screening_part  # noqa: E402
from models.evidence.probe_runs import ProbeOptions, run_missing  # noqa: E402
from models.evidence.probes import EPOCHS  # noqa: E402
from models.evidence.store import Evidence, evidence_json  # noqa: E402
from models.evidence.stored import BASELINE, SCREEN, evidence_path, predictions_path, read_stored  # noqa: E402
from models.weights import WEIGHTS_FOLDER, is_path, write_manifest, write_whole  # noqa: E402

COMMAND = "python benchmarks/screening.py"
PART = "screening"


def make_again(options: argparse.Namespace) -> None:
    """Predictions and evidence of the weights from a cohort, into the folder OUT."""
    import torch

    from models.cohort import Cohort
    from models.evidence.collect import (
        cohort_words,
        facts_of_model,
        measured_synkinesis,
        partly_usable,
        people_of,
        stress_outcomes,
    )
    from models.evidence.gate import exam_refusal, refusals_under_stress
    from models.evidence.groups import read_self_reports
    from models.registry import device, sha256_of
    from models.screening.checkpoints import load_checkpoint
    from models.screening.data import PAPER_PICTURES, from_cohort
    from models.screening.inference import predict
    from models.screening.predictions import rows_of, write_predictions

    where = device()
    if where.type == "cpu":
        torch.set_num_threads(options.threads)
    cohort = Cohort.load(options.cohort)
    models, stresses, partly = {}, [], {}
    for name, given, kind in ((SCREEN, options.weights, "crops"), (BASELINE, options.baseline, "views")):
        if given is None:
            continue
        path = Path(given) if is_path(given) else WEIGHTS_FOLDER / f"{given}.safetensors"
        checkpoint = load_checkpoint(path if is_path(given) else given)
        # The published layout is shown what it learned from: the three pictures of the paper.
        shown = PAPER_PICTURES if name == BASELINE else None
        test = from_cohort(cohort, kind, expressions=shown, splits=("test",))
        rows = rows_of(test, predict(checkpoint, test, where))
        write_predictions(predictions_path(options.out, name), rows)
        models[name] = facts_of_model(checkpoint, sha256_of(path), test.pictures, where)
        tell(f"{name}: {len(test.exams)} examinations")
        if name == SCREEN:
            partly = partly_usable(checkpoint, test, cohort, where)
            stresses = stress_outcomes(checkpoint, test, where, refusals_under_stress(cohort))
            tell(f"{name}: stress done")
    reports = read_self_reports(options.people) if options.people else {}
    people, refused = people_of(cohort, reports, exam_refusal)
    how = ProbeOptions(epochs=options.epochs, seed=options.seed, jobs=options.jobs)
    probes = run_missing(options.cohort, options.probes, how, tell) if options.probes else []
    evidence = Evidence(
        command=f"{COMMAND} --cohort COHORT --people PEOPLE --out OUT"
        + (f" --baseline {BASELINE}" if options.baseline else "")
        + (f" --probes KEPT --epochs {options.epochs} --seed {options.seed}" if probes else ""),
        date=datetime.now(UTC).date().isoformat(),
        cohort=cohort_words((exam.person, exam.source, exam.split) for exam in cohort),
        models=models,
        people=people,
        refused=refused,
        partly=partly,
        measured=measured_synkinesis(cohort),
        probes=probes,
        stresses=stresses,
    )
    write_whole(evidence_path(options.out), evidence_json(evidence).encode("utf-8"))


def tell(line: str) -> None:
    """Say how far it is."""
    print(line, file=sys.stderr, flush=True)


def renew_cards(folder: Path) -> None:
    """Take the figures of the cards in a folder from the predictions beside them."""
    stored = read_stored(folder)
    for name in stored.rows:
        path = folder / f"{name}.card.json"
        if path.is_file():
            write_whole(path, card_json(with_evidence(read_card(path), stored, name)).encode("utf-8"))
    if folder.resolve() == WEIGHTS_FOLDER.resolve():
        write_manifest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", type=Path, help="folder of the simulated cohort: make predictions again")
    parser.add_argument("--people", type=Path, help="people.csv of the London set: self-reported gender and ethnicity")
    parser.add_argument("--weights", default=SCREEN, help="name or file of the screen")
    parser.add_argument("--baseline", default=None, help=f"name or file of the published layout, e.g. {BASELINE}")
    parser.add_argument(
        "--probes", type=Path, metavar="KEPT", help="train the probes and controls whose outcome is not in this folder"
    )
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of the probes and controls")
    parser.add_argument("--seed", type=int, default=0, help="of the probes and controls")
    parser.add_argument("--jobs", type=int, default=1, help="processes that train probes and controls, a thread each")
    parser.add_argument("--threads", type=int, default=2, help="of the processor")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FOLDER, help="folder of predictions and evidence")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT", help="put the tables into this document, too")
    options = parser.parse_args()
    try:
        if options.cohort is not None:
            make_again(options)
            renew_cards(options.out)
        text = screening_part(read_stored(options.out), COMMAND)
    except HemifaceError as problem:
        raise SystemExit(
            f"{problem.message} No screen ships yet, or none was judged: benchmarks/train_screening.py."
        ) from None
    print(text)
    if options.write is not None:
        replace_part(options.write, PART, text)


if __name__ == "__main__":
    main()
