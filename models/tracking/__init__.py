"""The trackers behind core's FaceTracker protocol.

A backend is one file in this folder with a function ``make_factory(files: ModelFiles) -> TrackerFactory``. Nothing else has to
be edited to add one, and importing a backend's file imports none of its heavy libraries.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from core.errors import InputError
from core.tracking import TrackerFactory
from models.registry import ModelFiles

DEFAULT_TRACKER = "mediapipe_mesh"


def tracker_factories(files: ModelFiles | None = None) -> dict[str, TrackerFactory]:
    """Every tracker that this version knows, usable here or not, by name; the default one first.

    Args:
        files: where optional model files are; by default what the settings say.
    """
    files = files or ModelFiles()
    found: dict[str, TrackerFactory] = {}
    for module_info in pkgutil.iter_modules(__path__):
        make_factory = getattr(importlib.import_module(f"{__name__}.{module_info.name}"), "make_factory", None)
        if make_factory is not None:
            factory = make_factory(files)
            found[factory.name] = factory
    return {name: found[name] for name in sorted(found, key=lambda name: (name != DEFAULT_TRACKER, name))}


def tracker_factory(
    name: str = DEFAULT_TRACKER, *, model_path: Path | None = None, files: ModelFiles | None = None
) -> TrackerFactory:
    """The tracker of a name.

    Args:
        name: e.g. ``"mediapipe_mesh"``.
        model_path: model file to use instead of the one in the models folder; it is checked in the same way.
        files: where optional model files are.

    Raises:
        InputError: no tracker has this name, or it takes no model file.
    """
    files = files or ModelFiles()
    factories = tracker_factories(files)
    if name not in factories:
        known = ", ".join(factories)
        raise InputError(f"There is no tracker named {name!r}; there are {known}.", code="unknown_tracker")
    if model_path is None:
        return factories[name]
    model_name = getattr(factories[name], "model_name", None)
    if model_name is None:
        raise InputError(f"The tracker {name} carries its own model and takes no model file.", code="unknown_tracker")
    return tracker_factories(files.with_override(model_name, model_path))[name]
