"""The commands ``export`` and ``import``: what they write and print, one sentence and an exit code for what is wrong."""

import json
import zipfile
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import cli
from core.exports.tidy import read_tidy
from core.records import PatientDetails, Store
from core.settings import Settings
from tests.export_samples import DAYS, NUMBER, fill
from tests.record_samples import write_clip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with analysed visits."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    store = Store.open(Settings(data_dir=folder, database_url=""))
    visits = fill(store)
    store.close()
    return SimpleNamespace(folder=folder, visits=visits)


@pytest.fixture
def run(data, tmp_path, monkeypatch):
    """Runs a command in an empty folder; ``data_dir`` is that of the module unless given."""
    monkeypatch.delenv("HEMIFACE_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)

    def invoke(*args, data_dir=data.folder):
        return CliRunner().invoke(cli.app, [*map(str, args), "--data-dir", str(data_dir)])

    return invoke


def test_tidy_tables(run, data, tmp_path):
    done = run("export", "tidy", "--patient", NUMBER, "--out", "out", "--table", "measures", "--table", "curves")
    assert done.exit_code == 0, done.output
    table = read_tidy(tmp_path / "out" / "measures.csv")
    assert set(table["visit_id"].to_pylist()) == set(data.visits[:2])
    assert f"measures.csv: {table.num_rows:,} rows." in done.stdout
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "measures.csv",
        "curves.csv",
        "data_dictionary.json",
    }


def test_two_visits_of_a_patient_are_compared_without_asking(run, data, tmp_path):
    done = run("export", "tidy", "--all", "--out", "out")
    assert done.exit_code == 0, done.output
    table = read_tidy(tmp_path / "out" / "changes.csv")
    pairs = set(zip(table["before_visit_id"].to_pylist(), table["after_visit_id"].to_pylist(), strict=True))
    assert pairs == {tuple(data.visits[:2])}
    assert f"changes.csv: {table.num_rows:,} rows." in done.stdout


def test_changes_of_a_single_visit_are_one_sentence(run, data, tmp_path):
    done = run("export", "tidy", "--visit", data.visits[0], "--out", "out", "--table", "changes")
    assert (done.exit_code, done.stderr.strip()) == (
        2,
        "There is nothing to compare: no patient has two analysed visits among these.",
    )
    assert list((tmp_path / "out").iterdir()) == []


def test_tidy_as_parquet_of_one_day(run, data, tmp_path):
    done = run("export", "tidy", "--visit", f"{NUMBER}/{DAYS[1]}", "--out", "out", "--format", "parquet")
    assert done.exit_code == 0, done.output
    assert set(read_tidy(tmp_path / "out" / "measures.parquet")["visit_id"].to_pylist()) == {data.visits[1]}


def test_research(run, tmp_path):
    done = run("export", "research", "--all", "--out", "data.zip", "--format", "csv")
    assert done.exit_code == 0, done.output
    assert "2 patients, 3 visits, 3 recordings, without video." in done.stdout
    assert any(name.endswith("_curves.csv") for name in zipfile.ZipFile(tmp_path / "data.zip").namelist())


def test_video_without_consent_is_refused_in_one_sentence(run, tmp_path):
    done = run("export", "research", "--all", "--out", "data.zip", "--video")
    assert done.exit_code == 2
    assert done.stderr.strip() == "Videos show faces and need the consent of every patient."
    assert not (tmp_path / "data.zip").exists()


def test_fhir_with_the_report(run, data, tmp_path, monkeypatch):
    monkeypatch.setattr("core.reports.from_store.report_of_visit", lambda _, visit, **__: b"%PDF " + visit.encode())
    done = run("export", "fhir", "--visit", data.visits[2], "--out", "bundle.json", "--report")
    assert done.exit_code == 0, done.output
    bundle = json.loads((tmp_path / "bundle.json").read_text(encoding="utf-8"))
    reports = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DiagnosticReport"]
    assert reports[0]["presentedForm"][0]["contentType"] == "application/pdf"
    assert "observations." in done.stdout


@pytest.mark.parametrize("video", [False, True])
def test_fhir_holds_the_video_only_when_asked(run, data, tmp_path, video):
    done = run("export", "fhir", "--visit", data.visits[2], "--out", "bundle.json", *["--video"][:video])
    assert done.exit_code == 0, done.output
    bundle = json.loads((tmp_path / "bundle.json").read_text(encoding="utf-8"))
    (media,) = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Media"]
    assert ("data" in media["content"]) is video


@pytest.mark.parametrize("command", ["tidy", "research", "fhir"])
def test_every_export_of_visits_has_the_same_choice(command):
    told = CliRunner().invoke(cli.app, ["export", command, "--help"], env={"COLUMNS": "200"}).stdout
    for option in ("--out", "--patient", "--visit", "--all", "--data-dir", "--progress"):
        assert told.count(f"{option} ") >= 1, option


def test_everything_of_one_patient(run, tmp_path):
    done = run("export", "patient", NUMBER.lower(), "--out", "own.zip")
    assert done.exit_code == 0, done.output
    assert zipfile.is_zipfile(tmp_path / "own.zip")
    assert "sha256" in done.stdout
    again = run("export", "patient", NUMBER, "--out", "own.zip")
    assert again.exit_code == 2
    assert again.stderr.strip() == "own.zip exists already."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tidy", "--out", "out"), "Say what to export."),
        (("tidy", "--patient", "nobody", "--out", "out"), "No patient has the record number or id “nobody”."),
        (("fhir", "--visit", "nothing", "--out", "out.json"), "No visit is called “nothing”."),
        (("research", "--visit", f"{NUMBER}/2020-01-01", "--out", "o.zip"), f"The patient “{NUMBER}” has no visit on 2020-01-01."),
        (("patient", "nobody", "--out", "own.zip"), "No patient has the record number or id “nobody”."),
    ],
)  # fmt: skip
def test_what_is_not_there_is_one_sentence(run, tmp_path, arguments, sentence):
    done = run("export", *arguments)
    assert (done.exit_code, done.stderr.strip()) == (2, sentence)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(run, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("export", "tidy", "--all", "--out", "file")
    assert (done.exit_code, done.stderr.strip()) == (2, "file is a file; name a folder.")
    done = run("export", "fhir", "--all", "--out", "file/bundle.json")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_a_recording_without_an_analysis_is_told_of(run, tmp_path):
    folder = tmp_path / "other"
    store = Store.open(Settings(data_dir=folder, database_url=""))
    visits = fill(store)
    recording = store.add_recording(visits[0], write_clip(tmp_path / "c.mp4"), "c.mp4")
    store.close()
    done = run("export", "tidy", "--all", "--out", "out", data_dir=folder)
    assert done.exit_code == 0
    assert f"Left out: recording {recording.id}. It has not been analysed." in done.stdout


def test_import_shows_first_and_then_does(run, tmp_path):
    folder, records = tmp_path / "videos", tmp_path / "records"
    folder.mkdir()
    write_clip(folder / "4711_2026-03-12_before.mp4")
    (folder / "holiday.mp4").write_bytes(b"x")
    planned = run("import", folder, "--dry-run", data_dir=records)
    assert planned.exit_code == 0
    assert "Would make the patient 4711." in planned.stdout
    assert "refused" in planned.stdout
    store = Store.open(Settings(data_dir=records, database_url=""))
    assert store.count_patients() == 0
    done = run("import", folder, data_dir=records)
    assert done.exit_code == 0
    assert "Made the visit of 4711 on 2026-03-12 (before)." in done.stdout
    assert "2 videos: 1 imported, 1 refused." in done.stdout
    assert [row.patient.name for row in store.patients().rows] == ["4711"]
    store.close()


def test_import_of_nothing_usable_ends_with_two(run, tmp_path):
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "holiday.mp4").write_bytes(b"x")
    done = run("import", tmp_path / "videos", data_dir=tmp_path / "records")
    assert done.exit_code == 2
    assert "does not have the form" in done.stdout
    assert done.stderr.strip() == "Not one of these files can be imported."
    wrong = run("import", tmp_path / "videos", "--pattern", "{name}", data_dir=tmp_path / "records")
    assert wrong.exit_code == 2
    assert "cannot be used" in wrong.stderr


def test_a_patient_without_visits_is_one_sentence(run, tmp_path):
    store = Store.open(Settings(data_dir=tmp_path / "records", database_url=""))
    store.create_patient(PatientDetails("Anna", "1"))
    store.close()
    done = run("export", "tidy", "--patient", "1", "--out", "out", data_dir=tmp_path / "records")
    assert (done.exit_code, done.stderr.strip()) == (2, "There is no visit to export.")
