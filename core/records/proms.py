"""Totals of patient-reported questionnaires: entered as totals, every entry is kept, the newest of a questionnaire counts.

The single-patient detectable change is large (reference D6: 28.2 for the SAQ, 17.6 for the FaCE); nothing below it is a change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sqlalchemy import func, select

from core.errors import InputError
from core.records.base import Records, find, new_id, now
from core.records.clinical_entries import PromInstrument, PromTotals, checked_reason
from core.records.tables import PromTotalsRow, VisitRow


class PromRecords(Records):
    """Totals of questionnaires at visits."""

    def add_prom_totals(
        self, visit_id: str, instrument: PromInstrument, totals: Mapping[str, float], reason: str = ""
    ) -> PromTotals:
        """Keep the totals of one questionnaire; earlier entries stay, the newest counts.

        Args:
            visit_id: of the visit.
            instrument: which questionnaire.
            totals: sub-scale (``instrument.scales``) -> total; some may be missing. Without any the entries before are
                withdrawn.
            reason: why they are withdrawn, needed then; not used otherwise.

        Raises:
            InputError: an unknown sub-scale, a total out of its published range, nothing to withdraw, or no reason for it.
            HemifaceError: unknown visit.
        """
        kept = _checked(instrument, totals)
        with self.database.write() as session:
            # Locks the visit on servers that write side by side, so that two writers get two numbers.
            session.get(VisitRow, visit_id, with_for_update=True)
            find(session, VisitRow, visit_id, "visit")
            newest = session.scalar(
                select(func.max(PromTotalsRow.version)).where(
                    PromTotalsRow.visit_id == visit_id, PromTotalsRow.instrument == instrument.value
                )
            )
            if not kept and newest is None:
                raise InputError(f"At least one total of {instrument.label} is needed.", code="prom_none")
            kept_reason = "" if kept else checked_reason(reason)
            row = PromTotalsRow(
                id=new_id(),
                visit_id=visit_id,
                instrument=instrument.value,
                version=(newest or 0) + 1,
                totals=kept,
                reason=kept_reason,
                who=self.who,
                created_at=now(),
            )
            session.add(row)
            self._note(
                session, "prom", "visit", visit_id, totals=row.id, instrument=instrument.value, version=row.version
            )
            return prom_totals_of_row(row)

    def prom_totals(self, visit_id: str) -> dict[PromInstrument, PromTotals]:
        """The totals of a visit that count, by questionnaire; withdrawn ones are not among them."""
        newest = {entry.instrument: entry for entry in self.prom_history(visit_id)[::-1]}
        return {kind: newest[kind] for kind in PromInstrument if kind in newest and not newest[kind].withdrawn}

    def prom_history(self, visit_id: str) -> list[PromTotals]:
        """Every entry of a visit, newest first, withdrawals included."""
        query = select(PromTotalsRow).where(PromTotalsRow.visit_id == visit_id)
        query = query.order_by(PromTotalsRow.created_at.desc(), PromTotalsRow.version.desc())
        with self.database.read() as session:
            return [prom_totals_of_row(row) for row in session.scalars(query)]


def _checked(instrument: PromInstrument, totals: Mapping[str, float]) -> dict[str, float]:
    kept = {}
    for name, value in totals.items():
        scale = instrument.scales.get(name)
        if scale is None:
            raise InputError(f"{instrument.label} has no sub-scale “{name}”.", code="prom_scale")
        fits = not isinstance(value, bool | str) and math.isfinite(value) and scale.minimum <= value <= scale.maximum
        if not fits:
            raise InputError(
                f"{instrument.label}, {scale.label.lower()} must lie between {scale.minimum:g} and {scale.maximum:g}.",
                code="prom_range",
            )
        kept[name] = float(value)
    return kept


def prom_totals_of_row(row: PromTotalsRow) -> PromTotals:
    """What the store hands out for a row."""
    return PromTotals(
        id=row.id,
        visit_id=row.visit_id,
        instrument=PromInstrument(row.instrument),
        version=row.version,
        totals=row.totals,
        who=row.who,
        created_at=row.created_at,
        reason=row.reason,
    )
