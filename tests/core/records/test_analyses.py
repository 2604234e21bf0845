"""Analyses: kept whole or not at all, several of one recording, and refused when somebody changed them."""

import json
import shutil

import numpy as np
import pytest

from core import __version__
from core.errors import HemifaceError
from core.records.files import hash_file


@pytest.fixture
def folder(sample, tmp_path):
    return shutil.copytree(sample, tmp_path / "out")


def test_analysis_round_trip(store, recording, folder):
    made = store.add_analysis(recording.id, folder, options={"tracker": "synthetic"}, segments_version=3)
    assert store.analysis(made.id) == made
    assert (made.software_version, made.tracker_name, made.segments_version) == (__version__, "synthetic", 3)
    assert set(made.hashes) == {"result.json", "track.npz", "curves.npz", "measures.csv"}
    assert all(made.hashes[name] == hash_file(folder / name) for name in made.hashes)
    result = store.load_result(made)
    assert json.loads(result.model_dump_json()) == json.loads((folder / "result.json").read_text(encoding="utf-8"))
    curves, track = store.load_curves(made.id), store.load_track(made)
    assert curves.values["palpebral_fissure_height"].shape == (len(curves.times_s), 2)
    assert track.points.shape[1:] == (478, 3)
    assert np.array_equal(np.load(store.track_path(made))["times"], track.times)
    assert folder.exists()


def test_analyses_are_added_never_overwritten(store, visit, recording, folder):
    first = store.add_analysis(recording.id, folder)
    second = store.add_analysis(recording.id, folder)
    assert [entry.id for entry in store.analyses(recording.id)] == [second.id, first.id]
    assert store.latest_analyses(visit.id) == {recording.id: second}
    assert store.load_result(first) == store.load_result(second)
    assert store.visits(visit.patient_id)[0].exams == 1
    assert store.latest_analysis(recording.id) == second


def test_curves_may_be_missing(store, recording, folder):
    (folder / "curves.npz").unlink()
    assert store.load_curves(store.add_analysis(recording.id, folder)) is None


@pytest.mark.parametrize("name", ["result.json", "track.npz"])
def test_incomplete_analysis_is_refused(store, recording, folder, name):
    (folder / name).unlink()
    with pytest.raises(HemifaceError, match=name):
        store.add_analysis(recording.id, folder)
    assert store.analyses(recording.id) == []


def test_unreadable_result_is_refused_and_leaves_nothing(store, recording, folder):
    (folder / "result.json").write_text('{"schema_version": "1.0"}', encoding="utf-8")
    with pytest.raises(HemifaceError, match="cannot be read"):
        store.add_analysis(recording.id, folder)
    assert not list(store.files.incoming.iterdir())
    assert store.analyses(recording.id) == []


def test_analysis_of_a_deleted_recording_is_refused_and_leaves_nothing(store, recording, folder):
    store.delete_recording(recording.id)
    with pytest.raises(HemifaceError, match="not in the records"):
        store.add_analysis(recording.id, folder)
    assert not [path for path in store.files.patients.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["result.json", "track.npz", "curves.npz"])
def test_changed_or_missing_files_are_told_not_used(store, recording, folder, name):
    made = store.add_analysis(recording.id, folder)
    load = {"result.json": store.load_result, "track.npz": store.load_track, "curves.npz": store.load_curves}[name]
    path = store.files.resolve(made.folder) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(HemifaceError, match="changed outside"):
        load(made)
    path.unlink()
    with pytest.raises(HemifaceError, match="missing"):
        load(made)


def test_a_killed_copy_is_cleaned_up_and_the_known_stay(store, recording, folder):
    made = store.add_analysis(recording.id, folder)
    stray = store.files.resolve(made.folder).parent / ("0" * 32)
    shutil.copytree(folder, stray)
    assert store.clean_up(grace_s=0).removed == 1
    assert not stray.exists()
    assert store.load_result(made)
