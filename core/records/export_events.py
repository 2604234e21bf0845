"""Audit events of exports: that data of patients left the records as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.records.base import Records


class ExportEventRecords(Records):
    """The part of the audit trail that exports write."""

    def note_exports(self, events: Mapping[str, Mapping[str, Any]]) -> None:
        """Append an event "export" for each patient, all of them or none.

        Args:
            events: id of a patient -> what was exported and how; JSON values only, no personal data.
        """
        with self.database.write() as session:
            for patient_id, details in events.items():
                self._note(session, "export", "patient", patient_id, **details)
