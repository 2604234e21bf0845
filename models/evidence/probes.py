"""Probes for confounders and control runs: the screen's own training on what should say nothing, or on less than the whole face.

A class that comes from another camera, room or file than the other can be told apart without a face (reference F4). So the same
network is trained on the background alone, on hair and clothes alone, on shuffled labels, and a regression on figures of the
file; the area under their ROC curve must not differ from 0.5, or the headline is called confounded. Controls are trained on as
much as the probes and show that this is enough to find something where there is something: the whole crop, half of it, the whole
picture, and the picture without its background. Where the whole crop finds nothing, probes that find nothing prove nothing, and the
outcome is called inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from scipy.special import expit
from scipy.stats import t as student_t

from core.exam.protocol import Expression
from core.face.scale import iris_diameter
from core.statistics.intervals import Interval
from core.statistics.logistic import fit_logistic
from models.evidence.painting import Ellipse, ellipse_around, hair_and_clothes, left_half, painted
from models.evidence.rows import chosen, with_probabilities
from models.evidence.statistics import auc, estimate
from models.evidence.store import ProbeOutcome
from models.evidence.words import number
from models.screening.data import PAPER_PICTURES

if TYPE_CHECKING:
    import torch

    from models.cohort import CohortExam
    from models.screening.data import ScreeningData
    from models.screening.predictions import PredictionRow

CHANCE = 0.5
PROBED = PAPER_PICTURES
SIZE_PX = 64
EPOCHS = 8
SHUFFLES = 5
"""How often labels are shuffled and learned: a network that learned noise tells something by chance, another thing each time."""
CONTROL = "whole_crop"
"""The control without which the probes are not trusted."""
_RIDGE = 1.0
_Z = 1.959964
Expected = Literal["chance", "more"]


@dataclass(frozen=True)
class Probe:
    """One run.

    Attributes:
        name: short.
        title: in tables.
        pictures: what it is shown: ``"crops"``, ``"views"``, or figures of the ``"file"``.
        expected: ``"chance"`` of a probe; a control should do better.
    """

    name: str
    title: str
    pictures: Literal["crops", "views", "file"]
    expected: Expected


PROBES: dict[str, Probe] = {
    probe.name: probe
    for probe in (
        Probe("background", "whole picture, every face painted over", "views", "chance"),
        Probe("hair_and_clothes", "hair, neck and clothes only", "views", "chance"),
        Probe("file_features", "figures of the file at rest (size, sharpness, light, framing)", "file", "chance"),
        Probe("shuffled_labels", "crops, labels shuffled", "crops", "chance"),
        Probe("whole_crop", "crops, as the screen", "crops", "more"),
        Probe("half_crop", "crops, the patient's right half only", "crops", "more"),
        Probe("whole_picture", "whole picture", "views", "more"),
        Probe("background_masked", "whole picture, background painted over", "views", "more"),
    )
}


@dataclass(frozen=True)
class ProbeData:
    """What probes learn from and are judged with.

    Attributes:
        crops, views: the same examinations, pictures of ``SIZE_PX``.
        figures: (E, F) of the file of each examination's picture at rest (``file_figures``).
        face: the ellipse that holds every face in the views.
    """

    crops: ScreeningData
    views: ScreeningData
    figures: np.ndarray
    face: Ellipse


def read_probe_data(exams: Iterable[CohortExam]) -> ProbeData:
    """The pictures of a cohort that probes need, made small."""
    from models.screening.data import facts_of, joined

    parts: dict[str, list] = {"crops": [], "views": []}
    figures, faces, side = [], [], 1
    for exam in exams:
        kept = [i for i, expression in enumerate(exam.expressions) if expression in PROBED]
        rest = exam.expressions.index(Expression.REST)
        side = exam.views.shape[1]
        for kind, rows in parts.items():
            rows.append((facts_of(exam), _small(getattr(exam, kind)[kept]), [exam.expressions[i] for i in kept]))
        figures.append(file_figures(exam.views[rest], exam.points[rest]))
        faces.append(exam.points[..., :2])
    return ProbeData(joined(parts["crops"]), joined(parts["views"]), np.array(figures), ellipse_around(faces, side))


def file_figures(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(11,) figures of a picture that say nothing of a movement.

    Bytes as JPEG of quality 75 and 95, sharpness (variance of the Laplacian), brightness, contrast, redness and blueness, share
    of blown-out pixels, diameter of the irises, and the place of the middle between the eyes.

    Args:
        picture: (H, W, 3) uint8 RGB, at rest.
        points: (478, 2 or 3) MESH478 in its pixels.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    sizes = [
        len(cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]) for quality in (75, 95)
    ]
    colours = picture.reshape(-1, 3).mean(axis=0)
    middle = points[[133, 362], :2].mean(axis=0)
    return np.array(
        [
            *np.log(sizes),
            np.log(cv2.Laplacian(grey, cv2.CV_64F).var() + 1.0),
            grey.mean(),
            grey.std(),
            colours[0] / max(colours[1], 1.0),
            colours[2] / max(colours[1], 1.0),
            (picture >= 250).mean(),
            float(iris_diameter(points)),
            *middle,
        ]
    )


def run_probe(
    probe: Probe, data: ProbeData, device: torch.device, *, seed: int = 0, epochs: int = EPOCHS
) -> ProbeOutcome:
    """Train a probe on the training people and let it judge the test people.

    Args:
        probe: which.
        data: of everybody.
        device: where.
        seed: of everything random.
        epochs: of training.
    """
    if probe.pictures == "file":
        return _regression(probe, data, seed)
    shown = shown_to(probe, data)
    runs = SHUFFLES if probe.name == "shuffled_labels" else 1
    trained = [_trained(probe, shown, device, seed + run, epochs) for run in range(runs)]
    return ProbeOutcome(
        probe=probe.name,
        seed=seed,
        learned_from=len(shown.of_split("train").exams),
        epochs=epochs,
        kept_epoch=trained[0][0],
        logits=trained[0][1],
        further=[logits for _, logits in trained[1:]],
    )


def _trained(
    probe: Probe, shown: ScreeningData, device: torch.device, seed: int, epochs: int
) -> tuple[int, dict[str, float]]:
    """The epoch that was kept, and the logits of the test people."""
    from models.screening.inference import logits_of, prepared
    from models.screening.training import TrainingOptions, train

    learned = untold(shown.with_labels(shuffled(shown, seed))) if probe.name == "shuffled_labels" else shown
    training = train(learned, TrainingOptions(epochs=epochs, patience=epochs, seed=seed), device=device)
    test = shown.of_split("test")
    logits = logits_of(prepared(training.checkpoint.network(), device), test, device).exam
    return training.best_epoch, {e.exam: float(logit) for e, logit in zip(test.exams, logits, strict=True)}


def shuffled(data: ScreeningData, seed: int) -> np.ndarray:
    """(E,) labels of which exactly as many are right as chance would make right.

    In every split the labels of those with and of those without synkinesis are redrawn with the same share of positives, so that
    nothing of the truth is left, not even by accident.
    """
    random = np.random.default_rng([seed, 77])
    labels, out = data.labels, data.labels.copy()
    splits = np.array([exam.split for exam in data.exams])
    for split in np.unique(splits):
        share = labels[splits == split].mean()
        for truth in (True, False):
            members = np.flatnonzero((splits == split) & (labels == truth))
            positives = random.permutation(len(members)) < round(share * len(members))
            out[members] = positives
    return out


def untold(data: ScreeningData) -> ScreeningData:
    """The same examinations of which nothing but the label is known: what else is known of them would tell the true one."""
    return replace(data, exams=tuple(replace(exam, links=None, weakness=None) for exam in data.exams))


def shown_to(probe: Probe, data: ProbeData) -> ScreeningData:
    """The pictures that a probe or control sees, with what it must not see painted over."""
    pictures = data.crops if probe.pictures == "crops" else data.views
    face = data.face.inside(pictures.size_px)
    hidden = {
        "background": face,
        "hair_and_clothes": ~hair_and_clothes(data.face, pictures.size_px),
        "half_crop": left_half(pictures.size_px),
        "background_masked": ~face,
    }.get(probe.name)
    return pictures if hidden is None else pictures.with_pictures(painted(pictures.pictures, hidden))


def _regression(probe: Probe, data: ProbeData, seed: int) -> ProbeOutcome:
    exams = data.views.exams
    train = np.array([exam.split == "train" for exam in exams])
    middle, spread = data.figures[train].mean(axis=0), np.maximum(data.figures[train].std(axis=0), 1e-9)
    figures = (data.figures - middle) / spread
    coefficients = fit_logistic(figures[train], data.views.labels[train], ridge=_RIDGE)
    logits = coefficients[0] + figures @ coefficients[1:]
    return ProbeOutcome(
        probe=probe.name,
        seed=seed,
        learned_from=int(train.sum()),
        logits={e.exam: float(logit) for e, logit in zip(exams, logits, strict=True) if e.split == "test"},
    )


def _small(pictures: np.ndarray) -> np.ndarray:
    return np.stack([cv2.resize(picture, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA) for picture in pictures])


@dataclass(frozen=True)
class ProbeFinding:
    """What a probe found.

    Attributes:
        probe: which.
        outcome: its run.
        auc: with its interval over resampled people.
        exams: examinations that it judged.
    """

    probe: Probe
    outcome: ProbeOutcome
    auc: Interval
    exams: int

    @property
    def beside_chance(self) -> Literal["above", "below", "not apart", "not known"]:
        """Where the interval of the AUC lies; an AUC of 1 or 0 has none where every resample gives the same, and is no chance."""
        value, low, high = self.auc.value, self.auc.low, self.auc.high
        if value is None or low is None or high is None:
            return {1.0: "above", 0.0: "below"}.get(-1.0 if value is None else value, "not known")  # type: ignore[return-value]
        return "above" if low > CHANCE else "below" if high < CHANCE else "not apart"

    @property
    def confounds(self) -> bool:
        """Whether a probe that should know nothing does better (or worse) than chance."""
        return self.probe.expected == "chance" and self.beside_chance in ("above", "below")


def probe_findings(
    exams: Sequence[PredictionRow], outcomes: Iterable[ProbeOutcome], seed: int = 0
) -> list[ProbeFinding]:
    """What the probes found on examinations of the test people."""
    found = []
    for outcome in outcomes:
        runs = [with_probabilities(exams, probabilities_of(logits)) for logits in outcome.runs]
        areas = [estimate(auc, cases, seed) for cases in runs]
        found.append(ProbeFinding(PROBES[outcome.probe], outcome, mean_of_runs(areas), len(runs[0])))
    return sorted(found, key=lambda finding: list(PROBES).index(finding.probe.name))


def mean_of_runs(areas: Sequence[Interval]) -> Interval:
    """Mean AUC of several trainings; its 95 % interval is over trainings (Student's t) and over people.

    One training keeps its own interval. Of several, the variance of their mean is that between trainings plus that which the people
    add to a single one, as if all trainings erred alike on them.
    """
    if len(areas) == 1:
        return areas[0]
    values = np.array([area.value for area in areas], float)
    widths = np.array([np.nan if a.low is None or a.high is None else a.high - a.low for a in areas], float)
    if not (np.isfinite(values).all() and np.isfinite(widths).all()):
        return Interval(None)
    people = float(np.mean(widths)) / (2 * _Z)
    error = float(np.hypot(values.std(ddof=1) / np.sqrt(len(values)), people))
    half = float(student_t.ppf(0.975, len(values) - 1)) * error
    middle = float(values.mean())
    return Interval(middle, middle - half, middle + half)


def half_findings(exams: Sequence[PredictionRow], outcome: ProbeOutcome, seed: int = 0) -> dict[str, Interval]:
    """AUC of the right half of the face for synkinesis on the side that is shown, and on the hidden side."""
    found = {}
    for title, side in (("of the shown side", "right"), ("of the hidden side", "left")):
        some = chosen(exams, lambda row, side=side: not row.label or row.side == side)
        found[title] = estimate(auc, with_probabilities(some, probabilities_of(outcome.logits)), seed)
    return found


def probabilities_of(logits: Mapping[str, float]) -> dict[str, float]:
    """Examination -> number from 0 to 1 in the order of the logits; nothing is calibrated."""
    return {exam: float(expit(logit)) for exam, logit in logits.items()}


CONFOUNDED, INCONCLUSIVE = "CONFOUNDED", "INCONCLUSIVE"


def headline_label(findings: Sequence[ProbeFinding]) -> str:
    """What the probes make of the headline, in a sentence.

    It begins with ``CONFOUNDED`` when a probe found something, and with ``INCONCLUSIVE`` when none did, but neither did the
    control, or nobody ran it.
    """
    probes = [finding for finding in findings if finding.probe.expected == "chance"]
    missing = [probe.title for probe in PROBES.values() if probe.expected == "chance"
               and probe.name not in {finding.probe.name for finding in probes}]  # fmt: skip
    left = f" Not probed: {'; '.join(missing)}." if missing else ""
    guilty = [finding for finding in probes if finding.confounds]
    if guilty:
        named = "; ".join(f"{finding.probe.title} (AUC {number(finding.auc)})" for finding in guilty)
        return f"{CONFOUNDED}: the classes can be told apart without what the screen is for: {named}.{left}"
    if not probes:
        return "Not probed for confounders."
    control = next((finding for finding in findings if finding.probe.name == CONTROL), None)
    if control is None:
        return f"{INCONCLUSIVE}: no probe found anything, but the control on whole crops was not run.{left}"
    if control.beside_chance != "above":
        return (
            f"{INCONCLUSIVE}: no probe found anything, but the control, trained on as much, did not do so on whole crops either "
            f"(AUC {number(control.auc)}).{left}"
        )
    unknown = [finding for finding in probes if finding.beside_chance == "not known"]
    if unknown:
        named = "; ".join(finding.probe.title for finding in unknown)
        return f"{INCONCLUSIVE}: there is no interval of {named}.{left}"
    return (
        f"Not confounded by what was probed: the interval of each of {len(probes)} probes holds 0.5, that of the control on whole "
        f"crops does not (AUC {number(control.auc)}).{left}"
    )


def marked(label: str) -> str:
    """The word with which figures are marked under a headline, "" when they stand as they are."""
    return next((word for word in (CONFOUNDED, INCONCLUSIVE) if label.startswith(word)), "")
