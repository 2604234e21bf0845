"""Access requests: one zip with everything, hashed, complete or not there at all, told by an audit event."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import Cancelled, HemifaceError, InputError
from core.exam.guide import GuidedProtocol, exam_plan
from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.records import ConsentSubject, JudgedItem, PatientDetails, PromInstrument, TreatmentDetails, TreatmentKind
from core.records.belongings import belongings
from core.records.tables import Base
from tests.correction_samples import annotated_frame

DAY = date(2026, 3, 1)
PLAN = exam_plan(GuidedProtocol.QUICK)


@pytest.fixture
def full(store, patient, visit, recording, sample):
    """A patient with something in every table; returns the analysis."""
    store.save_segments(recording.id, [Segment(expression=Expression.SNARL, start_s=0, end_s=1)])
    store.save_landmarks(recording.id, annotated_frame())
    analysis = store.add_analysis(recording.id, sample)
    store.summaries([analysis.id])
    store.add_treatment(patient.id, TreatmentDetails(DAY, TreatmentKind.SURGERY, "nerve graft"))
    store.add_judgement(visit.id, JudgedItem.HOUSE_BRACKMANN_GRADE, 3, "own words", analysis.id)
    store.add_consent(patient.id, ConsentSubject.VIDEO_RESEARCH, given=True, day=visit.day, note="form 12")
    store.add_prom_totals(visit.id, PromInstrument.SAQ, {"total": 40})
    store.create_job("analyse", recording_id=recording.id)
    store.create_invitation(patient.id, PLAN, datetime.now(UTC) + timedelta(days=1), message="hello")
    capture = store.begin_capture(patient.id, PLAN, "video/mp4", visit_id=visit.id)
    (store.files.captures / capture.id).mkdir(exist_ok=True)
    (store.files.captures / capture.id / "arriving").write_bytes(b"captured bytes")
    return analysis


@pytest.fixture
def stranger(store):
    """Another patient, of whom nothing may be exported."""
    other = store.create_patient(PatientDetails("Somebody Else", "99-99"))
    visit = store.create_visit(other.id, DAY)
    store.add_recording(visit.id, io.BytesIO(b"strange video"), "b.mp4")
    store.add_treatment(other.id, TreatmentDetails(DAY, TreatmentKind.STEROID))
    return other


def test_every_table_belongs_to_a_patient_or_is_the_audit():
    """A table that is made later must be exported and erased, too."""
    covered = {entry.name for entry in belongings("x")} | {"audit_events"}
    assert covered == set(Base.metadata.tables)


def test_the_zip_holds_everything_and_nothing_of_others(store, patient, recording, full, stranger, tmp_path):
    made = store.export_patient(patient.id, tmp_path / "export.zip")
    with zipfile.ZipFile(made.path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    tables = {name[8:-5]: json.loads(data) for name, data in members.items() if name.startswith("records/")}
    assert set(tables) == set(Base.metadata.tables)
    assert all(tables.values()), [name for name, rows in tables.items() if not rows]
    assert {name: len(rows) for name, rows in tables.items()} == made.rows
    assert tables["patients"][0]["name"] == "Jürgen Müller"
    assert tables["judgements"][0] | {"value": 3, "comment": "own words", "who": "tester"} == tables["judgements"][0]
    assert tables["treatments"][0]["day"] == "2026-03-01"
    assert tables["recordings"][0]["created_at"].endswith("+00:00")
    source = store.recording_path(recording).read_bytes()
    assert members[f"files/{recording.path}"] == source
    assert {f"files/{full.folder}/{name}" for name in full.hashes} < set(members)
    assert b"captured bytes" in members.values()
    everything = b"".join(members.values())
    for foreign in (b"Somebody", stranger.id.encode(), b"strange video", b"token_hash"):
        assert foreign not in everything
    actions = [(event["action"], event["subject"]) for event in tables["audit_events"]]
    assert actions[0] == ("create", "patient")
    assert {("judge", "visit"), ("prom", "visit"), ("create", "treatment"), ("create", "analysis")} < set(actions)


@pytest.mark.usefixtures("full")
def test_the_manifest_hashes_every_other_member(store, patient, tmp_path):
    made = store.export_patient(patient.id, tmp_path / "export.zip")
    with zipfile.ZipFile(made.path) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        for name in set(archive.namelist()) - {"manifest.json"}:
            data = archive.read(name)
            assert manifest["contents"].pop(name) == {
                "size_bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
    assert manifest["contents"] == {}
    assert manifest["missing_files"] == made.missing == []
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    event = store.audit_events(patient.id)[0]
    assert (event.action, event.subject) == ("export", "patient")
    assert event.details == {"sha256": made.sha256, "size_bytes": made.size_bytes, "files": made.files}


def test_a_file_that_is_gone_is_named(store, patient, recording, tmp_path):
    store.recording_path(recording).unlink()
    made = store.export_patient(patient.id, tmp_path / "export.zip")
    assert made.missing == [recording.path]


@pytest.mark.usefixtures("recording")
def test_progress_ends_with_all_bytes_and_cancelling_leaves_nothing(store, patient, tmp_path):
    told = []
    store.export_patient(patient.id, tmp_path / "whole.zip", progress=lambda *now: told.append(now))
    assert told[-1][0] == told[-1][1] > 1_500_000
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    events = len(store.audit_events())
    with pytest.raises(Cancelled):
        store.export_patient(patient.id, tmp_path / "half.zip", cancelled=lambda: len(told) > 1)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["whole.zip"]
    assert len(store.audit_events()) == events


def test_what_cannot_be_written_is_told_and_leaves_nothing(store, patient, tmp_path):
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists already"):
        store.export_patient(patient.id, taken)
    with pytest.raises(InputError, match="folder"):
        store.export_patient(patient.id, tmp_path / "missing" / "x.zip")
    with pytest.raises(HemifaceError, match="not in the records"):
        store.export_patient("0" * 32, tmp_path / "x.zip")
    assert taken.read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["taken.zip"]
