"""The command ``train landmarks``: its files, exit codes, one sentence for bad input, and nothing left when it is cancelled."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

import cli
from commands.console import Console, Interrupted
from commands.train import TrainLandmarksOptions, train_landmarks
from models.card import read_card
from models.landmarks.checkpoints import load_checkpoint
from models.landmarks.crops import CropPlan
from models.landmarks.training import new_checkpoint
from models.runs import read_run
from tests.landmark_samples import small_manifest

FILES = ["card.json", "curves.json", "model.safetensors", "report.json", "report.md", "run.json"]


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    """And no threads of torch beside those of other tests."""
    monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("models.registry.device", lambda: torch.device("cpu"))
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Path:
    return small_manifest(tmp_path_factory.mktemp("manifest"), patients=4, pictures=2)


@pytest.fixture(scope="module")
def tiny_weights(tmp_path_factory) -> Path:
    """A network small enough for tests."""
    start = new_checkpoint(CropPlan(64, 1.3), modules=1, width=16, seed=0)
    return start.save(tmp_path_factory.mktemp("weights") / "tiny.safetensors")


def run(*arguments: object):
    return CliRunner().invoke(cli.app, ["train", "landmarks", *(str(argument) for argument in arguments)])


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_it_writes_its_files_and_goes_on_from_them(tmp_path, manifest, tiny_weights):
    out = tmp_path / "out"
    result = run(manifest, "--out", out, "--from", tiny_weights, "--epochs", 1, "--seed", 3)
    assert result.exit_code == 0, result.stderr
    assert names(out) == FILES
    assert load_checkpoint(out / "model.safetensors").plan.size_px == 64
    card = read_card(out / "card.json")
    assert card.seed == 3
    assert card.identity.sha256 != "0" * 64
    assert str(tmp_path) not in card.command
    assert len(read_run(out / "run.json").curves["validation NME, %"].x) == 2
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    regions = [row["name"] for row in report["rows"] if row["group"] == "region"]
    assert regions == ["whole face", "brows", "lids", "nose", "lips", "jaw"]
    assert {row["name"] for row in report["rows"] if row["group"] == "class"} == {"mild", "severe"}
    parts = report["details"]["split"]
    assert sorted(parts["train"] + parts["validation"] + parts["test"]) == ["P0", "P1", "P2", "P3"]
    assert "| lids |" in (out / "report.md").read_text(encoding="utf-8")
    assert "| lids |" in result.stdout

    tuned = tmp_path / "tuned"
    result = run(manifest, "--out", tuned, "--from", out / "model.safetensors", "--epochs", 1)
    assert result.exit_code == 0, result.stderr
    assert json.loads((tuned / "report.json").read_text(encoding="utf-8"))["before"] == "model.safetensors"


@pytest.mark.parametrize("options", [("--epochs", 0), ("--size", 100), ("--size", 1024), ("--seed", -1)])
def test_impossible_options_are_one_sentence(tmp_path, manifest, options):
    result = run(manifest, "--out", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert result.stderr.startswith(options[0])
    assert result.stderr.count("\n") == 1


def test_a_bad_manifest_is_exit_2_and_leaves_nothing(tmp_path):
    empty = tmp_path / "manifest.json"
    empty.write_text('{"items": []}', encoding="utf-8")
    for path in (empty, tmp_path / "nowhere", small_manifest(tmp_path / "two", patients=2)):
        result = run(path, "--out", tmp_path / "out")
        assert result.exit_code == 2
        assert result.stderr.count("\n") == 1
        assert names(tmp_path / "out") == []


def test_a_picture_that_cannot_be_read_is_exit_2(tmp_path):
    folder = small_manifest(tmp_path / "data", patients=3, pictures=1).parent
    for picture in folder.glob("*.png"):
        picture.write_bytes(b"no picture")
    result = run(folder, "--out", tmp_path / "out", "--from", "new", "--epochs", 1, "--size", 64)
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr
    assert names(tmp_path / "out") == []


def test_weights_that_are_not_there(tmp_path, manifest):
    result = run(manifest, "--out", tmp_path / "out", "--from", "3dfan4")
    assert result.exit_code == 1
    assert "models fetch 3dfan4" in result.stderr
    result = run(manifest, "--out", tmp_path / "out", "--from", tmp_path / "gone.safetensors")
    assert result.exit_code == 1
    assert "missing" in result.stderr


def test_cancelled_it_leaves_nothing(tmp_path, manifest, tiny_weights, monkeypatch):
    def stop():
        raise Interrupted

    console = Console()
    monkeypatch.setattr(console, "progress", lambda stage, *_: stop() if stage == "training" else None)
    with pytest.raises(Interrupted):
        train_landmarks(TrainLandmarksOptions(manifest, tmp_path / "out", start=str(tiny_weights), epochs=1), console)
    assert names(tmp_path / "out") == []
