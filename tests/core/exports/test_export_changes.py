"""The table of changes: the first visit against every later one, as the page Compare says it, and equal after reading it back."""

import json

import pyarrow.compute as compute
import pytest

from core.errors import Cancelled, InputError
from core.exports.change_rows import change_measure, change_rows
from core.exports.columns import CHANGES_TABLE
from core.exports.formats import TableFormat, TidyTable
from core.exports.measure_names import listed
from core.exports.tidy import DICTIONARY, read_tidy, write_tidy
from core.grading.change import Kind, Verdict, compare
from core.grading.change_rules import resting_pitch_deg
from core.records import PatientDetails, Store
from core.records.entries import RecordingKind
from core.settings import Settings
from core.words import AffectedSide, Side
from tests.compare_samples import DAYS, LABELS, add_course, add_visit, palsy_exam
from tests.export_samples import WHO

WEAKNESS = (0.8, 0.5, 0.2)
FORMULA = "=visit;@before"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A store with a patient of three visits, the first of which has a label like a formula, and one of a single visit."""
    folder = tmp_path_factory.mktemp("changes")
    store = Store.open(Settings(data_dir=folder / "data", database_url=""), who=WHO)
    made = add_course(store, folder / "clips", *WEAKNESS)
    store.update_visit(made.visits[0].id, day=made.visits[0].day, label=FORMULA, notes="")
    alone = add_course(store, folder / "alone", 0.5, name="Alone")
    visits = [visit.id for visit in (*made.visits, *alone.visits)]
    yield store, visits
    store.close()


@pytest.fixture(scope="module")
def out(course, tmp_path_factory):
    store, visits = course
    folder = tmp_path_factory.mktemp("tables")
    for form in TableFormat:
        write_tidy(store, visits[::-1], folder, form=form)
    return folder


@pytest.fixture(scope="module")
def table(out):
    return read_tidy(out / "changes.csv")


def expected(number):
    """The comparison of the first visit with a later one."""
    before, after = palsy_exam(WEAKNESS[0]), palsy_exam(WEAKNESS[number])
    pitch = tuple(resting_pitch_deg(exam.track, exam.result) for exam in (before, after))
    return compare(before.result, after.result, pitch_deg=(pitch[0], pitch[1]))


def of_visit(table, visit):
    return table.filter(compute.equal(table["after_visit_id"], visit)).to_pylist()


def test_the_first_visit_is_compared_with_every_later_one(course, table):
    _, visits = course
    pairs = set(zip(table["before_visit_id"].to_pylist(), table["after_visit_id"].to_pylist(), strict=True))
    assert pairs == {(visits[0], visits[1]), (visits[0], visits[2])}
    days = set(zip(table["before_visit_date"].to_pylist(), table["after_visit_date"].to_pylist(), strict=True))
    assert days == {(DAYS[0], DAYS[1]), (DAYS[0], DAYS[2])}
    assert set(table["after_visit_label"].to_pylist()) == set(LABELS[1:])


@pytest.mark.parametrize("number", [1, 2])
def test_rows_say_what_the_comparison_says(course, table, number):
    rows, comparison = of_visit(table, course[1][number]), expected(number)
    assert len(rows) == len(comparison.rows)
    for told, row in zip(rows, comparison.rows, strict=True):
        assert told["measure"] == change_measure(row)
        assert (told["before"], told["after"], told["change"]) == (row.before, row.after, row.change)
        assert told["detectable_change"] == (None if row.detectable is None else row.detectable.value)
        assert (told["verdict"], told["reason"]) == (row.verdict.value, row.reason)
        assert (told["ci_low"], told["ci_high"]) == (row.interval or (None, None))
        assert told["side"] == ("both" if row.side is None else row.side.value)
    assert {told["verdict"] for told in rows} >= {Verdict.IMPROVED.value, Verdict.NOT_COMPARABLE.value}


def test_what_is_not_comparable_has_a_reason_and_no_interval(table):
    rows = [row for row in table.to_pylist() if row["verdict"] == "not_comparable"]
    assert rows
    assert all(row["reason"] and row["ci_low"] is None for row in rows)


def test_rows_are_unique_and_named_as_in_the_table_of_measures(out, table):
    keys = [
        tuple(row[k] for k in ("after_visit_id", "task", "branch", "side", "measure", "unit"))
        for row in table.to_pylist()
    ]
    assert len(set(keys)) == len(keys)
    units = {name: unit for name, unit, _ in listed()}
    for row in table.to_pylist():
        known = units.get(row["measure"]) or units.get(row["measure"].removesuffix("_difference"))
        assert row["unit"] == (known or "mm")
        assert known or row["measure"].endswith("_beyond_other_mm")
    measures = {
        (row["visit_id"], row["task"], row["branch"], row["side"], row["measure"]): (row["value"], row["unit"])
        for row in read_tidy(out / "measures.csv").to_pylist()
        if row["phase"] != "repetition"
    }
    compared = 0
    for row in table.to_pylist():
        key = (row["after_visit_id"], row["task"], row["branch"], row["side"], row["measure"])
        if key in measures and row["after"] is not None and row["measure"] != "function_ratio":
            compared += 1
            assert measures[key] == (pytest.approx(row["after"]), row["unit"])
    assert compared > 40


def test_branch_task_and_side_of_a_quantity(table):
    rows = {(row["measure"], row["task"], row["branch"], row["side"]) for row in table.to_pylist()}
    assert ("weakness", None, "temporal", "right") in rows
    assert ("overall_weakness", None, None, "left") in rows
    assert ("excursion_mm", "brow_raise", "temporal", "right") in rows
    assert ("palpebral_fissure_height_difference", "rest", None, "both") in rows
    assert ("sunnybrook_composite", None, None, "both") in rows


def test_csv_and_parquet_read_back_equal(course, out, table):
    store, visits = course
    assert table.equals(read_tidy(out / "changes.parquet"))
    written = [row for rows in change_rows(store, visits, [], lambda *_: None, lambda: False) for row in rows]
    assert table.equals(CHANGES_TABLE.table(written))


def test_a_label_that_looks_like_a_formula_is_disarmed(out, table):
    text = (out / "changes.csv").read_text(encoding="utf-8")
    assert "\"'=visit;'@before\"" in text
    assert f'"{FORMULA}"' not in text
    assert set(table["before_visit_label"].to_pylist()) == {FORMULA}


def test_every_column_is_in_the_dictionary(out):
    tables = json.loads((out / DICTIONARY).read_text(encoding="utf-8"))["tables"]
    assert [column["name"] for column in tables["changes"]["columns"]] == CHANGES_TABLE.schema.names


def test_patients_with_a_single_visit_have_no_changes(course, tmp_path):
    store, visits = course
    made = write_tidy(store, visits[3:], tmp_path / "out")
    assert set(made.rows) == {"measures.csv"}
    with pytest.raises(InputError, match="no patient has two analysed visits"):
        write_tidy(store, visits[3:], tmp_path / "out", tables=[TidyTable.CHANGES])


def test_cancelled_while_comparing_leaves_nothing(course, tmp_path):
    store, visits = course
    told = []

    def progress(stage, done, _):
        told.append((stage, done))

    with pytest.raises(Cancelled):
        write_tidy(store, visits, tmp_path / "out", progress=progress, cancelled=lambda: ("comparing", 1) in told)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_whole_examination_stands_for_its_visit_and_turned_sides_for_none(tmp_path):
    """A clip of one movement beside a whole examination is not compared; nor is a video whose sides were changed since."""
    store = Store.open(Settings(data_dir=tmp_path / "data", database_url=""), who=WHO)
    patient = store.create_patient(PatientDetails("A", affected_side=AffectedSide.RIGHT))
    visits, recordings = zip(
        *(
            add_visit(store, tmp_path / f"clips{number}", patient, day, "", palsy_exam(weak))
            for number, (weak, day) in enumerate(zip(WEAKNESS, DAYS, strict=True))
        ),
        strict=True,
    )
    (tmp_path / "out").mkdir()
    palsy_exam(0.2).write(tmp_path / "out")
    clip = store.add_recording(
        visits[1].id, store.recording_path(recordings[1]), "clip.mp4", kind=RecordingKind.SINGLE,
        expression=next(iter(palsy_exam(0.2).result.expressions)),
    )  # fmt: skip
    store.add_analysis(clip.id, tmp_path / "out")
    turned = recordings[2]
    store.update_recording(
        turned.id, kind=turned.kind, expression=None, mirrored=True, affected_side=turned.affected_side, confirmed=True
    )
    left_out = []
    ids = [visit.id for visit in visits]
    (rows,) = change_rows(store, ids, left_out, lambda *_: None, lambda: False)
    assert {row["after_recording_id"] for row in rows} == {recordings[1].id}
    assert [left.what for left in left_out] == [f"changes of recording {turned.id}"]
    smile = next(r for r in rows if (r["measure"], r["task"], r["side"]) == ("excursion_mm", "smile_open", "right"))
    row = expected(1).row(Kind.EXCURSION, "smile_open", Side.RIGHT)
    assert smile["change"] == row.change
    store.close()
