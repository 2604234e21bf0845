"""Treatments: entered with their sites, never changed, withdrawn with name and reason, gone with their patient."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.errors import HemifaceError, InputError
from core.records import InjectionSite, PatientDetails, TreatmentDetails, TreatmentKind
from core.words import Side

DAY = date(2026, 2, 3)
TOXIN = TreatmentDetails(
    DAY,
    TreatmentKind.BOTULINUM_TOXIN,
    "onabotulinumtoxinA, first session",
    (InjectionSite("Orbicularis oculi, lower lid", Side.LEFT, 2.5), InjectionSite("Platysma", Side.LEFT, 10)),
)


def test_what_was_entered_comes_back_in_the_order_of_days(store, patient):
    toxin = store.add_treatment(patient.id, TOXIN)
    earlier = store.add_treatment(patient.id, TreatmentDetails(date(2025, 11, 1), TreatmentKind.STEROID))
    assert store.treatments(patient.id) == [earlier, toxin]
    assert store.treatment(toxin.id) == toxin
    assert (toxin.details, toxin.details.units, toxin.who) == (TOXIN, 12.5, "tester")
    assert toxin.kind.label == "Botulinum toxin"


def test_a_withdrawn_treatment_stays_with_who_withdrew_it(store, patient):
    toxin = store.add_treatment(patient.id, TOXIN)
    withdrawn = store.withdraw_treatment(toxin.id, "of another patient")
    assert (withdrawn.withdrawn, withdrawn.withdrawn_by, withdrawn.details) == (True, "tester", TOXIN)
    assert withdrawn.withdrawn_reason == "of another patient"
    assert store.treatments(patient.id) == []
    assert store.treatments(patient.id, with_withdrawn=True) == [withdrawn]
    assert store.withdraw_treatment(toxin.id, "another reason") == withdrawn  # the first time counts
    assert [event.action for event in store.audit_events(toxin.id)] == ["withdraw", "create"]


@pytest.mark.parametrize("reason", ["", " \n\u200b "])
def test_nothing_is_withdrawn_without_a_reason(store, patient, reason):
    toxin = store.add_treatment(patient.id, TOXIN)
    with pytest.raises(InputError, match="why it is withdrawn"):
        store.withdraw_treatment(toxin.id, reason)
    assert store.treatments(patient.id) == [toxin]


@pytest.mark.parametrize(
    "change", ["withdrawn_reason = 'x'", "withdrawn_by = 'x'", "withdrawn_at = NULL, withdrawn_by = NULL"]
)
def test_a_withdrawal_cannot_be_changed(store, patient, change):
    withdrawn = store.withdraw_treatment(store.add_treatment(patient.id, TOXIN).id, "of another patient")
    with pytest.raises(DBAPIError, match="treatments are never"), store.database.write() as session:
        session.execute(text(f"UPDATE treatments SET {change}"))
    assert store.treatment(withdrawn.id) == withdrawn


@pytest.mark.parametrize(
    "statement",
    ["UPDATE treatments SET day = '2020-01-01'", "UPDATE treatments SET who = 'x'", "DELETE FROM treatments"],
)
def test_a_treatment_cannot_be_changed_or_deleted_alone(store, patient, statement):
    toxin = store.add_treatment(patient.id, TOXIN)
    with pytest.raises(DBAPIError, match="treatments are never"), store.database.write() as session:
        session.execute(text(statement))
    assert store.treatments(patient.id) == [toxin]


def test_treatments_go_with_their_patient(store, patient):
    store.add_treatment(patient.id, TOXIN)
    store.delete_patient(patient.id)
    with store.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM treatments")).scalar() == 0


def test_the_audit_event_tells_nothing_of_the_treatment(store, patient):
    event = store.audit_events(store.add_treatment(patient.id, TOXIN).id)[0]
    assert (event.action, event.subject, event.details) == ("create", "treatment", {"patient": patient.id})


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (TreatmentDetails(date.today() + timedelta(days=3), TreatmentKind.SURGERY), "in the future"),
        (TreatmentDetails(date(1850, 1, 1), TreatmentKind.SURGERY), "before 1900"),
        (TreatmentDetails(DAY, TreatmentKind.OTHER, " \n "), "needs a description"),
        (TreatmentDetails(DAY, TreatmentKind.SURGERY, sites=TOXIN.sites), "Only botulinum toxin"),
        (TreatmentDetails(DAY, TreatmentKind.BOTULINUM_TOXIN, sites=TOXIN.sites * 40), "At most 60"),
        *[
            (TreatmentDetails(DAY, TreatmentKind.BOTULINUM_TOXIN, sites=(site,)), words)
            for site, words in [
                (InjectionSite(" ", Side.LEFT, 1), "needs its site"),
                (InjectionSite("Mentalis", Side.LEFT, 0), "units"),
                (InjectionSite("Mentalis", Side.LEFT, float("nan")), "units"),
                (InjectionSite("Mentalis", "middle", 1), "right or left"),
            ]
        ],
    ],
)
def test_what_cannot_be_right_is_refused_in_words_and_leaves_nothing(store, patient, details, words):
    with pytest.raises(InputError, match=words):
        store.add_treatment(patient.id, details)
    assert store.treatments(patient.id, with_withdrawn=True) == []


def test_a_treatment_before_birth_or_of_nobody_is_refused(store):
    born = store.create_patient(PatientDetails("A", birth_year=2010))
    with pytest.raises(InputError, match="before the year of birth"):
        store.add_treatment(born.id, TreatmentDetails(date(2009, 1, 1), TreatmentKind.SURGERY))
    with pytest.raises(HemifaceError, match="not in the records"):
        store.add_treatment("0" * 32, TOXIN)
    with pytest.raises(HemifaceError, match="not in the records"):
        store.withdraw_treatment("0" * 32, "a mistake")


def test_texts_are_cleaned(store, patient):
    kept = store.add_treatment(
        patient.id,
        TreatmentDetails(
            DAY, TreatmentKind.BOTULINUM_TOXIN, " a\u202e\n b ", (InjectionSite(" chin\u200b \n left", Side.LEFT, 1),)
        ),
    )
    assert (kept.details.description, kept.details.sites[0].site) == ("a\n b", "chin left")
