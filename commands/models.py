"""The commands ``models list``, ``models fetch`` and ``models import``."""

from __future__ import annotations

from pathlib import Path

from commands.console import Console
from models.registry import MODEL_FILES, ModelFiles, model_file


def list_models() -> None:
    """Print every optional model file, whether it is here, and where it comes from."""
    files = ModelFiles()
    print(f"Models folder: {files.models_folder}")
    for model in MODEL_FILES.values():
        reason = files.unavailable_reason(model.name)
        print(f"\n{model.name}  {'ready' if reason is None else 'not ready'}")
        print(f"  {model.title}")
        print(f"  {model.source}, {model.licence}, {model.size / 1e6:.1f} MB, sha256 {model.sha256}")
        print(f"  {model.url}")
        print(f"  {files.path(model.name) if reason is None else reason}")


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
