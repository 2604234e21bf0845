"""Totals of questionnaires: within their published ranges, every entry kept, the newest counts."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.errors import HemifaceError, InputError
from core.records import PromInstrument

FDI, FACE, SAQ = PromInstrument.FDI, PromInstrument.FACE, PromInstrument.SAQ


def test_the_newest_entry_of_a_questionnaire_counts(store, visit):
    first = store.add_prom_totals(visit.id, FDI, {"physical": -25, "social": 100})
    saq = store.add_prom_totals(visit.id, SAQ, {"total": 42.2})
    second = store.add_prom_totals(visit.id, FDI, {"physical": 60})
    assert store.prom_totals(visit.id) == {FDI: second, SAQ: saq}
    assert store.prom_history(visit.id) == [second, saq, first]
    assert (second.totals, second.version, second.who) == ({"physical": 60.0}, 2, "tester")


def test_an_entry_without_totals_withdraws_those_before(store, visit):
    with pytest.raises(InputError, match="At least one total"):
        store.add_prom_totals(visit.id, FACE, {})
    store.add_prom_totals(visit.id, FACE, {"total": 50, "eye_comfort": 0})
    with pytest.raises(InputError, match="why it is withdrawn"):
        store.add_prom_totals(visit.id, FACE, {})
    assert len(store.prom_history(visit.id)) == 1
    withdrawn = store.add_prom_totals(visit.id, FACE, {}, "of another patient")
    assert (withdrawn.withdrawn, withdrawn.reason) == (True, "of another patient")
    assert store.prom_totals(visit.id) == {}
    assert len(store.prom_history(visit.id)) == 2


@pytest.mark.parametrize(
    ("instrument", "totals", "words"),
    [
        (FDI, {"physical": -26}, "between -25 and 100"),
        (FDI, {"social": -1}, "between 0 and 100"),
        (FDI, {"total": 50}, "no sub-scale"),
        (FACE, {"total": 100.5}, "between 0 and 100"),
        (SAQ, {"total": 19}, "between 20 and 100"),
        (SAQ, {"total": float("nan")}, "between 20 and 100"),
        (SAQ, {"total": True}, "between 20 and 100"),
    ],
)
def test_totals_outside_the_published_range_are_refused(store, visit, instrument, totals, words):
    with pytest.raises(InputError, match=words):
        store.add_prom_totals(visit.id, instrument, totals)
    assert store.prom_history(visit.id) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE prom_totals SET totals = '{}'", "UPDATE prom_totals SET reason = 'x'", "DELETE FROM prom_totals"],
)
def test_an_entry_cannot_be_changed_or_deleted_alone(store, visit, statement):
    kept = store.add_prom_totals(visit.id, SAQ, {"total": 30})
    with pytest.raises(DBAPIError, match="prom_totals are never"), store.database.write() as session:
        session.execute(text(statement))
    assert store.prom_totals(visit.id) == {SAQ: kept}


def test_entries_go_with_their_visit_and_leave_an_audit_event_without_totals(store, visit):
    kept = store.add_prom_totals(visit.id, SAQ, {"total": 30})
    event = store.audit_events(visit.id)[0]
    assert (event.action, event.details) == ("prom", {"totals": kept.id, "instrument": "SAQ", "version": 1})
    store.delete_visit(visit.id)
    with store.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM prom_totals")).scalar() == 0
    with pytest.raises(HemifaceError, match="not in the records"):
        store.add_prom_totals(visit.id, SAQ, {"total": 30})
