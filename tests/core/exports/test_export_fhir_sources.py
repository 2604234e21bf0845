"""FHIR bundles name their sources: the recording without its place or name, the software, and the clinician who set a value."""

import base64
import hashlib
import json
from types import SimpleNamespace

import pytest
from fhir.resources.R4B.media import Media
from fhir.resources.R4B.provenance import Provenance

from core.errors import InputError
from core.exports import fhir_media
from core.exports.fhir import write_fhir
from core.exports.fhir_codes import codes
from core.records import PatientDetails, Store
from core.records.judged_items import JudgedItem
from core.settings import Settings
from tests.export_samples import DAYS, FILE_NAME, WHO, analysis_folder, clip

JUDGED = {JudgedItem.HOUSE_BRACKMANN_GRADE: 3, JudgedItem.AFFECTED_SIDE: "left", JudgedItem.SUNNYBROOK_REST_EYE: 1}


def visit_with(store, *, analyses=1):
    """A new visit whose one recording was analysed this often."""
    visit = store.create_visit(store.create_patient(PatientDetails("A")).id, DAYS[0])
    recording = store.add_recording(visit.id, clip(), FILE_NAME)
    made = [store.add_analysis(recording.id, analysis_folder()) for _ in range(analyses)]
    return SimpleNamespace(id=visit.id, recording=recording, analyses=made)


def exported(store, folder, visit, **options):
    made = write_fhir(store, [visit.id], folder / "bundle.json", **options)
    entries = json.loads(made.path.read_text(encoding="utf-8"))["entry"]
    return SimpleNamespace(
        made=made,
        text=made.path.read_text(encoding="utf-8"),
        by_url={entry["fullUrl"]: entry["resource"] for entry in entries},
    )


def of(bundle, kind):
    return [resource for resource in bundle.by_url.values() if resource["resourceType"] == kind]


def media_of(bundle):
    (media,) = of(bundle, "Media")
    return media


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = Store.open(Settings(data_dir=tmp_path_factory.mktemp("sources") / "data", database_url=""), who=WHO)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def visit(store):
    made = visit_with(store)
    for item, value in JUDGED.items():
        store.add_judgement(made.id, item, value, "a comment", made.analyses[0].id)
    return made


@pytest.fixture(scope="module")
def bundle(store, visit, tmp_path_factory):
    return exported(store, tmp_path_factory.mktemp("bundle"), visit)


def test_the_recording_is_described_by_title_type_size_and_hash(bundle, visit):
    media = media_of(bundle)
    content, file = media["content"], clip().read_bytes()
    assert Media.model_validate(media).content.title == "Video of the face: several movements"
    assert content["contentType"] == "video/mp4"
    assert content["size"] == len(file) == visit.recording.size_bytes
    assert base64.b64decode(content["hash"]) == hashlib.sha1(file, usedforsecurity=False).digest()
    assert media["createdDateTime"] == DAYS[0].isoformat()
    assert media["duration"] > 0
    assert bundle.made.left_out == ()


def test_neither_its_bytes_nor_its_name_nor_its_place_are_told(bundle, store, visit):
    assert "data" not in media_of(bundle)["content"]
    assert "url" not in media_of(bundle)["content"]
    for told in (FILE_NAME, visit.recording.path, str(store.files.root), "a comment"):
        assert told not in bundle.text


def test_every_automatic_value_comes_from_the_recording(bundle):
    (address,) = [url for url, resource in bundle.by_url.items() if resource["resourceType"] == "Media"]
    automatic = [observation for observation in of(bundle, "Observation") if "device" in observation]
    assert len(automatic) > 10
    assert all(observation["derivedFrom"] == [{"reference": address}] for observation in automatic)
    (report,) = of(bundle, "DiagnosticReport")
    assert report["media"] == [{"link": {"reference": address}}]


def test_the_software_made_the_automatic_values_and_nothing_else(bundle, visit):
    (provenance,) = [p for p in of(bundle, "Provenance") if p["entity"][0]["role"] == "source"]
    assert Provenance.model_validate(provenance)
    (agent,), (entity,) = provenance["agent"], provenance["entity"]
    assert bundle.by_url[agent["who"]["reference"]]["resourceType"] == "Device"
    assert bundle.by_url[entity["what"]["reference"]] == media_of(bundle)
    targets = {target["reference"] for target in provenance["target"]}
    assert targets == {
        url
        for url, resource in bundle.by_url.items()
        if resource["resourceType"] == "Observation" and "device" in resource
    }
    assert provenance["recorded"] == f"{visit.analyses[0].created_at:%Y-%m-%dT%H:%M:%SZ}"


def test_every_judgement_names_its_author_and_the_automatic_value_it_revises(bundle):
    found = [p for p in of(bundle, "Provenance") if p["entity"][0]["role"] == "revision"]
    assert len(found) == len(JUDGED)
    revised = set()
    for provenance in found:
        assert Provenance.model_validate(provenance)
        (target,), (agent,), (entity,) = provenance["target"], provenance["agent"], provenance["entity"]
        assert agent["who"] == {"type": "Practitioner", "display": WHO}
        judged = bundle.by_url[target["reference"]]
        automatic = bundle.by_url[entity["what"]["reference"]]
        assert judged["performer"] == [{"display": WHO}]
        assert provenance["recorded"] == judged["issued"]
        assert "device" in automatic
        assert "performer" not in automatic
        (code,) = [coding["code"] for coding in judged["code"]["coding"]]
        own = [automatic["code"], *(part["code"] for part in automatic.get("component", []))]
        assert code in [coding["code"] for concept in own for coding in concept["coding"]]
        revised.add(code)
    assert revised == {"house-brackmann-grade", "affected-side", "sunnybrook-item-rest-eye"}


def test_a_value_of_an_older_analysis_is_named_but_not_referred_to(store, tmp_path):
    visit = visit_with(store, analyses=2)
    older, newer = visit.analyses
    store.add_judgement(visit.id, JudgedItem.HOUSE_BRACKMANN_GRADE, 2, analysis_id=older.id)
    store.add_judgement(visit.id, JudgedItem.AFFECTED_SIDE, "left", analysis_id=newer.id)
    bundle = exported(store, tmp_path, visit)
    revised = [p["entity"][0]["what"] for p in of(bundle, "Provenance") if p["entity"][0]["role"] == "revision"]
    (missing,) = [what for what in revised if "reference" not in what]
    assert "not in this bundle" in missing["display"]
    assert missing["identifier"]["value"] not in bundle.by_url
    (there,) = [what for what in revised if "reference" in what]
    assert bundle.by_url[there["reference"]]["code"]["coding"][0]["code"] == "affected-side"


def test_a_judgement_without_an_analysis_revises_the_newest_one(store, tmp_path):
    visit = visit_with(store)
    store.add_judgement(visit.id, JudgedItem.FNGS2_GRADE, 2)
    bundle = exported(store, tmp_path, visit)
    (what,) = [p["entity"][0]["what"] for p in of(bundle, "Provenance") if p["entity"][0]["role"] == "revision"]
    codings = bundle.by_url[what["reference"]]["code"]["coding"]
    assert codings == [{"system": codes()["systems"]["local"], "code": "fngs2-grade", "display": codings[0]["display"]}]


def test_bytes_are_put_in_when_they_are_asked_for(store, visit, tmp_path):
    bundle = exported(store, tmp_path, visit, with_video=True)
    assert base64.b64decode(media_of(bundle)["content"]["data"]) == clip().read_bytes()
    patient_id = store.visit(visit.id).patient_id
    events = [event.details for event in store.audit_events(patient_id) if event.action == "export"]
    assert events[0]["with_video"] is True


def test_too_much_video_for_a_bundle_is_one_sentence(store, visit, tmp_path, monkeypatch):
    monkeypatch.setattr(fhir_media, "MOST_VIDEO_BYTES", 1000)
    with pytest.raises(InputError, match="The videos of these visits have"):
        write_fhir(store, [visit.id], tmp_path / "bundle.json", with_video=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("changed", [True, False])
def test_a_video_that_is_changed_or_missing_has_no_hash_and_is_told_of(store, tmp_path, changed):
    visit = visit_with(store)
    path = store.recording_path(visit.recording)
    path.unlink()
    if changed:
        path.write_bytes(b"another film")
    bundle = exported(store, tmp_path, visit, with_video=True)
    content = media_of(bundle)["content"]
    assert "hash" not in content
    assert "data" not in content
    assert content["size"] == visit.recording.size_bytes
    (left,) = bundle.made.left_out
    assert left.what == f"video file of recording {visit.recording.id}"
    assert ("changed outside Hemiface" in left.reason) is changed
    assert ("missing" in left.reason) is not changed


def test_local_codes_are_marked_as_local(bundle):
    """Whoever reads the bundle can tell them from codes of others: their system is ours, experimental, and defined beside them."""
    (definitions,) = of(bundle, "CodeSystem")
    assert definitions["url"] == codes()["systems"]["local"]
    assert definitions["experimental"] is True
    assert "Local codes" in definitions["title"]
