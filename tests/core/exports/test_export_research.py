"""Research exports: nobody is named in any byte, what research needs is there, and video leaves with consent only."""

import json
import stat
import zipfile
from datetime import date, timedelta

import av
import pytest

from core.errors import Cancelled, HemifaceError, InputError
from core.exports.pseudonyms import KEY_FILE, Pseudonyms
from core.exports.research import write_research
from core.exports.tidy import read_tidy
from core.exports.video_copy import copy_pictures
from core.records.clinical_entries import InjectionSite, PromInstrument, TreatmentDetails, TreatmentKind
from core.records.consents import ConsentSubject
from core.records.judged_items import JudgedItem
from core.video.probe import probe_video
from core.words import Side
from tests.export_samples import CANARIES, DAYS, NAME, NUMBER, ONSET, clip, fill

DERIVED = "derivatives/hemiface/"


@pytest.fixture(scope="module")
def research(clinic, tmp_path_factory):
    """The zip with videos, unpacked; the store has treatments, judgements and totals, too."""
    store, visits = clinic.store, clinic.visits
    patient_id = store.visit(visits[0]).patient_id
    sites = (InjectionSite("Mentalis", Side.LEFT, 2.5), InjectionSite(NAME, Side.RIGHT, 5))
    store.add_treatment(patient_id, TreatmentDetails(DAYS[0], TreatmentKind.BOTULINUM_TOXIN, NAME, sites))
    store.add_treatment(patient_id, TreatmentDetails(ONSET, TreatmentKind.OTHER, NUMBER))
    store.add_judgement(visits[0], JudgedItem.SUNNYBROOK_COMPOSITE, 55, f"comment on {NAME}")
    store.add_prom_totals(visits[0], PromInstrument.FDI, {"physical": 75.0})
    for visit in (visits[0], visits[2]):
        consent(store, visit)
    folder = tmp_path_factory.mktemp("research")
    made = write_research(store, visits, folder / "data.zip", with_video=True, video_consent=True)
    with zipfile.ZipFile(folder / "data.zip") as archive:
        archive.extractall(folder / "data")
    return made, folder / "data"


def consent(store, visit, subject=ConsentSubject.VIDEO_RESEARCH, *, given=True, day=DAYS[0]):
    return store.add_consent(store.visit(visit).patient_id, subject, given=given, day=day, note=f"form of {NAME}")


def contents(folder):
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def tsv(path):
    head, *rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_no_canary_is_in_any_byte(research):
    """Names, numbers, notes, labels, file names, places, dates: not in a name of a file, not in a file, not in the zip."""
    made, folder = research
    files = contents(folder)
    haystack = "\n".join(files).encode() + made.path.read_bytes() + b"".join(p.read_bytes() for p in files.values())
    found = [c for c in CANARIES for code in ("utf-8", "utf-16-le", "latin-1") if c.encode(code) in haystack]
    assert found == []


def test_the_canaries_are_in_what_is_exported_from(clinic):
    """So that the test above can fail."""
    video = clip().read_bytes()
    assert NAME.encode() in video
    assert b"MRN-0815-77" in video
    assert clinic.store.patient(clinic.store.visit(clinic.visits[0]).patient_id).name == NAME


def test_no_id_hash_or_key_of_the_records_is_in_it(clinic, research):
    _, folder = research
    haystack = b"".join(path.read_bytes() for path in contents(folder).values())
    store = clinic.store
    for visit_id in clinic.visits:
        visit, recording = store.visit(visit_id), store.recordings(visit_id)[0]
        analysis = store.latest_analysis(recording.id)
        for secret in (visit_id, visit.patient_id, recording.id, analysis.id, recording.sha256):
            assert secret.encode() not in haystack
    assert (store.files.root / KEY_FILE).read_bytes().strip() not in haystack


def test_the_layout_is_that_of_bids(research):
    made, folder = research
    files = contents(folder)
    assert (made.participants, made.sessions, made.recordings, made.left_out) == (2, 3, 3, ())
    assert json.loads(files["dataset_description.json"].read_text())["DatasetType"] == "raw"
    assert json.loads(files[f"{DERIVED}dataset_description.json"].read_text())["DatasetType"] == "derivative"
    people = tsv(files["participants.tsv"])
    assert {(p["age"], p["affected_side"], p["cause"]) for p in people} == {
        ("64", "right", "Other"),
        ("n/a", "undetermined", "Trauma"),
    }
    for person in people:
        subject = person["participant_id"]
        for session in tsv(files[f"{subject}/{subject}_sessions.tsv"]):
            run = (
                f"{subject}/{session['session_id']}/beh/{subject}_{session['session_id']}_task-facialexpressions_run-01"
            )
            events = tsv(files[f"{run}_events.tsv"])
            assert [event["trial_type"] for event in events] == ["brow_raise", "smile_open"]
            assert json.loads(files[f"{run}_events.json"].read_text())["Frames"] == 420
            assert {f"{run}_video.mp4", f"{run}_video.json"} <= set(files)
            for table in ("curves", "landmarks_mesh478"):
                assert read_tidy(files[f"{DERIVED}{run}_{table}.parquet"]).num_rows > 0


def test_dates_are_shifted_and_their_distances_kept(research):
    _, folder = research
    files = contents(folder)
    subject = next(p["participant_id"] for p in tsv(files["participants.tsv"]) if p["cause"] == "Other")
    sessions = tsv(files[f"{subject}/{subject}_sessions.tsv"])
    first, second = (date.fromisoformat(session["acq_time"]) for session in sessions)
    assert second - first == DAYS[1] - DAYS[0]
    assert second.year < 1925
    assert [session["days_since_onset"] for session in sessions] == [str((day - ONSET).days) for day in DAYS]
    treatments = tsv(files["phenotype/treatments.tsv"])
    assert {t["date"] for t in treatments if t["kind"] == "botulinum_toxin"} == {first.isoformat()}
    assert {(t["site"], t["side"], t["units"]) for t in treatments} == {
        ("Mentalis", "left", "2.5"), ("Other", "right", "5"), ("n/a", "n/a", "n/a"),
    }  # fmt: skip
    measures = read_tidy(files[f"{DERIVED}measures.csv"])
    assert set(measures["visit_date"].to_pylist()) >= {first, second}


def test_measures_are_there_with_the_clinicians_and_without_who_set_them(research):
    _, folder = research
    rows = read_tidy(folder / DERIVED / "measures.csv").to_pylist()
    assert {row["method"] for row in rows} >= {"measured", "estimated", "clinician", "questionnaire"}
    for column in ("who", "visit_label", "analysed_at", "source_sha256"):
        assert {row[column] for row in rows} == {None}
    assert next(row["value"] for row in rows if row["measure"] == "prom_FDI_physical") == 75.0


def test_a_video_keeps_its_pictures_and_nothing_else(research):
    _, folder = research
    copies = list(folder.rglob("*_video.mp4"))
    assert len(copies) == 3
    for path in copies:
        with av.open(str(path)) as copy, av.open(str(clip())) as source:
            assert [stream.type for stream in copy.streams] == ["video"]
            assert set(copy.metadata) <= {"major_brand", "minor_version", "compatible_brands"}
            assert "creation_time" not in copy.streams.video[0].metadata
            ours = [(frame.time, bytes(frame.planes[0])) for frame in copy.decode(video=0)]
            theirs = [(frame.time, bytes(frame.planes[0])) for frame in source.decode(video=0)]
            assert ours == theirs
        assert b"x264" not in path.read_bytes()
    assert b"x264" in clip().read_bytes()


def test_without_asking_there_is_no_video(clinic, tmp_path):
    made = write_research(clinic.store, clinic.visits[:1], tmp_path / "data.zip")
    names = zipfile.ZipFile(made.path).namelist()
    assert [name for name in names if "video" in name or name.endswith((".mp4", ".webm"))] == []
    assert "There is no video in it." in zipfile.ZipFile(made.path).read("README").decode()


def test_video_needs_consent(clinic, tmp_path):
    with pytest.raises(InputError, match="consent of every patient"):
        write_research(clinic.store, clinic.visits, tmp_path / "data.zip", with_video=True)
    assert list(tmp_path.iterdir()) == []


def test_video_needs_a_consent_in_the_records(empty_store, tmp_path):
    visits = fill(empty_store)
    target = tmp_path / "data.zip"
    with pytest.raises(InputError, match="no consent to the use of videos in research") as told:
        write_research(empty_store, visits, target, with_video=True, video_consent=True)
    names = Pseudonyms.open(empty_store.files)
    people = {empty_store.visit(visit).patient_id for visit in visits}
    assert all(f"sub-{names.of('patient', patient_id)}" in told.value.message for patient_id in people)
    assert NAME not in told.value.message + told.value.hint
    assert "under Consent" in told.value.hint
    consent(empty_store, visits[0])
    with pytest.raises(InputError) as told:
        write_research(empty_store, visits, target, with_video=True, video_consent=True)
    assert told.value.message.count("sub-") == 1
    made = write_research(empty_store, visits[:1], target, with_video=True, video_consent=True)
    assert made.recordings == 1
    consent(empty_store, visits[0], given=False, day=DAYS[1])
    with pytest.raises(InputError, match="no consent"):
        write_research(empty_store, visits[:1], tmp_path / "later.zip", with_video=True, video_consent=True)
    assert not (tmp_path / "later.zip").exists()


def test_nothing_leaves_of_a_patient_who_withdrew_the_use_of_measures(empty_store, tmp_path):
    visits = fill(empty_store)
    consent(empty_store, visits[0], ConsentSubject.MEASURES_RESEARCH, given=False)
    with pytest.raises(InputError, match="measures in research is withdrawn or refused: sub-"):
        write_research(empty_store, visits, tmp_path / "data.zip")
    made = write_research(empty_store, visits[2:], tmp_path / "data.zip")  # nobody was asked: the clinic decides
    assert made.participants == 1


def test_the_consent_is_written_into_the_dataset(clinic, research):
    _, folder = research
    people = tsv(folder / "participants.tsv")
    assert {row["consent_video_research"] for row in people} == {"yes"}
    assert {row["consent_measures_research"] for row in people} == {"n/a"}
    described = json.loads((folder / "participants.json").read_text(encoding="utf-8"))
    assert list(described) == list(people[0])
    facts = [json.loads(path.read_text(encoding="utf-8")) for path in folder.rglob("*_video.json")]
    names = Pseudonyms.open(clinic.store.files)
    patients = {clinic.store.visit(visit).patient_id for visit in clinic.visits}
    days = {str(names.shifted(patient_id, DAYS[0])) for patient_id in patients}
    assert {entry["ConsentVideoResearch"]["Date"] for entry in facts} == days
    assert all(entry["ConsentVideoResearch"]["Given"] for entry in facts)


def test_the_same_data_make_the_same_bytes(clinic, tmp_path):
    """A second export of the same patient can be compared, and shows nothing of the day or the computer."""
    for name in ("one.zip", "two.zip"):
        write_research(clinic.store, clinic.visits[2:], tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert {entry.date_time[:3] for entry in zipfile.ZipFile(tmp_path / "one.zip").infolist()} == {(1980, 1, 1)}


def test_cancelled_leaves_nothing(clinic, tmp_path):
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        write_research(clinic.store, clinic.visits, tmp_path / "data.zip", cancelled=lambda: next(answers))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_video_is_told_of_and_loses_nothing_else(empty_store, tmp_path):
    visits = fill(empty_store)[2:]
    consent(empty_store, visits[0])
    empty_store.recording_path(empty_store.recordings(visits[0])[0]).unlink()
    made = write_research(empty_store, visits, tmp_path / "data.zip", with_video=True, video_consent=True)
    assert [left.what.split()[0] for left in made.left_out] == ["video"]
    assert not any("_video" in name for name in zipfile.ZipFile(made.path).namelist())


def test_pseudonyms_hold_as_long_as_the_key(empty_store):
    first, again = Pseudonyms.open(empty_store.files), Pseudonyms.open(empty_store.files)
    path = empty_store.files.root / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert first.of("patient", "a") == again.of("patient", "a") != first.of("recording", "a")
    path.unlink()
    other = Pseudonyms.open(empty_store.files)
    assert other.of("patient", "a") != first.of("patient", "a")
    path.write_text("damaged", encoding="ascii")
    with pytest.raises(HemifaceError, match="key of research exports"):
        Pseudonyms.open(empty_store.files)


def test_patients_are_shifted_by_different_days():
    names = Pseudonyms(b"k" * 32)
    shifts = {names.shift_days(str(number)) for number in range(50)}
    assert len(shifts) > 40
    assert all(110 * 365 < shift < 121 * 366 for shift in shifts)
    assert names.shifted("a", DAYS[0]) == DAYS[0] - timedelta(days=names.shift_days("a"))


def test_a_copy_keeps_its_rotation(tmp_path):
    source = tmp_path / "turned.mp4"
    with av.open(str(clip())) as plain, av.open(str(source), "w") as output:
        stream = output.add_stream_from_template(plain.streams.video[0])
        for packet in plain.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    _turn(source)
    assert probe_video(source).rotation_deg in (90, 270)
    assert probe_video(copy_pictures(source, tmp_path, "copy")).rotation_deg == probe_video(source).rotation_deg


def _turn(path):
    """Write a quarter turn into the track header's matrix: 9 numbers of 4 bytes, 40 bytes behind its version."""
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 40
    turn = [0, 1 << 16, 0, -(1 << 16) & 0xFFFFFFFF, 0, 0, 0, 0, 1 << 30]
    content[place : place + 36] = b"".join(number.to_bytes(4, "big") for number in turn)
    path.write_bytes(content)


@pytest.mark.parametrize("codec", ["mjpeg", "libvpx"])
def test_other_codecs_are_copied_or_encoded_anew(tmp_path, codec):
    source = tmp_path / ("clip.mkv" if codec == "mjpeg" else "clip.webm")
    with av.open(str(source), "w") as output:
        output.metadata["title"] = NAME
        stream = output.add_stream(codec, rate=10)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for index in range(15):
            frame = av.VideoFrame(64, 48, stream.pix_fmt)
            for plane in frame.planes:
                plane.update(bytes([15 * index]) * plane.buffer_size)
            frame.pts = index
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    copy = copy_pictures(source, tmp_path, "copy")
    assert copy.suffix == (".mp4" if codec == "mjpeg" else ".webm")
    assert NAME.encode() not in copy.read_bytes()
    assert probe_video(copy).packets == 15
