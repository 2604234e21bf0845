"""Stress: the pictures of the test people made darker, brighter, flatter, blurred or of another colour, and asked again.

The operating point stays where it was. The network learned with changes of light and blur of its own
(``models.screening.augment``); some of these go further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from core.statistics.intervals import Interval
from models.evidence.rows import with_probabilities
from models.evidence.statistics import accuracy, auc, difference, estimate, proportion
from models.evidence.store import Limits, StressOutcome
from models.face_crops import MM_PER_PX, SIZE_PX

if TYPE_CHECKING:
    from models.screening.predictions import PredictionRow

Change = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Stress:
    """One change of pictures.

    Attributes:
        name: short.
        title: in tables.
        change: (H, W, 3) uint8 -> the same.
        of_light: whether it changes brightness or colour of every pixel alone, so that pictures of any size can be asked about.
    """

    name: str
    title: str
    change: Change
    of_light: bool = True


def brightness(factor: float) -> Change:
    """Every value times a factor; what is too bright is blown out."""
    return lambda picture: np.clip(picture * np.float32(factor) + 0.5, 0, 255).astype(np.uint8)


def gamma(exponent: float) -> Change:
    """Values to a power: above 1 darker, below 1 brighter shadows."""
    table = np.clip(255 * (np.arange(256) / 255) ** exponent + 0.5, 0, 255).astype(np.uint8)
    return lambda picture: table[picture]


def blur(part: float) -> Change:
    """Gaussian blur; its SD as a part of the picture's side."""
    return lambda picture: cv2.GaussianBlur(picture, (0, 0), part * picture.shape[1])


def white_balance(red: float, blue: float) -> Change:
    """Red and blue times a factor each."""
    factors = np.array([red, 1.0, blue], np.float32)
    return lambda picture: np.clip(picture * factors + 0.5, 0, 255).astype(np.uint8)


_CROP_MM = SIZE_PX * MM_PER_PX  # what a crop shows of the face

STRESSES: dict[str, Stress] = {
    stress.name: stress
    for stress in (
        Stress("darker", "brightness x 0.6", brightness(0.6)),
        Stress("much_darker", "brightness x 0.3", brightness(0.3)),
        Stress("brighter", "brightness x 1.4", brightness(1.4)),
        Stress("gamma_low", "gamma 0.6", gamma(0.6)),
        Stress("gamma_high", "gamma 1.7", gamma(1.7)),
        Stress("blur_1", "blur, SD 1.4 mm of the face", blur(1.4 / _CROP_MM), of_light=False),
        Stress("blur_2", "blur, SD 2.8 mm of the face", blur(2.8 / _CROP_MM), of_light=False),
        Stress("warm", "white balance: red x 1.2, blue x 0.8", white_balance(1.2, 0.8)),
        Stress("cold", "white balance: red x 0.8, blue x 1.2", white_balance(0.8, 1.2)),
    )
}


def stressed(crops: np.ndarray, stress: Stress, mask: np.ndarray) -> np.ndarray:
    """Crops (P, S, S, 3) changed where ``mask`` (S, S) bool is True; what is painted over around the face stays as it is."""
    return np.stack([np.where(mask[..., None], stress.change(crop), crop) for crop in crops])


@dataclass(frozen=True)
class StressFinding:
    """What a stress does.

    Attributes:
        stress: which.
        auc_change, accuracy_change: stressed minus plain, of the same examinations.
        accuracy: of the stressed ones.
        other_verdict: share of examinations whose verdict (refer, unsure, not flagged) is another one.
        refused: share that the gate refuses once their pictures are changed so.
        accuracy_passed: accuracy of the stressed ones that the gate lets pass.
        asked: whether the gate was asked; both have no value when it was not.
    """

    stress: Stress
    auc_change: Interval
    accuracy: Interval
    accuracy_change: Interval
    other_verdict: Interval
    refused: Interval
    accuracy_passed: Interval
    asked: bool


def stress_findings(
    exams: Sequence[PredictionRow], outcomes: Iterable[StressOutcome], limits: Limits, seed: int = 0
) -> list[StressFinding]:
    """Each stress against the plain predictions of the same examinations."""
    plain_of = {row.exam: float(row.probability) for row in exams}
    found = []
    for outcome in outcomes:
        after = with_probabilities(exams, outcome.exams)
        before = with_probabilities(exams, {exam: plain_of[exam] for exam in outcome.exams if exam in plain_of})
        names = [row.exam for row in exams if row.exam in outcome.exams]
        verdicts = [limits.verdict(plain_of[e]) != limits.verdict(outcome.exams[e]) for e in names]
        asked = outcome.refused is not None
        refused = np.isin(names, outcome.refused or [])
        at = accuracy(limits.threshold)
        found.append(
            StressFinding(
                STRESSES[outcome.stress],
                difference(auc, before, after, seed),
                estimate(at, after, seed),
                difference(at, before, after, seed),
                proportion(np.array(verdicts, bool), after.people, seed),
                proportion(refused, after.people, seed) if asked else Interval(None),
                estimate(at, after.of(~refused), seed) if asked else Interval(None),
                asked,
            )
        )
    return sorted(found, key=lambda finding: list(STRESSES).index(finding.stress.name))
