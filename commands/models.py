"""The commands ``models list``, ``models card``, ``models fetch`` and ``models import``."""

from __future__ import annotations

from pathlib import Path

from commands.console import Console
from core.errors import UnavailableError
from models.card import card_text
from models.registry import MODEL_FILES, ModelFiles, model_file
from models.weights import shipped_model, shipped_models


def list_models() -> None:
    """Print every model that ships and every optional model file, whether it can be used, and where it comes from."""
    print("Models that are part of Hemiface:")
    shipped = shipped_models()
    for ours in shipped.values():
        version = f" {ours.card.identity.version}" if ours.card else ""
        print(f"\n{ours.name}{version}  {'ready' if ours.problem is None else 'not ready'}")
        if ours.card:
            print(f"  {ours.card.intended_use}")
            print(f"  {ours.card.licence}, {ours.size / 1e6:.1f} MB, sha256 {ours.sha256}")
        for problem in (ours.problem, ours.card_problem):
            if problem:
                print(f"  {problem}")
    if not shipped:
        print("  none")
    files = ModelFiles()
    print(f"\nOptional model files, in the models folder {files.models_folder}:")
    for model in MODEL_FILES.values():
        reason = files.unavailable_reason(model.name)
        print(f"\n{model.name}  {'ready' if reason is None else 'not ready'}")
        print(f"  {model.title}")
        digits = model.sha256 if model.hash_is_whole else f"{model.sha256}... (all digits that its maker publishes)"
        about = "" if model.size_is_exact else "about "
        print(f"  {model.source}, {model.licence}, {about}{model.size / 1e6:.1f} MB, sha256 {digits}")
        print(f"  {model.url}")
        print(f"  {files.path(model.name) if reason is None else reason}")


def print_card(name: str) -> None:
    """Print the card of a model that ships; raises HemifaceError when there is no such model or card."""
    model = shipped_model(name)
    if model.card is None:
        raise UnavailableError(model.card_problem or f"The model {name} has no card.", code="card")
    print(card_text(model.card))
    if model.problem:
        print(f"\n{model.problem}")


def fetch(name: str, console: Console) -> None:
    """Fetch a model file into the models folder; raises HemifaceError."""
    from models.fetching import fetch_model

    model, files = model_file(name), ModelFiles()
    kilobytes = 1000
    path = fetch_model(
        model,
        files.models_folder,
        progress=lambda done, total: console.progress(f"fetching {name}, kB:", done // kilobytes, total // kilobytes),
    )
    console.clear()
    print(path)


def import_file(name: str, source: Path) -> None:
    """Copy a model file from elsewhere into the models folder; raises HemifaceError."""
    from models.fetching import import_model

    print(import_model(model_file(name), source, ModelFiles().models_folder))
