"""The command ``report``: the file that it writes, options, exit codes, and no half-written file."""

from datetime import date

import pytest
from typer.testing import CliRunner

import cli
from core.records import PatientDetails, Store
from core.settings import Settings
from tests.record_samples import write_clip, write_sample_analysis
from tests.report_samples import pictures_in, read, words_of


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """Data folder, and two analysed visits of one patient in it."""
    folder = tmp_path_factory.mktemp("cli_report")
    store = Store.open(Settings(data_dir=folder / "data", database_url=""))
    sample, clip = write_sample_analysis(folder / "sample"), write_clip(folder / "clip.mp4")
    patient = store.create_patient(PatientDetails(name="Юлия Щ."))
    visits = []
    for day in (date(2026, 3, 12), date(2026, 9, 12)):
        visits.append(store.create_visit(patient.id, day).id)
        recording = store.add_recording(visits[-1], clip, "exam.mp4", confirmed=True)
        store.add_analysis(recording.id, sample)
    store.close()
    return folder / "data", *visits


@pytest.fixture
def run(clinic, monkeypatch, tmp_path):
    monkeypatch.delenv("HEMIFACE_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)

    def running(*options: str):
        return CliRunner().invoke(cli.app, ["report", "--data-dir", str(clinic[0]), *options])

    return running


def test_a_visit(run, clinic, tmp_path):
    out = tmp_path / "new folder" / "visit.pdf"
    done = run("--visit", clinic[1], "--out", str(out), "--no-pictures")
    assert done.exit_code == 0, done.output
    assert done.stdout == f"Wrote {out}.\n"
    assert "Юлия Щ." in words_of(out.read_bytes())
    assert pictures_in(out.read_bytes()) == 0
    assert [file.name for file in out.parent.iterdir()] == ["visit.pdf"]


def test_two_visits_on_letter(run, clinic, tmp_path):
    out = tmp_path / "two.pdf"
    out.write_bytes(b"old")
    done = run("--visit", clinic[2], "--baseline", clinic[1], "--paper", "letter", "--out", str(out), "--no-pictures")
    assert done.exit_code == 0, done.output
    pages = read(out.read_bytes()).pages
    assert len(pages) == 2
    assert round(pages[0].mediabox.width) == 612
    assert "two visits compared" in words_of(out.read_bytes())


def test_pictures_that_cannot_be_read_are_told_of(run, clinic, tmp_path):
    """This clip is not the one that was tracked: it has fewer pictures."""
    out = tmp_path / "visit.pdf"
    assert run("--visit", clinic[1], "--out", str(out)).exit_code == 0
    assert "The key pictures cannot be printed." in words_of(out.read_bytes())


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (("--visit", "nobody"), 1, "not in the records"),
        (("--visit", "SECOND", "--baseline", "SECOND"), 2, "with itself"),
        (("--visit", "FIRST", "--baseline", "SECOND"), 2, "the later one"),
    ],
)
def test_refusals_write_nothing(run, clinic, tmp_path, options, code, sentence):
    named = [{"FIRST": clinic[1], "SECOND": clinic[2]}.get(option, option) for option in options]
    done = run(*named, "--out", str(tmp_path / "none.pdf"))
    assert done.exit_code == code
    assert sentence in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written(run, clinic, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder")
    done = run("--visit", clinic[1], "--out", str(blocked / "x.pdf"), "--no-pictures")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
