"""Erasure requests: no byte of the patient is left but random ids in the audit, and the audit proves it."""

import io
from datetime import date

import pytest

from core.exam.segments import Segment
from core.records import (
    ConsentSubject,
    InjectionSite,
    JudgedItem,
    PatientDetails,
    PromInstrument,
    TreatmentDetails,
    TreatmentKind,
)
from core.words import Side
from tests.correction_samples import annotated_frame

CANARIES = {
    name: f"Kanarienvogel-{name}"
    for name in (
        "name",
        "number",
        "cause",
        "notes",
        "label",
        "visit",
        "video",
        "file",
        "drug",
        "site",
        "comment",
        "reason",
        "consent",
        "who",
    )
}


@pytest.fixture
def erased(store, sample):
    """Id of a patient with a canary in every text, erased again; another patient stays."""
    store.create_patient(PatientDetails("Somebody Else"))
    patient = store.create_patient(
        PatientDetails(CANARIES["name"], CANARIES["number"], cause=CANARIES["cause"], notes=CANARIES["notes"] * 100)
    )
    visit = store.create_visit(patient.id, date(2026, 3, 12), CANARIES["label"], CANARIES["visit"])
    recording = store.add_recording(visit.id, io.BytesIO(CANARIES["video"].encode() * 10_000), CANARIES["file"])
    store.save_segments(recording.id, [Segment(expression="snarl", start_s=0, end_s=1)])
    store.save_landmarks(recording.id, annotated_frame(annotator=CANARIES["who"]))
    analysis = store.add_analysis(recording.id, sample)
    store.summaries([analysis.id])
    toxin = TreatmentDetails(
        visit.day,
        TreatmentKind.BOTULINUM_TOXIN,
        CANARIES["drug"],
        (InjectionSite(CANARIES["site"], Side.LEFT, 5),),
    )
    store.withdraw_treatment(store.add_treatment(patient.id, toxin).id, CANARIES["reason"])
    store.add_treatment(patient.id, toxin)
    for grade in (3, 4):
        store.add_judgement(visit.id, JudgedItem.HOUSE_BRACKMANN_GRADE, grade, CANARIES["comment"], analysis.id)
    store.add_prom_totals(visit.id, PromInstrument.SAQ, {"total": 40})
    store.add_consent(patient.id, ConsentSubject.VIDEO_RESEARCH, given=True, day=visit.day, note=CANARIES["consent"])
    found = contents(store)
    missed = {name for name, canary in CANARIES.items() if canary.encode() not in found}
    assert not missed  # each of them was really there
    store.delete_patient(patient.id)
    return patient.id


def contents(store) -> bytes:
    """Every byte of the data folder, the database among it."""
    return b"".join(path.read_bytes() for path in sorted(store.files.root.rglob("*")) if path.is_file())


@pytest.mark.usefixtures("erased")
def test_no_canary_is_left_in_any_byte(store):
    left = contents(store)
    assert b"Somebody Else" in left
    for canary in CANARIES.values():
        for form in (canary, canary.casefold()):
            assert form.encode() not in left


def test_the_proof_names_the_audit_event_and_what_was_erased(store, erased):
    proof = store.erasure_proof(erased)
    assert proof.complete
    assert proof.rows == {
        "patients": 1,
        "visits": 1,
        "treatments": 2,
        "judgements": 2,
        "prom_totals": 1,
        "recordings": 1,
        "segment_sets": 1,
        "landmark_sets": 1,
        "analyses": 1,
        "consents": 1,
        "analysis_summaries": 1,
    }
    assert (proof.files, proof.rows_left, proof.files_left) == (5, {}, 0)
    assert proof.size_bytes > 200_000
    event = store.audit_events(erased)[0]
    assert (proof.audit_number, proof.at, proof.who) == (event.number, event.at, "tester")
    assert (event.action, event.subject) == ("delete", "patient")


def test_files_that_are_left_make_the_proof_incomplete(store, erased):
    folder = store.files.patients / erased
    folder.mkdir()
    (folder / "x.mp4").write_bytes(b"x")
    proof = store.erasure_proof(erased)
    assert (proof.complete, proof.files_left) == (False, 1)


def test_a_patient_who_was_not_erased_has_no_proof(store, patient):
    assert store.erasure_proof(patient.id) is None
    assert store.delete_patient(patient.id).complete
