"""Files and folders of exports that appear whole or not at all, and zip archives with the same bytes for the same contents."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from core.errors import HemifaceError, InputError
from core.records.files import PIECE_BYTES, flush_folder

_OWNER_ONLY = 0o600  # as a report and a patient's own record: measures of a face are a patient's data
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_STORED = {".parquet", ".mp4", ".webm", ".mkv", ".mov", ".pdf"}  # compressed already


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name when the block ends well, and is removed when it does not.

    Raises:
        InputError: ``path`` is a folder, or cannot be written.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file.", code="output")
    temporary = path.with_name(f".partial-{uuid4().hex}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(_OWNER_ONLY)
        temporary.replace(path)
        flush_folder(path.parent)
    except BaseException as problem:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise _not_writable(path, problem) from problem
        raise


@contextmanager
def whole_files(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files are moved into ``folder`` when the block ends well, and removed when it does not.

    Files of the same names are replaced; all others stay.

    Raises:
        InputError: ``folder`` is a file, or cannot be written.
    """
    if folder.is_file():
        raise InputError(f"{folder} is a file; name a folder.", code="output")
    partial = folder / f".partial-{uuid4().hex}"
    try:
        partial.mkdir(parents=True)
        yield partial
        for file in sorted(partial.iterdir()):
            file.chmod(_OWNER_ONLY)
            file.replace(folder / file.name)
        flush_folder(folder)
    except OSError as problem:
        raise _not_writable(folder, problem) from problem
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def zip_folder(folder: Path, target: Path, step: Callable[[int, int], None] = lambda *_: None) -> None:
    """Write every file below ``folder`` into a zip, in the order of their names, without times or users of this computer.

    Args:
        folder: what is packed.
        target: the zip.
        step: called again and again with the files that are packed and all of them; packing ends with what it raises.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for done, file in enumerate(files):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_STORED if file.suffix in _STORED else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as sink:
                while piece := source.read(PIECE_BYTES):
                    step(done, len(files))
                    sink.write(piece)


def _not_writable(path: Path, problem: OSError) -> HemifaceError:
    return InputError(
        f"{path} cannot be written: {problem.strerror or problem}.", hint="Choose another place.", code="output"
    )
