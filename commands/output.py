"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import HemifaceError

LAST_FILE = "result.json"


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files are moved into ``folder`` when the block ends well, and removed when it does not.

    ``result.json`` is moved last, and an old one taken away first: where it is, the files beside it belong to it.

    Raises:
        HemifaceError: the folder cannot be made or written.
    """
    made = _missing_parents(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    except OSError as problem:
        raise _not_writable(folder, problem) from problem
    try:
        yield partial
        (folder / LAST_FILE).unlink(missing_ok=True)
        for file in sorted(partial.iterdir(), key=lambda file: file.name == LAST_FILE):
            file.replace(folder / file.name)
    except BaseException as problem:
        shutil.rmtree(partial, ignore_errors=True)
        for parent in made:
            if not any(parent.iterdir()):
                parent.rmdir()
        if isinstance(problem, OSError):
            raise _not_writable(folder, problem) from problem
        raise
    partial.rmdir()


def _missing_parents(folder: Path) -> list[Path]:
    """The folders that will have to be made, the innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def _not_writable(folder: Path, problem: OSError) -> HemifaceError:
    return HemifaceError(
        f"The folder {folder} cannot be written: {problem.strerror or problem}.",
        hint="Choose another one with --out.",
        code="output",
    )
