"""Where the user is: the patient and the visit, kept in the address so that a reload keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from core.errors import HemifaceError
from core.records.entries import Patient, Visit
from core.records.store import Store
from pages.components.installation import installation

PATIENTS = "pages/patients.py"
RECORD = "pages/record.py"
UPLOAD = "pages/upload.py"
ANALYSE = "pages/analyse.py"
REVIEW = "pages/review.py"
SEVERITY = "pages/severity.py"
SYNKINESIS = "pages/synkinesis.py"
COMPARE = "pages/compare.py"
EXPORTS = "pages/exports.py"
LANDMARKS = "pages/landmarks.py"
LIVE = "pages/live.py"
MODELS = "pages/models.py"
HOME_RECORDINGS = "pages/home_recordings.py"
HOME = "pages/home.py"

_PATIENT, _VISIT = "patient", "visit"


@dataclass(frozen=True)
class Current:
    """The open patient and, if one is open, the visit."""

    patient: Patient
    visit: Visit | None


def store() -> Store:
    """The store of this installation."""
    return installation().store


def current() -> Current | None:
    """The open patient and visit: those of the address, else those that the session had open. None when none is open."""
    asked: Mapping[str, str] = st.query_params if is_addressed() else st.session_state
    visit_id, patient_id = asked.get(_VISIT), asked.get(_PATIENT)
    try:
        visit = store().visit(visit_id) if visit_id else None
        patient = store().patient(visit.patient_id if visit else patient_id) if visit or patient_id else None
    except HemifaceError:  # deleted, or an address that never was one
        close_patient()
        return None
    if patient is None:
        return None
    _remember(patient.id, visit.id if visit else None)
    return Current(patient, visit)


def is_addressed() -> bool:
    """Whether the address names a patient or a visit; links between pages do not carry them."""
    return _PATIENT in st.query_params or _VISIT in st.query_params


def open_patient(patient_id: str) -> NoReturn:
    """Show a patient."""
    _remember(patient_id, None)
    st.switch_page(PATIENTS, query_params={_PATIENT: patient_id})


def open_visit(visit: Visit, page: str = PATIENTS) -> NoReturn:
    """Show a visit on a page."""
    _remember(visit.patient_id, visit.id)
    st.switch_page(page, query_params=_address(visit))


def go(page: str) -> NoReturn:
    """Go to a page and keep patient and visit."""
    here = current()
    if here is None:
        st.switch_page(page)
    if here.visit is None:
        st.switch_page(page, query_params={_PATIENT: here.patient.id})
    st.switch_page(page, query_params=_address(here.visit))


def close_patient() -> None:
    """Back to no patient."""
    for name in (_PATIENT, _VISIT):
        st.session_state.pop(name, None)
        if name in st.query_params:
            del st.query_params[name]


def keep_in_address(visit: Visit) -> None:
    """Name the visit in the address of this page, so that a reload keeps it."""
    for name, value in _address(visit).items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def _address(visit: Visit) -> dict[str, str]:
    return {_PATIENT: visit.patient_id, _VISIT: visit.id}


def _remember(patient_id: str, visit_id: str | None) -> None:
    st.session_state[_PATIENT] = patient_id
    if visit_id is None:
        st.session_state.pop(_VISIT, None)
    else:
        st.session_state[_VISIT] = visit_id
