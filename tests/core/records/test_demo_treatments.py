"""Treatments of demo patients: they fit the story, and are entered once, whoever made the patient and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.phantom.demo import DEMO_PATIENTS
from core.records import TreatmentDetails, TreatmentKind
from core.records.demo import DemoOutcome, add_demo_patients
from core.words import Side
from tests.demo_samples import FIRST_DAY, entered, film_without_drawing, small_patient

STEROID = TreatmentDetails(FIRST_DAY, TreatmentKind.STEROID, "For ten days.")
SURGERY = TreatmentDetails(FIRST_DAY + timedelta(days=3), TreatmentKind.SURGERY)


@pytest.fixture(autouse=True)
def _quick_films(monkeypatch):
    monkeypatch.setattr("core.phantom.demo.record_visit", film_without_drawing)


def add(store, *treatments):
    return add_demo_patients(store, None, patients=[replace(small_patient(), treatments=treatments)], workers=1)


def test_they_are_entered_once_and_added_where_they_are_missing(store):
    add(store, STEROID)
    patient = entered(store, "DEMO-T1")
    assert [entry.details for entry in store.treatments(patient.id)] == [STEROID]
    assert add(store, STEROID, SURGERY) == DemoOutcome(0, 0)
    add(store, STEROID, SURGERY)
    assert [entry.details for entry in store.treatments(patient.id)] == [STEROID, SURGERY]


def test_what_a_user_withdrew_stays_withdrawn(store):
    add(store, STEROID)
    patient = entered(store, "DEMO-T1")
    store.withdraw_treatment(store.treatments(patient.id)[0].id, "a mistake")
    add(store, STEROID)
    assert store.treatments(patient.id) == []


def test_those_of_the_program_can_be_entered_and_fit_the_story():
    for patient in DEMO_PATIENTS:
        days = [treatment.day for treatment in patient.treatments]
        assert days == sorted(days)
        for treatment in patient.treatments:
            assert treatment.checked() == treatment
            assert patient.onset <= treatment.day <= patient.visits[-1].day
    before, after = DEMO_PATIENTS[1].visits
    [toxin] = DEMO_PATIENTS[1].treatments
    assert toxin.kind is TreatmentKind.BOTULINUM_TOXIN
    assert before.day <= toxin.day == after.day - timedelta(weeks=4)
    assert {site.side for site in toxin.sites} == {Side.LEFT}
    assert toxin.units > 0
