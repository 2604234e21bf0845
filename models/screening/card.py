"""The model card of a screening network; its figures come from predictions, so that a test can make them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.card import ModelCard
from models.evidence.cards import calibration_of, metrics_of, operating_words, subgroups_of
from models.evidence.rows import counted, exams_of
from models.evidence.store import Limits
from models.face_crops import MM_PER_PX, SIZE_PX
from models.screening.calibration import Calibration, OperatingPoint
from models.screening.checkpoints import Checkpoint, Layout
from models.screening.predictions import PredictionRow
from models.screening.published import SIZE_PX as PUBLISHED_PX
from models.training_card import CommonTold, Made, common_fields
from models.training_loop import Training

_INPUTS = {
    Layout.HEMIFACE: (
        f"Aligned face crops of {SIZE_PX} pixels, {MM_PER_PX} mm each, grey outside a fixed outline (models/face_crops.py); "
        "light and colour evened."
    ),
    Layout.PUBLISHED: f"The centre square of whole pictures at {PUBLISHED_PX} pixels, not aligned (models/screening/published.py).",
}


@dataclass(frozen=True)
class Told(CommonTold):
    """What a training of a screen cannot know of itself.

    Attributes:
        simulated: whether the people are simulated.
        evaluation: more on the people who judge, a sentence or "".
        probes: what was done about confounders.
        risks: for whom it may fail.
    """

    simulated: bool = False
    evaluation: str = "Labels are those of the manifest."
    probes: str = (
        "Not done for this network: whether background, camera or visit tell the classes apart in these pictures was not "
        "probed."
    )
    risks: str = "It may fit people less well who look or move unlike those that it learned from; subgroups are small."


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
    told: Told, training: Training[Checkpoint], rows: Sequence[PredictionRow], made: Made, *, people: int
) -> ModelCard:
    """The card; its hash is filled in when the weights are written.

    Args:
        told: what the training cannot know.
        training: what came of it.
        rows: predictions of the people who judge.
        made: how it was made.
        people: how many were learned from.
    """
    found = calibration_in(training.checkpoint.calibration)
    exam, picture = limits_of(found.exam_point), limits_of(found.picture_point)
    return ModelCard(
        **common_fields(
            told,
            made,
            real_people=0 if told.simulated else people,
            simulated_people=people if told.simulated else 0,
        ),
        intended_use="Screen for synkinesis from the key pictures of an examination, beside measured synkinesis, for research.",
        out_of_scope="Diagnosis; children; turned heads; pictures that show one half of the face only.",
        inputs_and_preprocessing=_INPUTS[training.checkpoint.layout],
        evaluation_data=f"{told.data}: {counted(exams_of(rows))}. {told.evaluation}".strip(),
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
    )
