"""The list of all visits: in order, with how much is analysed, from one query."""

from datetime import date

from sqlalchemy import event

from core.records import PatientDetails


def test_visits_with_their_counts(store, visit, recording, sample):
    store.add_analysis(recording.id, sample)
    store.add_analysis(recording.id, sample)
    other = store.create_patient(PatientDetails("aaron", "12", simulated=True))
    store.create_patient(PatientDetails("Without a visit"))
    later = store.create_visit(other.id, date(2026, 5, 1))
    earlier = store.create_visit(other.id, date(2026, 4, 1), "first")
    entries = store.visit_index()
    assert [entry.id for entry in entries] == [earlier.id, later.id, visit.id]
    first, _, analysed = entries
    assert (first.name, first.record_number, first.simulated, first.day, first.label) == (
        "aaron", "12", True, date(2026, 4, 1), "first",
    )  # fmt: skip
    assert (first.recordings, first.analysed) == (0, 0)
    assert (analysed.patient_id, analysed.recordings, analysed.analysed) == (visit.patient_id, 1, 1)


def test_one_query_whatever_their_number(store, patient):
    for day in range(1, 21):
        store.create_visit(patient.id, date(2026, 1, day))
    queries = []
    engine = store.database.engine
    event.listen(engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
    assert len(store.visit_index()) == 20
    assert len([query for query in queries if query.startswith("SELECT")]) == 1
