"""Tidy tables: complete, honest about what is missing, the same after reading them back, whole or not there."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from core.errors import Cancelled, InputError
from core.exports.columns import CURVES_TABLE, MEASURES_TABLE
from core.exports.dictionary import dictionary, markdown
from core.exports.examinations import choose_visits, examinations
from core.exports.formats import TableFormat, TidyTable
from core.exports.measure_names import CHANGES, MOVEMENT, RESTING, listed, unit_of
from core.exports.measure_rows import examination_rows, judged_measure
from core.exports.tidy import DICTIONARY, read_tidy, write_tidy
from core.measures.table import measure_rows
from core.records.clinical_entries import PromInstrument
from core.records.judged_items import JudgedItem
from tests.exam_samples import short_exam, synkinetic_exam
from tests.export_samples import DAYS, LABEL, NAME, NUMBER, WHO

DOCS = Path(__file__).parents[3] / "docs" / "exports.md"
ALL = list(TidyTable)


@pytest.fixture(scope="module")
def examination(clinic):
    return next(examinations(clinic.store, clinic.visits[:1], []))


@pytest.fixture(scope="module")
def rows(examination):
    return list(examination_rows(examination, examination.keys))


@pytest.fixture(scope="module")
def out(clinic, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tidy")
    for form in TableFormat:
        write_tidy(clinic.store, clinic.visits, folder, tables=ALL, form=form)
    return folder


def test_every_measured_value_is_there_with_its_unit(examination, rows):
    """The table of the command analyse and this one agree to the last digit."""
    exported = {
        (row["task"], row["side"], row["measure"]): (row["value"], row["unit"])
        for row in rows
        if row.get("phase") in ("rest", "movement") and row.get("task")
    }
    for task, side, measure, value, unit in measure_rows(examination.result):
        assert exported[task, side, measure] == (value, unit)


def test_a_row_has_a_value_or_a_reason(rows):
    for row in rows:
        present = row["value"] is not None or row.get("value_text") is not None
        assert row["valid"] == (row["missing_reason"] is None)
        assert present or row["missing_reason"]
    assert {row["valid"] for row in rows} == {True, False}


def test_rows_are_unique(rows):
    keys = [
        tuple(row.get(k) for k in ("task", "phase", "repetition", "branch", "side", "measure", "method"))
        for row in rows
    ]
    assert len(set(keys)) == len(keys)


def test_every_measure_is_in_the_dictionary(rows):
    """By name, or by the family that it belongs to."""
    named = {name for name, _, _ in listed()}
    families = ("_item_", "synkinesis_", "_difference", "prom_")
    unknown = {
        row["measure"] for row in rows if row["measure"] not in named and not any(f in row["measure"] for f in families)
    }
    assert unknown == set()
    units = {row["measure"]: row["unit"] for row in rows if row["measure"] in named}
    assert units == {name: unit for name, unit, _ in listed() if name in units}


def test_definitions_fit_the_results():
    result = synkinetic_exam().result
    entry = next(entry for entry in result.expressions.values() if entry.assessable)
    assert set(entry.measures) == set(CHANGES)
    assert set(result.resting) == set(RESTING)
    assert set(MOVEMENT) <= set(type(entry).model_fields)
    assert unit_of("area_mm_s") == "mm s"


def test_provenance_stands_in_every_row(examination, rows):
    result = examination.result
    for row in rows:
        assert row["app_version"] == result.software.version
        assert row["source_sha256"] == result.video.sha256
        assert row["model_sha256"]
        assert (row["patient_pid"], row["visit_date"]) == (examination.patient.id, DAYS[0])


@pytest.mark.parametrize("name", ["measures", "curves", "landmarks_mesh478"])
def test_csv_and_parquet_read_back_equal(out, name):
    from_csv, from_parquet = read_tidy(out / f"{name}.csv"), read_tidy(out / f"{name}.parquet")
    assert from_csv.num_rows > 0
    assert from_csv.equals(from_parquet)


def test_read_back_equals_what_was_written(out, examination, rows):
    table = read_tidy(out / "measures.csv")
    mine = table.filter(pa.compute.equal(table["analysis_id"], examination.analysis.id))
    assert mine.equals(MEASURES_TABLE.table(rows))


def test_a_label_that_looks_like_a_formula_is_disarmed(out):
    text = (out / "measures.csv").read_text(encoding="utf-8")
    assert f'"\'{LABEL}"' in text
    assert f'"{LABEL}"' not in text
    assert LABEL in read_tidy(out / "measures.csv")["visit_label"].to_pylist()


def test_curves_are_those_of_the_analysis(out, examination):
    table = read_tidy(out / "curves.parquet")
    table = table.filter(pa.compute.equal(table["analysis_id"], examination.analysis.id))
    curves = examination.curves
    for place, side in enumerate(("right", "left")):
        part = table.filter(pa.compute.equal(table["side"], side))
        assert np.array_equal(part["time_s"].to_numpy(), curves.times_s)
        values = part["brow_height_canthal"].to_numpy(zero_copy_only=False)
        assert np.array_equal(values, curves.values["brow_height_canthal"][:, place], equal_nan=True)
    middle = table.filter(pa.compute.equal(table["side"], "both"))
    assert middle["brow_height_canthal"].null_count == middle.num_rows
    assert middle["mouth_cant"].null_count < middle.num_rows
    assert set(CURVES_TABLE.schema.names) >= set(curves.values) | set(curves.midline)


def test_landmarks_are_those_of_the_track(out, examination):
    table = read_tidy(out / "landmarks_mesh478.csv")
    table = table.filter(pa.compute.equal(table["analysis_id"], examination.analysis.id))
    track = examination.track
    assert np.array_equal(table["x_33"].to_numpy(), track.points[:, 33, 0])
    assert np.array_equal(table["z_477"].to_numpy(), track.points[:, 477, 2])
    assert set(table["task"].to_pylist()) == {None, "brow_raise", "smile_open"}


def test_no_name_of_a_patient_is_exported(out):
    for file in out.iterdir():
        content = file.read_bytes()
        assert NAME.encode() not in content
        assert NUMBER.encode() not in content


def test_what_clinicians_and_patients_say_stands_beside_it(empty_store, tmp_path):
    from tests.export_samples import fill

    visit = fill(empty_store)[0]
    empty_store.add_judgement(visit, JudgedItem.HOUSE_BRACKMANN_GRADE, 3, "a comment")
    empty_store.add_judgement(visit, JudgedItem.AFFECTED_SIDE, "left")
    empty_store.add_prom_totals(visit, PromInstrument.SAQ, {"total": 42})
    write_tidy(empty_store, [visit], tmp_path / "out")
    table = read_tidy(tmp_path / "out" / "measures.csv").to_pylist()
    graded = {row["method"]: row for row in table if row["measure"] == "house_brackmann_grade"}
    assert (graded["clinician"]["value"], graded["clinician"]["who"]) == (3.0, WHO)
    assert graded["estimated"]["who"] is None
    sides = {row["method"]: row["value_text"] for row in table if row["measure"] == "affected_side"}
    assert sides == {"clinician": "left", "estimated": "right"}
    assert next(row["value"] for row in table if row["measure"] == "prom_SAQ_total") == 42.0
    assert "a comment" not in (tmp_path / "out" / "measures.csv").read_text(encoding="utf-8")


def test_judged_measures_have_the_names_of_the_automatic_ones(rows):
    named = {row["measure"] for row in rows}
    assert {judged_measure(item) for item in JudgedItem} <= named


def test_the_export_is_noted_for_each_patient(clinic, out):
    assert out
    visit = clinic.store.visit(clinic.visits[0])
    event = next(e for e in clinic.store.audit_events(visit.patient_id) if e.action == "export")
    assert event.details["kind"] == "tidy"
    assert event.details["visits"] == clinic.visits[:2]


def test_cancelled_leaves_nothing(clinic, tmp_path):
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        write_tidy(clinic.store, clinic.visits, tmp_path / "out", cancelled=lambda: next(answers))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_damaged_analysis_is_told_of_and_loses_nothing_else(empty_store, tmp_path):
    from tests.export_samples import fill

    visits = fill(empty_store)
    analysis = empty_store.latest_analysis(empty_store.recordings(visits[0])[0].id)
    (empty_store.files.resolve(analysis.folder) / "result.json").write_text("{}", encoding="utf-8")
    made = write_tidy(empty_store, visits, tmp_path / "out")
    assert [left.what for left in made.left_out] == [f"analysis {analysis.id}"]
    assert set(read_tidy(tmp_path / "out" / "measures.csv")["visit_id"].to_pylist()) == set(visits[1:])


def test_nothing_to_export_is_one_sentence(empty_store, tmp_path):
    from core.records import PatientDetails

    visit = empty_store.create_visit(empty_store.create_patient(PatientDetails("A")).id, DAYS[0])
    with pytest.raises(InputError, match="none of these visits has an analysis"):
        write_tidy(empty_store, [visit.id], tmp_path / "out")


def test_visits_are_chosen_by_record_number_day_and_id(clinic):
    store, visits = clinic.store, clinic.visits
    assert choose_visits(store, patients=[NUMBER.lower()]) == visits[:2]
    assert choose_visits(store, visits=[f"{NUMBER}/{DAYS[1]}", visits[1]]) == [visits[1]]
    assert sorted(choose_visits(store, everything=True)) == sorted(visits)
    for wrong in ({}, {"patients": ["nobody"]}, {"visits": ["nothing"]}, {"visits": [f"{NUMBER}/2020-01-01"]}):
        with pytest.raises(InputError):
            choose_visits(store, **wrong)


def test_the_dictionary_beside_the_tables_is_the_one_in_the_docs(out):
    assert json.loads((out / DICTIONARY).read_text(encoding="utf-8")) == dictionary()
    assert markdown() in DOCS.read_text(encoding="utf-8")


def test_another_table_is_refused(out, tmp_path):
    (tmp_path / "curves.csv").write_bytes((out / "measures.csv").read_bytes())
    with pytest.raises(InputError, match="curves"):
        read_tidy(tmp_path / "curves.csv")
    with pytest.raises(InputError, match="no table of Hemiface"):
        read_tidy(tmp_path / "else.csv")


def test_short_exam_is_what_the_clinic_holds(examination):
    """The samples of this file: an examination of two movements, the others not recorded."""
    assert examination.result.expressions == short_exam().result.expressions
