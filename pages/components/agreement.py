"""How far the clinicians' judgements and the automatic values of the clinic's own patients agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.charts.judgements import judgement_plot, judgement_plot_alt, limits_words, signed
from core.errors import HemifaceError
from core.records import Analysis, JudgedItem
from core.records.analyses import RESULT
from core.records.judged_items import JudgedValue
from core.records.judgements import JudgedVisit
from core.statistics.agreement import BlandAltman, bland_altman, icc_agreement, weighted_kappa
from core.statistics.intervals import Interval
from pages.components import figures
from pages.components.current import store
from pages.components.guard import guarded
from pages.components.narrow_table import narrow_table
from pages.components.streamlit_runtime import is_dark
from pages.components.text import counted

FEWEST_PAIRS = 5
"""Patients with both values below which no figure of agreement is shown."""
_REAL, _SIMULATED = "Patients", "Simulated patients"
OPEN = "agreement_open"


@dataclass(frozen=True)
class Pairs:
    """Values of one item, one pair a patient: of several visits the newest with both values."""

    item: JudgedItem
    clinician: tuple[JudgedValue, ...]
    automatic: tuple[JudgedValue, ...]

    @property
    def count(self) -> int:
        return len(self.clinician)

    @property
    def is_grade(self) -> bool:
        """A few ordered grades, for which kappa is made."""
        return self.item.allowed.whole and self.item is not JudgedItem.SUNNYBROOK_COMPOSITE

    @property
    def is_side(self) -> bool:
        return self.item is JudgedItem.AFFECTED_SIDE

    def numbers(self) -> tuple[list[float], list[float]]:
        return [float(v) for v in self.clinician if v is not None], [float(v) for v in self.automatic if v is not None]


@guarded
def agreement_section() -> None:
    """Folded up until it is asked for: it reads many results."""
    part = st.expander(
        "Agreement of judgements with the automatic values", icon=":material/balance:", key=OPEN, on_change="rerun"
    )
    if part.open:
        with part:
            _agreement()


def _agreement() -> None:
    judged = store().all_judgements()
    real = [entry for entry in judged if not entry.simulated]
    simulated = [entry for entry in judged if entry.simulated]
    if not judged:
        st.markdown(
            "Nothing is judged yet. Judge items on the page Severity; from "
            f"{FEWEST_PAIRS} patients on, this shows how far you and the automatic values agree."
        )
        return
    group = _REAL if real else _SIMULATED
    if real and simulated:
        group = st.segmented_control(
            "Whose",
            [_REAL, _SIMULATED],
            default=_REAL,
            required=True,
            key="agreement_group",
            label_visibility="collapsed",
        )
    if group == _SIMULATED:
        st.badge("Simulated patients, not real examinations", icon=":material/science:", color="violet")
    _show(paired(real if group == _REAL else simulated))


def paired(judged: Sequence[JudgedVisit]) -> list[Pairs]:
    """Pairs of every judged item; patients without an automatic value are left out of it."""
    newest: dict[JudgedItem, dict[str, tuple[JudgedValue, JudgedValue]]] = defaultdict(dict)
    for entry in judged:  # in the order of visits, so that the newest visit stays
        item = entry.judgement.item
        automatic = None if entry.analysis is None else _automatic(entry.analysis).get(item)
        mine = newest[item]
        if automatic is not None:
            mine[entry.patient_id] = (entry.judgement.value, automatic)
    return [
        Pairs(item, tuple(a for a, _ in pairs.values()), tuple(b for _, b in pairs.values()))
        for item in JudgedItem
        if (pairs := newest.get(item)) is not None
    ]


@st.cache_data(
    scope="session", max_entries=5000, show_spinner=False, hash_funcs={Analysis: lambda a: a.hashes.get(RESULT, a.id)}
)
def _automatic(analysis: Analysis) -> dict[JudgedItem, JudgedValue]:
    """The automatic values of an analysis; none where its result cannot be read."""
    try:
        result = store().load_result(analysis)
    except HemifaceError:
        return {}
    return {item: item.automatic(result) for item in JudgedItem}


def _show(pairs: list[Pairs]) -> None:
    enough = [found for found in pairs if found.count >= FEWEST_PAIRS]
    st.caption(
        "One pair a patient, the newest visit with both values; in brackets 95 % intervals. Numbers: ICC(2,1), absolute agreement. "
        "Grades: kappa with quadratic weights. Bias and limits are the clinician's value minus the automatic one, in points. The "
        "clinician saw the automatic value, so a blind rating may agree less."
    )
    narrow_table([_row(found) for found in pairs])
    numeric = [found for found in enough if not found.is_side]
    if not numeric:
        return
    by_item = {found.item: found for found in numeric}
    item = st.selectbox(
        "Bland-Altman plot of",
        list(by_item),
        format_func=lambda item: item.label,
        key=f"agreement_item_{len(by_item)}",
        width=420,
    )
    clinician, automatic = by_item[item].numbers()
    limits = bland_altman(clinician, automatic)
    figures.show(
        judgement_plot(clinician, automatic, limits, dark=is_dark()),
        judgement_plot_alt(item.label, limits),
        key="limits",
    )
    st.caption(
        "Solid line: mean difference. Dashed lines: 95 % limits of agreement (Bland and Altman). Bands: 95 % intervals."
    )


def _row(pairs: Pairs) -> dict[str, str]:
    row = {"Item": pairs.item.label, "Patients": str(pairs.count), "Agreement": "", "Bias": "–", "Limits": "–"}
    if pairs.count < FEWEST_PAIRS:
        row["Agreement"] = f"not enough yet ({pairs.count} of {FEWEST_PAIRS})"
        return row
    if pairs.is_side:
        same = sum(a == b for a, b in zip(pairs.clinician, pairs.automatic, strict=True))
        row["Agreement"] = f"the same in {same} of {counted(pairs.count, 'patient')}"
        return row
    clinician, automatic = pairs.numbers()
    if pairs.is_grade:
        row["Agreement"] = _words("kappa", weighted_kappa([round(v) for v in clinician], [round(v) for v in automatic]))
    else:
        row["Agreement"] = _words("ICC", icc_agreement(np.column_stack([clinician, automatic])))
    limits = bland_altman(clinician, automatic)
    row["Bias"], row["Limits"] = limits_words(limits.bias), _limits(limits)
    return row


def _words(name: str, found: Interval) -> str:
    """A coefficient, e.g. "ICC 0.83 (0.41 to 0.96)"."""
    if found.value is None:
        return f"{name} not defined, the values do not vary"
    value = _two_places(found.value)
    if found.low is None or found.high is None:
        return f"{name} {value}"
    return f"{name} {value} ({_two_places(found.low)} to {_two_places(found.high)})"


def _two_places(value: float) -> str:
    """With a true minus, and none before zero."""
    text = f"{value:.2f}"
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", "−")


def _limits(limits: BlandAltman) -> str:
    if limits.lower.value is None or limits.upper.value is None:
        return "–"
    return f"{signed(limits.lower.value)} to {signed(limits.upper.value)}"
