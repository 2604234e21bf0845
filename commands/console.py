"""What commands share: progress on standard error, cancelling by signal, one sentence and an exit code for every problem."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from types import FrameType

from core.errors import Cancelled, HemifaceError, InputError
from models.native_logs import native_logs

EXIT_BROKEN = 1
EXIT_INPUT = 2
EXIT_INTERRUPTED = 130
_BAR_WIDTH = 28
_REPORT_EVERY_S = 0.2


class ProgressStyle(StrEnum):
    """How progress is told: a bar on a terminal and nothing elsewhere, one JSON object a line, or not at all."""

    AUTO = "auto"
    JSON = "json"
    NONE = "none"


class Console:
    """Standard error of one command.

    Args:
        style: how progress is told; problems are told in the same way.
    """

    def __init__(self, style: ProgressStyle = ProgressStyle.AUTO) -> None:
        self._json = style is ProgressStyle.JSON
        self._terminal = style is ProgressStyle.AUTO and sys.stderr.isatty()
        self._stage = ""
        self._told = -_REPORT_EVERY_S

    def progress(self, stage: str, done: int = 0, total: int | None = None, seconds_left: float | None = None) -> None:
        """Tell how far the work is; reports that come too fast are left out, a new stage and the last frame never."""
        now = time.monotonic()
        if stage == self._stage and done != total and now - self._told < _REPORT_EVERY_S:
            return
        self._stage, self._told = stage, now
        if self._json:
            left = None if seconds_left is None else round(seconds_left, 1)
            report = {"frames_done": done, "frames_total": total, "seconds_left": left, "stage": stage}
            print(json.dumps(report), file=sys.stderr, flush=True)
        elif self._terminal:
            print("\r\x1b[2K" + _bar(stage, done, total, seconds_left), end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the bar away, before something else is printed."""
        if self._terminal and self._stage:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
            self._stage = ""

    def problem(self, problem: HemifaceError) -> None:
        """Tell a problem: one sentence, on a terminal with what to try, as JSON with both."""
        self.clear()
        if self._json:
            report = {"error": problem.message, "hint": problem.hint, "code": problem.code}
            print(json.dumps(report), file=sys.stderr, flush=True)
            return
        # Input problems are one sentence, so that scripts can rely on it; the rest may need the advice to be mended.
        with_hint = sys.stderr.isatty() or not isinstance(problem, InputError)
        print(str(problem) if with_hint else problem.message, file=sys.stderr, flush=True)


class Interrupted(Cancelled):
    """Ctrl-C or a request to end; ``exit_code`` is what the shell expects."""

    def __init__(self, exit_code: int = EXIT_INTERRUPTED) -> None:
        super().__init__()
        self.exit_code = exit_code


class CancelRequest:
    """Notes Ctrl-C and SIGTERM while it is active, so that work ends at a place where it can tidy up.

    A second signal ends the program at once.
    """

    def __init__(self) -> None:
        self._signal: int | None = None
        self._at_once = False

    def __call__(self) -> bool:
        """Whether the user asked to end."""
        return self._signal is not None

    def raise_if_asked(self) -> None:
        """Raise Interrupted when the user asked to end."""
        if self._signal is not None:
            raise Interrupted(128 + self._signal)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within the block a signal raises Interrupted where the program is: for work without threads of its own."""
        self.raise_if_asked()
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False

    @contextmanager
    def listening(self) -> Iterator[CancelRequest]:
        """Listen for signals within the block; what ends the block after a signal ends as ``Interrupted``."""
        # Python allows handlers in the main thread only; elsewhere, whoever runs the command cancels it.
        in_main_thread = threading.current_thread() is threading.main_thread()
        signals = [signal.SIGINT, signal.SIGTERM] if in_main_thread else []
        before = {number: signal.signal(number, self._note) for number in signals}
        try:
            yield self
        except Cancelled:
            self.raise_if_asked()
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self._signal is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self._signal = number
        if self._at_once:
            self.raise_if_asked()


@contextmanager
def exit_codes(console: Console) -> Iterator[None]:
    """Turn every way in which a command can fail into a sentence and SystemExit with the code for it."""
    try:
        yield
    except HemifaceError as problem:
        console.problem(problem)
        raise SystemExit(EXIT_INPUT if isinstance(problem, InputError) else EXIT_BROKEN) from problem
    except Interrupted as interrupted:
        console.clear()
        raise SystemExit(interrupted.exit_code) from interrupted
    except (Cancelled, KeyboardInterrupt) as interrupted:
        console.clear()
        raise SystemExit(EXIT_INTERRUPTED) from interrupted
    except BrokenPipeError as problem:  # the reader of our output went away, e.g. "| head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(EXIT_BROKEN) from problem
    except Exception as problem:
        console.clear()
        if os.environ.get("HEMIFACE_DEBUG"):
            print(native_logs(), file=sys.stderr)
            traceback.print_exc()
        name = type(problem).__name__
        console.problem(
            HemifaceError(
                f"Something in this installation is broken ({name}: {_one_line(problem)}).",
                hint="Run: python cli.py doctor. With HEMIFACE_DEBUG=1 the place of the problem is printed.",
                code="broken",
            )
        )
        raise SystemExit(EXIT_BROKEN) from problem


def _one_line(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:200]


def _bar(stage: str, done: int, total: int | None, seconds_left: float | None) -> str:
    if not total:
        return stage
    filled = round(_BAR_WIDTH * min(1.0, done / total))
    left = "" if seconds_left is None else f"  {_clock(seconds_left)} left"
    return f"{stage:<10} [{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {done}/{total} frames{left}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"
