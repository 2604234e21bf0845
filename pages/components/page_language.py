"""Tells the browser in which language the page is, so that a screen reader speaks it as it is written."""

from __future__ import annotations

import streamlit as st

_JS = """
export default function ({ data }) {
  document.documentElement.lang = data.language;
}
"""


def announce_language(language: str) -> None:
    """Set the language of the page; nothing is drawn."""
    component = st.components.v2.component("hemiface_page_language", js=_JS)
    component(key="page_language", data={"language": language}, height=0)
