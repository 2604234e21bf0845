"""The frame around every page: page config, navigation, and the sidebar with the open patient and visit."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core import __version__
from pages.components import current as places
from pages.components.current import Current
from pages.components.guard import guarded
from pages.components.layout import patient_facts, simulated_badge
from pages.components.text import plain

_ASSETS = Path(__file__).parent / "assets"


def show() -> None:
    """Run the page that the address asks for."""
    st.set_page_config(page_title="Hemiface", page_icon=str(_ASSETS / "mark.svg"), layout="wide")
    st.logo(str(_ASSETS / "logo.svg"), icon_image=str(_ASSETS / "mark.svg"), size="large")
    st.html(_ASSETS / "app.css")
    root = Path(__file__).parents[2]
    page = st.navigation(
        [
            page
            for page in [
                st.Page(places.PATIENTS, title="Patients", icon=":material/group:", default=True),
                st.Page(places.UPLOAD, title="Upload", icon=":material/upload_file:"),
                st.Page(places.ANALYSE, title="Analyse", icon=":material/query_stats:"),
                *(
                    [st.Page(places.REVIEW, title="Review", icon=":material/movie:")]
                    if (root / places.REVIEW).exists()
                    else []
                ),
                *(
                    [st.Page(places.SEVERITY, title="Severity", icon=":material/face:")]
                    if (root / places.SEVERITY).exists()
                    else []
                ),
            ]
            if True
        ]
    )
    with st.sidebar:
        _sidebar()
    page.run()


@guarded
def _sidebar() -> None:
    here = places.current()
    if here is None:
        st.caption("No patient is open.")
    else:
        _sidebar_patient(here)
    st.space("small")
    st.caption("Arranged as when you face the patient: the patient's right is on the left of the screen.")
    st.caption(f"Hemiface {__version__}. Measurements and estimates to support the clinician, not a diagnosis.")


def _sidebar_patient(here: Current) -> None:
    with st.container(gap=None):
        st.caption("Patient")
        st.markdown(f"**{plain(here.patient.name)}**")
        for fact in patient_facts(here.patient):
            st.caption(plain(fact))
    if here.patient.simulated:
        simulated_badge()
    if here.visit is not None:
        with st.container(gap=None):
            st.caption("Visit")
            st.markdown(f"**{plain(here.visit.title)}**")
        if st.button("Open visit", key="sidebar_visit", icon=":material/event:", width="stretch"):
            places.open_visit(here.visit)
    elif st.button("Open patient", key="sidebar_open", icon=":material/person:", width="stretch"):
        places.open_patient(here.patient.id)
