"""The tracker ``fan_small_palsy``: as ``fan``, with the small network that ships, fine-tuned on simulated palsy."""

from __future__ import annotations

from models.registry import ModelFiles
from models.tracking.fan import FanFactory
from models.tracking.fan_small import shipped_factory

NAME = "fan_small_palsy"


def make_factory(files: ModelFiles) -> FanFactory:  # noqa: ARG001 - the project carries its weights
    """The factory of this backend."""
    return shipped_factory(NAME)
