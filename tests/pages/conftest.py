"""The app without a browser, on a data folder of its own; analyses are done by a stand-in for cli.py."""

import functools
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.records import PatientDetails
from core.records.runner import JobRunner
from pages.components import installation as installations
from tests.record_samples import stand_in, write_clip, write_sample_analysis

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    return write_sample_analysis(tmp_path_factory.mktemp("analysis") / "out")


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture
def job_mode():
    """How the stand-in ends; a test may parametrize it."""
    return "done"


@pytest.fixture
def here(monkeypatch, tmp_path, sample, job_mode):
    """The installation that the app under test uses."""
    monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("HEMIFACE_DATABASE_URL", raising=False)
    runner = functools.partial(JobRunner, program=stand_in(tmp_path, job_mode, sample))
    monkeypatch.setattr(installations, "JobRunner", runner)
    yield installations.installation()
    installations.close_installation()


@pytest.fixture
def store(here):
    return here.store


@pytest.fixture
def patient(store):
    return store.create_patient(PatientDetails("Test Patient", "47"))


@pytest.fixture
def visit(store, patient):
    return store.create_visit(patient.id, date(2026, 3, 12), "first visit")


@pytest.fixture
def open_app(here):
    """Runs a page of the app, with ids in its address, and says that nothing went wrong."""

    def run(page=None, **address):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        if page is not None:
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        return app

    assert here is not None
    return run


def words(app):
    """Everything that the page says, in one text."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "warning", "info", "success", "text")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def labels(app):
    return [button.label for button in app.button]
