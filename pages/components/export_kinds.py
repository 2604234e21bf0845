"""What can be exported, whom it is for, what identifies patients in it, and the options of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from core.exports import prepared
from core.exports.formats import DEFAULT_TABLES, TableFormat, TidyTable
from core.exports.work import Make
from core.records.visit_index import IndexedVisit
from pages.components.current import store
from pages.components.installation import installation

_FORMATS = {TableFormat.CSV: "CSV", TableFormat.PARQUET: "Parquet"}
_TABLES = {
    TidyTable.MEASURES: "Measures",
    TidyTable.CHANGES: "Changes between visits",
    TidyTable.CURVES: "Curves over time",
    TidyTable.LANDMARKS: "Landmarks",
}


class Kind(StrEnum):
    """The exports."""

    RESEARCH = "Research export"
    TABLES = "Tables"
    FHIR = "FHIR R4 bundle"

    @property
    def purpose(self) -> str:
        """Whom it is for, and what identifies the patient in it."""
        return {
            Kind.RESEARCH: "For research with others: BIDS-like folders in a zip, under pseudonyms, with shifted dates and "
            "without free text. Landmarks still describe a face, and videos show it.",
            Kind.TABLES: "For your own statistics: one value a row, as a zip with its data dictionary. No patients' names, but "
            "true dates, visit labels, and the names of clinicians who set a value.",
            Kind.FHIR: "For the hospital's own system. It names the patients and holds record numbers and true dates.",
        }[self]

    @property
    def words(self) -> str:
        """Within a sentence."""
        return {Kind.RESEARCH: "research export", Kind.TABLES: "tables", Kind.FHIR: "FHIR bundle"}[self]


@dataclass(frozen=True)
class Wanted:
    """An export as it was chosen.

    Attributes:
        make: from the visits to the work that writes the file.
        check: raises InputError with the names of patients who have not consented; does nothing where none is needed.
        missing: what has to be chosen first, one sentence; "" where nothing is missing.
    """

    kind: Kind
    make: Callable[[Sequence[str]], Make]
    check: Callable[[Sequence[IndexedVisit]], None]
    missing: str = ""


def wanted_export() -> Wanted:
    """Lets the reader choose the export and its options."""
    st.subheader("What kind of file", anchor=False)
    kind = st.radio(
        "What kind of file",
        list(Kind),
        captions=[entry.purpose for entry in Kind],
        key="export_kind",
        label_visibility="collapsed",
        persist_state="session",
    )
    return {Kind.RESEARCH: _research, Kind.TABLES: _tables, Kind.FHIR: _fhir}[Kind(kind or Kind.RESEARCH)]()


def _research() -> Wanted:
    form = _format("Curves and landmarks as", TableFormat.PARQUET, "export_research_format")
    with_video = st.checkbox("Put the videos in, without sound", key="export_video", persist_state="session")
    confirmed = False
    if with_video:
        confirmed = st.checkbox(
            "Every one of these patients has consented to the use of the videos in research",
            key="export_video_consent",
            help="The records must hold that consent, too: patient's page, Consent. Simulated patients need none.",
        )

    def check(visits: Sequence[IndexedVisit]) -> None:
        from core.exports.research_consent import require_consents

        names = {visit.patient_id: visit.name for visit in visits}
        require_consents(store(), names, names.__getitem__, with_video=with_video)

    def make(visit_ids: Sequence[str]) -> Make:
        return prepared.research(store(), visit_ids, form=form, with_video=with_video, consent=confirmed)

    return Wanted(Kind.RESEARCH, make, check)


def _tables() -> Wanted:
    names = st.pills(
        "Tables",
        list(_TABLES),
        default=DEFAULT_TABLES,
        selection_mode="multi",
        format_func=lambda table: _TABLES[table],
        key="export_tables",
        persist_state="session",
    )
    if TidyTable.LANDMARKS in names:
        st.caption("Landmarks are large: some 40 MB a minute of video as CSV.")
    if TidyTable.CHANGES in names:
        st.caption("Changes: the first chosen visit of a patient against every later one.")
    form = _format("File format", TableFormat.CSV, "export_tables_format")
    wanted = [TidyTable(table) for table in _TABLES if table in names]

    def make(visit_ids: Sequence[str]) -> Make:
        return prepared.tables(store(), visit_ids, names=wanted, form=form)

    return Wanted(Kind.TABLES, make, _nothing_to_check, "" if wanted else "Choose at least one table.")


def _fhir() -> Wanted:
    with_reports = st.checkbox(
        "Put the PDF report of each visit in",
        key="export_reports",
        help="Some seconds a visit.",
        persist_state="session",
    )

    def make(visit_ids: Sequence[str]) -> Make:
        limits = installation().settings.video
        return prepared.fhir(store(), visit_ids, with_reports=with_reports, limits=limits)

    return Wanted(Kind.FHIR, make, _nothing_to_check)


def _format(label: str, first: TableFormat, key: str) -> TableFormat:
    chosen = st.segmented_control(
        label,
        list(_FORMATS),
        default=first,
        required=True,
        format_func=lambda form: _FORMATS[form],
        key=key,
        persist_state="session",
    )
    return TableFormat(chosen or first)


def _nothing_to_check(_visits: Sequence[IndexedVisit]) -> None:
    """These exports stay with those who treat the patients."""
