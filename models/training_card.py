"""What a training cannot know of itself, how it was made, and the fields of a model card that follow from both.

The same for every network; what a network is for and how good it is stays with its own card.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from models.card import Change, Identity, TrainingData

NOT_SAID = "Not said: whoever trains a network has to write it here before passing it on."


@dataclass(frozen=True)
class CommonTold:
    """What a training cannot know of itself; each network has a ``Told`` that adds to it.

    Attributes:
        name: of the model, lower case with underscores.
        version: of the model.
        owner: who answers questions.
        licence: of the weights.
        sources, cameras, dates, consent: of what was learned from.
        data: what the people are that judge, in a few words; simulated ones are called so.
        caveats: what limits the figures.
        changelog: what this version is.
    """

    name: str = "model"
    version: str = "1.0"
    owner: str = "Whoever trained it; the program is Hemiface."
    licence: str = NOT_SAID
    sources: str = NOT_SAID
    cameras: str = NOT_SAID
    dates: str = NOT_SAID
    consent: str = NOT_SAID
    data: str = "test patients of the manifest"
    caveats: str = "The labels of the manifest are taken as true; how well raters agree was not measured here."
    changelog: str = "First version."


@dataclass(frozen=True)
class Made:
    """How a network was made.

    Attributes:
        split: how the people were divided.
        command: makes it again; holds the seed.
        seed: of the training.
        runtime: what training took, in words.
        today: for date and changelog.
    """

    split: str
    command: str
    seed: int
    runtime: str
    today: date


def common_fields(told: CommonTold, made: Made, *, real_people: int, simulated_people: int) -> dict[str, Any]:
    """Those fields of a ``ModelCard`` that are alike for every network, by name; the hash is filled in with the weights.

    Args:
        told: what the training cannot know.
        made: how it was made.
        real_people: photographed or filmed, and learned from.
        simulated_people: simulated, and learned from.
    """
    return {
        "identity": Identity(name=told.name, version=told.version),
        "owner_and_contact": told.owner,
        "date": made.today,
        "licence": told.licence,
        "training_data": TrainingData(
            real_people=real_people,
            simulated_people=simulated_people,
            sources=told.sources,
            cameras=told.cameras,
            dates=told.dates,
            consent=told.consent,
        ),
        "split_method": made.split,
        "energy_and_runtime": made.runtime,
        "changelog": (Change(version=told.version, date=made.today, text=told.changelog),),
        "command": made.command,
        "seed": made.seed,
    }
