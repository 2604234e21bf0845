"""Recordings that a browser makes: every part that was acknowledged is there, nothing else gets in, and nothing is left behind."""

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta

import pytest

from core.errors import HemifaceError, VideoError
from core.exam.guide import Cue, CueOutcome, GuidedProtocol, exam_plan, practice_plan
from core.exam.protocol import Expression as E
from core.exam.segments import SegmentSource
from core.records import CaptureState, PatientDetails, RecordingKind
from core.records.base import now
from core.records.capture_files import ARRIVING
from core.records.captures import MOST_PART_BYTES, CaptureError, capture_title, dropped_movements
from core.video.limits import VideoLimits
from core.video.probe import probe_video
from core.words import AffectedSide
from tests.record_samples import pieces, write_clip, write_fragments

LIMITS = VideoLimits()
MIME = "video/mp4;codecs=avc1.42E01E"
PLAN = exam_plan(GuidedProtocol.QUICK)
CUES = (
    Cue(expression=E.REST, start_s=0.0, end_s=1.0),
    Cue(expression=E.PUCKER, start_s=1.0, end_s=1.7, outcome=CueOutcome.REPEATED),
    Cue(expression=E.PUCKER, start_s=1.8, end_s=2.6),
    Cue(expression=E.EEE, start_s=2.7, end_s=2.9, outcome=CueOutcome.CUT),
)
HEAD = b"\x00\x00\x00\x18ftypmp42"


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """What a browser sends of three seconds."""
    return write_fragments(tmp_path_factory.mktemp("video") / "video.mp4").read_bytes()


@pytest.fixture
def parts(video):
    return pieces(video, 4)


@pytest.fixture
def begun(store, patient, visit):
    return store.begin_capture(patient.id, PLAN, MIME, visit_id=visit.id)


def send(store, capture, parts):
    for number, part in enumerate(parts):
        store.append_part(capture.id, number, part, LIMITS)
    return store.capture(capture.id)


def arrived(store, capture):
    path = store.files.captures / capture.id / ARRIVING
    return path.read_bytes() if path.is_file() else b""


def kept(store, capture, parts, **more):
    send(store, capture, parts)
    store.finish_capture(capture.id, parts=len(parts), cues=CUES)
    return store.keep_capture(capture.id, LIMITS, **more)


def actions(store, subject):
    return [event.action for event in store.audit_events() if event.subject == subject][::-1]


# ----------------------------------------------------------------------------------------------------------- the good way


def test_a_recording_arrives_in_parts_and_becomes_one_of_the_visit(store, visit, begun, parts, video):
    assert (begun.state, begun.parts, begun.size_bytes, begun.plan, begun.mime) == (
        CaptureState.RECORDING,
        0,
        0,
        PLAN,
        MIME,
    )
    for number, part in enumerate(parts):
        grown = store.append_part(begun.id, number, part, LIMITS)
        assert (grown.parts, grown.size_bytes) == (number + 1, sum(map(len, parts[: number + 1])))
        assert arrived(store, begun) == video[: grown.size_bytes], "on the disk before it is acknowledged"
    finished = store.finish_capture(begun.id, parts=4, cues=CUES)
    assert finished.state is CaptureState.FINISHED
    media = store.capture_media(finished)
    assert probe_video(media).packets == 60
    assert [path.name for path in media.parent.iterdir()] == ["media.mp4"]
    recording = store.keep_capture(begun.id, LIMITS)
    assert store.recordings(visit.id) == [recording]
    assert (recording.kind, recording.confirmed, recording.mirrored) == (RecordingKind.EXAM, True, False)
    assert recording.title == "Guided recording, quick 4"
    assert probe_video(store.recording_path(recording)).packets == 60
    after = store.capture(begun.id)
    assert (after.state, after.recording_id, after.visit_id) == (CaptureState.KEPT, recording.id, visit.id)
    assert not list(store.files.captures.iterdir())
    assert not list(store.files.incoming.iterdir())


def test_what_was_performed_becomes_segments(store, begun, parts):
    recording = kept(store, begun, parts)
    segments = store.segments(recording.id).segments
    assert [(s.expression, s.start_s, s.end_s) for s in segments] == [(E.REST, 0.0, 1.0), (E.PUCKER, 1.8, 2.6)]
    assert {segment.source for segment in segments} == {SegmentSource.CUE}
    assert store.capture(begun.id).performed == 1


def test_without_anything_performed_there_are_no_segments(store, begun, parts):
    send(store, begun, parts)
    store.finish_capture(
        begun.id, parts=4, cues=[Cue(expression=E.EEE, start_s=0, end_s=1, outcome=CueOutcome.SKIPPED)]
    )
    assert store.segments(store.keep_capture(begun.id, LIMITS).id) is None


def test_facts_tell_of_video_and_camera(store, patient, visit, parts):
    begun = store.begin_capture(patient.id, PLAN, MIME, visit_id=visit.id, camera={"width": 1280, "user_agent": "A"})
    send(store, begun, parts)
    store.finish_capture(begun.id, parts=4, camera={"frameRate": 29.97})
    facts = store.keep_capture(begun.id, LIMITS).facts
    assert (facts["duration_s"], facts["packets"], facts["codec"], facts["complete"]) == (3.0, 60, "h264", True)
    assert facts["capture"] == {
        "mime": MIME, "width": 1280, "user_agent": "A", "frameRate": 29.97, "broke_off": False,
    }  # fmt: skip


def test_the_known_side_of_the_patient_is_taken_over(store, parts):
    patient = store.create_patient(PatientDetails("A", affected_side=AffectedSide.LEFT))
    begun = store.begin_capture(patient.id, PLAN, MIME)
    assert kept(store, begun, parts).affected_side is AffectedSide.LEFT


def test_keeping_twice_gives_the_same_recording(store, visit, begun, parts):
    recording = kept(store, begun, parts)
    assert store.keep_capture(begun.id, LIMITS) == recording
    assert store.finish_capture(begun.id, parts=4, cues=CUES).recording_id == recording.id
    assert len(store.recordings(visit.id)) == 1


def test_an_answer_that_was_lost_makes_no_second_recording(store, visit, begun, parts, monkeypatch):
    """A browser that lost its connection asks again while the first request is still being worked on."""
    from core.video import probe, repair

    send(store, begun, parts)
    together = threading.Barrier(2)

    def slow(work):
        def wrapper(*args, **more):
            with suppress(threading.BrokenBarrierError):
                together.wait(timeout=0.2)
            together.reset()
            return work(*args, **more)

        return wrapper

    monkeypatch.setattr(probe, "probe_video", slow(probe.probe_video))
    monkeypatch.setattr(repair, "repair_video", slow(repair.repair_video))

    def ask(_):
        store.finish_capture(begun.id, parts=4, cues=CUES)
        return store.keep_capture(begun.id, LIMITS).id

    with ThreadPoolExecutor(2) as two:
        asked = list(two.map(ask, range(2)))
    assert asked == [store.recordings(visit.id)[0].id] * 2
    assert len(store.recordings(visit.id)) == 1


def test_two_recordings_at_once_do_not_mix(store, patient, visit, parts):
    one, other = (store.begin_capture(patient.id, PLAN, MIME, visit_id=visit.id) for _ in range(2))
    for number, part in enumerate(parts):
        store.append_part(one.id, number, part, LIMITS)
        store.append_part(other.id, number, part[::-1] if number else part, LIMITS)
    assert arrived(store, one) == b"".join(parts)
    assert arrived(store, other) == parts[0] + b"".join(part[::-1] for part in parts[1:])


# ------------------------------------------------------------------------------------------------------------------ parts


def refused(store, capture, number, data, limits=LIMITS):
    """Code of the refusal; nothing may have changed."""
    before, content = store.capture(capture.id), arrived(store, capture)
    with pytest.raises(CaptureError) as caught:
        store.append_part(capture.id, number, data, limits)
    assert caught.value.message.endswith(".")
    assert store.capture(capture.id) == before
    assert arrived(store, capture) == content
    return caught.value.code


def test_parts_out_of_order_are_refused(store, begun, parts):
    send(store, begun, parts[:2])
    for number in (0, 1, 3, 10**9, -1):
        assert refused(store, begun, number, b"\x00" * len(parts[1])) == "order"
    assert store.append_part(begun.id, 2, parts[2], LIMITS).parts == 3


def test_a_first_part_that_is_missing_is_told(store, begun, parts):
    with pytest.raises(CaptureError, match="Part 0 is expected, not part 1"):
        store.append_part(begun.id, 1, parts[1], LIMITS)
    assert not (store.files.captures / begun.id).exists()


def test_the_last_part_may_come_again_and_is_written_once(store, begun, parts, video):
    """Its answer was lost: the browser cannot know that it is there."""
    for number, part in enumerate(parts):
        first, again = (store.append_part(begun.id, number, part, LIMITS) for _ in range(2))
        assert again == first
    assert arrived(store, begun) == video


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (b"", LIMITS, "empty"),
        (b"x" * (MOST_PART_BYTES + 1), LIMITS, "too_large"),
        (b"x" * 100, VideoLimits(max_bytes=7800), "too_large"),
        (b"x" * 100, VideoLimits(max_duration_s=1.0), "too_large"),
    ],
    ids=["empty", "part", "whole", "parts"],
)
def test_what_is_over_a_limit_is_refused(store, begun, parts, data, limits, code):
    send(store, begun, parts[:2])
    assert refused(store, begun, 2, data, limits) == code


def test_parts_up_to_the_limits_are_taken(store, begun, parts, video):
    limits = VideoLimits(max_bytes=len(video), max_duration_s=2.0)
    for number, part in enumerate(parts):
        store.append_part(begun.id, number, part, limits)
    assert refused(store, begun, 4, b"x", limits) == "too_large"
    assert refused(store, begun, 4, b"x", VideoLimits(max_duration_s=2.0)) == "too_large"


def test_only_what_begins_like_a_video_of_a_browser_is_taken(store, begun):
    for data in (
        b"x", b"ftyp", b"<html><script>", b"ffconcat version 1.0\nfile /x", b"RIFF\x00\x00\x00\x00AVI LIST",
        b"\x89PNG\r\n\x1a\n", b"#EXTM3U\n", b"\x00" * 64, b"PK\x03\x04" + b"\x00" * 60,
    ):  # fmt: skip
        assert refused(store, begun, 0, data) == "not_a_video"
    assert not (store.files.captures / begun.id).exists()


def test_nothing_is_added_to_a_recording_that_has_ended(store, begun, parts):
    send(store, begun, parts)
    store.finish_capture(begun.id, parts=4)
    assert refused(store, begun, 4, b"x") == "state"
    with pytest.raises(CaptureError, match="has ended"):
        store.save_cues(begun.id, CUES)


def test_a_part_whose_row_was_never_written_is_cut_off(store, begun, parts, video):
    """The program was killed between the file and the row: the browser sends that part again."""
    send(store, begun, parts[:2])
    with (store.files.captures / begun.id / ARRIVING).open("ab") as stream:
        stream.write(parts[2] + b"and more")
    store.append_part(begun.id, 2, parts[2], LIMITS)
    assert arrived(store, begun) == b"".join(parts[:3])
    store.append_part(begun.id, 3, parts[3], LIMITS)
    assert arrived(store, begun) == video
    with (store.files.captures / begun.id / ARRIVING).open("ab") as stream:
        stream.write(b"\xff" * 500)
    whole = store.finish_capture(begun.id, parts=4)
    assert probe_video(store.capture_media(whole)).packets == 60
    assert whole.camera["broke_off"] is False


def test_a_row_that_cannot_be_written_counts_no_part(store, begun, parts, video, monkeypatch):
    send(store, begun, parts[:1])
    monkeypatch.setattr("core.records.captures._capture", lambda _row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.append_part(begun.id, 1, parts[1], LIMITS)
    monkeypatch.undo()
    assert store.capture(begun.id).parts == 1
    for number in (1, 2, 3):
        store.append_part(begun.id, number, parts[number], LIMITS)
    assert arrived(store, begun) == video


def test_a_full_disk_is_told_and_the_part_can_come_again(store, begun, parts, video, monkeypatch):
    send(store, begun, parts[:1])

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HemifaceError, match="full") as caught:
        store.append_part(begun.id, 1, parts[1], LIMITS)
    assert caught.value.code == "disk_full"
    monkeypatch.undo()
    assert store.capture(begun.id).parts == 1
    for number in (1, 2, 3):
        store.append_part(begun.id, number, parts[number], LIMITS)
    assert arrived(store, begun) == video


# --------------------------------------------------------------------------------------------------- beginning and cues


def test_a_recording_goes_to_its_own_patient_only(store, patient, visit):
    other = store.create_patient(PatientDetails("Somebody else"))
    invitation, _ = store.create_invitation(other.id, PLAN, now() + timedelta(days=1))
    for wrong in (
        {"patient_id": other.id, "visit_id": visit.id},
        {"patient_id": patient.id, "invitation_id": invitation.id},
        {"patient_id": "0" * 32},
        {"patient_id": patient.id, "visit_id": "0" * 32},
        {"patient_id": patient.id, "invitation_id": "0" * 32},
    ):
        with pytest.raises(HemifaceError, match="not in the records"):
            store.begin_capture(plan=PLAN, mime=MIME, **wrong)
    assert store.captures() == []


def test_of_the_camera_only_numbers_and_the_browser_are_kept(store, patient):
    """The name of a camera can be a person's: "Anna's phone"."""
    told = {
        "width": 1280, "height": 720, "frameRate": 29.97, "user_agent": "Mozilla\u202e\n" + "x" * 1000,
        "label": "Anna's phone", "deviceId": "1234", "groupId": "5678", "facingMode": "user", "secret": 1,
    }  # fmt: skip
    camera = store.begin_capture(patient.id, PLAN, "video/mp4\x00" + "y" * 200, camera=told).camera
    assert set(camera) == {"width", "height", "frameRate", "user_agent"}
    assert (len(camera["user_agent"]), camera["user_agent"][:9]) == (200, "Mozilla x")
    odd = {"width": float("nan"), "height": float("inf"), "frameRate": True, "user_agent": ["x"]}
    assert store.begin_capture(patient.id, PLAN, MIME, camera=odd).camera == {}
    assert store.begin_capture(patient.id, PLAN, MIME, camera={"width": 10**30, "height": {}}).camera == {}
    assert [len(capture.mime) <= 80 for capture in store.captures()] == [True] * 3


def test_cues_are_kept_while_it_is_recorded(store, begun, parts):
    store.save_cues(begun.id, CUES[:2])
    store.save_cues(begun.id, CUES[:3])
    assert store.capture(begun.id).cues == CUES[:3]
    send(store, begun, parts)
    assert store.finish_capture(begun.id).cues == CUES[:3], "those that were saved when none come at the end"


def test_cues_at_the_end_replace_those_of_before(store, begun, parts):
    store.save_cues(begun.id, CUES[:2])
    send(store, begun, parts)
    assert store.finish_capture(begun.id, parts=4, cues=CUES).cues == CUES


def test_movements_that_were_never_performed_are_named():
    cues = [*CUES, Cue(expression=E.SNARL, start_s=3, end_s=4, outcome=CueOutcome.SKIPPED)]
    assert dropped_movements(cues) == [E.EEE, E.SNARL]
    assert dropped_movements([]) == []


@pytest.mark.parametrize(
    ("plan", "title"),
    [
        (exam_plan(GuidedProtocol.CORE), "Guided recording, core 9"),
        (exam_plan(GuidedProtocol.SUNNYBROOK), "Guided recording, sunnybrook 6"),
        (exam_plan(GuidedProtocol.CUSTOM, [E.EEE, E.PUCKER]), "Guided recording, 2 movements"),
        (exam_plan(GuidedProtocol.CUSTOM, [E.EEE]), "Guided recording, say eee, bottom teeth"),
        (practice_plan(E.REST), "Guided recording, 0 movements"),
    ],
)
def test_titles(plan, title):
    assert capture_title(plan) == title


# -------------------------------------------------------------------------------------------------------------- the end


def test_missing_parts_are_not_passed_over(store, begun, parts):
    send(store, begun, parts[:3])
    with pytest.raises(CaptureError, match="3 of 4 parts") as caught:
        store.finish_capture(begun.id, parts=4, cues=CUES)
    assert caught.value.code == "order"
    assert store.capture(begun.id).state is CaptureState.RECORDING
    store.append_part(begun.id, 3, parts[3], LIMITS)
    assert store.finish_capture(begun.id, parts=4).state is CaptureState.FINISHED


def test_nothing_recorded_is_told(store, begun):
    for parts in (0, None):
        with pytest.raises(CaptureError, match="Nothing was recorded") as caught:
            store.finish_capture(begun.id, parts=parts)
        assert caught.value.code == "empty"


def test_a_recording_that_broke_off_is_kept_as_far_as_it_goes_and_says_so(store, begun, parts):
    store.save_cues(begun.id, CUES)
    send(store, begun, parts[:3])
    store.finish_capture(begun.id)
    recording = store.keep_capture(begun.id, LIMITS)
    assert (recording.facts["complete"], recording.facts["capture"]["broke_off"]) == (False, True)
    assert 1.5 < recording.duration_s < 2.6
    assert [s.expression for s in store.segments(recording.id).segments] == [E.REST], "the movement was not ended"


def test_a_file_that_is_cut_although_all_parts_came_says_so(store, begun, video):
    """The browser's own recorder stopped in the middle of a fragment."""
    send(store, begun, pieces(video[:-800], 2))
    store.finish_capture(begun.id, parts=2, cues=CUES)
    assert store.keep_capture(begun.id, LIMITS).facts["complete"] is False


def test_what_cannot_be_read_stays_until_somebody_deletes_it(store, begun):
    store.append_part(begun.id, 0, HEAD + bytes(500), LIMITS)
    with pytest.raises(VideoError):
        store.finish_capture(begun.id, parts=1)
    assert store.capture(begun.id).state is CaptureState.RECORDING
    assert [path.name for path in (store.files.captures / begun.id).iterdir()] == [ARRIVING]
    store.discard_capture(begun.id)
    assert not list(store.files.captures.iterdir())


def test_an_end_that_was_interrupted_is_made_again(store, begun, parts, monkeypatch):
    """A half file of the first attempt must not be taken for the recording."""
    send(store, begun, parts)
    (store.files.captures / begun.id / "media.webm").write_bytes(b"half a file")
    monkeypatch.setattr("core.records.captures._camera", lambda _told: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.finish_capture(begun.id, parts=4)
    monkeypatch.undo()
    whole = store.finish_capture(begun.id, parts=4)
    assert probe_video(store.capture_media(whole)).packets == 60
    assert [path.name for path in (store.files.captures / begun.id).iterdir()] == ["media.mp4"]


def test_what_is_not_finished_cannot_be_kept(store, visit, begun, parts):
    send(store, begun, parts)
    with pytest.raises(CaptureError, match="not ended"):
        store.keep_capture(begun.id, LIMITS)
    assert store.recordings(visit.id) == []


def test_too_short_a_recording_is_refused_and_stays(store, patient, visit, tmp_path):
    begun = store.begin_capture(patient.id, PLAN, MIME, visit_id=visit.id)
    send(store, begun, [write_clip(tmp_path / "short.mp4", seconds=0.5).read_bytes()])
    store.finish_capture(begun.id, parts=1)
    with pytest.raises(VideoError, match="at least 1 s"):
        store.keep_capture(begun.id, LIMITS)
    assert store.capture(begun.id).state is CaptureState.FINISHED
    assert store.recordings(visit.id) == []
    assert store.capture_media(store.capture(begun.id)).is_file()


def test_a_finished_file_that_is_gone_is_told(store, begun, parts):
    send(store, begun, parts)
    finished = store.finish_capture(begun.id, parts=4)
    store.capture_media(finished).unlink()
    with pytest.raises(HemifaceError, match="not in the records"):
        store.keep_capture(begun.id, LIMITS)


def test_unknown_ids_are_told_in_words(store):
    unknown = "0" * 32
    for ask in (
        lambda: store.capture(unknown),
        lambda: store.append_part(unknown, 0, HEAD, LIMITS),
        lambda: store.save_cues(unknown, ()),
        lambda: store.finish_capture(unknown, parts=1),
        lambda: store.keep_capture(unknown, LIMITS),
        lambda: store.note_seen(unknown),
    ):
        with pytest.raises(HemifaceError, match="not in the records"):
            ask()
    store.discard_capture(unknown)  # nothing happens


# -------------------------------------------------------------------------------------------------------------- at home


@pytest.fixture
def invitation(store, patient):
    return store.create_invitation(patient.id, PLAN, now() + timedelta(days=3), max_recordings=5)[0]


def at_home(store, invitation, parts, day, label="Home recording"):
    begun = store.begin_capture(invitation.patient_id, invitation.plan, MIME, invitation_id=invitation.id)
    assert begun.visit_id is None
    return kept(store, begun, parts, day=day, label=label), store.capture(begun.id)


def test_a_visit_is_made_for_a_recording_from_home_and_used_again_on_the_same_day(store, patient, invitation, parts):
    day = date(2026, 3, 12)
    store.create_visit(patient.id, day, "in the clinic")
    (one, first), (two, _) = (at_home(store, invitation, parts, day) for _ in range(2))
    next_day, _ = at_home(store, invitation, parts, date(2026, 3, 13))
    assert one.visit_id == two.visit_id == first.visit_id
    assert {row.visit.title: row.recordings for row in store.visits(patient.id)} == {
        "13 Mar 2026 · Home recording": 1,
        "12 Mar 2026 · Home recording": 2,
        "12 Mar 2026 · in the clinic": 0,
    }
    assert next_day.visit_id != one.visit_id


def test_recordings_from_home_wait_until_somebody_took_note_of_them(store, invitation, begun, parts):
    kept(store, begun, parts)  # of the clinic
    captures = [at_home(store, invitation, parts, date(2026, 3, day))[1] for day in (1, 2)]
    unsent = store.begin_capture(invitation.patient_id, PLAN, MIME, invitation_id=invitation.id)
    assert store.home_recordings() == captures[::-1]
    store.note_seen(captures[1].id)
    assert store.home_recordings() == captures[:1]
    assert [capture.id for capture in store.home_recordings(unseen=False)] == [c.id for c in captures[::-1]]
    assert {c.id for c in store.captures(invitation_id=invitation.id)} == {unsent.id, *(c.id for c in captures)}
    assert [c.id for c in store.captures(state=CaptureState.RECORDING)] == [unsent.id]


# ------------------------------------------------------------------------------------------------- deleting and audit


def test_a_recording_that_nobody_wants_is_erased(store, visit, begun, parts):
    send(store, begun, parts)
    store.discard_capture(begun.id)
    assert store.captures(visit_id=visit.id) == []
    assert not list(store.files.captures.iterdir())
    store.discard_capture(begun.id)
    with pytest.raises(HemifaceError, match="not in the records"):
        store.append_part(begun.id, 4, parts[0], LIMITS)
    assert not list(store.files.captures.iterdir())


def test_what_is_part_of_a_visit_is_deleted_there(store, visit, begun, parts):
    recording = kept(store, begun, parts)
    with pytest.raises(CaptureError, match="delete it there"):
        store.discard_capture(begun.id)
    store.delete_recording(recording.id)
    assert store.captures(visit_id=visit.id) == []


@pytest.fixture
def three(store, patient, visit, parts):
    """A recording in each state, one of them without a visit."""
    running = store.begin_capture(patient.id, PLAN, MIME)
    finished, whole = (store.begin_capture(patient.id, PLAN, MIME, visit_id=visit.id) for _ in range(2))
    send(store, running, parts[:2])
    send(store, finished, parts)
    store.finish_capture(finished.id, parts=4)
    kept(store, whole, parts)
    return running, finished, whole


def test_deleting_a_patient_removes_every_recording(store, patient, three):
    store.delete_patient(patient.id)
    assert store.captures() == []
    assert not list(store.files.captures.iterdir())
    assert not list(store.files.patients.iterdir())
    assert three


def test_deleting_a_visit_removes_its_recordings_only(store, visit, three):
    running, _, _ = three
    store.delete_visit(visit.id)
    assert [capture.id for capture in store.captures()] == [running.id]
    assert [path.name for path in store.files.captures.iterdir()] == [running.id]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("delete", ["delete_patient", "delete_visit"])
def test_a_crash_in_an_erasure_leaves_no_face_after_the_next_start(store, patient, visit, monkeypatch, delete):
    monkeypatch.setattr(type(store.files), "remove_capture", lambda *_: None)
    getattr(store, delete)(patient.id if delete == "delete_patient" else visit.id)
    monkeypatch.undo()
    left = {capture.id for capture in store.captures()}
    store.clean_up()
    assert {path.name for path in store.files.captures.iterdir()} == left


def test_clean_up_keeps_what_has_a_row_and_removes_the_rest(store, begun, parts):
    send(store, begun, parts)
    stray = store.files.captures / ("f" * 32)
    stray.mkdir()
    (stray / ARRIVING).write_bytes(b"x")
    assert store.clean_up().removed == 0, "it may belong to a program that is just beginning"
    past = time.time() - 2 * 3600
    for path in store.files.captures.iterdir():
        os.utime(path, (past, past))
    assert store.clean_up().removed == 1
    assert [path.name for path in store.files.captures.iterdir()] == [begun.id]
    assert arrived(store, begun) == b"".join(parts)


def test_every_step_leaves_its_trace_without_personal_data(store, visit, begun, invitation, parts):
    recording = kept(store, begun, parts)
    _, home = at_home(store, invitation, parts, date(2026, 3, 1))
    store.note_seen(home.id)
    lost = store.begin_capture(visit.patient_id, PLAN, MIME, camera={"label": "Anna's phone"})
    store.discard_capture(lost.id)
    assert actions(store, "capture") == ["create", "keep", "create", "keep", "seen", "create", "delete"]
    created, keep = store.audit_events(begun.id)[::-1]
    assert created.details == {"visit": visit.id, "invitation": None}
    assert keep.details == {"recording": recording.id, "invitation": None}
    told = json.dumps([[event.action, dict(event.details)] for event in store.audit_events()])
    for word in ("Anna", "Müller", "Guided", "video/mp4"):
        assert word not in told
