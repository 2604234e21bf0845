"""The part of docs/accuracy.md about the screen, and cards that ship: every figure follows from what is stored."""

import dataclasses

import pytest

from models.card import ModelCard, read_card
from models.evidence.cards import with_evidence
from models.evidence.document import gate_part, main_table, measured_part, screening_part, stress_table, subgroup_table
from models.evidence.rows import exams_of
from models.evidence.store import StressOutcome
from models.evidence.stored import BASELINE, SCREEN, Stored, evidence_path, read_stored
from models.evidence.tables import FOUND_SCORE, abstention_table, measured_table
from models.weights import WEIGHTS_FOLDER, manifest_files
from tests.evidence_samples import EXAM, made_up, made_up_evidence, made_up_rows
from tests.model_samples import CARD


def line(table: str, first: str) -> list[str]:
    """Cells of the row that begins so."""
    found = [row for row in table.splitlines() if row.startswith(f"| {first} |")]
    assert len(found) == 1, f"{first}: {len(found)} rows"
    return [cell.strip() for cell in found[0].split("|")[1:-1]]


def judged(probability):
    """Examinations of 12 people with the probability that the function gives each."""
    return [dataclasses.replace(row, probability=probability(row)) for row in exams_of(made_up_rows(12))]


def test_everything_that_is_asked_for_is_printed():
    part = screening_part(made_up(12), "python benchmarks/screening.py")
    for words in (
        "paper (its own data)",
        "published layout, examinations",
        "Hemiface, pictures",
        "| F1 |",
        "| Brier score |",
        "| calibration slope (ideal 1) |",
        "| ms an image |",
        "Expected calibration error",
        "synkinetic against flaccid",
        "photographs of people, moved",
        "gender, self-reported",
        "insufficient data",
        "refused by the gate",
        "Outcome: inconclusive.",
        "it was not asked about blur",
    ):
        assert words in part, words


def test_both_networks_and_the_paper_stand_in_one_table():
    table = main_table(made_up(12))
    head = table.splitlines()[0]
    assert [cell.strip() for cell in head.split("|")[2:-1]] == [
        "paper (its own data)",
        "published layout, pictures",
        "published layout, examinations",
        "Hemiface, pictures",
        "Hemiface, examinations",
    ]
    assert line(table, "ms an image")[1] == "24 ± 11"
    alone = made_up(12)
    alone = Stored(alone.evidence, {SCREEN: alone.rows[SCREEN]})
    assert "published layout" not in main_table(alone)


def test_what_the_gate_refuses_stands_beside_the_accuracy():
    """All flaccid examinations are flagged wrongly, and all are refused: what passes is right."""
    exams = judged(lambda row: 0.1 if row.group == "healthy" else 0.9)
    refused = {row.exam: "It is dark." for row in exams if row.group == "flaccid"}
    table = abstention_table(exams, exams, EXAM, refused)
    assert line(table, "all")[1] == "36"
    # Everybody is refused once and right twice in three times: people differ by nothing that could give an interval.
    assert line(table, "all")[2:4] == ["12: 33.3 %", "66.7 %"]
    assert line(table, "all")[4].startswith("100.0 % (")
    assert line(table, "flaccid")[4] == "–"
    assert line(table, "healthy")[2].startswith("0: 0.0 % (0.0 to ")


def test_those_that_pass_are_judged_as_in_use():
    stored = made_up(12)
    exams = stored.exams()
    wrong = next(
        row for row in exams if row.label and row.probability > 0.9 and row.exam not in stored.evidence.refused
    )
    evidence = stored.evidence.model_copy(update={"partly": {wrong.exam: 0.01}})
    changed = Stored(evidence, stored.rows)
    assert changed.exams() == exams, "what was judged with all pictures stays as it is"
    assert gate_part(changed) != gate_part(stored)
    assert main_table(changed) == main_table(stored)
    names = [metric.name for metric in with_evidence(card(SCREEN), changed).metrics]
    assert any(name.endswith("accuracy of what the quality gate lets pass, examinations") for name in names)


def test_a_gate_that_nobody_asked_is_told():
    rows = made_up_rows(12)
    people = {name: facts.model_copy(update={"exams": 0, "refused": 0})
              for name, facts in made_up_evidence(rows).people.items()}  # fmt: skip
    stored = Stored(made_up_evidence(rows, people=people, refused={}), {SCREEN: rows})
    assert gate_part(stored) == "The quality gate was not asked about these examinations."
    assert "not asked" in subgroup_table(stored)
    assert not any("quality gate" in metric.name for metric in with_evidence(card(SCREEN), stored).metrics)


def test_stress_without_the_gate_says_so():
    rows = exams_of(made_up_rows(12))
    outcomes = [
        StressOutcome(stress="blur_2", exams={row.exam: 0.4 for row in rows}),
        StressOutcome(stress="darker", exams={row.exam: 0.4 for row in rows}, refused=[]),
    ]
    table = stress_table(made_up(12, stresses=outcomes))
    assert line(table, "blur, SD 2.8 mm of the face")[-2:] == ["not asked", "not asked"]
    assert line(table, "brightness x 0.6")[-2].startswith("0.0 % (")


def test_measured_scores_are_compared_on_the_same_examinations():
    """The rule finds every second synkinesis and nothing else; the screen finds all, and flags one healthy face."""
    exams = judged(lambda row: 0.9 if row.label else 0.1)
    healthy = next(i for i, row in enumerate(exams) if row.group == "healthy")
    exams[healthy] = dataclasses.replace(exams[healthy], probability=0.9)
    full = exams[:24]
    shown = [row.exam for row in full if row.label]
    measured = {row.exam: 0.0 for row in full} | dict.fromkeys(shown[::2], FOUND_SCORE)
    table = measured_table(exams, measured, EXAM)
    assert line(table, "cases")[1:] == ["24 (8 with), 8 people"] * 2
    assert line(table, "recall (sensitivity)")[1].startswith("50.0 % (")
    assert line(table, "recall (sensitivity)")[2].startswith("100.0 % (")
    assert line(table, "specificity")[1].startswith("100.0 % (")
    assert line(table, "specificity")[2].startswith("93.8 % (")
    assert "in 20.8 % (" in table, "four that only the screen found, and one healthy face"
    assert measured_part(made_up(12)) == "No examination was measured."


# -------------------------------------------------------------------------------------------------------- cards that ship


def card(name: str) -> ModelCard:
    return ModelCard.model_validate({**CARD, "identity": {"name": name, "version": "1.0"}})


@pytest.mark.parametrize("name", [SCREEN, BASELINE])
def test_cards_agree(name):
    """Every figure in a card that ships follows from the predictions and the evidence beside it."""
    if not (WEIGHTS_FOLDER / f"{name}.safetensors").is_file():
        pytest.skip(f"{name} does not ship yet")
    shipped = read_card(WEIGHTS_FOLDER / f"{name}.card.json")
    assert with_evidence(shipped, read_stored(WEIGHTS_FOLDER), name) == shipped


@pytest.mark.parametrize("name", [SCREEN, BASELINE])
@pytest.mark.parametrize("of", ["exam", "rest"])
def test_one_other_prediction_is_seen_in_the_card(name, of):
    """Of an examination or of a single picture: the card no longer agrees."""
    stored = made_up(12)
    written = with_evidence(card(name), stored, name)
    assert with_evidence(written, stored, name) == written
    rows = list(stored.rows[name])
    at = next(i for i, row in enumerate(rows) if row.expression == of and row.label and row.probability > 0.7)
    rows[at] = dataclasses.replace(rows[at], probability=0.01)
    assert with_evidence(written, Stored(stored.evidence, {**stored.rows, name: rows}), name) != written


def test_other_evidence_is_seen_in_the_card():
    stored = made_up(12)
    written = with_evidence(card(SCREEN), stored)
    limits = stored.evidence.models[SCREEN].model_copy(update={"exam": EXAM.model_copy(update={"threshold": 0.9})})
    for change in ({"refused": {}}, {"probes": []}, {"models": {**stored.evidence.models, SCREEN: limits}}):
        other = Stored(stored.evidence.model_copy(update=change), stored.rows)
        assert with_evidence(written, other) != written, change


def test_evidence_is_in_the_list_of_files_that_ship(tmp_path):
    path = evidence_path(tmp_path)
    path.write_text("{}", encoding="utf-8")
    assert path in manifest_files(tmp_path)
