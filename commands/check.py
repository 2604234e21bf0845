"""The command ``check``: can the movements of a recording be measured? Answered in seconds, without an analysis."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from commands.console import CancelRequest, Console
from core.errors import HemifaceError
from core.exam.segments import read_segments
from core.settings import load_settings


@dataclass(frozen=True)
class CheckOptions:
    """Options of the command; see cli.py."""

    video: Path
    segments: Path
    out: Path | None


def check(options: CheckOptions, console: Console) -> None:
    """Look at a few pictures a second of a video and tell of every segment whether it can be measured.

    Raises:
        InputError: the video or the segments file cannot be used.
        HemifaceError: something in the installation is broken, or the file cannot be written.
        Interrupted: Ctrl-C or SIGTERM.
    """
    cancelled = CancelRequest()
    with cancelled.listening():
        console.progress("starting")
        segments = read_segments(options.segments)
        from core.exam.check import check_movements, look_at_video
        from models.tracking import tracker_factory

        seen = look_at_video(
            options.video,
            tracker_factory(),
            limits=load_settings().video,
            progress=lambda done, total: console.progress("checking", done, total, None),
            cancelled=cancelled,
        )
        cancelled.raise_if_asked()
        checks = check_movements(seen, segments)
    console.clear()
    if options.out is None:
        for each in checks:
            print(f"{each.start_s:7.1f} s  {each.expression.label}: {each.message or 'good'}")
        return
    try:
        options.out.write_text(json.dumps([each.as_json() for each in checks], indent=1), encoding="utf-8")
    except OSError as problem:
        raise HemifaceError(
            f"The file {options.out} cannot be written: {problem.strerror or problem}.",
            hint="Choose another one with --out.",
            code="output",
        ) from problem
