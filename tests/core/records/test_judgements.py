"""The clinician's judgement: in the range of its item, every one kept with who and when, the newest counts."""

import io
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.errors import HemifaceError, InputError
from core.records import JudgedItem, Store
from core.records.judged_items import AllowedValues
from tests.exam_samples import synkinetic_exam

GRADE, COMPOSITE, SIDE = (
    JudgedItem.HOUSE_BRACKMANN_GRADE,
    JudgedItem.SUNNYBROOK_COMPOSITE,
    JudgedItem.AFFECTED_SIDE,
)


@pytest.fixture
def analysis(store, recording, sample):
    return store.add_analysis(recording.id, sample)


def test_the_newest_judgement_of_an_item_counts_and_earlier_ones_stay(store, settings, visit, analysis):
    first = store.add_judgement(visit.id, GRADE, 3, "first look", analysis.id)
    other = Store.open(settings, who="colleague")
    second = other.add_judgement(visit.id, GRADE, 4)
    other.close()
    side = store.add_judgement(visit.id, SIDE, "left")
    assert store.judgements(visit.id) == {SIDE: side, GRADE: second}
    assert store.judgement_history(visit.id, GRADE) == [second, first]
    assert (second.who, second.version, second.analysis_id) == ("colleague", 2, None)
    assert (first.who, first.comment, first.analysis_id) == ("tester", "first look", analysis.id)
    assert first.created_at <= second.created_at


def test_a_judgement_is_withdrawn_by_a_newer_one_without_value(store, visit):
    with pytest.raises(InputError, match="was not judged"):
        store.add_judgement(visit.id, GRADE, None)
    store.add_judgement(visit.id, GRADE, 2)
    with pytest.raises(InputError, match="why it is withdrawn"):
        store.add_judgement(visit.id, GRADE, None)
    store.add_judgement(visit.id, GRADE, None, "wrong patient")
    assert store.judgements(visit.id) == {}
    assert [entry.value for entry in store.judgement_history(visit.id, GRADE)] == [None, 2]
    store.add_judgement(visit.id, GRADE, 5)
    assert store.judgements(visit.id)[GRADE].value == 5


@pytest.mark.parametrize(
    ("item", "value", "words"),
    [
        (GRADE, 7, "between 1 and 6"),
        (GRADE, 2.5, "whole number"),
        (GRADE, True, "whole number"),
        (GRADE, "III", "whole number"),
        (GRADE, float("inf"), "whole number"),
        (COMPOSITE, -16, "between -15 and 100"),
        (JudgedItem.EFACE_STATIC_BROW, 201, "between 0 and 200"),
        (JudgedItem.EFACE_DYNAMIC_SMILE, 101.0, "between 0 and 100"),
        (SIDE, "up", "one of right, left, both"),
        (SIDE, 1, "one of right, left, both"),
    ],
)
def test_values_outside_the_item_are_refused(store, visit, item, value, words):
    with pytest.raises(InputError, match=words):
        store.add_judgement(visit.id, item, value)
    assert store.judgement_history(visit.id, item) == []


def test_every_item_has_an_automatic_value_or_none_and_the_range_of_its_scale():
    result = synkinetic_exam().result
    found = {item: item.automatic(result) for item in JudgedItem}
    scales = result.scales
    assert found[COMPOSITE] == scales.sunnybrook.composite
    assert found[GRADE] == scales.house_brackmann.grade
    assert found[SIDE] == "right"
    shown = {f"{scale}.{entry.name}": entry for scale in ("sunnybrook", "eface_style", "fngs2")
             for entry in getattr(scales, scale).items}  # fmt: skip
    assert set(shown) < {item.value for item in JudgedItem}
    for name, entry in shown.items():
        item = JudgedItem(name)
        assert found[item] == entry.value
        assert (item.allowed.minimum, item.allowed.maximum) == (entry.minimum, entry.maximum)
        if entry.value is not None:
            assert item.checked(entry.value) == entry.value
    assert JudgedItem.FNGS2_GRADE.allowed == AllowedValues(1, 6, whole=True)
    assert len({item.label for item in JudgedItem}) == len(JudgedItem)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE judgements SET value = '1'", "never changed"),
        ("UPDATE judgements SET who = 'somebody else'", "never changed"),
        ("UPDATE judgements SET analysis_id = NULL", "never changed"),
        ("DELETE FROM judgements", "never deleted"),
        (
            "INSERT OR REPLACE INTO judgements SELECT id, visit_id, analysis_id, item, version, value, comment, "
            "'somebody else', created_at FROM judgements",
            "never deleted",
        ),
    ],
)
def test_a_judgement_cannot_be_changed_or_deleted_alone(store, visit, analysis, statement, words):
    kept = store.add_judgement(visit.id, GRADE, 3, analysis_id=analysis.id)
    with pytest.raises(DBAPIError, match=words), store.database.write() as session:
        session.execute(text(statement))
    assert store.judgements(visit.id) == {GRADE: kept}


def test_a_judgement_outlives_its_analysis_but_not_its_visit(store, visit, recording, analysis):
    store.add_judgement(visit.id, GRADE, 3, analysis_id=analysis.id)
    store.delete_recording(recording.id)
    assert store.judgements(visit.id)[GRADE].analysis_id is None
    store.delete_visit(visit.id)
    with store.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM judgements")).scalar() == 0


def test_the_audit_event_names_the_item_without_value_and_comment(store, visit):
    kept = store.add_judgement(visit.id, GRADE, 3, "secret words")
    event = store.audit_events(visit.id)[0]
    assert (event.action, event.who) == ("judge", "tester")
    assert event.details == {"judgement": kept.id, "item": "house_brackmann.grade", "version": 1}


def test_an_analysis_of_another_visit_and_unknown_ids_are_refused(store, patient, visit, analysis):
    other = store.create_visit(patient.id, date(2026, 5, 1))
    with pytest.raises(InputError, match="another visit"):
        store.add_judgement(other.id, GRADE, 3, analysis_id=analysis.id)
    for visit_id, analysis_id in (("0" * 32, None), (visit.id, "0" * 32)):
        with pytest.raises(HemifaceError, match="not in the records"):
            store.add_judgement(visit_id, GRADE, 3, analysis_id=analysis_id)


def test_all_judgements_come_with_the_analysis_that_they_belong_to(store, patient, visit, recording, sample):
    """The one that was looked at; without it the visit's newest; none where the visit has none."""
    looked_at = store.add_analysis(recording.id, sample)
    newest = store.add_analysis(recording.id, sample)
    store.add_judgement(visit.id, GRADE, 5)
    store.add_judgement(visit.id, GRADE, 3, analysis_id=looked_at.id)
    store.add_judgement(visit.id, SIDE, "left")
    store.add_judgement(visit.id, COMPOSITE, 70)
    store.add_judgement(visit.id, COMPOSITE, None, "a mistake")
    empty = store.create_visit(patient.id, date(2026, 5, 1))
    store.add_recording(empty.id, io.BytesIO(b"abc"), "a.mp4")
    store.add_judgement(empty.id, SIDE, "both")
    found = [
        (entry.day, entry.judgement.item, entry.judgement.value, entry.analysis) for entry in store.all_judgements()
    ]
    assert found == [
        (visit.day, SIDE, "left", newest),
        (visit.day, GRADE, 3, looked_at),
        (empty.day, SIDE, "both", None),
    ]
    assert [entry.judgement.value for entry in store.all_judgements(GRADE)] == [3]
    assert {(entry.patient_id, entry.simulated) for entry in store.all_judgements()} == {(patient.id, False)}
