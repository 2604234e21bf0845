"""FHIR bundles: they say what the analysis says, the models of fhir.resources read them back, and every code has its origin."""

import base64
import hashlib
import json
from datetime import date

import pytest
from fhir.resources.R4B.bundle import Bundle

from core.errors import Cancelled, InputError
from core.exports.fhir import checked_json, write_fhir
from core.exports.fhir_codes import codes
from core.records import PatientDetails, Store
from core.records.clinical_entries import PromInstrument
from core.records.entries import CAUSES
from core.records.judged_items import JudgedItem
from core.settings import Settings
from core.words import BRANCHES, SIDES
from tests.export_samples import DAYS, LABEL, NAME, NOTE, NUMBER, WHO, analysis_folder, clip

PDF = b"%PDF-1.7\n1 0 obj\n" + bytes(range(256))
SNOMED = "http://snomed.info/sct"
LATERALITY = {"right": "24028007", "left": "7771000"}


@pytest.fixture(scope="module")
def examined(tmp_path_factory):
    """A store with a whole examination, a short one, judgements and totals; its bundle, and the result of the first visit."""
    folder = tmp_path_factory.mktemp("fhir")
    store = Store.open(Settings(data_dir=folder / "data", database_url=""), who=WHO)
    patient = store.create_patient(PatientDetails(NAME, NUMBER, 1961, cause=CAUSES[0], notes=NOTE, simulated=True))
    visits = [store.create_visit(patient.id, day, LABEL, NOTE).id for day in DAYS]
    for visit, full in zip(visits, (True, False), strict=True):
        recording = store.add_recording(visit, clip(), "clip.mp4")
        store.add_analysis(recording.id, analysis_folder(full))
    store.add_judgement(visits[0], JudgedItem.HOUSE_BRACKMANN_GRADE, 1)
    store.add_judgement(visits[0], JudgedItem.SUNNYBROOK_COMPOSITE, 61)
    store.add_prom_totals(visits[0], PromInstrument.FDI, {"physical": 75.0, "social": 60.0})
    made = write_fhir(store, visits, folder / "bundle.json", reports={visits[0]: PDF})
    result = store.load_result(store.latest_analysis(store.recordings(visits[0])[0].id))
    yield store, visits, made, json.loads(made.path.read_text(encoding="utf-8")), result
    store.close()


@pytest.fixture(scope="module")
def bundle(examined):
    return examined[3]


def resources(bundle, kind):
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def observations(bundle, code, day=DAYS[0]):
    return [
        found
        for found in resources(bundle, "Observation")
        if any(coding["code"] == code for coding in found["code"]["coding"])
        and found["effectiveDateTime"] == day.isoformat()
    ]


def values(observation):
    return {
        part["code"]["coding"][-1]["code"]: part.get("valueQuantity", {}).get("value")
        for part in observation["component"]
    }


def all_codings(part):
    if isinstance(part, dict):
        if "system" in part and "code" in part:
            yield part["system"], part["code"]
        for value in part.values():
            yield from all_codings(value)
    elif isinstance(part, list):
        for value in part:
            yield from all_codings(value)


def test_the_models_read_it_back_as_it_is(examined):
    _, _, made, bundle, _ = examined
    text = made.path.read_text(encoding="utf-8")
    assert json.loads(Bundle.model_validate_json(text).model_dump_json()) == bundle
    assert made.observations == len(resources(bundle, "Observation"))


def test_the_models_would_see_a_mistake(bundle):
    wrong = json.loads(json.dumps(bundle))
    next(e for e in wrong["entry"] if e["resource"]["resourceType"] == "Observation")["resource"]["status"] = None
    with pytest.raises(ValueError, match="status"):
        checked_json(wrong)


def references(part):
    """Every reference to a resource below a part of a bundle."""
    if isinstance(part, dict):
        if "reference" in part:
            yield part["reference"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_every_reference_leads_somewhere_and_ids_are_unique(bundle):
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    assert [f"urn:uuid:{entry['resource']['id']}" for entry in bundle["entry"]] == urls
    for kind in ("Observation", "DiagnosticReport", "Media", "Provenance"):
        for resource in resources(bundle, kind):
            found = set(references(resource))
            assert found, kind
            assert found <= set(urls), kind


def test_patient_and_encounters(bundle):
    (patient,) = resources(bundle, "Patient")
    assert patient["name"] == [{"text": NAME}]
    assert patient["identifier"][0]["value"] == NUMBER
    assert patient["birthDate"] == "1961"
    assert patient["meta"]["security"][0]["code"] == "HTEST"
    encounters = resources(bundle, "Encounter")
    assert [e["period"]["start"] for e in encounters] == [day.isoformat() for day in DAYS]
    assert ("http://hl7.org/fhir/sid/icd-10-cm", "G51.0") in set(all_codings(encounters[0]["reasonCode"]))
    assert NOTE not in json.dumps(bundle)


def test_every_branch_and_side_says_what_the_result_says(examined):
    _, _, _, bundle, result = examined
    found = {}
    for observation in observations(bundle, "branch-function"):
        site = observation["bodySite"]
        side = site["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        assert site["extension"][0]["url"].endswith("observation-structureLaterality")
        assert (SNOMED, "280280007") in set(all_codings(site["coding"]))
        found[site["coding"][-1]["code"], side] = observation
    assert len(found) == 2 * len(BRANCHES)
    for branch in BRANCHES:
        for side in SIDES:
            local = f"branch-{branch.value.replace('_', '-')}"
            observation, entry = found[local, LATERALITY[side.value]], result.branches[branch].get(side)
            expected = (entry.weakness, entry.grade, entry.synkinesis)
            got = values(observation)
            assert (got["weakness"], got["weakness-grade"], got["synkinesis"]) == pytest.approx(expected, abs=1e-4)


def test_what_was_not_assessed_has_a_reason_and_no_value(bundle):
    """The short examination tested two branches."""
    absent = 0
    for observation in resources(bundle, "Observation"):
        for part in [observation, *observation.get("component", [])]:
            has_value = any(name.startswith("value") for name in part)
            if "dataAbsentReason" in part:
                absent += 1
                assert not has_value
                assert part["dataAbsentReason"]["text"]
                assert part["dataAbsentReason"]["coding"][0]["code"] == "unknown"
            else:
                assert has_value or part.get("component")
    assert absent > 10


def test_scales_say_what_the_result_says(examined):
    _, _, _, bundle, result = examined
    scales = result.scales
    automatic = [o for o in observations(bundle, "sunnybrook-composite") if "performer" not in o]
    assert automatic[0].get("valueQuantity", {}).get("value") == scales.sunnybrook.composite
    assert values(automatic[0])["sunnybrook-voluntary"] == pytest.approx(scales.sunnybrook.voluntary, abs=1e-4)
    (graded,) = [o for o in observations(bundle, "house-brackmann-grade") if "performer" not in o]
    assert (
        graded["valueCodeableConcept"]["coding"][-1]["code"] == f"house-brackmann-grade-{scales.house_brackmann.grade}"
    )
    assert graded["bodySite"]["extension"][0]["valueCodeableConcept"]["text"] == f"patient's {scales.side.value}"


def test_a_clinicians_value_stands_beside_with_its_author(bundle):
    (judged,) = [o for o in observations(bundle, "house-brackmann-grade") if "performer" in o]
    assert judged["performer"] == [{"display": WHO}]
    assert (SNOMED, "68111000119105") in set(all_codings(judged["valueCodeableConcept"]))
    assert "device" not in judged
    (totals,) = observations(bundle, "prom-fdi")
    assert values(totals) == {"prom-fdi-physical": 75.0, "prom-fdi-social": 60.0}


def test_all_is_preliminary_and_names_the_software(examined):
    _, _, _, bundle, result = examined
    everything = [*resources(bundle, "Observation"), *resources(bundle, "DiagnosticReport")]
    assert {resource["status"] for resource in everything} == {"preliminary"}
    (device,) = resources(bundle, "Device")
    assert {version["value"] for version in device["version"]} >= {
        result.software.version,
        result.tracker.weights_sha256,
    }


def test_the_report_is_the_pdf_and_lists_its_results(bundle):
    first, second = resources(bundle, "DiagnosticReport")
    (form,) = first["presentedForm"]
    assert base64.b64decode(form["data"]) == PDF
    assert base64.b64decode(form["hash"]) == hashlib.sha1(PDF, usedforsecurity=False).digest()
    assert "presentedForm" not in second
    assert len(first["result"]) + len(second["result"]) == len(resources(bundle, "Observation"))


def test_every_code_is_in_the_mapping_file_or_defined_in_the_bundle(bundle):
    systems = codes()["systems"]
    (definitions,) = resources(bundle, "CodeSystem")
    assert definitions["url"] == systems["local"]
    defined = {concept["code"] for concept in definitions["concept"]}
    assert all(concept["definition"] for concept in definitions["concept"])
    mapped = {
        (systems[system], code) for system, code in all_codings({k: v for k, v in codes().items() if k != "systems"})
    }
    for system, code in all_codings([entry["resource"] for entry in bundle["entry"]]):
        if system == systems["local"]:
            assert code in defined
        elif system in (systems["snomed"], systems["icd10cm"], systems["loinc"]):
            assert (system, code) in mapped
        else:
            assert system.startswith(("http://terminology.hl7.org/CodeSystem/", systems["ucum"]))


def test_the_mapping_file_knows_the_causes_that_are_offered():
    assert set(codes()["causes"]) <= set(CAUSES)
    assert "Stroke (central)" not in codes()["causes"]  # no disorder of the nerve


def test_the_same_records_make_the_same_bytes(examined, tmp_path):
    store, visits, made, _, _ = examined
    again = write_fhir(store, visits, tmp_path / "again.json", reports={visits[0]: PDF})
    assert again.path.read_bytes() == made.path.read_bytes()


def test_nothing_to_export_and_cancelled_leave_no_file(examined, empty_store, tmp_path):
    store, visits, *_ = examined
    visit = empty_store.create_visit(empty_store.create_patient(PatientDetails("A")).id, date(2026, 1, 1))
    with pytest.raises(InputError, match="nothing to export"):
        write_fhir(empty_store, [visit.id], tmp_path / "out.json")
    with pytest.raises(Cancelled):
        write_fhir(store, visits, tmp_path / "out.json", cancelled=lambda: True)
    assert not list(tmp_path.glob("*.json"))
