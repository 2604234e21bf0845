"""Which optional model files exist, where they are on this computer, and whether they are the right ones; and the device.

Nothing is fetched in passing: a model that is missing makes its tracker unavailable with a sentence that says what to do
(ecosystem section 5); ``models.fetching`` fetches and imports.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import HemifaceError, InputError, UnavailableError
from core.settings import load_settings
from core.video.reader import file_sha256

if TYPE_CHECKING:
    import torch

_SHA256_DIGITS = 64
_MOST_THREADS = 8  # networks of this size gain nothing from more


@dataclass(frozen=True)
class ModelFile:
    """One model file that is not part of the project.

    Attributes:
        name: how the command line calls it.
        title: what it is, for people.
        file_name: its name in the models folder.
        url: where its maker publishes it, https.
        sha256: hash of exactly this version, hexadecimal. Where its maker publishes the first digits only, these: they find out
            damage and other versions, but they are no protection from somebody who makes a file to fit them.
        size: bytes; about as many where its maker does not publish them, see ``size_is_exact``.
        licence: SPDX name, and what is known beyond it.
        source: who made it.
        size_is_exact: whether a file of another size is certainly another file.
    """

    name: str
    title: str
    file_name: str
    url: str
    sha256: str
    size: int
    licence: str
    source: str
    size_is_exact: bool = True

    @property
    def hash_is_whole(self) -> bool:
        return len(self.sha256) == _SHA256_DIGITS

    def is_of(self, sha256: str) -> bool:
        """Whether a file with this whole hash is the model."""
        return len(sha256) == _SHA256_DIGITS and sha256.startswith(self.sha256)


_KNOWN = (
    ModelFile(
        name="face_landmarker",
        title="MediaPipe FaceLandmarker: 478 points and 52 blendshapes, for the tracker mediapipe_task",
        file_name="face_landmarker.task",
        url=(
            "https://storage.googleapis.com/mediapipe-models/face_landmarker/"
            "face_landmarker/float16/1/face_landmarker.task"
        ),
        sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        size=3_758_596,
        licence="Apache-2.0",
        source="Google, MediaPipe",
    ),
    ModelFile(
        name="3dfan4",
        title="3D-FAN, four hourglasses: 68 points, for the tracker fan",
        # The newer of two files: plain weights, which torch reads without running code. 3DFAN4-4a694010b9.zip is TorchScript.
        file_name="3DFAN4-7835d9f11d.pth.tar",
        url="https://www.adrianbulat.com/downloads/python-fan/3DFAN4-7835d9f11d.pth.tar",
        sha256="7835d9f11d",  # all that is published: it is part of the file's name
        size=95_700_000,
        licence="BSD-3-Clause; its maker does not own the pictures that it learned from (300W-LP)",
        source="Adrian Bulat, face-alignment",
        size_is_exact=False,
    ),
)
MODEL_FILES: Mapping[str, ModelFile] = {model.name: model for model in _KNOWN}


def model_file(name: str) -> ModelFile:
    """The model of a name; raises InputError when there is none."""
    if name not in MODEL_FILES:
        raise InputError(f"There is no model named {name!r}; there are {', '.join(MODEL_FILES)}.", code="unknown_model")
    return MODEL_FILES[name]


@dataclass(frozen=True)
class ModelFiles:
    """Where model files are on this computer.

    A file is looked for at the path given for it, then at the one in the environment variable ``HEMIFACE_MODEL_`` plus its
    name in capitals, then in the models folder.

    Attributes:
        folder: the models folder; None takes the one of the settings.
        overrides: name of a model -> path of its file.
    """

    folder: Path | None = None
    overrides: Mapping[str, Path] = field(default_factory=dict)

    def with_override(self, name: str, path: Path) -> ModelFiles:
        """The same places, with one file elsewhere."""
        return replace(self, overrides={**self.overrides, name: path})

    @property
    def models_folder(self) -> Path:
        return self.folder if self.folder is not None else load_settings().models_folder

    def path(self, name: str) -> Path:
        """Where the file of a model is, or would be."""
        model = model_file(name)
        if name in self.overrides:
            return self.overrides[name]
        from_environment = os.environ.get(f"HEMIFACE_MODEL_{name.upper()}")
        return Path(from_environment) if from_environment else self.models_folder / model.file_name

    def unavailable_reason(self, name: str) -> str | None:
        """None when the right file is there, else one sentence and what to do."""
        model, path = model_file(name), self.path(name)
        if not path.is_file():
            return (
                f"The model file {path.name} is not in {path.parent}. "
                f"Fetch it with: python cli.py models fetch {name}, or, without internet: "
                f"python cli.py models import {name} FILE"
            )
        if not model.is_of(sha256_of(path)):
            return (
                f"The file {path} is not the expected version of {model.file_name} (its sha256 differs). "
                f"Replace it with: python cli.py models fetch {name}"
            )
        return None

    def verified(self, name: str) -> Path:
        """Path of the right file; raises UnavailableError with the reason."""
        reason = self.unavailable_reason(name)
        if reason is not None:
            raise UnavailableError(reason, code="model_unavailable")
        return self.path(name)


def sha256_of(path: Path) -> str:
    """Hash of a model file, computed anew only when the file has changed."""
    state = path.stat()
    return _hash_of_state(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=32)
def _hash_of_state(path: Path, size: int, modified_ns: int) -> str:  # noqa: ARG001 - they are the key of the cache
    return file_sha256(path)


@cache
def device() -> torch.device:
    """Where networks run, decided once a process: a CUDA device that really computes, else the CPU.

    ``HEMIFACE_DEVICE`` (``cpu``, ``cuda`` or ``cuda:1``) overrides the choice. The number of torch's threads is set, too: one
    a core that this process may use, shared between the analyses that run at the same time.

    Raises:
        HemifaceError: HEMIFACE_DEVICE names no device that can be used here.
    """
    import torch

    torch.set_num_threads(max(1, min(_MOST_THREADS, _usable_cores()) // load_settings().parallel_analyses))
    asked = os.environ.get("HEMIFACE_DEVICE", "").strip().lower()
    if asked in ("", "auto"):
        return torch.device("cuda" if _computes("cuda") else "cpu")
    if asked.partition(":")[0] not in ("cpu", "cuda") or not _computes(asked):
        raise HemifaceError(
            f"The device {asked!r} of HEMIFACE_DEVICE cannot be used here.",
            hint="Set it to cpu, or to cuda where a CUDA device works, or leave it out.",
            code="settings",
        )
    return torch.device(asked)


def device_text() -> str:
    """The device in words, e.g. ``"CPU, 2 threads (no CUDA device is usable)"``; raises as ``device`` does."""
    import torch

    chosen = device()
    why = ", asked for by HEMIFACE_DEVICE" if os.environ.get("HEMIFACE_DEVICE", "").strip() else ""
    if chosen.type == "cuda":
        return f"CUDA {torch.version.cuda}: {torch.cuda.get_device_name(chosen)}{why}"
    return f"CPU, {torch.get_num_threads()} threads{why or ' (no CUDA device is usable)'}"


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _computes(name: str) -> bool:
    """Whether a device is there and adds; a driver that is too old fails only then."""
    import torch

    try:
        return bool((torch.ones(2, device=name) + 1).sum().item() == 4)
    except (RuntimeError, AssertionError):
        return False
