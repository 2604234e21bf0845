"""Reading in bulk: series of a patient and rows over all patients, complete, filtered, and in few queries."""

import io
import json
from datetime import date

import pytest
from sqlalchemy import event, text

from core.errors import HemifaceError
from core.records import PatientDetails, TreatmentDetails, TreatmentKind
from core.records.cohorts import CohortFilter
from core.records.summaries import ExamSummary, SidePair
from core.words import AffectedSide, Branch
from tests.exam_samples import synkinetic_exam

ONSET = date(2026, 1, 1)


@pytest.fixture
def statements(store):
    """SQL of every query from now on."""
    seen = []
    event.listen(store.database.engine, "before_cursor_execute", lambda _c, _u, statement, *_: seen.append(statement))
    return seen


def selects(statements):
    return sum(statement.lstrip().startswith("SELECT") for statement in statements)


def examined(store, sample, name, days, **details):
    """A patient with one analysed recording on each day; returns it and the analyses."""
    patient = store.create_patient(PatientDetails(name, **details))
    analyses = []
    for day in days:
        visit = store.create_visit(patient.id, day)
        recording = store.add_recording(visit.id, io.BytesIO(b"abc"), "a.mp4")
        analyses.append(store.add_analysis(recording.id, sample))
    return patient, analyses


def other_tracker(sample, folder, name="another", version="1"):
    """The sample as if another tracker or software version had made it."""
    folder.mkdir()
    for path in sample.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    result = json.loads((folder / "result.json").read_text())
    result["tracker"]["name"], result["software"]["version"] = name, version
    (folder / "result.json").write_text(json.dumps(result))
    return folder


def test_a_series_has_the_newest_analysis_of_each_tracker_and_version(store, sample, tmp_path, statements):
    patient, [_old] = examined(store, sample, "A", [date(2026, 3, 1)])
    [row] = store.visits(patient.id)
    [recording] = store.recordings(row.visit.id)
    newer = store.add_analysis(recording.id, sample)
    other = store.add_analysis(recording.id, other_tracker(sample, tmp_path / "other"))
    later = store.create_visit(patient.id, date(2026, 4, 1))
    bare = store.add_recording(later.id, io.BytesIO(b"abc"), "b.mp4")
    store.create_visit(patient.id, date(2026, 5, 1))  # without a recording
    statements.clear()
    series = store.patient_series(patient.id)
    assert selects(statements) == 2
    assert [(entry.visit, entry.recording, entry.analyses) for entry in series] == [
        (row.visit, recording, (other, newer)),
        (later, bare, ()),
    ]
    assert (series[0].newest, series[1].newest) == (other, None)
    with pytest.raises(HemifaceError, match="not in the records"):
        store.patient_series("0" * 32)


def test_summaries_are_made_once_and_kept(store, sample, statements, monkeypatch):
    _, [analysis] = examined(store, sample, "A", [date(2026, 3, 1)])
    result = store.load_result(analysis)
    made = store.summaries([analysis.id, "0" * 32])
    assert set(made) == {analysis.id}
    monkeypatch.setattr(type(store), "load_result", lambda *_: pytest.fail("result.json was read again"))
    statements.clear()
    again = store.summaries([analysis.id])
    assert selects(statements) == 1
    assert again[analysis.id].weakness[Branch.ZYGOMATIC].right == pytest.approx(
        result.branches[Branch.ZYGOMATIC].right.weakness, abs=0.001
    )


def test_a_summary_of_an_older_form_is_made_again(store, sample):
    _, [analysis] = examined(store, sample, "A", [date(2026, 3, 1)])
    expected = store.summaries([analysis.id])
    with store.database.write() as session:
        session.execute(text("UPDATE analysis_summaries SET form = 0, content = '{}'"))
    assert store.cohort_rows()[0].summary == expected[analysis.id]


def test_a_summary_survives_json():
    summary = ExamSummary.of(synkinetic_exam().result)
    again = ExamSummary.from_json(json.loads(json.dumps(summary.as_json())))
    assert again == summary
    assert (again.affected_side, again.mode) == (AffectedSide.RIGHT, "side_to_side")
    assert again.weakness[Branch.CERVICAL] == SidePair()
    assert again.weakness[Branch.BUCCAL].right == pytest.approx(summary.weakness[Branch.BUCCAL].right, abs=0.001)
    assert again.sunnybrook_composite == synkinetic_exam().result.scales.sunnybrook.composite


def test_cohort_rows_are_one_a_visit_with_its_newest_analysis(store, sample, tmp_path, statements):
    patient, analyses = examined(store, sample, "A", [date(2026, 4, 1), date(2026, 2, 1)], onset=ONSET, cause="Trauma")
    store.add_treatment(patient.id, TreatmentDetails(date(2026, 2, 1), TreatmentKind.SURGERY))
    store.create_visit(patient.id, date(2026, 6, 1))
    newest = store.add_analysis(analyses[0].recording_id, other_tracker(sample, tmp_path / "other"))
    rows = store.cohort_rows()
    assert [(row.day, row.analysis_id) for row in rows] == [
        (date(2026, 2, 1), analyses[1].id),
        (date(2026, 4, 1), newest.id),
    ]
    assert [round(row.months_since_onset, 2) for row in rows] == [1.02, 2.96]
    assert [row.treated_before() for row in rows] == [False, True]
    assert not rows[1].treated_before(TreatmentKind.STEROID)
    assert rows[0].summary.affected_side is store.load_result(analyses[1]).affected_side
    statements.clear()
    assert store.cohort_rows() == rows
    assert selects(statements) == 2


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (CohortFilter(), "ABC"),
        (CohortFilter(cause="Trauma"), "AB"),
        (CohortFilter(affected_side=AffectedSide.LEFT), "B"),
        (CohortFilter(treatment=TreatmentKind.STEROID), "A"),
        (CohortFilter(months_from=2), "B"),
        (CohortFilter(months_from=1, months_to=1.5), "A"),
        (CohortFilter(simulated=True), "C"),
        (CohortFilter(simulated=False, cause="Trauma", months_to=2), "A"),
        (CohortFilter(tracker="another"), ""),
    ],
)
def test_filters(store, sample, wanted, names):
    first, _ = examined(store, sample, "A", [date(2026, 2, 1)], onset=ONSET, cause="Trauma")
    second, _ = examined(
        store, sample, "B", [date(2026, 5, 1)], onset=ONSET, cause="Trauma", affected_side=AffectedSide.LEFT
    )
    examined(store, sample, "C", [date(2026, 2, 1)], cause="Congenital", simulated=True)
    store.add_treatment(first.id, TreatmentDetails(ONSET, TreatmentKind.STEROID))
    mistake = store.add_treatment(second.id, TreatmentDetails(ONSET, TreatmentKind.STEROID))
    store.withdraw_treatment(mistake.id, "of another patient")
    assert "".join(row.name for row in store.cohort_rows(wanted)) == names
    assert store.cohort_causes() == ["Congenital", "Trauma"]


def test_an_analysis_whose_file_was_changed_has_no_summary(store, sample):
    _, [analysis] = examined(store, sample, "A", [date(2026, 2, 1)])
    (store.files.resolve(analysis.folder) / "result.json").write_text("{}")
    [row] = store.cohort_rows()
    assert row.summary is None
