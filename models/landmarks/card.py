"""The model card of a trained landmark network: what is known from the run, and what has to be said by whoever trains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.card import Change, Identity, Metric, ModelCard, TrainingData
from models.landmarks.report import Interval, Row
from models.landmarks.training import Training

_INTERVAL = "95 %, 2,000 bootstrap resamples of the patients"
_SAY = "Not said: whoever trains a network has to write it here before passing it on."


@dataclass(frozen=True)
class Told:
    """What a run cannot know of itself.

    Attributes:
        name: of the model, lower case with underscores.
        licence: of the weights.
        sources, cameras, dates, consent: of the pictures.
        real_people: people in the pictures that were learned from.
        simulated_people: likewise, when the palsy is simulated or the people are.
        data: what the test pictures are, in a few words; simulated ones are called so.
        caveats: what limits the figures.
        changelog: what this version is.
    """

    name: str = "model"
    licence: str = _SAY
    sources: str = _SAY
    cameras: str = _SAY
    dates: str = _SAY
    consent: str = _SAY
    real_people: int | None = None
    simulated_people: int = 0
    data: str = "test patients of the manifest"
    caveats: str = "The points of the manifest are taken as true; how well people agree on them was not measured here."
    changelog: str = "First version."


def model_card(
    told: Told,
    training: Training,
    rows: Sequence[Row],
    *,
    patients: int,
    split: str,
    command: str,
    seed: int,
    runtime: str,
    today: date,
) -> ModelCard:
    """The card; its hash is filled in when the weights are written.

    Args:
        told: what the run cannot know.
        training: the run.
        rows: of the report.
        patients: people who were learned from.
        split: how the people were divided.
        command: makes it again; holds the seed.
        seed: of the run.
        runtime: what training took.
        today: for date and changelog.
    """
    regions = tuple(_metric(f"NME, {row.name}", row.after, told.data) for row in rows if row.group == "region")
    groups = tuple(_metric(f"NME, {row.name}", row.after, told.data) for row in rows if row.group in ("class", "side"))
    return ModelCard(
        identity=Identity(name=told.name, version="1.0"),
        owner_and_contact="Whoever trained it; the program is Hemiface.",
        date=today,
        licence=told.licence,
        intended_use=(
            "68 facial landmarks (iBUG) in pictures of one face from the front, as the tracker `fan` uses them: "
            "research and development of measurements of facial palsy."
        ),
        out_of_scope="Diagnosis, identification of people, profiles, children, faces with masks.",
        inputs_and_preprocessing=(
            f"Upright square crop around the face from the mesh's points, RGB from 0 to 1; {training.checkpoint.size_text}. "
            "The crop's extent is in the weights file."
        ),
        training_data=TrainingData(
            real_people=patients if told.real_people is None else told.real_people,
            simulated_people=told.simulated_people,
            sources=told.sources,
            cameras=told.cameras,
            dates=told.dates,
            consent=told.consent,
        ),
        evaluation_data=f"{regions[0].data}: {rows[0].after.patients} people, {rows[0].after.pictures} pictures.",
        split_method=split,
        metrics=regions,
        operating_point="None: points are given for every face; one that lies far from the mesh's keeps the mesh's place.",
        subgroup_results=groups or "Not done: the manifest names no classes and no sides.",
        confound_probes="Not done: a place in a picture is found, no class of people is told apart.",
        calibration="Not done: the height of a heat map is not used as a probability.",
        quality_gate="As for every tracker: pose, missing face and disagreement of mirrored runs (core/exam/quality.py).",
        ethical_risks="Landmark networks are less exact on faces unlike those that they learned from; see the subgroups.",
        caveats=told.caveats,
        energy_and_runtime=runtime,
        changelog=(Change(version="1.0", date=today, text=told.changelog),),
        command=command,
        seed=seed,
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
