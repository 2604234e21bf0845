"""Probes and controls run beside one another, a process each; outcomes are kept as they come, so that an end loses nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from models.evidence.probes import EPOCHS, PROBES, ProbeData, read_probe_data, run_probe
from models.evidence.store import ProbeOutcome
from models.weights import write_whole

# Longest first, so that no process waits for the last one.
_ORDER = sorted(PROBES, key=lambda name: (PROBES[name].pictures == "file", name))
_data: ProbeData | None = None


@dataclass(frozen=True)
class ProbeOptions:
    """How probes are run.

    Attributes:
        epochs: of training.
        seed: of everything random.
        jobs: processes; each has one thread on a processor, and reads the cohort once.
    """

    epochs: int = EPOCHS
    seed: int = 0
    jobs: int = 1


def run_missing(
    cohort: Path, kept: Path, options: ProbeOptions, told: Callable[[str], None] = lambda _line: None
) -> list[ProbeOutcome]:
    """Every outcome: those in the folder ``kept`` as they are, the others run and put there.

    Args:
        cohort: folder of the cohort.
        kept: folder of outcomes, PROBE.json.
        options: how.
        told: what was done, a line each.
    """
    there = {outcome.probe for outcome in kept_outcomes(kept)}
    missing = [name for name in _ORDER if name not in there]
    if missing:
        # Spawned: a process that was forked after torch had used its threads can wait for ever.
        context = multiprocessing.get_context("spawn")
        jobs = min(options.jobs, len(missing))
        with ProcessPoolExecutor(jobs, context, _begin, (cohort,)) as pool:
            running = {pool.submit(_run, name, options): name for name in missing}
            for done in as_completed(running):
                write_whole(kept / f"{running[done]}.json", done.result().model_dump_json().encode("utf-8"))
                told(f"probe {running[done]} done")
    return kept_outcomes(kept)


def kept_outcomes(folder: Path) -> Sequence[ProbeOutcome]:
    """Outcomes that are in a folder, in the order of ``PROBES``."""
    paths = [folder / f"{name}.json" for name in PROBES]
    return [ProbeOutcome.model_validate_json(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]


def _begin(cohort: Path) -> None:
    import cv2
    import torch

    from models.cohort import Cohort

    global _data
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _data = read_probe_data(Cohort.load(cohort))


def _run(name: str, options: ProbeOptions) -> ProbeOutcome:
    import torch

    from models.registry import device

    assert _data is not None
    where = device()
    # That gave torch all cores; processes beside one another would wait for each other's threads.
    torch.set_num_threads(1)
    return run_probe(PROBES[name], _data, where, seed=options.seed, epochs=options.epochs)
