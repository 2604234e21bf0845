"""Models: what finds the face, whether it can be used here, the cards of what ships, and how trainings went."""

from __future__ import annotations

import streamlit as st

from core.tracking import TrackerFactory
from models.registry import MODEL_FILES, ModelFile, device_text
from models.runs import found_runs
from models.tracking import DEFAULT_TRACKER, tracker_factories
from models.weights import shipped_models
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.layout import facts_line, page_head
from pages.components.model_cards import shipped_model, usable_badge
from pages.components.text import plain
from pages.components.tracker_words import TRACKER_TEXTS, tracker_title
from pages.components.training_runs import training_runs


@guarded
def page() -> None:
    page_head("Models", "What finds the face and its landmarks, how good it is, and how it was made.")
    st.header("Trackers", anchor=False)
    for name, factory in tracker_factories().items():
        _tracker(name, factory)
    st.header("Models that are part of Hemiface", anchor=False)
    _shipped()
    st.header("Training runs", anchor=False)
    _runs()
    _device()


def _tracker(name: str, factory: TrackerFactory) -> None:
    reason = factory.unavailable_reason()
    file = MODEL_FILES.get(getattr(factory, "model_name", ""))
    with st.container(border=True, key=f"tracker_{name}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(plain(tracker_title(name)), anchor=False, width="content")
            usable_badge(reason is None)
        if name in TRACKER_TEXTS:
            st.markdown(plain(TRACKER_TEXTS[name]))
        default = "the default" if name == DEFAULT_TRACKER else ""
        facts_line([default, f"--tracker {name}", *(_file_facts(file) if file is not None else [])])
        if reason is not None:
            st.caption(plain(reason))
            if file is not None:
                st.code(f"python cli.py models fetch {file.name}", language=None, wrap_lines=True)


def _file_facts(file: ModelFile) -> list[str]:
    about = "" if file.size_is_exact else "about "
    known = "" if file.hash_is_whole else " (all digits that its maker publishes)"
    digits = 12
    return [file.source, file.licence, f"{about}{file.size / 1e6:.1f} MB", f"sha256 {file.sha256[:digits]}…{known}"]


def _shipped() -> None:
    models = shipped_models()
    for model in models.values():
        shipped_model(model)
    if not models:
        st.caption("No model of our own ships with this version; the trackers above do the work.")


def _runs() -> None:
    folder = installation().settings.data_dir / "runs"
    found = found_runs(folder)
    if found:
        training_runs(found)
        return
    with st.container(border=True, key="no_runs"):
        st.markdown("**No training has been run here yet**")
        st.caption(
            "Models are trained on the command line; each card has the command and its seed. What a training leaves in "
            f"{plain(str(folder))} is shown here with its results and curves."
        )


@guarded
def _device() -> None:
    """At the end of the page, because the first time it takes a second or two."""
    with st.spinner("Looking for the device"):
        told = device_text()
    st.caption(f"Networks run on: {plain(told)}.")


page()
