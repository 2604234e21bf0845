"""The same store on PostgreSQL; needs an empty database in HEMIFACE_TEST_DATABASE_URL (and a driver, e.g. pg8000)."""

import io
import os
import threading
from datetime import date
from types import SimpleNamespace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.records import (
    ConsentSubject,
    InjectionSite,
    JudgedItem,
    PatientDetails,
    PatientSort,
    PromInstrument,
    Store,
    TreatmentDetails,
    TreatmentKind,
)
from core.records.cohorts import CohortFilter
from core.records.tables import Base
from core.records.timeline import EventKind
from core.settings import Settings
from core.words import Side
from tests.record_samples import write_sample_analysis

URL = os.environ.get("HEMIFACE_TEST_DATABASE_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="HEMIFACE_TEST_DATABASE_URL names no PostgreSQL database")


@pytest.fixture
def store(tmp_path):
    opened = Store.open(Settings(data_dir=tmp_path / "data", database_url=URL))
    yield opened
    opened.close()


def test_store_on_a_server(store):
    with store.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    patient = store.create_patient(PatientDetails("Jürgen Müller", "47"))
    visit = store.create_visit(patient.id, date(2026, 1, 2))
    recording = store.add_recording(visit.id, io.BytesIO(b"abc"), "a.mp4")
    for sort in PatientSort:
        assert store.patients("muller", sort=sort).rows[0].last_visit == date(2026, 1, 2)
    job = store.create_job("analyse", recording_id=recording.id)
    assert store.change_job(job.id, stage="tracking")
    assert store.latest_jobs(visit.id, "analyse")[recording.id].stage == "tracking"
    store.delete_patient(patient.id)
    assert store.patients("muller").total == 0


def test_writers_side_by_side_get_numbers_of_their_own(store):
    visit = store.create_visit(store.create_patient(PatientDetails("A")).id, date(2026, 1, 2))
    recording = store.add_recording(visit.id, io.BytesIO(b"abc"), "a.mp4")
    segment = Segment(expression=Expression.SNARL, start_s=0, end_s=1)
    writers = [
        threading.Thread(target=lambda: [store.save_segments(recording.id, [segment]) for _ in range(10)])
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.segments(recording.id).version == 40


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_events SET who = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
)
def test_audit_events_can_only_be_added(store, statement):
    store.create_patient(PatientDetails("A"))
    with pytest.raises(DBAPIError, match="append-only"), store.database.write() as session:
        session.execute(text(statement))


DAY = date(2026, 2, 3)
GRADE, SAQ, VIDEO = JudgedItem.HOUSE_BRACKMANN_GRADE, PromInstrument.SAQ, ConsentSubject.VIDEO_RESEARCH


@pytest.fixture
def course(store, tmp_path):
    """A patient with one entry of every clinical kind, two of what is counted in versions."""
    patient = store.create_patient(PatientDetails("Jürgen Müller", "47", onset=date(2026, 1, 1)))
    visit = store.create_visit(patient.id, date(2026, 1, 2))
    recording = store.add_recording(visit.id, io.BytesIO(b"abc"), "a.mp4")
    analysis = store.add_analysis(recording.id, write_sample_analysis(tmp_path / "sample"))
    toxin = TreatmentDetails(DAY, TreatmentKind.BOTULINUM_TOXIN, "A", (InjectionSite("Platysma", Side.LEFT, 2.5),))
    treatment = store.add_treatment(patient.id, toxin)
    for grade in (3, 4):
        store.add_judgement(visit.id, GRADE, grade, "looked twice", analysis.id)
        store.add_prom_totals(visit.id, SAQ, {"total": 40.0 + grade})
        store.add_consent(patient.id, VIDEO, given=grade == 4, day=DAY, note="form 12")
    yield SimpleNamespace(
        patient=patient, visit=visit, recording=recording, analysis=analysis, treatment=treatment, toxin=toxin
    )
    if store.erasure_proof(patient.id) is None:  # the tests share one database
        store.delete_patient(patient.id)


def test_clinical_entries_come_back_as_they_were_entered(store, course):
    (kept,) = store.treatments(course.patient.id)
    assert (kept.details, kept.withdrawn_reason) == (course.toxin, "")
    judged = store.judgements(course.visit.id)[GRADE]
    assert (judged.value, judged.version, judged.analysis_id) == (4, 2, course.analysis.id)
    totals = store.prom_totals(course.visit.id)[SAQ]
    assert (totals.totals, totals.version) == ({"total": 44.0}, 2)
    consent = store.consents(course.patient.id)[VIDEO]
    assert (consent.given, consent.version, consent.note) == (True, 2, "form 12")
    kinds = [event.kind for event in store.timeline(course.patient.id)]
    assert kinds == [*(kind for kind in EventKind if kind is not EventKind.TREATMENT), EventKind.TREATMENT]
    assert [entry.judgement.id for entry in store.all_judgements(GRADE) if entry.patient_id == course.patient.id] == [
        judged.id
    ]


def test_what_was_entered_is_withdrawn_with_its_reason(store, course):
    withdrawn = store.withdraw_treatment(course.treatment.id, "of another patient")
    store.add_judgement(course.visit.id, GRADE, None, "of another patient")
    store.add_prom_totals(course.visit.id, SAQ, {}, "of another patient")
    assert store.treatments(course.patient.id) == []
    assert store.treatment(course.treatment.id).withdrawn_reason == "of another patient"
    assert store.withdraw_treatment(course.treatment.id, "again") == withdrawn
    assert store.judgements(course.visit.id) == {}
    assert store.prom_totals(course.visit.id) == {}
    assert store.prom_history(course.visit.id)[0].reason == "of another patient"
    assert {event.kind for event in store.timeline(course.patient.id)} == {
        EventKind.ONSET,
        EventKind.VISIT,
        EventKind.ANALYSIS,
    }


def test_summaries_and_cohorts_are_read(store, course):
    summary = store.summaries([course.analysis.id])[course.analysis.id]
    assert store.summaries([course.analysis.id])[course.analysis.id] == summary  # the second time from its row
    rows = [row for row in store.cohort_rows(CohortFilter()) if row.patient_id == course.patient.id]
    assert [row.summary for row in rows] == [summary]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE treatments SET day = '2020-01-01'", "treatments are never changed"),
        ("UPDATE treatments SET withdrawn_reason = 'x' WHERE withdrawn_at IS NOT NULL", "treatments are never changed"),
        ("DELETE FROM treatments", "treatments are never deleted alone"),
        ("UPDATE judgements SET value = '1'", "judgements are never changed"),
        ("UPDATE judgements SET analysis_id = NULL", "judgements are never changed"),
        ("DELETE FROM judgements", "judgements are never deleted alone"),
        ("UPDATE prom_totals SET totals = '{}'", "prom_totals are never changed"),
        ("UPDATE prom_totals SET reason = 'x'", "prom_totals are never changed"),
        ("DELETE FROM prom_totals", "prom_totals are never deleted alone"),
        ("UPDATE consents SET given = true", "consents are never changed"),
        ("DELETE FROM consents", "consents are never deleted alone"),
    ],
)
def test_clinical_entries_can_only_be_added(store, course, statement, words):
    store.withdraw_treatment(course.treatment.id, "a mistake")
    with pytest.raises(DBAPIError, match=words), store.database.write() as session:
        session.execute(text(statement))
    assert store.treatment(course.treatment.id).withdrawn_reason == "a mistake"
    assert store.consents(course.patient.id)[VIDEO].given


def test_writers_side_by_side_get_versions_of_their_own(store, course):
    def write():
        for _ in range(5):
            store.add_judgement(course.visit.id, GRADE, 2)
            store.add_prom_totals(course.visit.id, SAQ, {"total": 30})
            store.add_consent(course.patient.id, VIDEO, given=True, day=DAY)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.judgements(course.visit.id)[GRADE].version == 17
    assert store.prom_totals(course.visit.id)[SAQ].version == 17
    assert store.consents(course.patient.id)[VIDEO].version == 17


def test_a_deleted_analysis_leaves_the_judgement_and_an_erased_patient_leaves_the_proof(store, course, tmp_path):
    made = store.export_patient(course.patient.id, tmp_path / "patient.zip")
    assert {table: made.rows[table] for table in ("treatments", "judgements", "prom_totals", "consents")} == {
        "treatments": 1,
        "judgements": 2,
        "prom_totals": 2,
        "consents": 2,
    }
    store.delete_recording(course.recording.id)
    assert store.judgements(course.visit.id)[GRADE].analysis_id is None
    proof = store.delete_patient(course.patient.id)
    assert proof.complete
    assert (proof.rows["treatments"], proof.rows["judgements"], proof.rows["consents"]) == (1, 2, 2)
    assert store.erasure_proof(course.patient.id) == proof
