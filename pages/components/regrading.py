"""A new analysis from landmarks that are already there: other segments need no new tracking."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from core.analysis import Analysis as MadeAnalysis
from core.analysis import analyse_track
from core.errors import HemifaceError
from core.exam.segments import Segment
from core.records.entries import Analysis, Recording
from core.records.known_side import side_to_give
from models.opinions import with_opinions
from pages.components.author import author, signed
from pages.components.current import store
from pages.components.installation import installation
from pages.components.learned_models import opinion_models


def regrade(recording: Recording, analysis: Analysis, segments: Sequence[Segment]) -> Analysis:
    """Keep segments as a new version and grade the stored track with them; earlier versions and analyses stay.

    Both are kept under the clinician's name.

    The key pictures are others where the segments are, so the networks are asked again.

    Args:
        recording: its affected side is used, else that of ``analysis``, else that of the patient's record; the millimetre
            scale stays that of ``analysis``.
        analysis: whose landmarks are graded.
        segments: none lets the movements be found anew.

    Raises:
        HemifaceError: the track is missing or was changed, or the result cannot be kept.
    """
    records = signed(author())
    track = records.load_track(analysis)
    given = side_to_give(records, recording, earlier=analysis)
    made = analyse_track(
        track,
        segments=segments,
        side=given.side,
        simulated=recording.simulated,
        iris_mm=records.load_result(analysis).scale.iris_mm,
    )
    made = _with_opinions(made, recording)
    version = records.save_segments(recording.id, segments).version
    with tempfile.TemporaryDirectory() as folder:
        made.write(Path(folder))
        options = {**analysis.options, **given.as_options(), "graded_again_from": analysis.id}
        return records.add_analysis(recording.id, Path(folder), options=options, segments_version=version)


def _with_opinions(made: MadeAnalysis, recording: Recording) -> MadeAnalysis:
    try:
        video = store().recording_path(recording)
    except HemifaceError:  # without its video a track can still be graded
        return made
    return with_opinions(made, video, limits=installation().settings.video, models=opinion_models())
