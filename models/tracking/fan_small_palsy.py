"""The tracker ``fan_small_palsy``: as ``fan``, with the small network that ships, fine-tuned on simulated palsy."""

from __future__ import annotations

from pathlib import Path

from core.errors import UnavailableError
from models.registry import ModelFiles
from models.tracking.fan import FanFactory
from models.weights import shipped_models

NAME = "fan_small_palsy"


def make_factory(files: ModelFiles) -> FanFactory:  # noqa: ARG001 - the project carries its weights
    """The factory of this backend."""
    return FanFactory(NAME, _shipped)


def _shipped() -> Path:
    model = shipped_models().get(NAME)
    problem = "The weights of fan_small_palsy are not part of this installation." if model is None else model.problem
    if model is None or problem is not None:
        raise UnavailableError(problem or "", code="model_unavailable")
    return model.path
