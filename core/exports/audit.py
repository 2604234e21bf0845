"""Exports leave a trace: one audit event for each patient whose data left the records (reliability T22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.records.store import Store


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
    store.note_exports({patient_id: {"kind": kind, "visits": ids, **details} for patient_id, ids in visits.items()})
