"""The tracker ``fan_small``: as ``fan``, with the small network that ships before fine-tuning; it has seen no palsy."""

from __future__ import annotations

from pathlib import Path

from core.errors import UnavailableError
from models.registry import ModelFiles
from models.tracking.fan import FanFactory
from models.weights import shipped_models

NAME = "fan_small"


def make_factory(files: ModelFiles) -> FanFactory:  # noqa: ARG001 - the project carries its weights
    """The factory of this backend."""
    return shipped_factory(NAME)


def shipped_factory(name: str) -> FanFactory:
    """The factory of a tracker whose FAN of the same name ships."""

    def path() -> Path:
        model = shipped_models().get(name)
        problem = f"The weights of {name} are not part of this installation." if model is None else model.problem
        if model is None or problem is not None:
            raise UnavailableError(problem or "", code="model_unavailable")
        return model.path

    return FanFactory(name, path)
