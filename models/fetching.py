"""Fetching and importing model files: https only, resumable, checked, and never half a file under the final name."""

from __future__ import annotations

import hashlib
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from core.errors import HemifaceError, InputError
from models.registry import ModelFile

TIMEOUT_S = 30.0
_PIECE_BYTES = 1 << 16


class Response(Protocol):
    """What of an HTTP response is needed here."""

    status: int
    headers: Mapping[str, str]

    def read(self, size: int) -> bytes: ...
    def close(self) -> None: ...


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not newurl.lower().startswith("https://"):
            raise urllib.error.URLError("the server led to an address without https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_https(request: urllib.request.Request) -> Response:
    """Open a request, following redirects to https only."""
    if request.type != "https":
        raise urllib.error.URLError("only https addresses are opened")
    return urllib.request.build_opener(_HttpsOnly()).open(request, timeout=TIMEOUT_S)


def fetch_model(
    model: ModelFile,
    folder: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    open_url: Callable[[urllib.request.Request], Response] = open_https,
) -> Path:
    """Fetch a model file into a folder and return its path.

    An interrupted fetch is taken up where it stopped. The file appears under its name only when it is whole and right.

    Args:
        model: which file.
        folder: the models folder; made when missing.
        progress: called with bytes done and bytes in all.
        open_url: opens a request; another one in tests.

    Raises:
        HemifaceError: no connection, a server that refuses, a full disk, or a file that is not the expected one.
    """
    final = folder / model.file_name
    part = folder / f"{model.file_name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _download(model, part, progress, open_url)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as problem:
        raise HemifaceError(
            f"The model {model.name} could not be fetched: {_reason(problem)}.",
            hint=f"Without internet, copy {model.file_name} from {model.url} on another computer and run: "
            f"python cli.py models import {model.name} FILE",
            code="offline",
        ) from problem
    except OSError as problem:
        raise _not_written(folder, problem) from problem
    if not model.is_of(_sha256(part)):
        part.unlink(missing_ok=True)
        raise HemifaceError(
            f"What was fetched for {model.name} is not the expected file and was thrown away.",
            hint="Try again; if it happens again, the connection changes files on their way.",
            code="wrong_hash",
        )
    return _put_in_place(part, final)


def import_model(model: ModelFile, source: Path, folder: Path) -> Path:
    """Copy a model file from elsewhere into the models folder and return its path.

    Raises:
        InputError: the file cannot be read or is not the expected one.
        HemifaceError: the folder cannot be written.
    """
    try:
        right = model.is_of(_sha256(source))
    except OSError as problem:
        raise InputError(f"The file {source} cannot be read.", hint="Check its name.", code="missing") from problem
    if not right:
        raise InputError(
            f"The file {source.name} is not the expected version of {model.file_name} (its sha256 differs).",
            hint=f"The right one is at {model.url}",
            code="wrong_hash",
        )
    part = folder / f"{model.file_name}.import"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, part)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise _not_written(folder, problem) from problem
    return _put_in_place(part, folder / model.file_name)


def _download(
    model: ModelFile,
    part: Path,
    progress: Callable[[int, int], None],
    open_url: Callable[[urllib.request.Request], Response],
) -> None:
    done = part.stat().st_size if part.exists() else 0
    if done and (done >= model.size or not model.size_is_exact):  # perhaps whole, or the rest of another version
        if model.is_of(_sha256(part)):
            return
        if done >= _most_bytes(model):
            part.unlink()
            done = 0
    response = _opened(model, done, open_url)
    try:
        resumed = response.status == HTTPStatus.PARTIAL_CONTENT
        done = done if resumed else 0
        total = model.size if model.size_is_exact else _announced(response, done)
        with part.open("ab" if resumed else "wb") as file:
            while piece := response.read(_PIECE_BYTES):
                done += len(piece)
                if done > _most_bytes(model):  # not this file; do not fill the disk with it
                    break
                file.write(piece)
                progress(done, total or model.size)
    finally:
        response.close()
    if done < min(total, _most_bytes(model)):
        raise ConnectionError("the connection ended too early")


def _most_bytes(model: ModelFile) -> int:
    """More than this is not written to the disk."""
    return model.size if model.size_is_exact else 2 * model.size


def _opened(model: ModelFile, done: int, open_url: Callable[[urllib.request.Request], Response]) -> Response:
    """Ask for the rest of the file, and for all of it where the server has no such rest: what is here is of another file."""
    try:
        return open_url(urllib.request.Request(model.url, headers={"Range": f"bytes={done}-"} if done else {}))
    except urllib.error.HTTPError as problem:
        if done and problem.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return open_url(urllib.request.Request(model.url))
        raise


def _announced(response: Response, done: int) -> int:
    """Bytes of the whole file according to the server, 0 when it does not say: then the hash alone tells whether it is whole."""
    length = response.headers.get("Content-Length") or ""
    return done + int(length) if length.isdecimal() else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put_in_place(part: Path, final: Path) -> Path:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(final)
    if hasattr(os, "O_DIRECTORY"):  # where folders can be synchronised, so that the new name survives a power cut
        folder = os.open(final.parent, os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return final


def _reason(problem: Exception) -> str:
    if isinstance(problem, urllib.error.HTTPError):
        return f"the server answered {problem.code}"
    if isinstance(problem, urllib.error.URLError):
        return "there is no connection" if isinstance(problem.reason, OSError) else str(problem.reason)
    return str(problem) or "the connection broke"


def _not_written(folder: Path, problem: OSError) -> HemifaceError:
    return HemifaceError(
        f"The models folder {folder} cannot be written: {problem.strerror or problem}.",
        hint="Check that the disk has space and that you may write there.",
        code="folder",
    )
