"""FHIR R4 as a file: a bundle of visits that a hospital's system can read, made and checked by the models of fhir.resources.

The package has no classes of R4; those of R4B are used, which are the same in every resource and field that is written here.
All observations are preliminary: no person has signed them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from core.exports.audit import note_export
from core.exports.examinations import (
    Examination,
    LeftOut,
    Progress,
    each_visit,
    examinations,
    iso_time,
    no_progress,
    not_cancelled,
    nothing_to_export,
    raise_if,
)
from core.exports.fhir_codes import Json, LocalCodes, codes, coding
from core.exports.fhir_media import check_video_bytes, file_facts, recording_media
from core.exports.fhir_observations import ObservationMaker, judgement_observation, prom_observation
from core.exports.fhir_provenance import analysis_provenance, judgement_provenance
from core.exports.fhir_references import URI, derived, observation_id, reference, url
from core.exports.files import whole_file
from core.records.entries import Patient, Visit
from core.records.store import Store

_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
_PDF = "application/pdf"


@dataclass(frozen=True)
class FhirExport:
    """What was written: the file, how many observations, and what could not be exported."""

    path: Path
    observations: int
    left_out: tuple[LeftOut, ...]


def write_fhir(
    store: Store,
    visit_ids: Sequence[str],
    target: Path,
    *,
    reports: Mapping[str, bytes] | None = None,
    with_video: bool = False,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = not_cancelled,
) -> FhirExport:
    """Write a bundle of visits as JSON; it holds the patients' names and is complete or not there.

    Args:
        store: the records; the export is noted in the audit trail.
        visit_ids: the visits (``choose_visits``).
        target: the file.
        reports: id of a visit -> its report as PDF, which its DiagnosticReport then presents.
        with_video: put the videos in as they lie in the records, with sound. Faces identify people.
        progress, cancelled: are told and asked after each visit.

    Raises:
        InputError: nothing can be exported, the videos are too large for a bundle, or the file cannot be written.
        HemifaceError: a visit is not in the records.
        UnavailableError: fhir.resources is not installed.
        Cancelled: nothing was written.
    """
    if with_video:
        check_video_bytes([recording for visit_id in visit_ids for recording in store.recordings(visit_id)])
    maker = _BundleMaker(store, reports or {}, with_video)
    for visit_id in each_visit(visit_ids, progress, cancelled):
        maker.add_visit(visit_id)
    progress("checking", 0, None)
    text = checked_json(maker.bundle())
    raise_if(cancelled)
    with whole_file(target) as path:
        path.write_text(text, encoding="utf-8")
        note_export(store, "fhir", visit_ids, reports=len(reports or {}), with_video=with_video)
    return FhirExport(target, maker.observations, tuple(maker.left_out))


def checked_json(bundle: Json) -> str:
    """The bundle as JSON once the models of fhir.resources have read it; raises UnavailableError, or ValueError for a mistake."""
    from core.errors import UnavailableError

    try:
        from fhir.resources.R4B.bundle import Bundle
    except ImportError as problem:
        raise UnavailableError(
            "The package fhir.resources is not installed.", hint="Run: pip install -r requirements.txt."
        ) from problem
    return Bundle.model_validate(bundle).model_dump_json(indent=1)


class _BundleMaker:
    """Collects the resources of visits; each patient and each version of the software once."""

    def __init__(self, store: Store, reports: Mapping[str, bytes], with_video: bool) -> None:
        self.left_out: list[LeftOut] = []
        self.observations = 0
        self._store, self._reports, self._with_video = store, reports, with_video
        self._local = LocalCodes()
        self._entries: dict[str, Json] = {}
        self._newest = ""

    def bundle(self) -> Json:
        """The bundle; raises InputError when it holds no observation."""
        if not self.observations:
            raise nothing_to_export()
        definitions = self._local.code_system()
        entries = {**self._entries, url(derived(definitions["url"])): definitions}
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": self._newest,
            "entry": [
                {"fullUrl": address, "resource": {"id": address.removeprefix("urn:uuid:"), **resource}}
                for address, resource in entries.items()
            ],
        }

    def add_visit(self, visit_id: str) -> None:
        """Add a visit with everything that belongs to it; nothing when it has no analysis."""
        visit = self._store.visit(visit_id)
        patient = self._store.patient(visit.patient_id)
        found = list(examinations(self._store, [visit_id], self.left_out))
        if not found:
            return
        self._add(UUID(patient.id), _patient(patient))
        self._add(UUID(visit.id), _encounter(visit, patient))
        about = {
            "subject": reference(UUID(patient.id)),
            "encounter": reference(UUID(visit.id)),
            "effectiveDateTime": visit.day.isoformat(),
        }
        results = [made for examination in found for made in self._add_analysis(examination, about)]
        results += self._add_judgements(visit, about, found)
        for instrument, totals in self._store.prom_totals(visit_id).items():
            results.append(self._observe(visit_id, instrument.value, prom_observation(self._local, totals, about)))
        self._add(derived("report", visit.id), self._report(visit, about, results, found))

    def _add(self, identity: UUID, resource: Json) -> Json:
        self._entries.setdefault(url(identity), resource)
        self._newest = max(self._newest, resource.get("recorded", ""))
        return reference(identity)

    def _add_analysis(self, examination: Examination, about: Json) -> list[Json]:
        device = _device(examination)
        names = [device["deviceName"][0]["name"], *(version["value"] for version in device["version"])]
        by = self._add(derived("device", *names), device)
        media = recording_media(examination, about, self.left_out, with_bytes=self._with_video)
        seen = self._add(UUID(examination.recording.id), media)
        identity = examination.analysis.id
        common = {**about, "device": by, "derivedFrom": [seen], "issued": iso_time(examination.analysis.created_at)}
        made = ObservationMaker(examination, self._local, common).all()
        results = [self._observe(identity, name, observation) for name, observation in made]
        self._add(derived("provenance", identity), analysis_provenance(examination, results, by, seen))
        return results

    def _add_judgements(self, visit: Visit, about: Json, found: Sequence[Examination]) -> Iterator[Json]:
        """What clinicians set, each with where it comes from."""
        for item, judgement in self._store.judgements(visit.id).items():
            made = self._observe(visit.id, item.value, judgement_observation(self._local, judgement, about))
            self._add(derived("provenance", judgement.id), judgement_provenance(judgement, made, found))
            yield made

    def _observe(self, belongs_to: str, name: str, observation: Json) -> Json:
        self.observations += 1
        return self._add(observation_id(belongs_to, name), observation)

    def _report(self, visit: Visit, about: Json, results: list[Json], found: list[Examination]) -> Json:
        words = "Facial palsy measured from video: weakness and synkinesis of every branch, and estimates of scales."
        report = {
            "resourceType": "DiagnosticReport",
            "status": "preliminary",
            "code": self._local.concept("facial-examination", "Facial movement examination by video", words),
            **about,
            "issued": max(iso_time(examination.analysis.created_at) for examination in found),
            "result": results,
            "media": [{"link": reference(UUID(examination.recording.id))} for examination in found],
        }
        pdf = self._reports.get(visit.id)
        if pdf is not None:
            report["presentedForm"] = [
                {
                    "contentType": _PDF,
                    "data": base64.b64encode(pdf).decode(),
                    "title": "Report of Hemiface",
                    **file_facts(pdf),
                }
            ]
        return report


def _patient(patient: Patient) -> Json:
    details = patient.details
    made: Json = {"resourceType": "Patient", "name": [{"text": details.name}]}
    identifiers: list[Json] = [{"system": URI, "value": url(UUID(patient.id))}]
    if details.record_number:
        kind = {"coding": [{"system": _IDENTIFIER_TYPE, "code": "MR", "display": "Medical record number"}]}
        identifiers.insert(0, {"type": kind, "value": details.record_number})
    made["identifier"] = identifiers
    if details.birth_year is not None:
        made["birthDate"] = str(details.birth_year)
    if details.simulated:
        made["meta"] = {"security": [{"system": _ACT_REASON, "code": "HTEST", "display": "test health data"}]}
    return made


def _encounter(visit: Visit, patient: Patient) -> Json:
    made: Json = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": _ACT_CODE, "code": "AMB", "display": "ambulatory"},
        "subject": reference(UUID(patient.id)),
        "period": {"start": visit.day.isoformat(), "end": visit.day.isoformat()},
    }
    cause = patient.details.cause
    if cause:
        reason: Json = {"text": cause}
        known = [coding(entry) for entry in codes()["causes"].get(cause, [])]
        made["reasonCode"] = [reason | ({"coding": known} if known else {})]
    return made


def _device(examination: Examination) -> Json:
    result = examination.result
    versions = [("software", result.software.version), ("tracker", f"{result.tracker.name} {result.tracker.version}")]
    if result.tracker.weights_sha256:
        versions.append(("sha256 of the tracker's weights", result.tracker.weights_sha256))
    return {
        "resourceType": "Device",
        "deviceName": [{"name": "Hemiface", "type": "user-friendly-name"}],
        "type": {"text": "Software for research and teaching; not a medical device"},
        "version": [{"type": {"text": kind}, "value": value} for kind, value in versions],
    }
