"""Back to the top of the page when its contents change: Streamlit keeps the place where the reader had scrolled to."""

from __future__ import annotations

import streamlit as st

_JS = """
const shown = new WeakMap();
export default function mount({ data, parentElement }) {
  if (shown.get(parentElement) === data.content) return;
  shown.set(parentElement, data.content);
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}
"""


def scroll_to_top(content: str, *, key: str) -> None:
    """Scroll to the top whenever ``content`` has changed since the last run.

    Args:
        content: name of what is shown now, e.g. of a step.
        key: of the component.
    """
    component = st.components.v2.component("hemiface_scroll_top", js=_JS)
    component(key=key, data={"content": content}, height=0)
