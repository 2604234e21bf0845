"""The commands ``screen``, ``train screening`` and ``evaluate screening``: files, documents, exit codes, bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import cli
from commands.console import Console, Interrupted
from commands.screen import ScreenOptions, screen
from commands.train_screening import TrainScreeningOptions, train_screening
from core import __version__
from models.card import CARD_FIELDS, read_card
from models.cohort.conditions import Group
from models.cohort.exams import CohortExam
from models.cohort.store import save_person
from models.registry import sha256_of
from models.runs import read_run
from models.screening.checkpoints import load_checkpoint
from models.screening.predictions import read_predictions
from tests.clinic_samples import clinic_folder, face, rows_of_clinic, write_csv, write_picture
from tests.screening_samples import EXPRESSIONS

pytestmark = pytest.mark.xdist_group("clinic")  # the face is drawn once
FILES = ["card.json", "curves.json", "model.safetensors", "predictions.csv", "report.md", "run.json"]
BLANK = np.full((320, 320, 3), 128)


@pytest.fixture(autouse=True)
def on_one_thread(monkeypatch):
    monkeypatch.setattr("models.registry.device", lambda: torch.device("cpu"))
    monkeypatch.setattr("models.screening.screener.device", lambda: torch.device("cpu"))
    torch.set_num_threads(1)


def run(*arguments: object):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


@pytest.fixture(scope="module")
def clinic(tmp_path_factory) -> Path:
    """Eight patients, and a picture of the first one without a face."""
    folder = clinic_folder(tmp_path_factory.mktemp("clinic"), 8)
    write_picture(folder / "blank.png", BLANK)
    rows = rows_of_clinic(8)
    write_csv(folder, [*rows, {**rows[0], "image": "blank.png"}])
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory, clinic):
    """The folder of a training of a few seconds, and what it printed."""
    out = tmp_path_factory.mktemp("trained") / "out"
    torch.set_num_threads(1)
    result = run("train", "screening", clinic, "--out", out, "--epochs", 4, "--seed", 3)
    assert result.exit_code == 0, result.stderr
    return out, result.stdout


@pytest.fixture(scope="module")
def published(tmp_path_factory, clinic) -> Path:
    """The folder of a training of the published layout."""
    out = tmp_path_factory.mktemp("published") / "out"
    torch.set_num_threads(1)
    result = run("train", "screening", clinic, "--out", out, "--layout", "published", "--epochs", 1)
    assert result.exit_code == 0, result.stderr
    return out


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    """Simulated people, two to each part, whose crops are noise, and bright where there is synkinesis."""
    folder, random = tmp_path_factory.mktemp("cohort"), np.random.default_rng(0)
    for number, split in enumerate(("train", "train", "validation", "validation", "test", "test")):
        exams = []
        for group in Group:
            synkinetic = group is Group.SYNKINETIC
            crops = random.integers(90, 150, (len(EXPRESSIONS), 160, 160, 3)).astype(np.uint8)
            crops[1:, 60:100, 20:60] += np.uint8(100 * synkinetic)
            exams.append(
                CohortExam(
                    exam=f"d{number}-{group}",
                    person=f"drawn {number}",
                    source="drawn",
                    split=split,
                    group=group,
                    side="right",
                    truth_weakness={},
                    truth_synkinesis={"eye:smile_open:right": 0.8} if synkinetic else {},
                    expressions=EXPRESSIONS,
                    crops=crops,
                    views=np.zeros((len(EXPRESSIONS), 256, 256, 3), np.uint8),
                    points=np.zeros((len(EXPRESSIONS), 478, 3), np.float32),
                    refusals=(None,) * len(EXPRESSIONS),
                )
            )
        save_person(folder, f"drawn-{number}", exams, {})
    return folder


# ------------------------------------------------------------------------------------------------------------- training


def test_training_learns_and_writes_weights_that_load(trained, tmp_path):
    out, _ = trained
    assert names(out) == FILES
    curves = json.loads((out / "curves.json").read_text(encoding="utf-8"))["epochs"]
    assert curves[-1]["training_loss"] < curves[0]["training_loss"]
    assert load_checkpoint(out / "model.safetensors").size_px == 160
    assert read_run(out / "run.json").finished
    assert all(
        str(tmp_path.parent) not in (out / name).read_text(encoding="utf-8") for name in FILES if "model" not in name
    )


def test_the_card_is_whole_and_is_that_of_the_weights(trained):
    out, _ = trained
    card = read_card(out / "card.json")
    assert card.identity.sha256 == sha256_of(out / "model.safetensors")
    assert (card.training_data.real_people, card.training_data.simulated_people) == (4, 0)
    assert all(getattr(card, name) for name in CARD_FIELDS)
    assert "seed 3" in card.split_method


def test_the_report_has_the_measures_the_groups_and_what_was_left_out(trained):
    out, printed = trained
    report = (out / "report.md").read_text(encoding="utf-8")
    assert printed.strip() == report.strip()
    for line in (
        "| accuracy |",
        "| precision |",
        "| recall (sensitivity) |",
        "| F1 |",
        "| AUC |",
        "| synkinetic | yes |",
    ):
        assert line in report
    assert "| P0 | blank.png | No face was found in the picture. |" in report


def test_evaluation_prints_the_same_again(trained, clinic, tmp_path):
    out, _ = trained
    weights = out / "model.safetensors"
    result = run("evaluate", "screening", clinic, "--weights", weights, "--seed", 3, "--out", tmp_path / "judged")
    assert result.exit_code == 0, result.stderr
    assert names(tmp_path / "judged") == ["predictions.csv", "report.md"]
    tested = [row for row in read_predictions(out / "predictions.csv") if row.split == "test"]
    again = read_predictions(tmp_path / "judged" / "predictions.csv")
    assert [(row.exam, row.expression) for row in again] == [(row.exam, row.expression) for row in tested]
    # The file holds large tensors in half precision.
    np.testing.assert_allclose([r.probability for r in again], [r.probability for r in tested], atol=2e-3)
    tables = [text.split("## Flagged")[1].split("**Calibration")[0] for text in (result.stdout, trained[1])]
    assert tables[0] == tables[1]


def test_evaluation_of_everybody_as_json(trained, clinic):
    weights = trained[0] / "model.safetensors"
    result = run("evaluate", "screening", clinic, "--weights", weights, "--split", "all", "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema_version"] == "1.0"
    assert document["weights_sha256"] == sha256_of(weights)
    assert (document["people"], document["examinations"]) == (8, 8)
    assert document["pictures"] > 8
    assert document["simulated"] is False
    judged = document["measures"]["examinations"]
    assert {"accuracy", "precision", "recall", "f1", "auc"} <= judged.keys()
    assert 0 <= judged["auc"]["value"] <= 1
    groups = {row["group"]: row["flagged"] + row["not_flagged"] for row in document["groups"]}
    assert groups == {"healthy": 4, "synkinetic": 4, "all with synkinesis": 4, "all without": 4}
    assert document["left_out"] == [
        {"patient": "P0", "what": "blank.png", "reason": "No face was found in the picture."}
    ]


def test_training_goes_on_from_weights_of_the_same_layout_only(trained, clinic, tmp_path):
    weights = trained[0] / "model.safetensors"
    arguments = ("train", "screening", clinic, "--from", weights, "--epochs", 1, "--seed", 3)
    result = run(*arguments, "--out", tmp_path / "tuned")
    assert result.exit_code == 0, result.stderr
    assert "model.safetensors" in read_run(tmp_path / "tuned" / "run.json").notes
    result = run(*arguments, "--out", tmp_path / "other", "--layout", "published")
    assert result.exit_code == 1
    assert "the layout hemiface" in result.stderr
    assert names(tmp_path / "other") == []


def test_the_published_layout_is_trained_on_whole_pictures(published):
    found = load_checkpoint(published / "model.safetensors")
    assert (found.layout, found.size_px) == ("published", 256)
    assert "not aligned" in read_card(published / "card.json").inputs_and_preprocessing
    assert "--layout published" in read_run(published / "run.json").command


def test_a_simulated_cohort_is_called_simulated(cohort, tmp_path):
    out = tmp_path / "out"
    result = run("train", "screening", cohort, "--out", out, "--epochs", 1)
    assert result.exit_code == 0, result.stderr
    card = read_card(out / "card.json")
    assert (card.training_data.real_people, card.training_data.simulated_people) == (0, 2)
    assert "simulated" in card.evaluation_data
    assert {row.person for row in read_predictions(out / "predictions.csv") if row.split == "test"} == {
        "drawn 4",
        "drawn 5",
    }
    weights = out / "model.safetensors"
    document = json.loads(run("evaluate", "screening", cohort, "--weights", weights, "--split", "all", "--json").stdout)
    assert (document["people"], document["examinations"], document["simulated"]) == (6, 18, True)


def test_bad_input_is_exit_2_and_leaves_nothing(clinic, tmp_path):
    few = clinic_folder(tmp_path / "few", 4)
    out = ("--out", tmp_path / "out")
    for arguments in (
        ("train", "screening", tmp_path / "nowhere", *out),
        ("train", "screening", few, *out),
        ("train", "screening", clinic, *out, "--epochs", 0),
        ("train", "screening", clinic, *out, "--seed", -1),
        ("evaluate", "screening", few, *out),
        ("evaluate", "screening", clinic, *out, "--seed", -1),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, result.stderr
        assert result.stderr.count("\n") == 1
        assert names(tmp_path / "out") == []


def test_weights_that_are_not_there_are_told_before_any_picture_is_read(clinic, tmp_path):
    gone = tmp_path / "gone.safetensors"
    for arguments in (
        ("train", "screening", clinic, "--out", tmp_path / "out", "--from", gone),
        ("evaluate", "screening", clinic, "--weights", gone),
        ("screen", clinic, "--weights", gone),
    ):
        result = run(*arguments)
        assert result.exit_code == 1
        assert result.stderr.startswith("The weights gone.safetensors are missing.")
        assert result.stdout == ""


def test_cancelled_it_leaves_nothing(clinic, tmp_path, monkeypatch):
    def stop():
        raise Interrupted

    console = Console()
    for stage in ("reading", "training"):
        monkeypatch.setattr(console, "progress", lambda told, *_, stage=stage: stop() if told == stage else None)
        with pytest.raises(Interrupted):
            train_screening(TrainScreeningOptions(clinic, tmp_path / "out", epochs=1), console)
        assert names(tmp_path / "out") == []


# ------------------------------------------------------------------------------------------------------- loose pictures


@pytest.fixture(scope="module")
def loose(tmp_path_factory) -> Path:
    """A folder of two faces, a blank picture, a broken file, and a note."""
    folder = tmp_path_factory.mktemp("loose")
    write_picture(folder / "a.png", face(), 1)
    write_picture(folder / "b.png", face(True, True), 2)
    write_picture(folder / "blank.png", BLANK)
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("none", encoding="utf-8")
    return folder


def test_the_document_of_loose_pictures(trained, loose):
    weights = trained[0] / "model.safetensors"
    result = run("screen", loose, loose / "a.png", "--json", "--weights", weights)
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    point = load_checkpoint(weights).calibration.picture_point
    images = document.pop("images")
    assert document == {
        "schema_version": "1.0",
        "software": {"name": "hemiface", "version": __version__},
        "model": "model",
        "weights_sha256": sha256_of(weights),
        "trained_on": "patients",
        "operating_point": {"threshold": point.threshold, "unsure_from": point.unsure_from},
    }
    assert [entry["file"] for entry in images] == ["a.png", "b.png", "blank.png", "broken.jpg"]
    for entry in images[:2]:
        assert 0 <= entry["low"] <= entry["probability"] <= entry["high"] <= 1
        assert entry["verdict"] in ("flagged", "unsure", "not_flagged")
        assert entry["reason"] is None
    for entry, verdict, reason in (
        (images[2], "not_assessable", "No face was found in the picture."),
        (images[3], "not_read", "The file is no picture that can be read, or is damaged."),
    ):
        assert (entry["verdict"], entry["reason"]) == (verdict, reason)
        assert entry["probability"] is entry["low"] is entry["high"] is None


def test_the_table_of_loose_pictures_is_aligned_and_says_what_was_learned_from(trained, loose, tmp_path):
    alone = tmp_path / "alone.safetensors"
    alone.write_bytes((trained[0] / "model.safetensors").read_bytes())
    result = run("screen", loose / "blank.png", loose / "a.png", "--weights", alone)
    assert result.exit_code == 0, result.stderr
    head, blank, shown, *rest = result.stdout.splitlines()
    assert blank.index("not assessable") == head.index("Verdict")
    assert blank.index("No face was found") == head.index("Why there is none")
    assert shown.index(" %") > head.index("Probability")
    assert any(line.startswith("2 pictures: ") for line in rest)
    assert any("not known, because no card" in line for line in rest)


def test_a_card_of_simulated_people_is_told_in_a_sentence(trained, loose, tmp_path):
    weights = tmp_path / "screen.safetensors"
    weights.write_bytes((trained[0] / "model.safetensors").read_bytes())
    card = json.loads((trained[0] / "card.json").read_text(encoding="utf-8"))
    card["training_data"] |= {"real_people": 0, "simulated_people": 9}
    (tmp_path / "screen.card.json").write_text(json.dumps(card), encoding="utf-8")
    result = run("screen", loose / "a.png", "--weights", weights)
    assert "learned from simulated faces, not from patients" in result.stdout


def test_when_no_picture_can_be_read_the_exit_code_says_so(trained, loose):
    result = run("screen", loose / "broken.jpg", "--json", "--weights", trained[0] / "model.safetensors")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert json.loads(result.stdout)["images"][0]["verdict"] == "not_read"


def test_pictures_that_are_not_there_are_one_sentence(loose, tmp_path):
    for path, words in ((loose / "gone.png", "no file or folder gone.png"), (tmp_path, "has no pictures")):
        result = run("screen", loose / "a.png", path)
        assert result.exit_code == 2
        assert words in result.stderr
        assert result.stderr.count("\n") == 1


def test_weights_of_the_published_layout_are_no_screen_of_loose_pictures(published, loose):
    result = run("screen", loose / "a.png", "--weights", published / "model.safetensors")
    assert result.exit_code == 2
    assert "aligned faces" in result.stderr


def test_cancelled_screening_prints_nothing(trained, loose, monkeypatch, capsys):
    def stop(stage, done=0, *_):
        if stage == "screening" and done == 1:
            raise Interrupted

    console = Console()
    monkeypatch.setattr(console, "progress", stop)
    with pytest.raises(Interrupted):
        screen(ScreenOptions([loose], weights=str(trained[0] / "model.safetensors")), console)
    assert capsys.readouterr().out == ""
