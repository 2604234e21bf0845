"""The commands ``demo`` and ``db``: what they print, exit codes, cancelling by signal, and workers that end with the program."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

import cli
from commands import db
from core.records import PatientDetails, Store
from core.records.demo import DemoOutcome, add_demo_patients
from core.records.overview import known_revisions
from core.settings import Settings
from models.opinions import with_opinions
from tests.demo_samples import demo_program, film_without_drawing, incomplete, small_patients
from tests.fake_tracker import SquareTrackerFactory

PATIENTS = small_patients(2, 1)
PATIENCE_S = 60.0
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    """Of the data folder that the commands use; they run in an empty folder."""
    monkeypatch.delenv("HEMIFACE_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return Settings(data_dir=tmp_path / "data", database_url="")


@pytest.fixture
def store(settings):
    opened = Store.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def small_demo(monkeypatch) -> SquareTrackerFactory:
    """Small patients that are not drawn, and the fake tracker; what the command asks for reaches ``add_demo_patients``."""
    factory = SquareTrackerFactory()
    adding = partial(add_demo_patients, patients=PATIENTS)
    own = {"workers": 1, "opinions": None}
    monkeypatch.setattr("core.records.demo.add_demo_patients", lambda *a, **more: adding(*a, **{**more, **own}))
    monkeypatch.setattr("core.phantom.demo.record_visit", film_without_drawing)
    monkeypatch.setattr("models.tracking.tracker_factory", lambda: factory)
    return factory


@pytest.fixture
def run(settings):
    """Runs a command of the program on the data folder."""

    def command(*arguments):
        return CliRunner().invoke(cli.app, [*arguments, "--data-dir", str(settings.data_dir)])

    return command


class TestDemo:
    @pytest.mark.usefixtures("small_demo")
    def test_it_says_what_it_added_and_adds_nothing_twice(self, run, settings, store):
        first = run("demo")
        assert (first.exit_code, first.stderr) == (0, "")
        assert first.stdout == f"Added 3 visits of 2 simulated patients to {settings.data_dir}.\n"
        assert incomplete(store, PATIENTS) == []
        again = run("demo")
        assert again.exit_code == 0
        assert again.stdout == f"The demo patients are in {settings.data_dir} already; nothing was added.\n"
        assert store.count_patients() == 2

    def test_without_analysis_it_only_films(self, run, store, small_demo):
        result = run("demo", "--no-analysis")
        assert result.exit_code == 0, result.stderr
        assert incomplete(store, PATIENTS, analysed=False) == []
        assert small_demo.detections == 0

    def test_it_asks_for_second_opinions(self, run, monkeypatch):
        asked = []
        outcome = DemoOutcome(0, 0)
        monkeypatch.setattr("core.records.demo.add_demo_patients", lambda *_, **more: asked.append(more) or outcome)
        assert run("demo").exit_code == 0
        assert asked[0]["opinions"] is with_opinions

    @pytest.mark.usefixtures("small_demo")
    def test_progress_is_what_the_app_reads(self, run):
        result = run("demo", "--progress", "json")
        told = [json.loads(line) for line in result.stderr.splitlines()]
        assert all(set(one) == {"frames_done", "frames_total", "seconds_left", "stage"} for one in told)
        assert (told[0]["stage"], told[0]["frames_total"]) == ("starting", None)
        stages = list(dict.fromkeys(one["stage"] for one in told))
        assert stages == ["starting", *(f"{n} of 3 visits ready" for n in range(4))]
        assert told[-1] == {
            "frames_done": 84, "frames_total": 84, "seconds_left": 0.0, "stage": "3 of 3 visits ready"
        }  # fmt: skip

    @pytest.mark.usefixtures("small_demo")
    def test_a_data_folder_that_cannot_be_used_ends_with_1_and_one_sentence(self, run, settings):
        settings.data_dir.write_text("a file in the way", encoding="utf-8")
        result = run("demo", "--progress", "json")
        assert result.exit_code == 1
        told = json.loads(result.stderr.splitlines()[-1])
        assert told["error"] == "The data folder cannot be written."
        assert "Traceback" not in result.stderr

    def test_a_problem_with_the_tracker_ends_with_1_and_one_sentence(self, run, store, small_demo):
        small_demo.fails_at_s = 0.5
        result = run("demo", "--progress", "json")
        assert result.exit_code == 1
        told = json.loads(result.stderr.splitlines()[-1])
        assert "RuntimeError: the graph broke" in told["error"]
        assert "Traceback" not in result.stderr
        assert store.count_patients() == 0


def children_of(process_id: int) -> set[int]:
    """Processes that this one started (a process that has ended but was not collected is not counted)."""
    found = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, parent = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
        except OSError:  # it ended meanwhile
            continue
        if int(parent) == process_id and state != "Z":
            found.add(int(folder.name))
    return found


def runs(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def left_running(processes: set[int]) -> set[int]:
    """Those of the processes that do not end by themselves; they are ended."""
    end = time.monotonic() + PATIENCE_S
    while (left := {process for process in processes if runs(process)}) and time.monotonic() < end:
        time.sleep(0.05)
    for process in left:
        os.kill(process, signal.SIGKILL)
    return left


@on_linux
class TestEndedFromOutside:
    """The real program with two workers, in the middle of its work."""

    PATIENTS = small_patients(9, 9)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_no_worker_and_no_half_patient_outlives_it(self, tmp_path, settings, store, monkeypatch, number):
        """The app cancels with SIGTERM. After SIGKILL nothing can be tidied up, so the next run completes what is there."""
        command = [*demo_program(tmp_path, 9, 9, workers=2), "demo", "--no-analysis", "--progress", "json"]
        with subprocess.Popen(
            [*command, "--data-dir", str(settings.data_dir)], stderr=subprocess.PIPE, text=True
        ) as program:
            for line in program.stderr:
                if not json.loads(line)["stage"].startswith(("starting", "0 of")):
                    break
            workers = children_of(program.pid)
            assert len(workers) >= 2
            program.send_signal(number)
            rest = program.stderr.read()
        assert program.returncode == (128 + number if number == signal.SIGTERM else -number)
        assert "Traceback" not in rest
        assert left_running(workers) == set()
        if number == signal.SIGTERM:
            assert incomplete(store, self.PATIENTS, analysed=False) == []
            assert list(store.files.incoming.iterdir()) == []
            return
        monkeypatch.setattr("core.phantom.demo.record_visit", film_without_drawing)
        add_demo_patients(store, None, patients=self.PATIENTS, workers=1)
        assert incomplete(store, self.PATIENTS, analysed=False) == []
        assert store.count_patients() == 2


class TestDatabase:
    def test_info_without_a_database_says_so_and_makes_none(self, run, settings):
        result = run("db", "info")
        assert result.exit_code == 0
        assert "There is no database yet" in result.stdout
        assert not settings.data_dir.exists()

    def test_info_tells_schema_and_numbers(self, run, store, settings):
        store.create_patient(PatientDetails("Test Patient"))
        result = run("db", "info")
        assert result.exit_code == 0
        told = dict(
            line.split(maxsplit=1) for line in result.stdout.splitlines() if not line.startswith(("Data", "Jou"))
        )
        assert (told["Patients"], told["Visits"], told["Schema"]) == ("1", "0", known_revisions()[0])
        assert str(settings.data_dir) in result.stdout
        assert "upgrade" not in result.stdout

    def test_upgrade_makes_the_database_and_leaves_the_newest_alone(self, run):
        newest = known_revisions()[0]
        assert run("db", "upgrade").stdout == f"Made the database with the schema {newest}.\n"
        assert run("db", "upgrade").stdout == f"The schema is the newest already: {newest}.\n"
        assert run("db", "info").stdout.count(newest) == 1

    @pytest.mark.usefixtures("store")
    def test_upgrade_tells_from_which_schema(self, run, monkeypatch):
        """There is one schema so far: the one of before is played."""
        look, earlier = db.look_at_database, iter(["0000"])

        def look_twice(settings):
            found = look(settings)
            return replace(found, revision=next(earlier, found.revision))

        monkeypatch.setattr(db, "look_at_database", look_twice)
        assert run("db", "upgrade").stdout == f"Upgraded the schema from 0000 to {known_revisions()[0]}.\n"

    def test_a_newer_database_is_not_touched(self, run, store):
        with store.database.write() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        info = run("db", "info")
        assert info.exit_code == 0
        assert "update Hemiface" in info.stdout
        assert "db upgrade" not in info.stdout
        upgrade = run("db", "upgrade")
        assert (upgrade.exit_code, upgrade.stdout) == (1, "")
        assert "newer version of Hemiface" in upgrade.stderr
        assert "Traceback" not in upgrade.stderr

    @pytest.mark.parametrize("command", ["info", "upgrade"])
    def test_a_file_that_is_no_database_ends_with_1_and_is_left_alone(self, run, settings, command):
        settings.data_dir.mkdir()
        file = settings.data_dir / "hemiface.sqlite3"
        file.write_bytes(b"not a database" * 100)
        result = run("db", command)
        assert result.exit_code == 1
        assert "The database cannot be read." in result.stderr
        assert file.read_bytes() == b"not a database" * 100
