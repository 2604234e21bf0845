"""Runs of training programs: what was written comes back, and a broken file is one sentence and no reason to hide the others."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import InputError
from models.runs import RUN_FILE, TrainingRun, found_runs, read_run, run_curves, write_run

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def a_run(**changes):
    fields = {
        "name": "tiny",
        "date": NOON,
        "command": "python -m benchmarks.tiny --seed 7",
        "seed": 7,
        "data": "simulated faces",
        "finished": True,
        "table": ({"network": "tiny", "error, px": 1.5, "faces": 20, "patients": None},),
        "curves": run_curves({"training": {1: 0.5, 2: math.nan, 3: 0.25}}),
    }
    return TrainingRun(**{**fields, **changes})


def test_what_was_written_comes_back(tmp_path):
    path = write_run(tmp_path / "tiny-1", a_run())
    assert path == tmp_path / "tiny-1" / RUN_FILE
    assert read_run(path) == a_run()
    assert [entry.name for entry in path.parent.iterdir()] == [RUN_FILE]


def test_values_that_were_not_measured_are_none():
    assert a_run().curves["training"].y == (0.5, None, 0.25)
    assert run_curves({"a": {0: math.inf, 1: None, 2: -1}})["a"].y == (None, None, -1)


def test_the_newest_run_is_first_and_one_that_cannot_be_read_is_last(tmp_path):
    for index, hours in enumerate((1, 3, 2)):
        write_run(tmp_path / f"run{index}", a_run(date=NOON + timedelta(hours=hours)))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / RUN_FILE).write_text("{", encoding="utf-8")
    found = found_runs(tmp_path)
    assert [entry.folder.name for entry in found] == ["run1", "run2", "run0", "broken"]
    assert found[-1].run is None
    assert "broken/run.json" in found[-1].problem


def test_no_folder_is_no_runs(tmp_path):
    assert found_runs(tmp_path / "runs") == []


def broken(name, value):
    content = json.loads(a_run().model_dump_json())
    if value is None:
        del content[name]
    else:
        content[name] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "file"),
        ("[]", "file"),
        (broken("seed", None), "seed"),
        (broken("date", "yesterday"), "date"),
        (broken("table", [{"a": [1]}]), "table"),
        (broken("table", [{"a": float("nan")}]), "table"),
        (broken("curves", {"a": {"x": [1, 2], "y": [1]}}), "different lengths"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, text, word):
    path = tmp_path / "tiny" / RUN_FILE
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=word) as caught:
        read_run(path)
    assert "\n" not in str(caught.value)


def test_a_file_of_any_size_is_not_read(tmp_path):
    path = tmp_path / "tiny" / RUN_FILE
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(6_000_000)
    with pytest.raises(InputError, match="larger"):
        read_run(path)
