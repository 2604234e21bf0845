"""Consents: each subject for itself, the latest day counts, nothing is changed, gone with the patient."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.errors import HemifaceError, InputError
from core.records import ConsentSubject

MARCH, JUNE = date(2026, 3, 12), date(2026, 6, 1)
RESEARCH, TEACHING = ConsentSubject.VIDEO_RESEARCH, ConsentSubject.VIDEO_TEACHING


def test_what_was_never_asked_is_not_there(store, patient):
    assert store.consents(patient.id) == {}
    given = store.add_consent(patient.id, RESEARCH, given=True, day=MARCH, note=" form 12\u202e ")
    assert store.consents(patient.id) == {RESEARCH: given}
    assert (given.given, given.version, given.note, given.who) == (True, 1, "form 12", "tester")


def test_a_withdrawal_counts_and_the_consent_before_it_stays(store, patient):
    given = store.add_consent(patient.id, RESEARCH, given=True, day=MARCH)
    other = store.add_consent(patient.id, TEACHING, given=True, day=MARCH)
    withdrawn = store.add_consent(patient.id, RESEARCH, given=False, day=JUNE)
    assert store.consents(patient.id) == {RESEARCH: withdrawn, TEACHING: other}
    assert store.consent_history(patient.id) == [withdrawn, other, given]


def test_an_older_consent_that_is_entered_late_does_not_undo_a_withdrawal(store, patient):
    withdrawn = store.add_consent(patient.id, RESEARCH, given=False, day=JUNE)
    store.add_consent(patient.id, RESEARCH, given=True, day=MARCH)
    assert store.consents(patient.id) == {RESEARCH: withdrawn}
    corrected = store.add_consent(patient.id, RESEARCH, given=True, day=JUNE)  # of one day, the last entry counts
    assert store.consents(patient.id) == {RESEARCH: corrected}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE consents SET given = true", "UPDATE consents SET note = 'x'", "DELETE FROM consents"],
)
def test_a_consent_cannot_be_changed_or_deleted_alone(store, patient, statement):
    kept = store.add_consent(patient.id, RESEARCH, given=False, day=MARCH)
    with pytest.raises(DBAPIError, match="consents are never"), store.database.write() as session:
        session.execute(text(statement))
    assert store.consents(patient.id) == {RESEARCH: kept}


def test_consents_go_with_their_patient_and_leave_an_audit_event_without_the_note(store, patient):
    kept = store.add_consent(patient.id, RESEARCH, given=True, day=MARCH, note="signed by the mother")
    event = store.audit_events(patient.id)[0]
    assert (event.action, event.details) == (
        "consent",
        {"consent": kept.id, "of": "video_research", "given": True, "version": 1},
    )
    assert store.delete_patient(patient.id).rows["consents"] == 1
    with store.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM consents")).scalar() == 0


def test_what_cannot_be_right_is_refused_in_words(store, patient):
    with pytest.raises(InputError, match="day of the consent lies in the future"):
        store.add_consent(patient.id, RESEARCH, given=True, day=date.today() + timedelta(days=3))
    with pytest.raises(HemifaceError, match="not in the records"):
        store.add_consent("0" * 32, RESEARCH, given=True, day=MARCH)
    assert store.consent_history(patient.id) == []
