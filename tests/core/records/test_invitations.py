"""Invitations: worth one patient's recordings for a while, known by a hash only, and gone with their patient (reliability T21)."""

import hashlib
from datetime import timedelta

import pytest

from core.errors import HemifaceError, InputError
from core.records import PatientDetails
from core.records.base import now
from core.records.captures import CaptureError
from tests import home_samples as home
from tests.record_samples import write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


def test_the_token_is_random_long_and_kept_as_a_hash_only(store, settings, patient):
    made = [home.invite(store, patient.id) for _ in range(20)]
    tokens = {token for _, token in made}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {43}  # 256 bits
    store.close()
    everything = b"".join(file.read_bytes() for file in settings.data_dir.rglob("*") if file.is_file())
    for token in tokens:
        assert token.encode() not in everything
        assert hashlib.sha256(token.encode()).hexdigest().encode() in everything


def test_a_token_finds_its_invitation_and_nothing_else(store, patient):
    invitation, token = home.invite(store, patient.id, recordings=2, message=" Hello\u202e \r\nyou ", language="de")
    assert store.invitation_of_token(token) == invitation
    assert (invitation.patient_id, invitation.max_recordings, invitation.sent) == (patient.id, 2, 0)
    assert (invitation.message, invitation.language, invitation.plan) == ("Hello\nyou", "de", home.PLAN)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), invitation.id, "%", "' OR 1=1 --"):
        assert store.invitation_of_token(wrong) is None


def test_an_expired_a_used_and_a_revoked_one_are_like_an_unknown_one(store, patient, clip):
    expired, used, revoked = (home.invite(store, patient.id) for _ in range(3))
    home.expire(store, expired[0])
    home.sent(store, used[0], clip)
    store.revoke_invitation(revoked[0].id)
    assert [store.invitation_of_token(token) for _, token in (expired, used, revoked)] == [None] * 3


def test_recordings_are_counted_when_they_are_sent(store, patient, clip):
    invitation, token = home.invite(store, patient.id, recordings=2)
    home.begun(store, invitation, clip)
    home.finished(store, invitation, clip)
    assert store.invitation_of_token(token).sent == 0
    home.sent(store, invitation, clip)
    assert store.invitation_of_token(token).sent == 1
    home.sent(store, invitation, clip)
    assert store.invitation_of_token(token) is None
    assert store.invitation(invitation.id).sent == 2


@pytest.mark.parametrize("after", [timedelta(seconds=-1), timedelta(days=91)])
def test_it_must_end_within_ninety_days(store, patient, after):
    with pytest.raises(InputError, match="within the next 90 days"):
        store.create_invitation(patient.id, home.PLAN, now() + after)


@pytest.mark.parametrize("number", [0, -1, 51])
def test_the_number_of_recordings_has_limits(store, patient, number):
    with pytest.raises(InputError, match="Between 1 and 50"):
        store.create_invitation(patient.id, home.PLAN, now() + timedelta(days=1), max_recordings=number)


def test_an_unknown_patient_gets_none(store):
    with pytest.raises(HemifaceError, match="not in the records"):
        home.invite(store, "0" * 32)


def test_revoking_ends_it_once_and_keeps_what_was_sent(store, patient, clip):
    invitation, token = home.invite(store, patient.id, recordings=3)
    kept = home.sent(store, invitation, clip)
    first = store.revoke_invitation(invitation.id)
    assert store.revoke_invitation(invitation.id).revoked_at == first.revoked_at
    assert store.invitation_of_token(token) is None
    assert store.recording(kept.recording_id).patient_id == patient.id


def test_the_audit_trail_tells_the_course_without_names_or_tokens(store, patient):
    invitation, token = home.invite(store, patient.id, message="for Jürgen")
    store.note_opened(invitation.id)
    store.note_opened(invitation.id)  # only the first time
    store.note_consent(invitation.id, "2026-1", "de")
    store.revoke_invitation(invitation.id)
    events = store.audit_events(invitation.id)
    assert [event.action for event in reversed(events)] == ["create", "open", "consent", "revoke"]
    assert events[1].details == {"version": "2026-1", "language": "de"}
    assert {event.who for event in events} == {"tester"}
    for secret in (token, "Jürgen", "Müller"):
        assert secret not in str(events)


def test_consent_to_an_unknown_invitation_is_refused(store):
    with pytest.raises(HemifaceError, match="not in the records"):
        store.note_consent("0" * 32, "2026-1", "en")


def test_a_recording_goes_to_the_invitation_s_own_patient_only(store, patient):
    other = store.create_patient(PatientDetails("Somebody Else"))
    invitation, _ = home.invite(store, patient.id)
    with pytest.raises(HemifaceError):
        store.begin_capture(other.id, home.PLAN, "video/mp4", invitation_id=invitation.id)
    assert store.captures(invitation_id=invitation.id) == []


def test_what_was_not_sent_can_be_discarded_and_what_was_sent_cannot(store, patient, clip):
    invitation, _ = home.invite(store, patient.id, recordings=2)
    waiting, kept = home.finished(store, invitation, clip), home.sent(store, invitation, clip)
    store.discard_capture(waiting.id)
    assert not (store.files.captures / waiting.id).exists()
    with pytest.raises(CaptureError, match="part of a visit"):
        store.discard_capture(kept.id)


def test_recordings_of_a_day_share_a_visit_and_wait_until_they_are_seen(store, patient, clip):
    invitation, _ = home.invite(store, patient.id, recordings=2)
    one, two = home.sent(store, invitation, clip), home.sent(store, invitation, clip)
    assert one.visit_id == two.visit_id
    assert store.visit(one.visit_id).label == "Home recording"
    assert {capture.id for capture in store.home_recordings()} == {one.id, two.id}
    store.note_seen(one.id)
    assert [capture.id for capture in store.home_recordings()] == [two.id]
    assert len(store.home_recordings(unseen=False)) == 2


def test_everything_is_deleted_with_the_patient(store, patient, clip):
    invitation, token = home.invite(store, patient.id, recordings=3)
    home.sent(store, invitation, clip)
    waiting = home.finished(store, invitation, clip)
    store.delete_patient(patient.id)
    assert store.invitation_of_token(token) is None
    assert store.invitations(patient.id) == []
    assert store.captures(invitation_id=invitation.id) == []
    store.clean_up(grace_s=0)
    assert not (store.files.captures / waiting.id).exists()
