"""The models that ship: their weights as safetensors beside their cards, checked against a manifest before they are opened.

A model NAME is ``weights/NAME.safetensors`` and ``weights/NAME.card.json``, with plots ``weights/NAME.*.png`` or ``.svg``.
``weights/manifest.json`` holds the hash and size of each of these files. Nothing is ever unpickled (reliability T8).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from core.errors import HemifaceError, InputError, UnavailableError
from models.card import ModelCard, card_json, read_card
from models.registry import sha256_of

if TYPE_CHECKING:
    import torch

WEIGHTS_FOLDER = Path(__file__).with_name("weights")
MANIFEST = "manifest.json"
MOST_SHIPPED_BYTES = 40_000_000
MOST_BYTES = 500_000_000
_PICKLE_BEGINNINGS = (b"\x80", b"PK\x03\x04", b"PK\x05\x06")  # a pickle, and the zip around one that torch writes
_REPAIR = "Install Hemiface again, or go on with the models that are there."


@dataclass(frozen=True)
class ShippedModel:
    """A model that is part of the project.

    Attributes:
        name: how ``load_weights`` and the command line call it.
        path: its weights file.
        card: its card; None when that cannot be used, see ``card_problem``.
        plots: pictures that belong to it, in the order of their names.
        problem: None when the weights are those of the manifest, else one sentence.
        card_problem: None when the card is complete and belongs to these weights, else one sentence.
        sha256: hash of the weights that the manifest asks for; "" when it has none.
        size: bytes of the weights that the manifest asks for; 0 when it has none.
    """

    name: str
    path: Path
    card: ModelCard | None
    plots: tuple[Path, ...]
    problem: str | None
    card_problem: str | None
    sha256: str
    size: int


def shipped_models(folder: Path | None = None) -> dict[str, ShippedModel]:
    """Every model that ships, usable or not, by name; those missing from disk or from the manifest say so in ``problem``.

    Args:
        folder: another folder with the same contents, for tests.
    """
    folder = folder or WEIGHTS_FOLDER
    try:
        entries = read_manifest(folder)
    except HemifaceError:  # every model says so for itself
        entries = {}
    files = {path.name for path in folder.glob("*.safetensors")} | {f for f in entries if f.endswith(".safetensors")}
    return {
        name: _shipped(folder, name, entries) for name in sorted(file.removesuffix(".safetensors") for file in files)
    }


def shipped_model(name: str, folder: Path | None = None) -> ShippedModel:
    """The shipped model of a name; raises InputError when there is none."""
    models = shipped_models(folder)
    if name not in models:
        known = ", ".join(models) or "none yet"
        raise InputError(f"No model named {name!r} ships with Hemiface; there are: {known}.", code="unknown_model")
    return models[name]


def load_weights(
    name_or_path: str | Path,
    expected: Mapping[str, tuple[int, ...]] | None = None,
    *,
    folder: Path | None = None,
) -> dict[str, torch.Tensor]:
    """The tensors of a model, on the CPU; all of them finite.

    Args:
        name_or_path: name of a shipped model, e.g. ``"fan_small"``, or the path of a .safetensors file. A file in the weights
            folder must be that of the manifest.
        expected: name of each tensor -> its shape, e.g. from ``shapes_of(network)``; None takes what the file has.
        folder: where shipped models are; another one in tests.

    Raises:
        UnavailableError: the file is missing, is not the one of the manifest, is no whole safetensors file, or does not hold
            the expected tensors. One sentence says which.
    """
    folder = folder or WEIGHTS_FOLDER
    path = Path(name_or_path) if is_path(name_or_path) else folder / f"{name_or_path}.safetensors"
    content = _read(path)
    if path.parent.resolve() == folder.resolve():
        _check_manifest(path, content, folder)
    tensors = _parsed(path, content)
    if expected is not None:
        _check_shapes(path, tensors, expected)
    _check_finite(path, tensors)
    return tensors


def load_published(path: Path, expected: Mapping[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """The tensors of a file that torch saved, as its maker published it (``ModelFiles.verified`` gives its path), on the CPU.

    Only for optional models that somebody fetched: torch reads tensors and refuses everything else that a pickle can hold.

    Raises:
        UnavailableError: as ``load_weights``.
    """
    import torch

    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as problem:
        raise _refused(f"The weights {path.name} are missing.") from problem
    except Exception as problem:  # torch raises many kinds for damaged files, and one for whatever is no tensor
        raise _refused(f"The file {path.name} is damaged or holds more than weights, so it is not opened.") from problem
    if not isinstance(tensors, Mapping) or not all(isinstance(tensor, torch.Tensor) for tensor in tensors.values()):
        raise _refused(f"The file {path.name} does not hold weights.")
    _check_shapes(path, tensors, expected)
    _check_finite(path, tensors)
    return dict(tensors)


def save_weights(path: Path, tensors: Mapping[str, torch.Tensor], card: ModelCard | None = None) -> Path:
    """Write weights as safetensors, and the card with their hash beside them; both appear whole or not at all.

    Args:
        path: ends in .safetensors. In the weights folder the manifest is renewed, too.
        tensors: name -> tensor on any device; the same ones always give the same file.
        card: None for checkpoints that do not ship.

    Raises:
        InputError: a tensor has numbers that are not finite, the path has another ending, or the card another name.
        HemifaceError: the folder cannot be written.
    """
    import safetensors.torch

    if path.suffix != ".safetensors":
        raise InputError(f"Weights are written to a file that ends in .safetensors, not {path.name}.", code="weights")
    if card is not None and card.identity.name != path.stem:
        raise InputError(f"The card is of {card.identity.name}, but the file is {path.name}.", code="weights")
    copies = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    broken = _not_finite(copies)
    if broken:
        raise InputError(f"The weights were not saved: {broken} has numbers that are not finite.", code="weights")
    content = safetensors.torch.save(copies, metadata={"format": "pt"})
    write_whole(path, content)
    if card is not None:
        card = card.with_sha256(hashlib.sha256(content).hexdigest())
        write_whole(path.with_name(f"{path.stem}.card.json"), card_json(card).encode("utf-8"))
    if path.parent.resolve() == WEIGHTS_FOLDER.resolve():
        write_manifest()
    return path


def is_path(name_or_path: str | Path) -> bool:
    """Whether a file is meant and not a shipped model: a Path, or text with a dot or a slash, which names do not have."""
    return not isinstance(name_or_path, str) or not re.fullmatch(r"[a-z0-9_]+", name_or_path)


def shapes_of(network: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every tensor in a network's state: what ``load_weights`` has to find for it."""
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def kept_state(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Name -> a copy of the tensor on the CPU, contiguous, of a network's state without its counters of batches."""
    return {
        name: tensor.detach().to("cpu", copy=True).contiguous()
        for name, tensor in network.state_dict().items()
        if not is_batch_counter(name)
    }


def is_batch_counter(name: str) -> bool:
    """Whether a tensor only counts the batches that normalisation has seen: of no use after training, and not kept."""
    return name.endswith("num_batches_tracked")


def read_manifest(folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """File name -> ``{"sha256": hexadecimal, "size": bytes}``; raises UnavailableError when it cannot be read."""
    path = (folder or WEIGHTS_FOLDER) / MANIFEST
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): {"sha256": str(entry["sha256"]), "size": int(entry["size"])} for name, entry in entries.items()
        }
    except FileNotFoundError as problem:
        raise UnavailableError(f"The list {MANIFEST} of the models that ship is missing.", hint=_REPAIR) from problem
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as problem:
        raise UnavailableError(
            f"The list {MANIFEST} of the models that ship cannot be read.", hint=_REPAIR
        ) from problem


def write_manifest(folder: Path | None = None) -> Path:
    """List every file of the weights folder with its hash and size in the manifest, and return its path."""
    folder = folder or WEIGHTS_FOLDER
    entries = {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size}
        for path in manifest_files(folder)
    }
    write_whole(folder / MANIFEST, (json.dumps(entries, indent=1, sort_keys=True) + "\n").encode("utf-8"))
    return folder / MANIFEST


def manifest_files(folder: Path | None = None) -> list[Path]:
    """The files of the weights folder that the manifest has to list: all but itself and unfinished ones."""
    folder = folder or WEIGHTS_FOLDER
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.name != MANIFEST and not path.name.startswith(".") and path.suffix != ".part"
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that its name never stands for half of it; raises HemifaceError when the folder cannot be written."""
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise HemifaceError(
            f"The file {path.name} could not be written: {problem.strerror or problem}.",
            hint="Check that the disk has space and that you may write there.",
            code="folder",
        ) from problem


def _shipped(folder: Path, name: str, entries: Mapping[str, Mapping[str, Any]]) -> ShippedModel:
    path, card_path = folder / f"{name}.safetensors", folder / f"{name}.card.json"
    entry = entries.get(path.name)
    sha256 = entry["sha256"] if entry else ""
    card, card_problem = None, _file_problem(card_path, entries)
    if card_problem is None:
        try:
            card = read_card(card_path)
        except HemifaceError as problem:
            card_problem = str(problem)
    if card is not None and (card.identity.sha256 != sha256 or card.identity.name != name):
        card, card_problem = None, f"The card {card_path.name} belongs to other weights."
    plots = tuple(sorted(path for kind in ("png", "svg") for path in folder.glob(f"{name}.*.{kind}")))
    return ShippedModel(
        name,
        path,
        card,
        plots,
        problem=_file_problem(path, entries),
        card_problem=card_problem,
        sha256=sha256,
        size=entry["size"] if entry else 0,
    )


def _file_problem(path: Path, entries: Mapping[str, Mapping[str, Any]]) -> str | None:
    if path.name not in entries:
        return f"The file {path.name} is not in the list {MANIFEST} of the models that ship, so it is not opened."
    if not path.is_file():
        return f"The file {path.name} is missing. {_REPAIR}"
    try:
        right = path.stat().st_size == entries[path.name]["size"] and sha256_of(path) == entries[path.name]["sha256"]
    except OSError:
        return f"The file {path.name} cannot be read. {_REPAIR}"
    return None if right else f"The file {path.name} is not the one that ships (its sha256 differs). {_REPAIR}"


def _read(path: Path) -> bytes:
    if path.suffix != ".safetensors":
        raise _refused(f"Weights are read from .safetensors files only, not from {path.name}.")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _refused(f"The file {path.name} is larger than {MOST_BYTES // 1_000_000} MB, so it is not opened.")
        return path.read_bytes()
    except FileNotFoundError as problem:
        raise _refused(f"The weights {path.name} are missing.") from problem
    except OSError as problem:
        raise _refused(f"The weights {path.name} cannot be read.") from problem


def _check_manifest(path: Path, content: bytes, folder: Path) -> None:
    entry = read_manifest(folder).get(path.name)
    if entry is None:
        raise _refused(f"The file {path.name} is not in the list {MANIFEST} of the models that ship.")
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise _refused(f"The file {path.name} is not the one that ships (its sha256 differs).")


def _parsed(path: Path, content: bytes) -> dict[str, torch.Tensor]:
    import safetensors.torch
    from safetensors import SafetensorError

    # A safetensors file begins with the length of its header, whose third to eighth bytes are 0 for any header below 64 KB
    # and whose ninth is "{"; a pickle has its own first bytes and no "{" there.
    if content[8:9] != b"{" and content.startswith(_PICKLE_BEGINNINGS):
        raise _refused(f"The file {path.name} is a pickle and not safetensors; pickles are never opened.")
    try:
        return safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as problem:
        raise _refused(f"The file {path.name} is damaged or no safetensors file.") from problem


def _check_shapes(path: Path, tensors: Mapping[str, torch.Tensor], expected: Mapping[str, tuple[int, ...]]) -> None:
    missing, unknown = sorted(expected.keys() - tensors.keys()), sorted(tensors.keys() - expected.keys())
    if missing:
        raise _refused(f"The weights {path.name} do not fit the network: {_some(missing)} missing.")
    if unknown:
        raise _refused(f"The weights {path.name} do not fit the network: {_some(unknown)} unknown.")
    for name, shape in expected.items():
        found = tuple(tensors[name].shape)
        if found != tuple(shape):
            raise _refused(
                f"The weights {path.name} do not fit the network: {name} has the shape {found} instead of {tuple(shape)}."
            )


def _check_finite(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    broken = _not_finite(tensors)
    if broken:
        raise _refused(f"The weights {path.name} cannot be used: {broken} has numbers that are not finite.")


def _not_finite(tensors: Mapping[str, torch.Tensor]) -> str:
    """Name of the first tensor with NaN or infinity, "" when there is none."""
    import torch

    return next((name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()), "")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more + (" are" if len(names) > 1 else " is")


def _refused(sentence: str) -> UnavailableError:
    return UnavailableError(sentence, hint=_REPAIR, code="model_unavailable")
