"""Settings come from the environment, and a value that cannot be used is told in one sentence that names its variable."""

from pathlib import Path

import pytest

from core.errors import HemifaceError
from core.settings import load_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # no .env of the developer
    for name in ("DATA_DIR", "DATABASE_URL", "VIDEO__MAX_DURATION_S", "ALLOWED_HOSTS", "IRIS_MM"):
        monkeypatch.delenv(f"HEMIFACE_{name}", raising=False)


def test_defaults():
    settings = load_settings()
    assert settings.iris_mm == 11.7
    assert settings.video.max_bytes == 500_000_000
    assert settings.video.max_duration_s == 600
    assert settings.data_dir.name == "hemiface"
    assert settings.resolved_database_url == f"sqlite:///{settings.data_dir.as_posix()}/hemiface.sqlite3"
    assert settings.models_folder == settings.data_dir / "models"


def test_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "clinic"))
    monkeypatch.setenv("HEMIFACE_VIDEO__MAX_DURATION_S", "900")
    monkeypatch.setenv("HEMIFACE_ALLOWED_HOSTS", "localhost, hemiface.example")
    monkeypatch.setenv("HEMIFACE_DATABASE_URL", "postgresql+pg8000://somewhere/hemiface")
    settings = load_settings()
    assert settings.data_dir == tmp_path / "clinic"
    assert settings.video.max_duration_s == 900
    assert settings.allowed_hosts == ("localhost", "hemiface.example")
    assert settings.resolved_database_url.startswith("postgresql")


def test_data_dir_given_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "one"))
    assert load_settings(Path("two")).data_dir == tmp_path / "two"


def test_env_file(tmp_path):
    (tmp_path / ".env").write_text("HEMIFACE_IRIS_MM=11.9\n", encoding="utf-8")
    assert load_settings().iris_mm == 11.9


@pytest.mark.parametrize(("name", "value"), [("IRIS_MM", "117"), ("VIDEO__MAX_DURATION_S", "long")])
def test_wrong_value_names_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(f"HEMIFACE_{name}", value)
    with pytest.raises(HemifaceError, match=f"HEMIFACE_{name}") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_an_unknown_role_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setenv("HEMIFACE_ROLE", "hospital")
    with pytest.raises(HemifaceError, match=r"The setting HEMIFACE_ROLE cannot be used"):
        load_settings()
