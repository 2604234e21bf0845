"""Errors that a user may see: one clear sentence, and what to try."""

from __future__ import annotations


class HemifaceError(Exception):
    """A problem with the input or the installation, told in one sentence that may be shown to a user as it stands.

    Attributes:
        message: what is wrong, one sentence.
        hint: what to try, one sentence, or an empty string.
        code: short machine-readable name of the kind of problem, e.g. ``"no_video_stream"``.
    """

    def __init__(self, message: str, *, hint: str = "", code: str = "error") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(HemifaceError):
    """Input that cannot be analysed: the command line ends with exit code 2."""


class VideoError(InputError):
    """A file that is not a video that can be analysed (code says which check refused it)."""


class NoFaceError(InputError):
    """A video in which no face was found."""


class UnavailableError(HemifaceError):
    """A tracker, model or programme that is not installed or not usable on this computer."""


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """Long work was cancelled by its user."""
