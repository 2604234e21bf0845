"""What exports need of the store: their trace in the audit trail, and which videos are known already."""

from datetime import date

import pytest

from core.records import PatientDetails
from tests.record_samples import write_clip


@pytest.fixture
def visits(store):
    """A visit of each of two patients."""
    patients = [store.create_patient(PatientDetails(name)) for name in ("A", "B")]
    return [store.create_visit(patient.id, date(2026, 3, 12)) for patient in patients]


def test_every_patient_gets_an_event_with_who_and_what(store, visits):
    store.note_exports({visit.patient_id: {"kind": "tidy", "visits": [visit.id]} for visit in visits})
    for visit in visits:
        (event,) = [e for e in store.audit_events(visit.patient_id) if e.action == "export"]
        assert (event.subject, event.who) == ("patient", store.who)
        assert event.details == {"kind": "tidy", "visits": [visit.id]}


def test_events_are_written_together_or_not_at_all(store, visits):
    first, second = (visit.patient_id for visit in visits)
    with pytest.raises(Exception, match="not JSON serializable"):
        store.note_exports({first: {"kind": "tidy"}, second: {"kind": object()}})
    assert not [e for e in store.audit_events() if e.action == "export"]


def test_a_video_knows_every_patient_who_has_it(store, visits, tmp_path):
    assert store.patients_by_video() == {}
    shared = write_clip(tmp_path / "shared.mp4")
    recordings = [store.add_recording(visit.id, shared, "shared.mp4") for visit in visits]
    assert recordings[0].sha256 == recordings[1].sha256
    assert store.patients_by_video() == {recordings[0].sha256: {visit.patient_id for visit in visits}}
    store.delete_recording(recordings[0].id)
    assert store.patients_by_video() == {recordings[1].sha256: {visits[1].patient_id}}
