"""Predictions and evidence of trained networks from a cohort: what benchmarks/screening.py stores."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.exam.protocol import Expression
from core.grading.screen_agreement import strongest_synkinesis
from models.evidence.groups import SelfReport, ita_degrees
from models.evidence.store import Limits, ModelFacts, PersonFacts, Runtime, StressOutcome
from models.evidence.stress import STRESSES, stressed

if TYPE_CHECKING:
    import torch

    from models.cohort import CohortExam
    from models.screening.calibration import OperatingPoint
    from models.screening.checkpoints import Checkpoint
    from models.screening.data import ScreeningData

Gate = Callable[["CohortExam"], str | None]
"""Why an examination cannot be assessed; None when it can."""
_TIMED = 100


def people_of(
    exams: Iterable[CohortExam], reports: Mapping[str, SelfReport], gate: Gate | None
) -> tuple[dict[str, PersonFacts], dict[str, str]]:
    """Facts on every person of a cohort, and the examinations of test people that the gate refuses, with the reason.

    Args:
        exams: of the cohort.
        reports: self-reports of those who made one.
        gate: None when nobody asks it; then no examination counts as asked.
    """
    tones: dict[str, list[float]] = {}
    splits: dict[str, str] = {}
    asked: dict[str, int] = {}
    refused_of: dict[str, int] = {}
    refused: dict[str, str] = {}
    for exam in exams:
        rest = exam.expressions.index(Expression.REST)
        ita = ita_degrees(exam.views[rest], exam.points[rest])
        splits[exam.person] = exam.split
        tones.setdefault(exam.person, []).extend([] if ita is None else [ita])
        if gate is None:
            continue
        asked[exam.person] = asked.get(exam.person, 0) + 1
        reason = gate(exam)
        if reason is not None:
            refused_of[exam.person] = refused_of.get(exam.person, 0) + 1
            if exam.split == "test":
                refused[exam.exam] = reason
    people = {
        person: PersonFacts(
            split=split,
            gender=reports[person].gender if person in reports else None,
            ethnicity=reports[person].ethnicity if person in reports else None,
            ita_deg=round(float(np.median(tones[person])), 1) if tones[person] else None,
            exams=asked.get(person, 0),
            refused=refused_of.get(person, 0),
        )
        for person, split in splits.items()
    }
    return people, refused


def facts_of_model(checkpoint: Checkpoint, sha256: str, pictures: np.ndarray, device: torch.device) -> ModelFacts:
    """Operating points of a calibrated network and its speed on some pictures (P, S, S, 3)."""
    calibration = checkpoint.calibration
    if calibration is None:
        raise ValueError("the network was never calibrated")
    return ModelFacts(
        weights_sha256=sha256,
        exam=_limits(calibration.exam_point),
        picture=_limits(calibration.picture_point),
        runtime=runtime_of(checkpoint, pictures, device),
    )


def runtime_of(checkpoint: Checkpoint, pictures: np.ndarray, device: torch.device) -> Runtime:
    """Time of one picture at a time, from uint8 to its logit, the first ones left out."""
    import torch

    from models.screening.inference import as_tensor, prepared

    network = prepared(checkpoint.network(), device)
    times = []
    with torch.inference_mode():
        for number in range(_TIMED + 10):
            picture = pictures[number % len(pictures)][None]
            begun = time.perf_counter()
            float(network.picture_logits(network.embed(as_tensor(picture, device)))[0])
            times.append(1000 * (time.perf_counter() - begun))
    kept = np.array(times[10:])
    threads = torch.get_num_threads()
    machine = f"{device.type}, {threads} thread{'' if threads == 1 else 's'}, {platform.machine()}, other work running"
    return Runtime(mean_ms=float(kept.mean()), sd_ms=float(kept.std()), images=len(kept), machine=machine)


def stress_outcomes(
    checkpoint: Checkpoint,
    test: ScreeningData,
    device: torch.device,
    refused: Mapping[str, list[str]] | None = None,
) -> list[StressOutcome]:
    """What the network says of changed crops.

    Args:
        checkpoint: the screen.
        test: crops of the test people.
        device: where.
        refused: stress -> examinations that the gate refuses under it (``gate.refusals_under_stress``); it was not asked about
            stresses that are not there.
    """
    from models.face_crops import FACE_MASK
    from models.screening.inference import predict

    outcomes = []
    for stress in STRESSES.values():
        changed = test.with_pictures(stressed(test.pictures, stress, FACE_MASK))
        found = predict(checkpoint, changed, device).exam_probability
        exams = {exam.exam: float(p) for exam, p in zip(test.exams, found, strict=True) if np.isfinite(p)}
        outcomes.append(StressOutcome(stress=stress.name, exams=exams, refused=(refused or {}).get(stress.name)))
    return outcomes


def partly_usable(
    checkpoint: Checkpoint, test: ScreeningData, exams: Iterable[CohortExam], device: torch.device
) -> dict[str, float]:
    """Examination that the gate lets pass without some of its pictures -> probability without these, as in use."""
    from models.evidence.gate import usable_part
    from models.screening.inference import predict

    part = usable_part(test, exams)
    if not part.exams:
        return {}
    found = predict(checkpoint, part, device).exam_probability
    return {exam.exam: float(p) for exam, p in zip(part.exams, found, strict=True) if np.isfinite(p)}


def measured_synkinesis(exams: Iterable[CohortExam]) -> dict[str, float]:
    """Full examination of test people -> the greatest score of synkinesis of any branch and side, 0 to 100."""
    found = {}
    for exam in exams:
        strongest = strongest_synkinesis(exam.result.branches) if exam.split == "test" and exam.result else None
        if strongest is not None:
            found[exam.exam] = strongest
    return found


def cohort_words(exams: Iterable[tuple[str, str, str]]) -> str:
    """What a cohort is, from (person, source, split) of its examinations."""
    people = {person: (source, split) for person, source, split in exams}
    photographs = sum(source == "photograph" for source, _ in people.values())
    counts = [f"{sum(s == split for _, s in people.values())} {word}" for split, word in
              (("train", "to train"), ("validation", "to stop and calibrate"), ("test", "to test"))]  # fmt: skip
    return (
        f"Simulated, not patients: {photographs} neutral photographs of consenting people and {len(people) - photographs} drawn "
        f"people, moved by the same muscle model in all three groups; {', '.join(counts)}, nobody in two of these."
    )


def _limits(point: OperatingPoint) -> Limits:
    return Limits(threshold=point.threshold, unsure_from=point.unsure_from)
