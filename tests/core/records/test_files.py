"""Files: never a client's name on the disk, never a row that names half a file, nothing left behind."""

import io
import os
import re
import subprocess
import sys
import time

import pytest

from core.errors import HemifaceError
from core.records.files import sniffed_suffix
from core.records.text import clean_file_name

HOSTILE = [
    "../../evil.mp4", "..\\..\\evil.mp4", "/etc/passwd", "C:\\windows\\system32\\x.mp4", "a\x00b.mp4", "%03d.mp4", "CON.mp4",
    "x.mp4:stream", "-rf.mp4", "=cmd|'/c calc'!A1.mp4", "name\u202e4pm.exe", "a" * 300 + ".mp4", "", ".", "..", "~/.bashrc",
    "<script>alert(1)</script>.mp4", "concat:a|b", "file:///etc/passwd", "\n\r\t", "🙂.mov", "aux", "a/b/c.webm",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_client_names_never_reach_the_disk(store, visit, clip, name):
    recording = store.add_recording(visit.id, clip, name)
    assert re.fullmatch(r"patients/[0-9a-f]{32}/[0-9a-f]{32}/source\.mp4", recording.path)
    files = [path for path in store.files.root.rglob("*") if path.is_file() and path.suffix == ".mp4"]
    assert files == [store.recording_path(recording)]
    shown = recording.original_name
    assert shown == clean_file_name(name)
    assert 0 < len(shown) <= 120
    assert not re.search(r"[\x00-\x1f\u202e/\\]", shown)


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"\x00\x00\x00\x18ftypisom", ".mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", ".mov"),
        (b"\x1a\x45\xdf\xa3....B\x82webm", ".webm"),
        (b"\x1a\x45\xdf\xa3....B\x82matroska", ".mkv"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", ".avi"),
        (b"ffconcat version 1.0", ".bin"),
    ],
)
def test_suffix_comes_from_the_content(head, suffix):
    assert sniffed_suffix(head) == suffix


def test_paths_stay_in_the_data_folder(store):
    with pytest.raises(ValueError, match="inside the data folder"):
        store.files.resolve("../outside.mp4")


def test_missing_file_is_told_in_words_and_found_at_start(store, recording):
    store.recording_path(recording).unlink()
    with pytest.raises(HemifaceError, match="missing from the data folder"):
        store.recording_path(recording)
    assert store.clean_up().missing == [recording.id]


def test_full_disk_leaves_no_half_file(store, visit, clip, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HemifaceError, match="full"):
        store.add_recording(visit.id, clip, "a.mp4")
    monkeypatch.undo()
    assert store.recordings(visit.id) == []
    assert not list(store.files.incoming.iterdir())


def test_a_row_that_cannot_be_written_leaves_no_file(store, visit, clip, monkeypatch):
    monkeypatch.setattr(type(store), "_note", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.add_recording(visit.id, clip, "a.mp4")
    monkeypatch.undo()
    assert store.recordings(visit.id) == []
    assert not [path for path in store.files.root.rglob("source*") if path.is_file()]


# Kills itself with SIGKILL at a named step of saving a recording: before the copy is renamed, after it, and before the row.
KILLED = """
import io, os, signal, sys
from pathlib import Path
from core.records import Store
from core.records.files import DataFolder
from core.records.recordings import RecordingRecords
from core.settings import Settings
folder, visit_id, step = sys.argv[1:]
def die(*_args, **_more): os.kill(os.getpid(), signal.SIGKILL)
place = DataFolder.place
if step == "before rename": DataFolder.place = die
if step == "after rename": DataFolder.place = lambda *a: (place(*a), die())
if step == "before commit": RecordingRecords._note = die
Store.open(Settings(data_dir=Path(folder), database_url="")).add_recording(visit_id, io.BytesIO(b"x" * 3_000_000), "a.mp4")
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("step", ["before rename", "after rename", "before commit"])
def test_killed_while_saving_leaves_no_row_and_is_cleaned_up(store, visit, recording, step):
    """The row is the last thing that is written, so a killed program can only leave files that nothing names."""
    command = [sys.executable, "-c", KILLED, str(store.files.root), visit.id, step]
    assert subprocess.run(command, check=False).returncode == -9
    assert store.recordings(visit.id) == [recording]
    assert store.clean_up().removed == 0  # fresh files may belong to a program that is just saving them
    _age(store.files.root)
    assert store.clean_up().removed == 1
    left = [path for path in store.files.root.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000]
    assert left == [store.recording_path(recording)]


@pytest.mark.usefixtures("recording")
def test_clean_up_removes_erased_patients_at_once(store, patient, monkeypatch):
    """A crash between the row and the files of an erasure must not keep a face on the disk for an hour."""
    monkeypatch.setattr(store.files, "remove_patient", lambda _id: None, raising=False)
    store.delete_patient(patient.id)
    monkeypatch.undo()
    assert (store.files.patients / patient.id).exists()
    assert store.clean_up().removed == 1
    assert not (store.files.patients / patient.id).exists()


def test_clean_up_leaves_known_files_and_active_jobs(store, recording):
    job = store.create_job("analyse", recording_id=recording.id)
    (store.files.jobs / job.id).mkdir()
    (store.files.jobs / "0123").mkdir()
    store.keep_derived(recording, "preview.jpg", b"picture")
    _age(store.files.root)
    assert store.clean_up().removed == 1
    assert (store.files.jobs / job.id).exists()
    assert store.derived_path(recording, "preview.jpg").read_bytes() == b"picture"


def test_data_folder_is_private(store):
    if os.name == "nt":
        pytest.skip("permissions are another matter on Windows")
    assert store.files.root.stat().st_mode & 0o077 == 0


def test_stream_is_read_in_pieces(store, visit):
    """An upload of 500 MB must not be held in memory again."""
    asked = []

    class Watched(io.BytesIO):
        def read(self, size=-1):
            asked.append(size)
            return super().read(size)

    store.add_recording(visit.id, Watched(b"x" * 2_500_000), "a.mp4")
    assert max(asked) <= 1 << 20
    assert min(asked) > 0


def _age(folder):
    past = time.time() - 2 * 3600
    for path in folder.rglob("*"):
        os.utime(path, (past, past))
