"""Erasure requests: what was erased when and by whom, and whether anything is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from core.records.base import Records
from core.records.belongings import count_belongings
from core.records.tables import AuditRow


@dataclass(frozen=True)
class ErasureProof:
    """Proof that a patient was erased; it names the patient by the random id alone.

    Attributes:
        audit_number: of the audit event, which can be neither changed nor deleted.
        at, who: when, and who asked for it.
        rows: table -> rows that were erased.
        files, size_bytes: files that were erased.
        rows_left, files_left: what is found now, table -> rows, and number of files; nothing after an erasure that is done.
    """

    patient_id: str
    audit_number: int
    at: datetime
    who: str
    rows: Mapping[str, int]
    files: int
    size_bytes: int
    rows_left: Mapping[str, int]
    files_left: int

    @property
    def complete(self) -> bool:
        """Nothing of the patient is left but audit events."""
        return not self.rows_left and not self.files_left


class ErasureRecords(Records):
    """Proofs of erasures."""

    def erasure_proof(self, patient_id: str) -> ErasureProof | None:
        """The proof of a patient's erasure, and what is left now; None when this patient was never erased."""
        query = (
            select(AuditRow)
            .where(AuditRow.subject_id == patient_id, AuditRow.subject == "patient", AuditRow.action == "delete")
            .order_by(AuditRow.number.desc())
            .limit(1)
        )
        with self.database.read() as session:
            event = session.scalars(query).first()
            if event is None:
                return None
            left = count_belongings(session, patient_id)
        details = event.details
        return ErasureProof(
            patient_id=patient_id,
            audit_number=event.number,
            at=event.at,
            who=event.who,
            rows=details.get("rows", {}),
            files=details.get("files", 0),
            size_bytes=details.get("size_bytes", 0),
            rows_left=left,
            files_left=len(files_in([self.files.patients / patient_id])),
        )


def files_in(folders: Iterable[Path]) -> list[Path]:
    """Every file below the folders, in order; folders that are not there have none."""
    return sorted(path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file())
