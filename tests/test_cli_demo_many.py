"""The command ``demo --many``: what it enters and prints, and what it refuses."""

import pytest
from typer.testing import CliRunner

import cli
from core.records import Store
from core.settings import Settings
from tests.exam_samples import synkinetic_exam


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command in a data folder of its own, with the template of a test."""
    monkeypatch.delenv("HEMIFACE_DATABASE_URL", raising=False)
    template = synkinetic_exam().result
    monkeypatch.setattr("core.records.many._template", lambda _side: template)

    def demo(*options):
        return CliRunner().invoke(cli.app, ["demo", "--many", "--data-dir", str(tmp_path / "data"), *options])

    return demo


def test_patients_are_entered_once(run, tmp_path):
    first = run("--patients", "2", "--visits", "3")
    assert (first.exit_code, "Added 3 visits of 2 simulated patients" in first.stdout) == (0, True)
    assert "nothing was added" in run("--patients", "2", "--visits", "3").stdout
    store = Store.open(Settings(data_dir=tmp_path / "data", database_url=""))
    assert (store.count_patients(), store.count_patients(simulated=True)) == (2, 2)
    assert len(store.cohort_rows()) == 3
    store.close()


def test_fewer_visits_than_patients_are_refused_in_words(run):
    refused = run("--patients", "3", "--visits", "2")
    assert refused.exit_code == 2
    assert "at least one visit" in refused.stderr
