"""Which affected side an analysis is given, and where it comes from: somebody's word before what the movement would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import HemifaceError
from core.records.entries import Analysis, PatientDetails, Recording
from core.records.store import Store
from core.words import AffectedSide

SIDE, SIDE_FROM = "side", "side_from"
"""Names among the options of an analysis: the side that it was given, and the ``SideSource``."""


class SideSource(StrEnum):
    """Where the side of an analysis comes from."""

    CHOSEN = "chosen for the analysis"
    RECORDING = "given for the video"
    EARLIER = "as in the earlier analysis"
    PATIENT = "as in the patient's record"
    MOVEMENT = "decided from the movement"


@dataclass(frozen=True)
class GivenSide:
    """The side that an analysis is given; UNDETERMINED lets the movement decide."""

    side: AffectedSide
    source: SideSource

    def as_options(self) -> dict[str, str]:
        """The same among the options of a job or an analysis."""
        return {SIDE: self.side.value, SIDE_FROM: self.source.value}


def side_of_record(details: PatientDetails) -> AffectedSide:
    """The side that a patient's record gives: right, left or both, else UNDETERMINED.

    "None" is not given to an analysis: whether a face that was healthy is healthy still is what the analysis asks.
    """
    side = details.affected_side
    return AffectedSide.UNDETERMINED if side is AffectedSide.NONE else side


def side_to_give(
    store: Store, recording: Recording, chosen: AffectedSide | None = None, earlier: Analysis | None = None
) -> GivenSide:
    """The side for an analysis of a recording: what was chosen for it, else what was said of the recording, else the known side
    of the earlier analysis, else the patient's record, else the movement.

    Args:
        store: the records.
        recording: which is analysed.
        chosen: for this analysis, UNDETERMINED for "decide from the movement"; None when nobody was asked.
        earlier: the analysis that is made anew, by default the newest one of the recording.

    Raises:
        HemifaceError: the patient is not in the records.
    """
    if chosen is not None:
        return GivenSide(chosen, SideSource.CHOSEN)
    if recording.affected_side is not AffectedSide.UNDETERMINED:
        return GivenSide(recording.affected_side, SideSource.RECORDING)
    before = earlier or store.latest_analysis(recording.id)
    if before is not None:
        known = _known_side(store, before)
        if known is not None:
            return GivenSide(known, SideSource.EARLIER)
        if _movement_was_chosen(before.options):
            return GivenSide(AffectedSide.UNDETERMINED, SideSource.EARLIER)
    recorded = side_of_record(store.patient(recording.patient_id).details)
    if recorded is not AffectedSide.UNDETERMINED:
        return GivenSide(recorded, SideSource.PATIENT)
    return GivenSide(AffectedSide.UNDETERMINED, SideSource.MOVEMENT)


def _known_side(store: Store, analysis: Analysis) -> AffectedSide | None:
    """The side that an analysis was given; None when it was decided from the movement, or when its result is gone."""
    try:
        result = store.load_result(analysis)
    except HemifaceError:
        return None
    return result.affected_side if result.affected_side_source == "clinician" else None


def _movement_was_chosen(options: Mapping[str, Any]) -> bool:
    wanted = GivenSide(AffectedSide.UNDETERMINED, SideSource.CHOSEN).as_options()
    return {name: options.get(name) for name in wanted} == wanted
