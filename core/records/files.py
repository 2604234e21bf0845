"""Files of the store: written to a temporary name, flushed to the disk, renamed, and only then named by a row (reliability T13).

Layout below the data folder; every part is a random id or a fixed word, never a name that a client sent (T4)::

    incoming/                                   unfinished copies
    jobs/JOB/                                   working folders of running jobs
    captures/CAPTURE/arriving, media.mp4        what a browser is recording; whole once it has stopped
    patients/PATIENT/RECORDING/source.mp4       the recording as it came
                               preview.jpg ...  made from it when first needed
                               analyses/ANALYSIS/result.json, track.npz, ...
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from core.errors import HemifaceError

PIECE_BYTES = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class StoredFile:
    """A file that lies complete on the disk: hash in hexadecimal and size."""

    path: Path
    sha256: str
    size_bytes: int


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn the operating system's complaints about the disk into one sentence."""
    try:
        yield
    except OSError as problem:
        if problem.errno in _FULL:
            raise HemifaceError(
                "The disk with the data folder is full.",
                hint="Free some space and try again; nothing was saved of this file.",
                code="disk_full",
            ) from problem
        raise HemifaceError(
            "The data folder cannot be written.",
            hint="Check that it exists and that this user may write there (see: cli.py doctor).",
            code="data_folder",
        ) from problem


def sniffed_suffix(head: bytes) -> str:
    """Suffix of a video by its first bytes, whatever its name says; ".bin" when unknown."""
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return ".webm" if b"webm" in head[:64] else ".mkv"
    if head[4:8] == b"ftyp":
        return ".mov" if head[8:10] == b"qt" else ".mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return ".avi"
    return ".bin"


def hash_file(path: Path) -> str:
    """sha256 of a file in hexadecimal, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class DataFolder:
    """The folder that holds every file of the store.

    Args:
        root: made with access for this user only when it does not exist.

    Raises:
        HemifaceError: it cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        with disk_errors():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for part in (self.incoming, self.jobs, self.captures, self.patients):
                part.mkdir(mode=0o700, exist_ok=True)

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    @property
    def captures(self) -> Path:
        return self.root / "captures"

    @property
    def patients(self) -> Path:
        return self.root / "patients"

    def recording_folder(self, patient_id: str, recording_id: str) -> Path:
        return self.patients / patient_id / recording_id

    def analysis_folder(self, patient_id: str, recording_id: str, analysis_id: str) -> Path:
        return self.recording_folder(patient_id, recording_id) / "analyses" / analysis_id

    def relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def resolve(self, relative: str) -> Path:
        """The absolute path of a stored relative one; raises ValueError when it would lie outside the data folder."""
        path = (self.root / relative).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise ValueError(f"relative must lie inside the data folder, got {relative!r}")
        return path

    def receive(self, source: Path | BinaryIO, max_bytes: int | None = None) -> StoredFile:
        """Copy ``source`` piece by piece into ``incoming`` and flush it to the disk; it still has to be moved to its place.

        Raises:
            HemifaceError: the disk is full, the folder cannot be written, or ``source`` has more than ``max_bytes``.
        """
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self.receive(stream, max_bytes)
        temporary = self.incoming / uuid4().hex
        try:
            with disk_errors():
                digest, size = _copy(source, temporary, max_bytes)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return StoredFile(temporary, digest, size)

    def place(self, temporary: Path, target: Path) -> None:
        """Rename a flushed file or folder to its final name in one step, and flush the folders that name it."""
        with disk_errors():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.replace(target)
            for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
                flush_folder(folder)

    def receive_folder(self, source: Path, names: list[str]) -> tuple[Path, dict[str, str]]:
        """Copy the named files of ``source`` into a new folder in ``incoming``; returns it and the hashes by name."""
        temporary = self.incoming / uuid4().hex
        hashes = {}
        try:
            with disk_errors():
                temporary.mkdir(mode=0o700)
                for name in names:
                    with (source / name).open("rb") as stream:
                        hashes[name], _ = _copy(stream, temporary / name, None)
                flush_folder(temporary)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        return temporary, hashes

    def remove_patient(self, patient_id: str) -> None:
        shutil.rmtree(self.patients / patient_id, ignore_errors=True)

    def remove_recording(self, patient_id: str, recording_id: str) -> None:
        shutil.rmtree(self.recording_folder(patient_id, recording_id), ignore_errors=True)

    def remove_capture(self, capture_id: str) -> None:
        shutil.rmtree(self.captures / capture_id, ignore_errors=True)

    def remove_leftovers(self, known: set[tuple[str, ...]], working: set[str], erased: set[str], grace_s: float) -> int:
        """Remove what no row names, and return how many folders and files went.

        Args:
            known: (patient,), (patient, recording) and (patient, recording, analysis) ids that the database has.
            working: jobs that are queued or running, and captures that the database has.
            erased: ids whose deletion was asked for: they go at once.
            grace_s: seconds that anything else is left alone, as another program may be about to name it.
        """
        limit = time.time() - grace_s

        def stale(path: Path) -> bool:
            return path.name in erased or path.stat().st_mtime <= limit

        leftovers = [path for path in self.incoming.iterdir() if stale(path)]
        for folder in (self.jobs, self.captures):
            leftovers += [path for path in folder.iterdir() if path.name not in working and stale(path)]
        for path, ids in self._named_folders():
            if ids not in known and stale(path):
                leftovers.append(path)
        removed = 0
        for path in leftovers:
            if path.exists():  # a folder may have gone together with the one above it
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _named_folders(self) -> Iterator[tuple[Path, tuple[str, ...]]]:
        for patient in self.patients.iterdir():
            yield patient, (patient.name,)
            for recording in (path for path in patient.iterdir() if path.is_dir()):
                yield recording, (patient.name, recording.name)
                analyses = recording / "analyses"
                for analysis in analyses.iterdir() if analyses.is_dir() else ():
                    yield analysis, (patient.name, recording.name, analysis.name)


def flush_folder(folder: Path) -> None:
    """Make names in a folder survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(source: BinaryIO, target: Path, max_bytes: int | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as sink:
        while piece := source.read(PIECE_BYTES):
            size += len(piece)
            if max_bytes is not None and size > max_bytes:
                raise HemifaceError(
                    f"The file is larger than {max_bytes / 1e6:.0f} MB.",
                    hint="Record a shorter video or lower its resolution.",
                    code="too_large",
                )
            digest.update(piece)
            sink.write(piece)
        sink.flush()
        os.fsync(sink.fileno())
    return digest.hexdigest(), size
