"""The frame around every page: page config, navigation, and the sidebar with the open patient and visit."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core import __version__
from core.errors import HemifaceError
from core.settings import load_settings
from pages.components import current as places
from pages.components import home_access
from pages.components.current import Current
from pages.components.guard import guarded
from pages.components.layout import patient_facts, simulated_badge
from pages.components.streamlit_runtime import is_asked_for
from pages.components.text import plain

_ASSETS = Path(__file__).parent / "assets"
_ROOT = Path(__file__).parents[2]
_MOST_COUNTED = 99


# In the order of the work: file, title, icon. A later page is one more line.
PAGES = (
    (places.PATIENTS, "Patients", ":material/group:"),
    (places.HOME_RECORDINGS, "Home recordings", ":material/home_health:"),
    (places.RECORD, "Record", ":material/radio_button_checked:"),
    (places.UPLOAD, "Upload", ":material/upload_file:"),
    (places.ANALYSE, "Analyse", ":material/query_stats:"),
    (places.REVIEW, "Review", ":material/movie:"),
    (places.SEVERITY, "Severity", ":material/face:"),
    (places.SYNKINESIS, "Synkinesis", ":material/link:"),
    (places.COMPARE, "Compare", ":material/compare_arrows:"),
    (places.EXPORTS, "Exports", ":material/file_export:"),
    (places.LANDMARKS, "Landmarks", ":material/scatter_plot:"),
    (places.LIVE, "Live", ":material/videocam:"),
    (places.MODELS, "Models", ":material/model_training:"),
)


def show() -> None:
    """Run the page that the address asks for."""
    role = load_settings().role
    home = st.Page(
        places.HOME, title="Home recording", url_path=home_access.PAGE, visibility="hidden", default=role == "home"
    )
    if role == "home" or is_asked_for(home):
        _show_home(home, [] if role == "home" else _clinic_pages())
        return
    st.set_page_config(page_title="Hemiface", page_icon=str(_ASSETS / "mark.svg"), layout="wide")
    st.logo(str(_ASSETS / "logo.svg"), icon_image=str(_ASSETS / "mark.svg"), size="large")
    st.html(_ASSETS / "app.css")
    # All of them: Streamlit folds away what comes after the twelfth.
    page = st.navigation([*_clinic_pages(), home], expanded=True)
    with st.sidebar:
        _sidebar()
    page.run()


def _clinic_pages() -> list[StreamlitPage]:
    return [
        st.Page(file, title=title + _unseen(file), icon=icon, default=file == places.PATIENTS)
        for file, title, icon in PAGES
        if (_ROOT / file).is_file()
    ]


def _unseen(file: str) -> str:
    """How many home recordings nobody has looked at, behind the title of their page; "" elsewhere."""
    if file != places.HOME_RECORDINGS:
        return ""
    try:
        number = len(places.store().home_recordings(limit=_MOST_COUNTED))
    except HemifaceError:  # every page says why
        return ""
    return f" ({number})" if number else ""


def _show_home(home: StreamlitPage, others: list[StreamlitPage]) -> None:
    """The patient's page: one column, without navigation, sidebar and logo, which leads to other pages."""
    st.set_page_config(page_title="Hemiface", page_icon=str(_ASSETS / "mark.svg"), layout="centered")
    st.html(_ASSETS / "home.css")
    page = st.navigation([*others, home], position="hidden")
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
