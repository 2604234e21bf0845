"""Tables of the screen from predictions, "insufficient data", and the figures of a card."""

import dataclasses

import numpy as np
import pytest

from core.statistics.intervals import Interval
from models.card import ModelCard
from models.evidence.cards import with_evidence
from models.evidence.document import screening_part, stress_table, subgroup_table
from models.evidence.groups import subgroup_rows
from models.evidence.rows import cases_of, exams_of, pictures_of
from models.evidence.store import Limits, PersonFacts, evidence_json, read_evidence
from models.evidence.stored import BASELINE, SCREEN, Stored, evidence_path, predictions_path, read_stored
from models.evidence.stress import stress_findings
from models.evidence.tables import coverage_table, exam_report, judged_table, published_column, verdict_table
from models.evidence.words import number, percent, signed
from models.screening.predictions import write_predictions
from tests.evidence_samples import EXAM, PICTURE, made_up, made_up_evidence, made_up_rows
from tests.model_samples import CARD


def cells(table: str, first: str) -> list[str]:
    """Cells of the row that begins so."""
    return next(
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in table.splitlines()
        if line.startswith(f"| {first} |")
    )


def rows_of(found):
    return [dataclasses.replace(row, probability=0.9 if flagged else 0.1) for row, flagged in found]


def test_words():
    assert percent(Interval(31 / 32, 0.8426, 0.9944)) == "96.9 % (84.3 to 99.4)"
    assert percent(Interval(1.0)) == "100.0 %"
    assert number(Interval(1.2, 0.9, np.inf)) == "1.20 (0.90 to no end)"
    assert number(Interval(None)) == "–"
    assert signed(Interval(-0.02, -0.05, 0.01)) == "-0.020 (-0.050 to +0.010)"


def test_the_published_column_is_the_paper():
    found = published_column()
    assert found["accuracy"] == "98.6 % (92.4 to 99.8)"
    assert found["recall"] == "96.9 % (84.3 to 99.4)"
    assert found["specificity"] == "100.0 % (91.0 to 100.0)"
    assert found["f1"] == "98.4 %"
    assert "auc" not in found


def test_measures_of_known_predictions():
    rows = exams_of(made_up_rows(12))
    # One healthy and two synkinetic examinations are judged wrongly.
    wrong = {rows[0].exam, rows[2].exam, rows[5].exam}
    known = rows_of([(row, bool(row.label) != (row.exam in wrong)) for row in rows])
    table = judged_table({"all": (known, EXAM)})
    assert cells(table, "cases")[1] == "36 (12 with), 12 people"
    assert cells(table, "accuracy")[1].startswith("91.7 % (")
    assert cells(table, "precision")[1].startswith("90.9 % (")
    assert cells(table, "recall (sensitivity)")[1].startswith("83.3 % (")
    assert cells(table, "specificity")[1].startswith("95.8 % (")
    assert cells(table, "F1")[1].startswith("87.0 % (")


def test_whom_it_flags_leaves_out_what_the_gate_refuses():
    rows = exams_of(made_up_rows(12))
    known = rows_of([(row, bool(row.label)) for row in rows])
    refused = {row.exam: "blurred" for row in rows if row.group == "flaccid"} | {known[2].exam: "dark"}
    table = verdict_table(known, EXAM, refused)
    assert cells(table, "synkinetic")[3].startswith("100.0 % (")
    assert cells(table, "synkinetic")[-1] == "1 of 12 (8 %)"
    assert cells(table, "flaccid")[3:] == ["–", "–", "–", "12 of 12 (100 %)"]
    passed = coverage_table(known, EXAM, refused)
    assert cells(passed, "all that the gate lets pass")[1] == "23 of 36 (64 %)"


def test_verdicts_at_the_limits():
    at = Limits(threshold=0.5, unsure_from=0.3)
    assert [at.verdict(p) for p in (0.5, 0.4999, 0.3, 0.2999)] == ["flagged", "unsure", "unsure", "not_flagged"]


def test_report_of_predictions_alone():
    report = exam_report(made_up_rows(12), EXAM, PICTURE)
    for title in (
        "Whom it flags",
        "By strength",
        "Single pictures",
        "Calibration",
        "What an answer is worth",
        "coverage",
    ):
        assert title in report
    assert "nan" not in report.lower()


def test_groups_below_thirty_people_say_insufficient_data():
    rows = exams_of(made_up_rows(45))
    people = {
        row.person: PersonFacts(split="test", gender="female" if i < 40 else "male", exams=3, refused=1)
        for i, row in enumerate(rows[::3])
    }
    found = {row.group: row for row in subgroup_rows(cases_of(rows), people, EXAM)}
    assert found["female"].test_people == 40
    assert found["female"].auc.value > 0.9
    assert found["female"].rejection.value == pytest.approx(1 / 3)
    assert found["male"].test_people == 5
    assert (found["male"].auc, found["male"].sensitivity, found["male"].rejection) == (None, None, None)
    table = subgroup_table(made_up(12))
    assert table.count("insufficient data") > 4
    assert "a proxy" in table


def test_stress_is_compared_with_the_same_examinations():
    stored = made_up(12)
    found = stress_findings(stored.exams(), stored.evidence.stresses, EXAM)[0]
    # Everything became 0.4: AUC one half, nobody flagged, all without synkinesis right.
    plain = cases_of(stored.exams())
    right = ((plain.probabilities >= EXAM.threshold) == plain.labels).mean()
    assert found.accuracy.value == pytest.approx(2 / 3)
    assert found.accuracy_change.value == pytest.approx(2 / 3 - right)
    assert found.auc_change.value < -0.4
    assert found.refused.value == pytest.approx(1 / 36)
    assert "blur, SD 2.8 mm" in stress_table(stored)


def test_the_whole_part_has_no_undefined_number():
    part = screening_part(made_up(12), "python benchmarks/screening.py")
    assert "nan" not in part.lower()
    assert "Simulated people, made up for tests." in part
    assert "5.2 ± 0.5" in part


def card(name: str) -> ModelCard:
    """A complete card of that name, with nothing measured yet."""
    return ModelCard.model_validate({**CARD, "identity": {"name": name, "version": "1.0"}})


def filled(stored: Stored) -> ModelCard:
    return with_evidence(card(SCREEN), stored)


def test_a_card_filled_twice_is_the_same():
    stored = made_up(12)
    once = filled(stored)
    assert with_evidence(once, stored) == once
    accuracy = next(metric for metric in once.metrics if metric.name.endswith(": accuracy, examinations"))
    plain = cases_of(stored.exams())
    assert accuracy.value == round(float(((plain.probabilities >= 0.5) == plain.labels).mean()), 4)
    assert "Insufficient data, fewer than 30 test people" in once.evaluation_data
    names = [metric.name for metric in once.confound_probes]
    assert names == ["probe, ideal 0.5: AUC from whole picture, every face painted over",
                     "control: AUC from crops, the patient's right half only"]  # fmt: skip


def test_a_card_that_disagrees_with_its_predictions_is_seen():
    stored = made_up(12)
    once = filled(stored)
    rows = list(stored.rows[SCREEN])
    at = next(i for i, row in enumerate(rows) if row.expression == "exam" and row.label)
    rows[at] = dataclasses.replace(rows[at], probability=0.01)
    assert with_evidence(once, Stored(stored.evidence, {**stored.rows, SCREEN: rows})) != once


def test_the_baseline_has_no_probes_of_its_own():
    stored = made_up(12)
    other = with_evidence(card(BASELINE), stored, BASELINE)
    assert other.confound_probes == card(BASELINE).confound_probes
    assert len(other.metrics) > 8


def test_what_is_stored_comes_back(tmp_path):
    stored = made_up(12)
    evidence_path(tmp_path).write_text(evidence_json(stored.evidence), encoding="utf-8")
    for name, rows in stored.rows.items():
        write_predictions(predictions_path(tmp_path, name), rows)
    again = read_stored(tmp_path)
    assert len(pictures_of(again.rows[SCREEN])) == 108
    command = "python benchmarks/screening.py"
    assert screening_part(again, command) == screening_part(again, command)
    assert read_evidence(evidence_path(tmp_path)).refused == stored.evidence.refused
    assert made_up_evidence(made_up_rows(12)).people == again.evidence.people
