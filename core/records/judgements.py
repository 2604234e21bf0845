"""The clinician's own judgement of automatic items: every one is kept, the newest of an item counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from core.errors import InputError
from core.records.analyses import analysis_of_row
from core.records.base import Records, find, new_id, now
from core.records.clinical_entries import Judgement, checked_reason
from core.records.entries import Analysis
from core.records.judged_items import JudgedItem, JudgedValue
from core.records.tables import AnalysisRow, JudgementRow, PatientRow, RecordingRow, VisitRow
from core.records.text import clean_note


@dataclass(frozen=True)
class JudgedVisit:
    """A judgement that counts, and the analysis whose automatic value stands beside it.

    Attributes:
        analysis: the one that was looked at, else the newest of the visit; None when the visit has none.
    """

    patient_id: str
    simulated: bool
    day: date
    judgement: Judgement
    analysis: Analysis | None


class JudgementRecords(Records):
    """Judgements of visits."""

    def add_judgement(
        self,
        visit_id: str,
        item: JudgedItem,
        value: JudgedValue,
        comment: str = "",
        analysis_id: str | None = None,
    ) -> Judgement:
        """Keep what the clinician says of an item; earlier judgements stay, the newest counts.

        Args:
            visit_id: the visit that is judged.
            item: which automatic item.
            value: in the range of the item (``item.allowed``); None withdraws the judgements before it.
            comment: in the clinician's words; needed where judgements are withdrawn, as the reason.
            analysis_id: the analysis that was looked at; it must be one of this visit.

        Raises:
            InputError: the value is out of range, there is nothing to withdraw or no reason for it, or the analysis is of another
                visit.
            HemifaceError: unknown visit or analysis.
        """
        kept = item.checked(value)
        with self.database.write() as session:
            # Locks the visit on servers that write side by side, so that two writers get two numbers.
            session.get(VisitRow, visit_id, with_for_update=True)
            find(session, VisitRow, visit_id, "visit")
            if analysis_id is not None:
                analysis = find(session, AnalysisRow, analysis_id, "analysis")
                if find(session, RecordingRow, analysis.recording_id, "recording").visit_id != visit_id:
                    raise InputError("This analysis belongs to another visit.", code="judgement_analysis")
            newest = session.scalar(
                select(func.max(JudgementRow.version)).where(
                    JudgementRow.visit_id == visit_id, JudgementRow.item == item.value
                )
            )
            if kept is None and newest is None:
                raise InputError(f"{item.label} was not judged at this visit.", code="judgement_none")
            if kept is None:
                checked_reason(comment)
            row = JudgementRow(
                id=new_id(),
                visit_id=visit_id,
                analysis_id=analysis_id,
                item=item.value,
                version=(newest or 0) + 1,
                value=kept,
                comment=clean_note(comment),
                who=self.who,
                created_at=now(),
            )
            session.add(row)
            self._note(session, "judge", "visit", visit_id, judgement=row.id, item=item.value, version=row.version)
            return judgement_of_row(row)

    def judgements(self, visit_id: str) -> dict[JudgedItem, Judgement]:
        """The judgements of a visit that count, by item; withdrawn items are not among them."""
        return standing(self._judgements(visit_id))

    def judgement_history(self, visit_id: str, item: JudgedItem) -> list[Judgement]:
        """Every judgement of one item at one visit, newest first, withdrawals included."""
        return [entry for entry in self._judgements(visit_id) if entry.item is item][::-1]

    def all_judgements(self, item: JudgedItem | None = None) -> list[JudgedVisit]:
        """The judgements that count over all patients, of one item or of all, with the analyses that they belong to.

        In the order of patients' visits; three queries whatever their number. The automatic value is
        ``judged.judgement.item.automatic(store.load_result(judged.analysis))``.
        """
        wanted = [] if item is None else [JudgementRow.item == item.value]
        judged = (
            select(JudgementRow, VisitRow.day, PatientRow.id, PatientRow.simulated)
            .join(VisitRow, JudgementRow.visit_id == VisitRow.id)
            .join(PatientRow, VisitRow.patient_id == PatientRow.id)
            .where(*wanted)
            .order_by(PatientRow.id, VisitRow.day, VisitRow.id, JudgementRow.item, JudgementRow.version)
        )
        looked_at = select(JudgementRow.visit_id).where(*wanted)
        analysed = (
            select(RecordingRow.visit_id, AnalysisRow)
            .join(RecordingRow, AnalysisRow.recording_id == RecordingRow.id)
            .where(RecordingRow.visit_id.in_(looked_at))
            .order_by(AnalysisRow.created_at, AnalysisRow.id.desc())
        )
        with self.database.read() as session:
            # The last row of an item at a visit is its newest judgement.
            newest = {
                (row.visit_id, row.item): (judgement_of_row(row), day, patient_id, simulated)
                for row, day, patient_id, simulated in session.execute(judged)
            }
            by_id: dict[str | None, Analysis] = {}
            by_visit: dict[str, Analysis] = {}
            for visit_id, analysis in session.execute(analysed):
                by_id[analysis.id] = by_visit[visit_id] = analysis_of_row(analysis)
        return [
            JudgedVisit(patient_id, simulated, day, entry, by_id.get(entry.analysis_id) or by_visit.get(entry.visit_id))
            for entry, day, patient_id, simulated in newest.values()
            if not entry.withdrawn
        ]

    def _judgements(self, visit_id: str) -> list[Judgement]:
        query = select(JudgementRow).where(JudgementRow.visit_id == visit_id)
        query = query.order_by(JudgementRow.item, JudgementRow.version)
        with self.database.read() as session:
            return [judgement_of_row(row) for row in session.scalars(query)]


def standing(judgements: list[Judgement]) -> dict[JudgedItem, Judgement]:
    """Of judgements of one visit in the order of their versions, those that count, in the order of ``JudgedItem``."""
    newest = {entry.item: entry for entry in judgements}
    return {item: newest[item] for item in JudgedItem if item in newest and not newest[item].withdrawn}


def judgement_of_row(row: JudgementRow) -> Judgement:
    """What the store hands out for a row."""
    return Judgement(
        id=row.id,
        visit_id=row.visit_id,
        analysis_id=row.analysis_id,
        item=JudgedItem(row.item),
        version=row.version,
        value=row.value,
        comment=row.comment,
        who=row.who,
        created_at=row.created_at,
    )
