"""The commands ``train severity`` and ``evaluate severity``: files, exit codes, one sentence for bad input."""

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import cli
from models.card import read_card
from models.runs import read_run
from models.severity.checkpoints import Checkpoint, load_checkpoint
from models.severity.features import LEARNED_BRANCHES
from models.severity.network import SeverityNetwork
from models.severity.predictions import read_predictions
from models.weights import kept_state
from tests.severity_samples import rated_folder


@pytest.fixture(autouse=True)
def on_one_thread(monkeypatch):
    monkeypatch.setattr("models.registry.device", lambda: torch.device("cpu"))
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Path:
    return rated_folder(tmp_path_factory.mktemp("rated") / "a", patients=5)


def run(*arguments: object):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_training_writes_its_files_and_evaluation_judges_them(tmp_path, manifest):
    out = tmp_path / "out"
    result = run("train", "severity", manifest, "--out", out, "--from", "new", "--epochs", 2, "--seed", 3)
    assert result.exit_code == 0, result.stderr
    assert names(out) == ["card.json", "curves.json", "model.safetensors", "predictions.csv", "report.md", "run.json"]
    assert load_checkpoint(out / "model.safetensors").reach > 0
    card = read_card(out / "card.json")
    assert card.training_data.real_people == 3
    assert str(tmp_path) not in card.command
    assert read_run(out / "run.json").finished
    assert "| all branches | learned |" in result.stdout

    judged = tmp_path / "judged"
    result = run("evaluate", "severity", manifest, "--out", judged, "--weights", out / "model.safetensors", "--seed", 3)
    assert result.exit_code == 0, result.stderr
    assert names(judged) == ["predictions.csv", "report.md"]
    trained = [row for row in read_predictions(out / "predictions.csv") if row.split == "test"]
    assert read_predictions(judged / "predictions.csv") == trained


def test_everybody_may_judge(tmp_path, manifest):
    weights = Checkpoint(kept_state(SeverityNetwork()), np.ones(len(LEARNED_BRANCHES)), 3.0).save(
        tmp_path / "w.safetensors"
    )
    result = run("evaluate", "severity", manifest, "--out", tmp_path / "out", "--weights", weights, "--everybody")
    assert result.exit_code == 0, result.stderr
    assert len({row.person for row in read_predictions(tmp_path / "out" / "predictions.csv")}) == 5


def test_bad_input_is_exit_2_and_leaves_nothing(tmp_path, manifest):
    for arguments in (
        ("train", "severity", tmp_path / "nowhere", "--out", tmp_path / "out"),
        ("train", "severity", manifest, "--out", tmp_path / "out", "--epochs", 0),
        ("train", "severity", rated_folder(tmp_path / "two", patients=2), "--out", tmp_path / "out"),
        ("evaluate", "severity", manifest, "--out", tmp_path / "out", "--seed", -1),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, result.stderr
        assert result.stderr.count("\n") == 1
        assert names(tmp_path / "out") == []


def test_weights_that_are_not_there(tmp_path, manifest):
    result = run(
        "evaluate", "severity", manifest, "--out", tmp_path / "out", "--weights", tmp_path / "gone.safetensors"
    )
    assert result.exit_code == 1
    assert "missing" in result.stderr
