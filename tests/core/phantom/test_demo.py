"""The demo patients: who is there, that the words told of them are what is simulated, and that a film can be repeated."""

import re

import pytest

from core.exam.protocol import Expression
from core.grading.synkinesis import Region
from core.phantom.condition import Condition, Synkinesis, single_branch
from core.phantom.demo import DEMO_PATIENTS, record_visit, simulated_in_words
from core.video.probe import probe_video
from core.words import BRANCHES, SIDES, AffectedSide, Branch, Side
from tests.demo_samples import small_patient

R, L = Side.RIGHT, Side.LEFT
VISITS = [(patient, visit) for patient in DEMO_PATIENTS for visit in patient.visits]
UNIT_DAYS = {"day": 1, "week": 7, "month": 30.4}


def patient_of(words):
    """The one demo patient whose title has these words."""
    [found] = [patient for patient in DEMO_PATIENTS if words in patient.title]
    return found


def affected(condition):
    """(branch, side) that are weak."""
    return {(branch, side) for branch in BRANCHES for side in SIDES if condition.weakness(branch, side)}


def test_every_demo_patient_is_told_apart_and_called_simulated():
    assert len(DEMO_PATIENTS) >= 5
    for what in ("number", "name", "identity"):
        assert len({getattr(patient, what) for patient in DEMO_PATIENTS}) == len(DEMO_PATIENTS), what
    for patient in DEMO_PATIENTS:
        assert patient.name.startswith("Simulated: ")
        assert "not a person" in patient.notes
        days = [visit.day for visit in patient.visits]
        assert days == sorted(set(days))  # a visit is found again by its day
    assert all("Simulated (0 none to 100 complete)" in visit.full_notes for _, visit in VISITS)


def test_flaccid_palsy_recovers_in_every_branch_from_visit_to_visit():
    patient = patient_of("flaccid")
    assert patient.affected_side is AffectedSide.RIGHT
    acute, later, last = (visit.condition for visit in patient.visits)
    assert all(acute.weakness(branch, R) == 1.0 for branch in BRANCHES)
    for branch in BRANCHES:
        assert acute.weakness(branch, R) > later.weakness(branch, R) > last.weakness(branch, R) > 0, branch
        assert not any(condition.weakness(branch, L) for condition in (acute, later, last))
    # "The eye closes better than the forehead and the smile move", "The forehead is still weak".
    for condition in (later, last):
        others = [condition.weakness(branch, R) for branch in BRANCHES if branch is not Branch.ZYGOMATIC]
        assert condition.weakness(Branch.ZYGOMATIC, R) < min(others)
        assert condition.weakness(Branch.TEMPORAL, R) == max(others)


def test_botulinum_lessens_synkinesis_and_nothing_else():
    patient = patient_of("botulinum")
    assert patient.affected_side is AffectedSide.LEFT
    before, after = (visit.condition for visit in patient.visits)
    assert before.attenuation == after.attenuation
    assert {link.side for link in before.synkinesis} == {L}
    for stronger, weaker in zip(before.synkinesis, after.synkinesis, strict=True):
        assert (stronger.trigger, stronger.region) == (weaker.trigger, weaker.region)
        assert 0 < weaker.strength < 0.5 * stronger.strength


@pytest.mark.parametrize(
    ("words", "weak", "side"),
    [
        ("marginal mandibular", {(Branch.MARGINAL_MANDIBULAR, L)}, AffectedSide.LEFT),
        ("temporal", {(Branch.TEMPORAL, R)}, AffectedSide.RIGHT),
        ("bilateral", {(branch, side) for branch in BRANCHES for side in SIDES}, AffectedSide.BOTH),
        ("healthy", set(), AffectedSide.NONE),
    ],
)
def test_the_other_demo_patients_have_what_their_title_says(words, weak, side):
    patient = patient_of(words)
    assert patient.affected_side is side
    for visit in patient.visits:
        assert affected(visit.condition) == weak
        assert visit.condition.synkinesis == ()


def test_titles_and_notes_name_the_affected_side():
    """Left and right in the words are those of the condition; a wrong one would teach users the wrong side."""
    for patient, visit in VISITS:
        side = visit.condition.affected_side.side
        if side is None:
            continue
        told = f"{patient.title} {patient.history} {visit.notes}".lower()
        assert re.search(rf"\b{side.value}\b", told)
        assert not re.search(rf"\b{side.opposite.value}\b", told)


def test_labels_tell_the_true_time():
    """ "3 months after onset" counts from the first day of the palsy, weeks after an injection from the visit before it."""
    checked = 0
    for patient in DEMO_PATIENTS:
        for number, visit in enumerate(patient.visits):
            if not (told := re.match(r"(\d+) (day|week|month)s? after (\w+)", visit.label)):
                continue
            since = patient.visits[number - 1].day if told[3] == "botulinum" else patient.onset
            assert (visit.day - since).days == pytest.approx(int(told[1]) * UNIT_DAYS[told[2]], abs=5), visit.label
            checked += 1
    assert checked >= 6


def test_a_patient_stays_the_same_person_from_visit_to_visit():
    for patient in DEMO_PATIENTS:
        assert len({visit.condition.person for visit in patient.visits}) == 1
        assert patient.onset is None or patient.onset <= patient.visits[0].day
        assert (patient.onset is None) == (patient.cause == "")
    assert len({patient.visits[0].condition.person for patient in DEMO_PATIENTS}) == len(DEMO_PATIENTS)


def test_what_is_simulated_is_told_in_words():
    weak = single_branch(Branch.MARGINAL_MANDIBULAR, L, 0.4)
    assert simulated_in_words(weak) == (
        "Simulated (0 none to 100 complete): weakness of the patient's left side: marginal mandibular 40."
    )
    whole = Condition(
        "", {(branch, R): 0.85 for branch in BRANCHES}, (Synkinesis(L, Expression.SMILE_OPEN, Region.EYE, 0.5),)
    )
    assert simulated_in_words(whole) == (
        "Simulated (0 none to 100 complete): weakness of the patient's right side: every branch 85; "
        "synkinesis of the patient's left side: zygomatic 50."
    )
    assert simulated_in_words(Condition("")).endswith(": no weakness and no synkinesis.")


def test_a_visit_is_filmed_as_announced_and_can_be_filmed_again(tmp_path):
    patient = small_patient(side_px=64)
    [first] = patient.visits
    told = []
    for name in ("a.mp4", "b.mp4"):
        record_visit(patient, first, tmp_path / name, progress=lambda *state: told.append(state))
    assert told == 2 * [(n + 1, first.frames) for n in range(first.frames)]
    facts = probe_video(tmp_path / "a.mp4")
    assert (facts.packets, facts.width, facts.codec) == (first.frames, first.camera.width, "h264")
    assert first.segments[-1].end_s == pytest.approx(facts.duration_s, abs=0.11)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
