"""Reports by the id of a visit: the right analysis, its pictures, the clinician's judgement, and refusals in one sentence."""

from datetime import date

import pytest

from core.errors import HemifaceError, InputError
from core.exam.protocol import Expression
from core.records import PatientDetails, Store
from core.records.judged_items import JudgedItem
from core.reports.content import EXPRESSIONS_SHOWN
from core.reports.from_store import report_of_comparison, report_of_visit
from core.settings import Settings
from tests.exam_samples import fitting, synkinetic_exam, write_grey_clip
from tests.report_samples import pictures_in, words_of


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """A store with one patient whose two visits were analysed, and a third visit with nothing; ids by name."""
    folder = tmp_path_factory.mktemp("reports")
    store = Store.open(Settings(data_dir=folder / "data", database_url=""), who="Dr. B. Judge")
    exam = fitting(synkinetic_exam())
    clip = write_grey_clip(folder / "exam.mp4", exam.track)
    out = folder / "out"
    out.mkdir()
    exam.write(out)
    patient = store.create_patient(PatientDetails(name="Δέσποινα Π.", record_number="77", simulated=True))
    ids = {"patient": patient.id}
    for name, day in (("before", date(2026, 3, 12)), ("after", date(2026, 9, 12))):
        visit = store.create_visit(patient.id, day, name)
        recording = store.add_recording(visit.id, clip, "exam.mp4", confirmed=True)
        ids[name], ids[f"{name} recording"] = visit.id, recording.id
        ids[f"{name} analysis"] = store.add_analysis(recording.id, out).id
    store.add_judgement(ids["before"], JudgedItem.HOUSE_BRACKMANN_GRADE, 3)
    ids["empty"] = store.create_visit(patient.id, date(2026, 10, 1), "nothing yet").id
    other = store.create_patient(PatientDetails(name="Somebody else"))
    ids["of another"] = store.create_visit(other.id, date(2026, 11, 1), "").id
    yield store, ids
    store.close()


@pytest.fixture(scope="module")
def shown(clinic) -> bytes:
    store, ids = clinic
    return report_of_visit(store, ids["before"])


def recorded() -> int:
    """Pictures that a report of this examination has: rest and its movements."""
    expressions = synkinetic_exam().result.expressions
    return sum(e is Expression.REST or (e in expressions and expressions[e].assessable) for e in EXPRESSIONS_SHOWN)


def test_a_stored_visit_is_told_with_its_pictures(clinic, shown):
    _, ids = clinic
    words = words_of(shown)
    assert "Δέσποινα Π." in words
    assert "SIMULATED PATIENT" in words
    assert "12 Mar 2026 · before · video exam.mp4" in words
    assert f"analysis {ids['before analysis'][:12]}" in words
    assert pictures_in(shown) == recorded() > 4


def test_the_same_again_and_without_pictures(clinic, shown):
    store, ids = clinic
    assert report_of_visit(store, ids["before"]) == shown
    assert pictures_in(report_of_visit(store, ids["before"], pictures=False)) == 0


def test_judgement_of_the_store_stands_beside_the_automatic_value(shown):
    assert "House-Brackmann: grade IV (moderately severe) III (moderate) Dr. B. Judge" in words_of(shown)


def test_two_visits(clinic):
    store, ids = clinic
    words = words_of(report_of_comparison(store, ids["before"], ids["after"], pictures=False))
    assert "two visits compared" in words
    assert "within measurement error" in words
    assert "is not known; resting heights" not in words  # the tracks tell how the head was tilted


def test_one_of_several_analyses(clinic):
    store, ids = clinic
    made = report_of_visit(store, ids["after"], analysis_id=ids["after analysis"], pictures=False)
    assert f"analysis {ids['after analysis'][:12]}" in words_of(made)
    with pytest.raises(InputError, match="another visit"):
        report_of_visit(store, ids["before"], analysis_id=ids["after analysis"])


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("before", "before", "with itself"),
        ("after", "before", "the later one"),
        ("before", "empty", "was analysed yet"),
        ("before", "of another", "was analysed yet"),
    ],
)
def test_comparisons_that_are_refused(clinic, first, second, sentence):
    store, ids = clinic
    with pytest.raises(InputError, match=sentence):
        report_of_comparison(store, ids[first], ids[second])


def test_visits_of_two_patients_are_refused(clinic, tmp_path):
    store, ids = clinic
    out = tmp_path / "out"
    out.mkdir()
    fitting(synkinetic_exam()).write(out)
    clip = store.recording_path(ids["before recording"])
    recording = store.add_recording(ids["of another"], clip, "exam.mp4", confirmed=True)
    store.add_analysis(recording.id, out)
    with pytest.raises(InputError, match="different patients"):
        report_of_comparison(store, ids["before"], ids["of another"])
    store.delete_recording(recording.id)


def test_unknown_visit(clinic):
    with pytest.raises(HemifaceError, match="not in the records"):
        report_of_visit(clinic[0], "nobody")


def test_sides_that_were_changed_after_the_analysis_are_refused(clinic):
    """Right and left of the numbers would be wrong."""
    store, ids = clinic
    turn(store, ids["after recording"], mirrored=True)
    try:
        with pytest.raises(InputError, match="Right and left"):
            report_of_visit(store, ids["after"])
    finally:
        turn(store, ids["after recording"], mirrored=False)


def turn(store: Store, recording_id: str, *, mirrored: bool) -> None:
    kept = store.recording(recording_id)
    store.update_recording(
        recording_id,
        kind=kept.kind,
        expression=kept.expression,
        affected_side=kept.affected_side,
        confirmed=kept.confirmed,
        mirrored=mirrored,
    )


def test_a_video_that_is_gone_costs_the_pictures_only(clinic):
    store, ids = clinic
    path = store.recording_path(ids["after recording"])
    hidden = path.rename(path.with_suffix(".hidden"))
    try:
        words = words_of(report_of_visit(store, ids["after"]))
    finally:
        hidden.rename(path)
    assert "The key pictures cannot be printed." in words
    assert "Methods and versions" in words
