"""The models that ship, on the command line: listed, their cards printed, and told by doctor when something is wrong."""

import pytest
from typer.testing import CliRunner

import cli
from core.errors import HemifaceError
from models.card import CARD_FIELDS
from models.registry import MODEL_FILES, ModelFile
from tests.fake_tracker import SquareTrackerFactory
from tests.model_samples import one_shipped_model


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "data"))
    return one_shipped_model(tmp_path / "weights", monkeypatch)


@pytest.fixture
def light_doctor(monkeypatch):
    """Doctor without starting the real trackers."""
    monkeypatch.setattr(
        "models.tracking.tracker_factories", lambda: {"mediapipe_mesh": SquareTrackerFactory("squares")}
    )
    monkeypatch.setattr("commands.doctor._video", lambda: ())


def damage(folder):
    (folder / "tiny.safetensors").write_bytes((folder / "tiny.safetensors").read_bytes()[:-1] + b"?")


class TestList:
    def test_what_ships_and_what_is_optional(self):
        result = run("models", "list")
        assert result.exit_code == 0
        assert "tiny 1.0  ready" in result.stdout
        assert all(name in result.stdout for name in MODEL_FILES)

    def test_what_is_not_known_of_a_file_is_said(self):
        assert "sha256 7835d9f11d... (all digits that its maker publishes)" in run("models", "list").stdout

    def test_a_damaged_one_says_why(self, folder):
        damage(folder)
        result = run("models", "list")
        assert result.exit_code == 0
        assert "tiny 1.0  not ready" in result.stdout
        assert "its sha256 differs" in result.stdout

    def test_none(self, folder):
        for path in folder.iterdir():
            path.unlink()
        result = run("models", "list")
        assert result.exit_code == 0
        assert "none" in result.stdout


class TestCard:
    def test_every_field_is_printed(self):
        result = run("models", "card", "tiny")
        assert result.exit_code == 0
        assert all(title in result.stdout for title in CARD_FIELDS.values())
        assert "--seed 7" in result.stdout

    def test_of_a_damaged_model_the_card_is_still_printed(self, folder):
        damage(folder)
        result = run("models", "card", "tiny")
        assert result.exit_code == 0
        assert "Caveats" in result.stdout
        assert "its sha256 differs" in result.stdout

    def test_an_unknown_name(self):
        result = run("models", "card", "nonsense")
        assert result.exit_code == 2
        assert "tiny" in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_card_that_cannot_be_read(self, folder):
        (folder / "tiny.card.json").write_text("{", encoding="utf-8")
        result = run("models", "card", "tiny")
        assert result.exit_code == 1
        assert "tiny.card.json" in result.stderr


@pytest.mark.usefixtures("light_doctor")
class TestDoctor:
    def test_a_usable_model(self):
        result = run("doctor")
        assert "[ok] model tiny" in result.stdout
        assert "[--] model 3dfan4" in result.stdout

    def test_a_damaged_model_is_broken_and_the_rest_is_told(self, folder):
        damage(folder)
        result = run("doctor")
        assert result.exit_code == 1
        assert "[!!] model tiny" in result.stdout
        assert "model face_landmarker" in result.stdout

    def test_a_device_that_cannot_be_used(self, monkeypatch):
        def no_device():
            raise HemifaceError("The device 'x' of HEMIFACE_DEVICE cannot be used here.")

        monkeypatch.setattr("models.registry.device", no_device)
        result = run("doctor")
        assert result.exit_code == 1
        assert "[!!] device" in result.stdout
        assert "HEMIFACE_DEVICE" in result.stdout


class TestImport:
    def test_the_published_fan_only_with_the_right_digits(self, tmp_path, monkeypatch):
        digits = "c0ffee" + "0" * 4
        fan = ModelFile("3dfan4", "t", "fan.pth.tar", "https://x/fan.pth.tar", digits, 9, "BSD-3-Clause", "s", False)
        monkeypatch.setitem(MODEL_FILES, "3dfan4", fan)
        (tmp_path / "stick").write_bytes(b"another file")
        result = run("models", "import", "3dfan4", tmp_path / "stick")
        assert result.exit_code == 2
        assert "fan.pth.tar" in result.stderr
