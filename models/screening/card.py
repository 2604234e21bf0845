"""The model card of a screening network; its figures come from predictions, so that a test can make them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.card import Change, Identity, ModelCard, TrainingData
from models.evidence.cards import calibration_of, metrics_of, operating_words, subgroups_of
from models.evidence.rows import counted, exams_of
from models.evidence.store import Limits
from models.face_crops import MM_PER_PX, SIZE_PX
from models.screening.calibration import Calibration, OperatingPoint
from models.screening.checkpoints import Layout
from models.screening.predictions import PredictionRow
from models.screening.published import SIZE_PX as PUBLISHED_PX
from models.screening.training import Training

_SAY = "Not said: whoever trains a network has to write it here before passing it on."
_INPUTS = {
    Layout.HEMIFACE: (
        f"Aligned face crops of {SIZE_PX} pixels, {MM_PER_PX} mm each, grey outside a fixed outline (models/face_crops.py); "
        "light and colour evened."
    ),
    Layout.PUBLISHED: f"The centre square of whole pictures at {PUBLISHED_PX} pixels, not aligned (models/screening/published.py).",
}


@dataclass(frozen=True)
class Told:
    """What a training cannot know of itself.

    Attributes:
        name: of the model, lower case with underscores.
        version: of the model.
        owner: who answers questions.
        licence: of the weights.
        sources, cameras, dates, consent: of the pictures.
        simulated: whether the people are simulated.
        data: what the people are that judge, in a few words; simulated ones are called so.
        evaluation: more on them, a sentence or "".
        probes: what was done about confounders.
        risks: for whom it may fail.
        caveats: what limits the figures.
        changelog: what this version is.
    """

    name: str = "model"
    version: str = "1.0"
    owner: str = "Whoever trained it; the program is Hemiface."
    licence: str = _SAY
    sources: str = _SAY
    cameras: str = _SAY
    dates: str = _SAY
    consent: str = _SAY
    simulated: bool = False
    data: str = "test patients of the manifest"
    evaluation: str = "Labels are those of the manifest."
    probes: str = (
        "Not done for this network: whether background, camera or visit tell the classes apart in these pictures was not "
        "probed."
    )
    risks: str = "It may fit people less well who look or move unlike those that it learned from; subgroups are small."
    caveats: str = "The labels of the manifest are taken as true; how well raters agree was not measured here."
    changelog: str = "First version."


SIMULATED = Told(
    sources="A simulated cohort (models/cohort): photographs moved by the phantom's muscle model, and drawn people.",
    cameras="Simulated cameras, light, blur and noise.",
    simulated=True,
    data="test people of the simulated cohort",
    evaluation="Healthy, palsy without synkinesis, and synkinesis; no patient was seen.",
    probes="Not done for this network; those of the network that ships are in docs/accuracy.md.",
    risks="Simulated faces are unlike many real ones; errors by skin tone, age and gender on patients are unknown.",
    caveats="All figures are of simulated people; none says how it does on patients.",
)
"""Of a cohort that anybody made; who ships a network says more."""


def limits_of(point: OperatingPoint) -> Limits:
    """An operating point as evidence has it."""
    return Limits(threshold=point.threshold, unsure_from=point.unsure_from)


def calibration_in(calibration: Calibration | None) -> Calibration:
    """The calibration; raises ValueError when there is none."""
    if calibration is None:
        raise ValueError("the network was never calibrated")
    return calibration


def model_card(
    told: Told,
    training: Training,
    rows: Sequence[PredictionRow],
    *,
    people: int,
    split: str,
    command: str,
    seed: int,
    runtime: str,
    today: date,
) -> ModelCard:
    """The card; its hash is filled in when the weights are written.

    Args:
        told: what the training cannot know.
        training: what came of it.
        rows: predictions of the people who judge.
        people: how many were learned from.
        split: how the people were divided.
        command: makes it again; holds the seed.
        seed: of the training.
        runtime: what training took.
        today: for date and changelog.
    """
    found = calibration_in(training.checkpoint.calibration)
    exam, picture = limits_of(found.exam_point), limits_of(found.picture_point)
    return ModelCard(
        identity=Identity(name=told.name, version=told.version),
        owner_and_contact=told.owner,
        date=today,
        licence=told.licence,
        intended_use="Screen for synkinesis from the key pictures of an examination, beside measured synkinesis, for research.",
        out_of_scope="Diagnosis; children; turned heads; pictures that show one half of the face only.",
        inputs_and_preprocessing=_INPUTS[training.checkpoint.layout],
        training_data=TrainingData(
            real_people=0 if told.simulated else people,
            simulated_people=people if told.simulated else 0,
            sources=told.sources,
            cameras=told.cameras,
            dates=told.dates,
            consent=told.consent,
        ),
        evaluation_data=f"{told.data}: {counted(exams_of(rows))}. {told.evaluation}".strip(),
        split_method=split,
        metrics=metrics_of(rows, exam, picture, told.data),
        operating_point=operating_words(exam, picture),
        subgroup_results=subgroups_of(rows, exam, told.data)
        or "Not computed: no group of the people who judge is known.",
        confound_probes=told.probes,
        calibration=calibration_of(rows),
        quality_gate="Face size, pose, face cut off, light and sharpness (models/screening/gate.py).",
        ethical_risks=told.risks,
        caveats=(
            f"{told.caveats} Kept: epoch {training.best_epoch} of {len(training.curves)}; training ended because {training.ended}."
        ),
        energy_and_runtime=runtime,
        changelog=(Change(version=told.version, date=today, text=told.changelog),),
        command=command,
        seed=seed,
    )
