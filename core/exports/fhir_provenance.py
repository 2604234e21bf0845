"""Where the values of the FHIR export come from: the software that made the automatic ones, the clinician who set another value.

A clinician's value is an Observation of its own. Its Provenance names the automatic Observation as the entity that it revises;
both stay in the bundle, since neither makes the other invalid.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.exports.examinations import Examination, iso_time
from core.exports.fhir_codes import Json
from core.exports.fhir_observations import automatic_name
from core.exports.fhir_references import observation_id, outside, reference
from core.records.clinical_entries import Judgement

_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def analysis_provenance(examination: Examination, targets: Sequence[Json], device: Json, media: Json) -> Json:
    """Who made the observations of an analysis: the software, from the recording.

    Args:
        examination: the analysis.
        targets: references to its observations, at least one.
        device, media: references to the software and to the recording.
    """
    return {
        "resourceType": "Provenance",
        "target": list(targets),
        "recorded": iso_time(examination.analysis.created_at),
        "agent": [_agent("performer", "Performer", device)],
        "entity": [{"role": "source", "what": media}],
    }


def judgement_provenance(judgement: Judgement, target: Json, exported: Sequence[Examination]) -> Json:
    """Who set a clinician's value, and which automatic observation it stands beside.

    Args:
        judgement: what was set.
        target: reference to its observation.
        exported: the examinations of the visit that are in the bundle, at least one.
    """
    return {
        "resourceType": "Provenance",
        "target": [target],
        "recorded": iso_time(judgement.created_at),
        "agent": [_agent("author", "Author", {"type": "Practitioner", "display": judgement.who})],
        "entity": [{"role": "revision", "what": _revised(judgement, exported)}],
    }


def _revised(judgement: Judgement, exported: Sequence[Examination]) -> Json:
    """The automatic observation of the analysis that was looked at; of the newest one where that is not known."""
    newest = max(exported, key=lambda examination: examination.analysis.created_at).analysis.id
    looked_at = judgement.analysis_id or newest
    identity = observation_id(looked_at, automatic_name(judgement.item))
    if looked_at in {examination.analysis.id for examination in exported}:
        return reference(identity) | {"display": f"Automatic value: {judgement.item.label}"}
    return outside("Observation", identity, "Automatic value of an older analysis that is not in this bundle")


def _agent(code: str, display: str, who: Json) -> Json:
    return {"type": {"coding": [{"system": _PARTICIPANT, "code": code, "display": display}]}, "who": who}
