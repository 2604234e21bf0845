"""The timeline: everything of a patient in the order of days, with a number of queries that does not grow."""

from datetime import date

import pytest
from sqlalchemy import event

from core.errors import HemifaceError
from core.records import (
    InjectionSite,
    JudgedItem,
    PatientDetails,
    PromInstrument,
    TreatmentDetails,
    TreatmentKind,
)
from core.records.timeline import EventKind, TimelineEvent
from core.words import Side

ONSET, SURGERY, FIRST, SECOND = date(2025, 12, 1), date(2026, 1, 5), date(2026, 1, 5), date(2026, 4, 1)


@pytest.fixture
def course(store, clip, sample):
    """A patient with two visits, the first on the day of an operation."""
    patient = store.create_patient(PatientDetails("A", cause="Trauma", onset=ONSET))
    second = store.create_visit(patient.id, SECOND, "follow-up")
    first = store.create_visit(patient.id, FIRST)
    recording = store.add_recording(second.id, clip, "clip.mp4")
    for _ in range(2):
        store.add_analysis(recording.id, sample)
    store.add_treatment(patient.id, TreatmentDetails(SURGERY, TreatmentKind.SURGERY, "Nerve graft"))
    store.add_judgement(second.id, JudgedItem.HOUSE_BRACKMANN_GRADE, 4)
    store.add_judgement(second.id, JudgedItem.HOUSE_BRACKMANN_GRADE, 3)
    store.add_judgement(second.id, JudgedItem.AFFECTED_SIDE, "left")
    store.add_prom_totals(second.id, PromInstrument.FDI, {"physical": 55, "social": 70})
    return patient, first, second


def test_events_come_in_the_order_of_days(store, course):
    patient, first, second = course
    [surgery] = store.treatments(patient.id)
    version = store.analyses(store.recordings(second.id)[0].id)[0].software_version
    assert store.timeline(patient.id) == [
        TimelineEvent(ONSET, EventKind.ONSET, "Onset", "Trauma"),
        TimelineEvent(FIRST, EventKind.VISIT, "Visit", "no recording", first.id),
        TimelineEvent(SURGERY, EventKind.TREATMENT, "Surgery", "Nerve graft", treatment_id=surgery.id),
        TimelineEvent(SECOND, EventKind.VISIT, "follow-up", "1 recording", second.id),
        TimelineEvent(SECOND, EventKind.ANALYSIS, "2 analyses", f"synthetic (version {version})", second.id),
        TimelineEvent(
            SECOND,
            EventKind.JUDGEMENT,
            "Judged by tester",
            "Affected side patient's left, House-Brackmann: grade III",
            second.id,
        ),
        TimelineEvent(
            SECOND,
            EventKind.PROM,
            "Facial Disability Index (FDI)",
            "physical function 55, social and well-being function 70",
            second.id,
        ),
    ]


def test_what_was_withdrawn_is_not_told(store, course):
    patient, _, second = course
    store.withdraw_treatment(store.treatments(patient.id)[0].id, "a mistake")
    store.add_judgement(second.id, JudgedItem.HOUSE_BRACKMANN_GRADE, None, "a mistake")
    store.add_judgement(second.id, JudgedItem.AFFECTED_SIDE, None, "a mistake")
    store.add_prom_totals(second.id, PromInstrument.FDI, {}, "a mistake")
    kinds = {entry.kind for entry in store.timeline(patient.id)}
    assert kinds == {EventKind.ONSET, EventKind.VISIT, EventKind.ANALYSIS}


def test_botulinum_toxin_names_sites_and_units(store, patient):
    sites = (InjectionSite("Mentalis", Side.LEFT, 2.5), InjectionSite("Platysma", Side.LEFT, 10))
    store.add_treatment(patient.id, TreatmentDetails(FIRST, TreatmentKind.BOTULINUM_TOXIN, "Product A", sites))
    [entry] = store.timeline(patient.id)
    assert entry.detail == (
        "Product A; Mentalis, patient's left: 2.5 units; Platysma, patient's left: 10 units; 12.5 units in all"
    )


def test_the_number_of_queries_does_not_grow_with_the_visits(store, course):
    patient, *_ = course
    statements = []

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    counts = []
    for _ in range(2):
        statements.clear()
        store.timeline(patient.id)
        counts.append(sum(statement.lstrip().startswith("SELECT") for statement in statements))
        for month in (5, 6, 7):
            visit = store.create_visit(patient.id, date(2026, month, 1))
            store.add_judgement(visit.id, JudgedItem.AFFECTED_SIDE, "left")
    assert counts[0] == counts[1] <= 7


def test_an_unknown_patient_is_told_in_words(store):
    with pytest.raises(HemifaceError, match="not in the records"):
        store.timeline("0" * 32)
