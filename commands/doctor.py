"""The command ``doctor``: what of this installation works, what is optional and missing, and what is broken."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from core import __version__
from core.errors import HemifaceError

_PROJECT = Path(__file__).resolve().parents[1]
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;]+)")


class State(StrEnum):
    """Of one finding: only ``broken`` makes the command fail."""

    WORKS = "ok"
    MISSING = "--"
    BROKEN = "!!"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        what: the thing that was looked at.
        state: whether it works; MISSING is for optional things.
        text: version, place, or what is wrong and what to do.
    """

    what: str
    state: State
    text: str


def examine() -> Iterator[Finding]:
    """Look at every part of the installation; a check that breaks is itself a finding."""
    checks: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("hemiface", _program),
        ("packages", _packages),
        ("device", _device),
        ("opencv", _opencv),
        ("video", _video),
        ("trackers", _trackers),
        ("models", _models),
        ("data folder", _store),
    ]
    for name, check in checks:
        try:
            yield from check()
        except HemifaceError as problem:
            yield Finding(name, State.BROKEN, str(problem))
        except Exception as problem:
            yield Finding(name, State.BROKEN, f"{type(problem).__name__}: {' '.join(str(problem).split())[:200]}")


def print_findings(findings: Iterable[Finding]) -> bool:
    """Print the report; True when nothing is broken."""
    broken = []
    for finding in findings:
        print(f"[{finding.state.value}] {finding.what:<24} {finding.text}", flush=True)
        if finding.state is State.BROKEN:
            broken.append(finding.what)
    print()
    print(f"Broken: {', '.join(broken)}." if broken else "Everything that is needed works.")
    return not broken


def _program() -> Iterator[Finding]:
    yield Finding("hemiface", State.WORKS, __version__)
    supported = (3, 11) <= sys.version_info[:2] <= (3, 12)
    yield Finding(
        "python",
        State.WORKS if supported else State.BROKEN,
        f"{platform.python_version()} on {platform.system()} {platform.machine()}"
        + ("" if supported else "; use Python 3.11 or 3.12"),
    )


def _packages() -> Iterator[Finding]:
    for name, pinned in _pins(_PROJECT / "requirements.txt"):
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, State.BROKEN, f"not installed; {pinned} is needed: pip install -r requirements.txt")
            continue
        if installed.partition("+")[0] == pinned:  # torch names its build after a plus sign
            yield Finding(name, State.WORKS, installed)
        else:
            text = f"{installed}, but {pinned} was tested: pip install -r requirements.txt"
            yield Finding(name, State.MISSING, text)


def _pins(requirements: Path) -> list[tuple[str, str]]:
    if not requirements.is_file():
        return []
    matches = (_PIN.match(line) for line in requirements.read_text(encoding="utf-8").splitlines())
    return [(match[1], match[2]) for match in matches if match]


def _device() -> Iterator[Finding]:
    from models.registry import device_text

    yield Finding("device", State.WORKS, device_text())


def _opencv() -> Iterator[Finding]:
    """Two packages write the same folder cv2; removing either one breaks both (ecosystem 3.1)."""
    import cv2

    repair = (
        "pip install --force-reinstall --no-deps opencv-python==X opencv-contrib-python==X with the pinned version X"
    )
    installed = {
        distribution.metadata["Name"]: distribution.version
        for distribution in importlib.metadata.distributions()
        if (distribution.metadata["Name"] or "").startswith("opencv")
    }
    headless = [name for name in installed if "headless" in name]
    if headless:
        yield Finding("opencv", State.BROKEN, f"{headless[0]} overwrites cv2: uninstall it, then {repair}")
    if len(set(installed.values())) > 1:
        yield Finding("opencv", State.BROKEN, f"different versions {installed}: {repair}")
    square = np.zeros((8, 8), np.uint8)
    square[2:5, 2:5] = 255
    count, *_ = cv2.connectedComponents(square)
    if count != 2 or not getattr(cv2, "__version__", ""):
        yield Finding("opencv", State.BROKEN, f"cv2 does not compute what it should: {repair}")
    else:
        yield Finding("opencv", State.WORKS, f"cv2 {cv2.__version__}")


def _video() -> Iterator[Finding]:
    """H.264 is written and read back."""
    from core.video.reader import FrameReader
    from core.video.writer import VideoWriter

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "check.mp4"
        with VideoWriter(path, 64, 48, fps=25) as writer:
            for _ in range(30):
                writer.write(np.full((48, 64, 3), 128, np.uint8))
        reader = FrameReader(path)
        frames = sum(1 for _ in reader)
    works = frames == 30 and reader.facts.codec == "h264"
    yield Finding("H.264 video", State.WORKS if works else State.BROKEN, f"{frames} of 30 frames written and read")


def _trackers() -> Iterator[Finding]:
    """Those that are usable are really started once."""
    from models.tracking import DEFAULT_TRACKER, tracker_factories

    for name, factory in tracker_factories().items():
        needed = name == DEFAULT_TRACKER
        reason = factory.unavailable_reason()
        if reason is not None:
            yield Finding(f"tracker {name}", State.BROKEN if needed else State.MISSING, reason)
            continue
        try:
            tracker = factory.create()
            tracker.detect(np.zeros((64, 64, 3), np.uint8), 0.0)
            tracker.close()
        except Exception as problem:
            yield Finding(f"tracker {name}", State.BROKEN, f"does not start: {' '.join(str(problem).split())[:200]}")
        else:
            default = ", the default" if needed else ""
            text = f"{tracker.info.version}{default}, weights {tracker.info.weights_sha256[:12]}"
            yield Finding(f"tracker {name}", State.WORKS, text)


def _models() -> Iterator[Finding]:
    """Those that ship are really opened; what is wrong with them is broken, while optional ones may be missing."""
    from models.registry import MODEL_FILES, ModelFiles
    from models.weights import load_weights, shipped_models

    for shipped in shipped_models().values():
        problem = shipped.problem or shipped.card_problem
        if problem is None:
            try:
                load_weights(shipped.name)
            except HemifaceError as refused:
                problem = str(refused)
        version = shipped.card.identity.version if shipped.card else ""
        text = problem or f"{version}, {shipped.size / 1e6:.1f} MB, weights {shipped.sha256[:12]}"
        yield Finding(f"model {shipped.name}", State.WORKS if problem is None else State.BROKEN, text)
    files = ModelFiles()
    for name in MODEL_FILES:
        reason = files.unavailable_reason(name)
        state = State.WORKS if reason is None else State.MISSING
        yield Finding(f"model {name}", state, str(files.path(name)) if reason is None else reason)


def _store() -> Iterator[Finding]:
    from core.records import Store
    from core.settings import load_settings

    settings = load_settings()
    store = Store.open(settings)
    try:
        patients = store.count_patients()
        yield Finding("data folder", State.WORKS, str(settings.data_dir))
        yield Finding("database", State.WORKS, f"{store.database.url.render_as_string()}, {patients} patients")
    finally:
        store.close()
