"""Demo patients in the records: whole or not at all, once only, called simulated, whatever ends the work."""

import errno
import itertools
import multiprocessing
import shutil
from dataclasses import asdict, replace

import pytest

from core.errors import Cancelled, HemifaceError, UnavailableError
from core.phantom.demo import DEMO_PATIENTS
from core.records import PatientDetails
from core.records.demo import DemoOutcome, add_demo_patients
from core.records.runner import AnalysisOptions
from core.result import QualityEntry
from core.words import AffectedSide
from models.tracking import tracker_factory
from tests.demo_samples import (
    FIRST_DAY,
    FailingFactory,
    entered,
    film_without_drawing,
    incomplete,
    small_patient,
    small_patients,
)
from tests.fake_tracker import SquareTrackerFactory

TWO_AND_ONE = small_patients(2, 1)
without_drawing = pytest.mark.usefixtures("quick_films")


@pytest.fixture
def quick_films(monkeypatch):
    monkeypatch.setattr("core.phantom.demo.record_visit", film_without_drawing)


def add(store, factory=None, patients=TWO_AND_ONE, **more):
    return add_demo_patients(store, factory, patients=patients, **{"workers": 1, **more})


def leftovers(store):
    """Files and folders that belong to no patient in the records."""
    known = {row.patient.id for row in store.patients(limit=1000).rows}
    return [*store.files.incoming.iterdir()] + [f for f in store.files.patients.iterdir() if f.name not in known]


# ------------------------------------------------------------------------------------------------------------- what is made


@without_drawing
def test_every_visit_is_entered_as_simulated_with_the_truth_and_the_options_that_were_used(store):
    factory = SquareTrackerFactory()
    assert add(store, factory) == DemoOutcome(patients=2, visits=3)
    assert incomplete(store, TWO_AND_ONE) == []
    for planned in TWO_AND_ONE:
        patient = entered(store, planned.number)
        assert patient.simulated
        assert (patient.details.affected_side, patient.details.onset) == (AffectedSide.RIGHT, FIRST_DAY)
        for visit, row in zip(planned.visits, store.visits(patient.id)[::-1], strict=True):
            assert "weakness of the patient's right side" in row.visit.notes
            [recording] = store.recordings(row.visit.id)
            assert (recording.simulated, recording.confirmed, recording.mirrored) == (True, True, False)
            assert recording.original_name.startswith("simulated-")
            assert (recording.duration_s, recording.facts["codec"]) == (pytest.approx(1.4, abs=0.11), "h264")
            segments = store.segments(recording.id)
            assert (segments.version, segments.segments) == (1, visit.segments)
            [analysis] = store.analyses(recording.id)
            result = store.load_result(analysis)
            assert result.simulated
            assert analysis.segments_version == 1
            assert analysis.options == asdict(AnalysisOptions(tracker="squares"))
            assert analysis.options["mirror_average"] == result.tracker.mirror_averaged
            assert analysis.options["half_faces"] == result.tracker.half_faces
            assert result.tracker.name == analysis.options["tracker"]
    assert leftovers(store) == []
    assert not factory.open


@without_drawing
def test_the_side_is_known_from_the_second_visit_on(store):
    """A side that treatment has made even would be called sound, and its visits could not be compared."""
    add(store, SquareTrackerFactory(), TWO_AND_ONE[:1])
    patient = entered(store, TWO_AND_ONE[0].number)
    told = []
    for row in store.visits(patient.id)[::-1]:
        [recording] = store.recordings(row.visit.id)
        result = store.load_result(store.latest_analysis(recording.id))
        told.append((recording.affected_side, result.affected_side_source))
    assert told == [(AffectedSide.UNDETERMINED, "movement"), (AffectedSide.RIGHT, "clinician")]


@without_drawing
def test_second_opinions_are_asked_for_with_the_video_of_every_visit(store):
    seen = []

    def opinions(analysis, video):
        seen.append(video.is_file())
        remark = QualityEntry(code="asked", severity="info", message="Asked.")
        return replace(analysis, result=analysis.result.model_copy(update={"quality": [remark]}))

    add(store, SquareTrackerFactory(), opinions=opinions)
    assert seen == [True, True, True]
    for planned in TWO_AND_ONE:
        for row in store.visits(entered(store, planned.number).id):
            [recording] = store.recordings(row.visit.id)
            result = store.load_result(store.latest_analysis(recording.id))
            assert [entry.code for entry in result.quality] == ["asked"]


@without_drawing
def test_all_demo_patients_of_the_program_can_be_entered(store):
    outcome = add(store, None, DEMO_PATIENTS)
    assert outcome == DemoOutcome(len(DEMO_PATIENTS), sum(len(patient.visits) for patient in DEMO_PATIENTS))
    assert incomplete(store, DEMO_PATIENTS, analysed=False) == []
    assert store.count_patients(simulated=False) == 0


@without_drawing
def test_progress_counts_every_frame_and_ends_with_all_of_them(store):
    told = []
    add(store, SquareTrackerFactory(), progress=lambda *state: told.append(state))
    done = [state[1] for state in told]
    assert done == sorted(done)
    assert {state[2] for state in told} == {2 * 3 * 14}  # every frame is drawn and tracked
    assert {"0 of 3 visits ready", "1 of 3 visits ready", "2 of 3 visits ready"} <= {state[0] for state in told}
    assert told[-1] == ("3 of 3 visits ready", 84, 84, 0.0)


def test_the_whole_way_with_the_default_tracker_in_two_processes(store):
    """Nothing is replaced here: drawn, filmed, tracked and graded side by side, and entered in the order of the dates."""
    patient = small_patient(visits=2, side_px=160)
    told = []
    outcome = add_demo_patients(store, tracker_factory(), patients=[patient], progress=lambda *now: told.append(now))
    assert outcome == DemoOutcome(patients=1, visits=2)
    assert incomplete(store, [patient]) == []
    assert told[-1][:3] == ("2 of 2 visits ready", 56, 56)
    for row in store.visits(entered(store, patient.number).id):
        [recording] = store.recordings(row.visit.id)
        result = store.load_result(store.latest_analysis(recording.id))
        assert result.tracking.fraction == 1.0
        assert (result.simulated, result.affected_side) == (True, AffectedSide.RIGHT)
        excursion = result.expressions["smile_open"].excursion_mm
        assert excursion.left > 2 * excursion.right
    assert leftovers(store) == []
    assert multiprocessing.active_children() == []


# ---------------------------------------------------------------------------------------------------------------- once only


@without_drawing
def test_a_second_run_changes_nothing(store):
    add(store)
    before = [event.number for event in store.audit_events()]
    assert add(store) == DemoOutcome(0, 0)
    assert [event.number for event in store.audit_events()] == before


@without_drawing
def test_only_what_is_missing_is_added(store):
    add(store)
    kept, gone = (entered(store, patient.number) for patient in TWO_AND_ONE)
    first, second = store.visits(kept.id)[::-1]
    store.delete_visit(first.visit.id)
    store.delete_patient(gone.id)
    assert add(store) == DemoOutcome(patients=2, visits=2)
    assert incomplete(store, TWO_AND_ONE, analysed=False) == []
    assert entered(store, TWO_AND_ONE[0].number) == kept
    assert store.visits(kept.id)[0] == second


@without_drawing
def test_a_real_patient_with_the_same_record_number_is_left_alone(store):
    details = PatientDetails("Test Patient", TWO_AND_ONE[0].number)
    real = store.create_patient(details)
    add(store)
    assert (store.patient(real.id), store.visits(real.id)) == (real, [])
    assert store.count_patients(simulated=True) == 2


@without_drawing
def test_a_second_run_at_the_same_time_is_refused_in_words(store):
    refused = []

    def at_once(*_):
        with pytest.raises(HemifaceError) as problem:
            add(store)
        refused.append(problem.value.message)

    assert add(store, progress=at_once).visits == 3
    assert set(refused) == {"The demo patients are being made already."}
    assert incomplete(store, TWO_AND_ONE, analysed=False) == []


# --------------------------------------------------------------------------------------------------- whole or not at all


def after_questions(number):
    """A ``cancelled`` that says True from this question on."""
    questions = itertools.count()
    return lambda: next(questions) >= number


@without_drawing
def test_cancelling_at_any_time_leaves_whole_patients_only(store):
    """Cancelled ever later, at every few frames, until a run comes to its end."""
    ends, whole = [], []
    for patience in range(0, 200, 12):
        try:
            ends.append(add(store, SquareTrackerFactory(), cancelled=after_questions(patience)))
        except Cancelled:
            ends.append(None)
        assert incomplete(store, TWO_AND_ONE) == []
        assert leftovers(store) == []
        whole.append(store.count_patients())
        if ends[-1]:
            break
    assert ends[:2] == [None, None]
    assert whole[0] == 0
    assert 1 in whole  # a complete patient stays
    assert ends[-1].visits
    assert whole[-1] == 2


STEPS = ["create_visit", "add_recording", "save_segments", "add_analysis", "update_visit"]


def broken(*_args, **_more):
    raise HemifaceError("The disk with the data folder is full.", code="disk_full")


@without_drawing
@pytest.mark.parametrize(("step", "visits_before"), [("add_analysis", 0), *((step, 1) for step in STEPS)])
def test_a_visit_that_cannot_be_entered_leaves_nothing_of_itself(store, monkeypatch, step, visits_before):
    """A new patient goes altogether; one who was there before keeps the visits of before."""
    [patient] = small_patients(2)
    if visits_before:
        add(store, SquareTrackerFactory(), [patient])
        last = store.visits(entered(store, patient.number).id)[0]
        store.delete_visit(last.visit.id)
    with monkeypatch.context() as patch:
        patch.setattr(type(store), step, broken)
        with pytest.raises(HemifaceError, match="full"):
            add(store, SquareTrackerFactory(), [patient])
    assert store.count_patients() == visits_before
    assert leftovers(store) == []
    if visits_before:
        assert len(store.visits(entered(store, patient.number).id)) == 1
    add(store, SquareTrackerFactory(), [patient])
    assert incomplete(store, [patient]) == []


@without_drawing
@pytest.mark.parametrize("step", STEPS)
def test_what_a_killed_program_left_is_completed_by_the_next_run(store, monkeypatch, step):
    """Killed in the middle of entering: nothing could be erased any more."""
    [patient] = small_patients(2)
    with monkeypatch.context() as patch:
        patch.setattr(type(store), step, broken)
        patch.setattr(type(store), "delete_visit", broken)
        patch.setattr(type(store), "delete_patient", broken)
        with pytest.raises(HemifaceError):
            add(store, SquareTrackerFactory(), [patient])
    assert incomplete(store, [patient]) != []
    add(store, SquareTrackerFactory(), [patient])
    assert incomplete(store, [patient]) == []
    assert leftovers(store) == []


@without_drawing
def test_a_patient_that_the_user_deletes_meanwhile_stays_deleted(store):
    def delete(stage, *_):
        if stage.startswith("1 of 3"):
            for row in store.patients().rows:
                store.delete_patient(row.patient.id)

    add(store, progress=delete)
    assert [row.patient.details.record_number for row in store.patients().rows] == [TWO_AND_ONE[1].number]
    assert leftovers(store) == []


# --------------------------------------------------------------------------------------------------------- what goes wrong


@without_drawing
def test_a_data_folder_that_cannot_be_written_is_told_in_words(store):
    shutil.rmtree(store.files.incoming)
    store.files.incoming.write_text("a file in the way", encoding="utf-8")
    with pytest.raises(HemifaceError, match="cannot be written"):
        add(store)
    assert store.count_patients() == 0


def test_a_full_disk_is_told_in_words_and_leaves_nothing(store, monkeypatch):
    def full(_patient, _visit, path, **_more):
        path.write_bytes(b"half a film")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.phantom.demo.record_visit", full)
    with pytest.raises(HemifaceError, match="disk with the data folder is full"):
        add(store)
    assert store.count_patients() == 0
    assert leftovers(store) == []


def test_a_tracker_that_is_not_installed_is_told_before_anything_is_filmed(store, monkeypatch):
    monkeypatch.setattr("core.phantom.demo.record_visit", lambda *_a, **_m: pytest.fail("it was filmed"))
    with pytest.raises(UnavailableError, match="Its model is missing"):
        add(store, SquareTrackerFactory(reason="Its model is missing."))


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ("refuse", UnavailableError, "The tracker is gone. Fetch it again."),
        ("die", HemifaceError, "stopped unexpectedly"),
    ],
)
def test_a_problem_in_a_worker_process_is_the_problem_of_the_run(store, how, kind, words):
    with pytest.raises(kind, match=words):
        add(store, FailingFactory(how), [small_patient(side_px=64)], workers=2)
    assert store.count_patients() == 0
    assert leftovers(store) == []
    assert multiprocessing.active_children() == []


def test_cancelling_ends_a_worker_that_is_stuck(store, tmp_path):
    """The server gives a cancelled command a few seconds: work that cannot be asked must not hold it up."""
    stuck, tracking = FailingFactory("hang", tmp_path / "waited"), []

    def note(_stage, done, *_):
        tracking.append(done >= 14)  # all filmed: the tracker is being made, which never ends

    with pytest.raises(Cancelled):
        add(store, stuck, [small_patient(side_px=64)], workers=2, progress=note, cancelled=lambda: any(tracking))
    assert not stuck.mark.exists()
    assert store.count_patients() == 0
    assert leftovers(store) == []
    assert multiprocessing.active_children() == []


@without_drawing
def test_unfinished_files_go_where_they_are_told_to(store, tmp_path):
    (tmp_path / "work").mkdir()
    seen = []
    add(store, work_dir=tmp_path / "work", progress=lambda *_: seen.extend((tmp_path / "work").rglob("exam.mp4")))
    assert seen
    assert list((tmp_path / "work").iterdir()) == []
