"""A small table of words that is read on a phone, too: there every row becomes a paragraph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.components import figures


def narrow_table(rows: Sequence[Mapping[str, str]]) -> None:
    """Draw rows with the same keys; the first column is what a row is about.

    Args:
        rows: markdown; users' words among them must be escaped already.
    """
    if not figures.is_phone():
        st.table([dict(row) for row in rows], border="horizontal")
        return
    for row in rows:
        (_, what), *facts = row.items()
        told = "  \n".join(f"{name}: {value}" for name, value in facts if value not in ("", "–"))
        st.markdown(f"**{what}**  \n{told}")
