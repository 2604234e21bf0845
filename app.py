"""GUI entrance: ``streamlit run app.py``. Streamlit runs this file for every session; its server imports it once for ``app``."""

import streamlit as st

from pages.components.streamlit_runtime import in_script_run

if in_script_run():
    from pages.components.shell import show

    show()
else:
    from pages.components.server import app_options

    app = st.App(__file__, **app_options())
