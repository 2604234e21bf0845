"""A model's card on a page: what it is for, how good it is, where it fails, and the command that makes it again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from models.card import CARD_FIELDS, Identity, Metric, ModelCard, field_lines
from models.weights import ShippedModel
from pages.components.layout import facts_line
from pages.components.text import plain

_GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "How good it is",
        ":material/monitoring:",
        ("metrics", "operating_point", "subgroup_results", "confound_probes", "calibration"),
    ),
    ("Limits and risks", ":material/warning:", ("out_of_scope", "quality_gate", "ethical_risks", "caveats")),
    (
        "What it learned from",
        ":material/database:",
        ("training_data", "evaluation_data", "split_method", "inputs_and_preprocessing"),
    ),
    (
        "About this version",
        ":material/badge:",
        ("identity", "owner_and_contact", "date", "licence", "intended_use", "energy_and_runtime", "changelog"),
    ),
)
_SHOWN_DIGITS = 12


def shipped_model(model: ShippedModel) -> None:
    """A model that ships: its state, and its card in parts that open."""
    with st.container(border=True, key=f"model_{model.name}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(plain(model.name), anchor=False, width="content")
            usable_badge(model.problem is None)
        card = model.card
        facts_line(
            [
                f"version {card.identity.version}" if card else "",
                f"{card.date.day} {card.date:%b %Y}" if card else "",
                f"{model.size / 1e6:.1f} MB" if model.size else "",
                card.licence if card else "",
                f"sha256 {model.sha256[:_SHOWN_DIGITS]}…" if model.sha256 else "",
            ]
        )
        for problem in (model.problem, model.card_problem):
            if problem:
                st.error(plain(problem), icon=":material/error:")
        if card is not None:
            st.markdown(plain(card.intended_use))
            _card(model, card)


def usable_badge(usable: bool) -> None:
    """Says whether something can be used here."""
    if usable:
        st.badge("Usable", icon=":material/check:", color="green")
    else:
        st.badge("Not usable", icon=":material/block:", color="orange")


def _card(model: ShippedModel, card: ModelCard) -> None:
    for title, icon, fields in _GROUPS:
        with st.expander(title, icon=icon, key=f"{model.name}_{fields[0]}"):
            for field in fields:
                _field(model.name, field, card)
    if model.plots:
        with st.expander("Plots", icon=":material/show_chart:", key=f"{model.name}_plots"):
            for plot in model.plots:
                name = plot.stem.removeprefix(f"{model.name}.").replace("_", " ")
                st.image(str(plot), caption=plain(name.capitalize()), width="stretch")
    with st.expander("How to make it again", icon=":material/terminal:", key=f"{model.name}_command"):
        st.code(card.command, language=None, wrap_lines=True)
        st.caption(f"Seed {card.seed}. Training runs on the command line, not in the app.")


def _field(name: str, field: str, card: ModelCard) -> None:
    st.markdown(f"**{CARD_FIELDS[field]}**")
    value = getattr(card, field)
    if isinstance(value, tuple) and isinstance(value[0], Metric):
        _metrics(value, key=f"{name}_{field}_table")
        return
    if isinstance(value, Identity):
        st.markdown(plain(f"{value.name} {value.version}"))
        st.code(value.sha256, language=None, wrap_lines=True)
        return
    lines = field_lines(value)
    st.markdown("\n".join(f"- {plain(line)}" for line in lines) if len(lines) > 1 else plain(lines[0]))


def _metrics(metrics: Sequence[Metric], key: str) -> None:
    rows = [
        {
            "measured": metric.name,
            "value": f"{metric.value:.3g}",
            "interval": "none"
            if metric.low is None or metric.high is None
            else f"{metric.low:.3g} to {metric.high:.3g}",
            "unit": "" if metric.unit == "1" else metric.unit,
            "on": metric.data,
        }
        for metric in metrics
    ]
    st.dataframe(rows, hide_index=True, key=key, height="content")
    for made in dict.fromkeys(metric.interval for metric in metrics):
        st.caption(f"Interval: {plain(made)}")
