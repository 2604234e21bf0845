"""Figures of severity: right on numbers that can be counted, and the shipped card says what the stored predictions say."""

from dataclasses import replace

import numpy as np
import pytest

from models.card import read_card
from models.severity.card import metrics_of, subgroups_of
from models.severity.predictions import PredictionRow, read_predictions, write_predictions
from models.severity.report import affected, difference_of_errors, score, spared, spearman, table
from models.weights import WEIGHTS_FOLDER, read_manifest

NAME = "severity_branches"
ships = pytest.mark.skipif(
    not (WEIGHTS_FOLDER / f"{NAME}.safetensors").is_file(), reason=f"the weights {NAME} do not ship yet"
)


def row(person, truth, severity, rule, branch="buccal", side="right"):
    texts = (f"{person}-e0", person, "drawn", "test", "flaccid", "right", branch, side)
    return PredictionRow(*texts, truth, severity, severity - 5.0, severity + 5.0, rule)


ROWS = [
    row("a", 80.0, 70.0, 40.0),
    row("b", 40.0, 44.0, 20.0),
    row("c", 0.0, 2.0, 0.0),
    row("c", 60.0, 60.0, None, "temporal"),
]


def test_errors_grades_and_coverage():
    found = score(ROWS, "severity")
    assert (found.cases, found.people) == (4, 3)
    assert found.mae.value == pytest.approx(4.0)
    assert found.bias.value == pytest.approx(-1.0)
    assert found.coverage.value == 0.75
    assert found.mae.low <= 4.0 <= found.mae.high
    assert score(ROWS, "rule_based").cases == 3
    assert score(ROWS, "rule_based").adjacent.value == pytest.approx(2 / 3)
    assert difference_of_errors(ROWS, "severity", "rule_based").value == pytest.approx((40 + 20 + 0) / 3 - 16 / 3)


def test_affected_and_spared():
    assert [r.truth for r in affected(ROWS)] == [80.0, 40.0, 60.0]
    assert spared(ROWS) == [ROWS[2]]
    assert "| all branches | learned | 3 (3) |" in table(ROWS)


def test_weighted_rank_correlation_is_that_of_repeated_cases():
    from scipy.stats import spearmanr

    random = np.random.default_rng(2)
    truth, told = random.integers(0, 5, 30).astype(float), random.normal(0, 1, 30)
    counts = random.integers(0, 4, 30)
    expected = spearmanr(np.repeat(truth, counts), np.repeat(told, counts)).statistic
    found = spearman(truth, told, np.stack([counts, np.ones(30)]).astype(float))
    assert found[0] == pytest.approx(expected)
    assert found[1] == pytest.approx(spearmanr(truth, told).statistic)


def test_predictions_come_back(tmp_path):
    assert read_predictions(write_predictions(tmp_path / "p.csv", ROWS)) == ROWS


def test_a_card_disagrees_with_changed_predictions():
    before = metrics_of(ROWS, "simulated")
    assert before == metrics_of(list(ROWS), "simulated")
    assert before != metrics_of([replace(r, severity=99.0) for r in ROWS], "simulated")
    assert [m.value for m in before if m.name == "MAE, buccal, affected sides, learned"] == [7.0]


@ships
def test_the_card_says_what_the_stored_predictions_say():
    card = read_card(WEIGHTS_FOLDER / f"{NAME}.card.json")
    rows = read_predictions(WEIGHTS_FOLDER / f"{NAME}.predictions.csv")
    assert f"{NAME}.predictions.csv" in read_manifest()
    assert card.metrics == metrics_of(rows, card.metrics[0].data)
    assert card.subgroup_results == subgroups_of(rows, card.metrics[0].data)
    changed = [replace(r, severity=99.0) if r.truth > 0 else r for r in rows]
    assert card.metrics != metrics_of(changed, card.metrics[0].data)


@ships
def test_nobody_is_in_two_parts():
    rows = read_predictions(WEIGHTS_FOLDER / f"{NAME}.predictions.csv")
    people = {split: {r.person for r in rows if r.split == split} for split in ("validation", "test")}
    assert people["test"]
    assert not people["validation"] & people["test"]
