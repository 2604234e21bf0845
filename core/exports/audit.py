"""Exports leave a trace: one audit event for each patient whose data left the records (reliability T22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.records.base import now
from core.records.store import Store
from core.records.tables import AuditRow


def note_export(store: Store, kind: str, visit_ids: Sequence[str], **details: Any) -> None:
    """Note in the audit trail what was exported of whom; ``details`` must hold no personal data.

    Args:
        store: the records.
        kind: "tidy", "research" or "fhir".
        visit_ids: the exported visits.
        details: how, JSON values only.
    """
    visits: dict[str, list[str]] = {}
    for visit_id in visit_ids:
        visits.setdefault(store.visit(visit_id).patient_id, []).append(visit_id)
    with store.database.write() as session:
        for patient_id, ids in visits.items():
            event = {"kind": kind, "visits": ids, **details}
            session.add(
                AuditRow(
                    at=now(), who=store.who, action="export", subject="patient", subject_id=patient_id, details=event
                )
            )
