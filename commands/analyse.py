"""The command ``analyse``: one video to result.json, track.npz, measures.csv and curves.npz."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from commands.console import CancelRequest, Console
from commands.output import whole_folder
from core.errors import InputError
from core.exam.segments import Segment, read_segments
from core.settings import load_settings
from core.words import AffectedSide


class SideOption(StrEnum):
    """What the clinician knows of the affected side."""

    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"
    NONE = "none"
    UNKNOWN = "unknown"

    @property
    def affected_side(self) -> AffectedSide | None:
        return None if self is SideOption.UNKNOWN else AffectedSide(self.value)


@dataclass(frozen=True)
class AnalyseOptions:
    """Options of the command; see cli.py."""

    video: Path
    out: Path
    segments: Path | None
    side: SideOption
    mirrored: bool
    tracker: str
    model_path: Path | None
    mirror_average: bool
    half_faces: bool
    simulated: bool
    opinions: bool = True


def analyse(options: AnalyseOptions, console: Console) -> None:
    """Analyse a video and write the results.

    Raises:
        InputError: the video or the segments file cannot be analysed, or there is no such tracker.
        HemifaceError: something in the installation is broken, or the folder cannot be written.
        Interrupted: Ctrl-C or SIGTERM; nothing was written.
    """
    cancelled = CancelRequest()
    with cancelled.listening(), whole_folder(options.out) as partial:
        console.progress("starting")
        segments = read_segments(options.segments) if options.segments is not None else None
        # Heavy imports only now: a wrong segments file is told at once.
        from core.analysis import analyse_track
        from core.track_video import track_video
        from models.tracking import tracker_factory

        settings = load_settings()
        track = track_video(
            options.video,
            tracker_factory(options.tracker, model_path=options.model_path),
            mirrored=options.mirrored,
            mirror_average=options.mirror_average,
            half_faces=options.half_faces,
            limits=settings.video,
            progress=lambda *state: console.progress("tracking", *state),
            cancelled=cancelled,
        )
        _check_within(segments, float(track.times[-1]))
        console.progress("measuring", len(track.times), len(track.times), 0.0)
        with cancelled.at_once():
            analysis = analyse_track(
                track,
                segments=segments,
                side=options.side.affected_side,
                simulated=options.simulated,
                iris_mm=settings.iris_mm,
            )
            if options.opinions:
                console.progress("screening", len(track.times), len(track.times), 0.0)
                from models.opinions import with_opinions

                analysis = with_opinions(analysis, options.video, limits=settings.video)
            analysis.write(partial)
    console.clear()


def _check_within(segments: list[Segment] | None, end_s: float) -> None:
    """A segment that begins after the video ends belongs to another video."""
    for segment in segments or ():
        if segment.start_s >= end_s:
            raise InputError(
                f"The segments file names {segment.expression.value} at {segment.start_s:g} s, "
                f"but the video ends at {end_s:.1f} s.",
                hint="Check that the file belongs to this video.",
                code="segments",
            )
