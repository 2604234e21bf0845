"""The page Models: what can be used and what to do otherwise, whole cards, commands with their seeds, and how trainings went."""

import pytest

from core.errors import HemifaceError
from models.card import CARD_FIELDS
from models.runs import RUN_FILE, TrainingRun, run_curves, write_run
from tests.model_samples import CARD, one_shipped_model
from tests.models.test_runs import a_run
from tests.pages.conftest import words


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    return one_shipped_model(tmp_path / "weights", monkeypatch)


@pytest.fixture
def runs_folder(here):
    return here.settings.data_dir / "runs"


def told(app):
    """The page's words as a reader sees them, without the signs that keep text from being markdown."""
    return words(app).replace("\\", "")


def codes(app):
    return [element.value for element in app.code]


def test_trackers_with_their_state(open_app):
    app = open_app("models")
    assert {"MediaPipe face mesh", "MediaPipe FaceLandmarker task"} <= {heading.value for heading in app.subheader}
    assert "--tracker mediapipe_mesh" in told(app)
    assert "the default" in told(app)
    assert "models import face_landmarker" in told(app)
    assert "python cli.py models fetch face_landmarker" in codes(app)


def test_a_card_with_all_its_fields_and_its_command(open_app):
    app = open_app("models")
    assert all(title in told(app) for title in CARD_FIELDS.values())
    assert CARD["intended_use"] in told(app)
    assert CARD["command"] in codes(app)
    assert "Seed 7" in told(app)
    table = next(table.value for table in app.dataframe if "measured" in table.value)
    assert table.iloc[0].to_dict() == {
        "measured": "error", "value": "1.5", "interval": "1 to 2", "unit": "px", "on": "simulated",
    }  # fmt: skip


def test_a_damaged_model_is_a_sentence_and_the_page_goes_on(open_app, folder):
    (folder / "tiny.safetensors").write_bytes(b"\x80\x04not the weights")
    app = open_app("models")
    assert any("sha256" in error.value for error in app.error)
    assert "Training runs" in [heading.value for heading in app.header]
    assert "Networks run on" in told(app)


def test_a_model_without_a_card_says_so(open_app, folder):
    (folder / "tiny.card.json").unlink()
    assert any("card" in error.value for error in open_app("models").error)


def test_none_ships(open_app, folder):
    for path in folder.iterdir():
        path.unlink()
    assert "No model of our own ships" in told(open_app("models"))


def test_without_runs_the_page_says_where_they_come_from(open_app, runs_folder):
    app = open_app("models")
    assert "No training has been run here yet" in told(app)
    assert str(runs_folder) in told(app)


def test_a_run_with_its_table_and_curves(open_app, runs_folder):
    write_run(runs_folder / "first", a_run())
    write_run(runs_folder / "second", a_run(name="other", date="2026-11-27T12:00:00Z", finished=False, seed=8))
    app = open_app("models")
    assert "seed 8" in told(app)  # the newest
    assert "Not finished" in told(app)
    app.selectbox(key="training_run").set_value("first").run()
    assert "seed 7" in told(app)
    assert any("error, px" in table.value for table in app.dataframe)
    assert len(app.get("plotly_chart")) == 1
    assert not app.exception


def test_a_broken_run_does_not_hide_the_others(open_app, runs_folder):
    write_run(runs_folder / "first", a_run())
    (runs_folder / "broken").mkdir()
    (runs_folder / "broken" / RUN_FILE).write_text("{", encoding="utf-8")
    app = open_app("models")
    assert "seed 7" in told(app)
    assert any("broken/run" in warning.value.replace("\\", "") for warning in app.warning)


def test_text_of_a_run_is_never_markdown(open_app, runs_folder):
    wrong = "[l](http://x.y) <b>"
    run = TrainingRun(
        **{**a_run().model_dump(), "name": wrong, "data": wrong, "notes": wrong, "curves": run_curves({wrong: {1: 1}})}
    )
    write_run(runs_folder / "first", run)
    assert "[l](http" not in words(open_app("models"))


def test_a_device_that_cannot_be_used_is_a_sentence(open_app, monkeypatch):
    def no_device():
        raise HemifaceError("The device 'x' of HEMIFACE_DEVICE cannot be used here.")

    monkeypatch.setattr("models.registry.device", no_device)
    app = open_app("models")
    assert any("HEMIFACE" in error.value for error in app.error)
    assert "Training runs" in [heading.value for heading in app.header]
