"""The model card of a trained landmark network: what is known from the run, and what has to be said by whoever trains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.card import Metric, ModelCard
from models.landmarks.checkpoints import Checkpoint
from models.landmarks.report import Interval, Row
from models.training_card import CommonTold, Made, common_fields
from models.training_loop import Training

_INTERVAL = "95 %, 2,000 bootstrap resamples of the patients"


@dataclass(frozen=True)
class Told(CommonTold):
    """What a training of landmarks cannot know of itself.

    Attributes:
        real_people: people in the pictures that were learned from; None when all who were learned from are.
        simulated_people: likewise, when the palsy is simulated or the people are.
    """

    real_people: int | None = None
    simulated_people: int = 0
    caveats: str = "The points of the manifest are taken as true; how well people agree on them was not measured here."


def model_card(
    told: Told, training: Training[Checkpoint], rows: Sequence[Row], made: Made, *, patients: int
) -> ModelCard:
    """The card; its hash is filled in when the weights are written.

    Args:
        told: what the training cannot know.
        training: what came of it.
        rows: of the report.
        made: how it was made.
        patients: people who were learned from.
    """
    regions = tuple(_metric(f"NME, {row.name}", row.after, told.data) for row in rows if row.group == "region")
    groups = tuple(_metric(f"NME, {row.name}", row.after, told.data) for row in rows if row.group in ("class", "side"))
    return ModelCard(
        **common_fields(
            told,
            made,
            real_people=patients if told.real_people is None else told.real_people,
            simulated_people=told.simulated_people,
        ),
        intended_use=(
            "68 facial landmarks (iBUG) in pictures of one face from the front, as the tracker `fan` uses them: "
            "research and development of measurements of facial palsy."
        ),
        out_of_scope="Diagnosis, identification of people, profiles, children, faces with masks.",
        inputs_and_preprocessing=(
            f"Upright square crop around the face from the mesh's points, RGB from 0 to 1; {training.checkpoint.size_text}. "
            "The crop's extent is in the weights file."
        ),
        evaluation_data=f"{regions[0].data}: {rows[0].after.patients} people, {rows[0].after.pictures} pictures.",
        metrics=regions,
        operating_point="None: points are given for every face; one that lies far from the mesh's keeps the mesh's place.",
        subgroup_results=groups or "Not done: the manifest names no classes and no sides.",
        confound_probes="Not done: a place in a picture is found, no class of people is told apart.",
        calibration="Not done: the height of a heat map is not used as a probability.",
        quality_gate="As for every tracker: pose, missing face and disagreement of mirrored runs (core/exam/quality.py).",
        ethical_risks="Landmark networks are less exact on faces unlike those that they learned from; see the subgroups.",
        caveats=told.caveats,
    )


def _metric(name: str, interval: Interval, data: str) -> Metric:
    return Metric(
        name=name,
        value=round(interval.value, 3),
        unit="% of the distance of the outer canthi",
        low=round(min(interval.low, interval.value), 3),
        high=round(max(interval.high, interval.value), 3),
        interval=f"{_INTERVAL}, n = {interval.patients}",
        data=data,
    )
