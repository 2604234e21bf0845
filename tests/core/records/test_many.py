"""Many simulated patients: complete, said to be simulated, the same for the same seed, and consistent in themselves."""

import numpy as np
import pytest

from core.errors import Cancelled
from core.exam.protocol import Expression
from core.records import JudgedItem
from core.records.many import ManyOutcome, add_many
from core.records.many_courses import courses
from core.records.scaled_result import FaceState, scaled_result
from core.result import ExamResult
from core.words import AffectedSide, Branch, Side
from tests.exam_samples import still_exam, synkinetic_exam

TESTED = (Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL, Branch.MARGINAL_MANDIBULAR)


def scaled(function, synkinesis=1.0, seed=1):
    state = FaceState(dict.fromkeys(TESTED, function), synkinesis)
    return scaled_result(synkinetic_exam().result, state, np.random.default_rng(seed))


@pytest.fixture
def quick(monkeypatch):
    """The template of a test in place of the one that is measured."""
    template = synkinetic_exam().result
    monkeypatch.setattr("core.records.many._template", lambda _side: template)


def test_a_better_state_gives_better_scores_on_the_affected_side_only():
    bad, good = scaled(0.1), scaled(0.9)
    template = synkinetic_exam().result
    for branch in TESTED:
        assert bad.branches[branch].right.weakness > good.branches[branch].right.weakness + 30
        assert bad.branches[branch].left == good.branches[branch].left == template.branches[branch].left
    assert bad.scales.sunnybrook.composite < good.scales.sunnybrook.composite
    assert bad.scales.house_brackmann.grade > good.scales.house_brackmann.grade
    assert bad.overall.weakness.right > good.overall.weakness.right
    smile = good.expressions[Expression.SMILE_OPEN]
    assert smile.function_ratio == pytest.approx(0.9, abs=0.12)
    assert smile.excursion_mm.right == pytest.approx(np.mean([r.excursion_mm.right for r in smile.repetitions]))


def test_less_synkinesis_lowers_every_score_of_it():
    strong, none = scaled(0.8, 1.0), scaled(0.8, 0.0)
    assert max(entry.score for entry in strong.synkinesis if entry.side is Side.RIGHT) > 20
    assert all(entry.score == 0 for entry in none.synkinesis if entry.side is Side.RIGHT)
    assert {entry.right.synkinesis for entry in none.branches.values()} <= {0.0, None}
    assert none.scales.sunnybrook.synkinesis < strong.scales.sunnybrook.synkinesis


@pytest.mark.parametrize("function", [0.0, 0.5, 1.0])
def test_a_scaled_result_is_a_whole_result_that_says_what_it_is(function):
    result = scaled(function)
    assert ExamResult.model_validate_json(result.model_dump_json()) == result
    assert "scaled_template" in {entry.code for entry in result.quality}
    assert result.simulated
    for item in JudgedItem:
        item.checked(item.automatic(result))
    assert 0 <= result.overall.weakness.right <= 100


def test_only_a_one_sided_template_can_be_scaled():
    with pytest.raises(ValueError, match="one-sided"):
        scaled_result(still_exam().result, FaceState({}, 0.0), np.random.default_rng(0))


def test_courses_have_the_wanted_numbers_and_are_the_same_for_the_same_seed():
    made = list(courses(20, 150, seed=4))
    assert made == list(courses(20, 150, seed=4))
    assert made != list(courses(20, 150, seed=5))
    assert sum(len(one.visits) for one in made) == 150
    assert min(len(one.visits) for one in made) >= 1
    for one in made:
        days = [visit.day for visit in one.visits]
        assert one.details.checked() == one.details
        assert one.details.onset < days[0]
        assert days == sorted(set(days))
        for treatment in one.treatments:
            assert treatment.checked() == treatment
            assert treatment.day >= one.details.onset
    assert any(treatment.sites for one in made for treatment in one.treatments)
    with pytest.raises(ValueError, match="at least as many"):
        list(courses(3, 2, seed=0))


@pytest.mark.usefixtures("quick")
def test_everything_is_entered_readable_and_said_to_be_simulated(store):
    told = []
    assert add_many(store, 2, 7, seed=3, progress=lambda *now: told.append(now)) == ManyOutcome(2, 7)
    assert told[-1] == ("7 of 7 visits entered", 7, 7, None)
    assert store.count_patients(simulated=False) == 0
    rows = store.cohort_rows()
    assert len(rows) == 7
    patients = [row.patient for row in store.patients().rows]
    for patient in patients:
        for entry in store.patient_series(patient.id):
            assert entry.recording.simulated
            assert store.recording_path(entry.recording).stat().st_size == entry.recording.size_bytes
            result = store.load_result(entry.newest)
            assert result.affected_side is AffectedSide.RIGHT
            assert store.analysis_file(entry.newest, "measures.csv").stat().st_size > 1000
        assert store.timeline(patient.id)
        assert store.audit_events(patient.id)[0].action == "create"
    assert store.clean_up(grace_s=0).removed == 0
    assert store.clean_up().missing == []
    assert store.delete_patient(patients[0].id).complete


@pytest.mark.usefixtures("quick")
def test_those_that_are_there_stay_and_cancelling_leaves_whole_patients(store):
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        add_many(store, 3, 6, seed=3, cancelled=lambda: next(asked))
    [first] = store.patients().rows
    assert first.visits == len(next(courses(3, 6, 3)).visits)
    outcome = add_many(store, 3, 6, seed=3)
    assert outcome == ManyOutcome(2, 6 - first.visits)
    assert add_many(store, 3, 6, seed=3) == ManyOutcome(0, 0)
    assert store.patient(first.patient.id) == first.patient


@pytest.mark.usefixtures("quick")
def test_a_patient_that_cannot_be_entered_leaves_no_files(store, monkeypatch):
    monkeypatch.setattr("core.records.many.summary_row", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        add_many(store, 1, 1)
    assert store.count_patients() == 0
    assert not [path for path in store.files.root.rglob("*") if path.is_file() and "sqlite" not in path.name]
