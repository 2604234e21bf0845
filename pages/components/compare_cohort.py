"""Many patients: a measure at two visits of each, the mean change with its interval, and the table behind it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, replace

import streamlit as st

from core.charts.change_cohort import cohort_change, cohort_change_alt, cohort_legend
from core.charts.change_style import signed
from core.charts.wording import unit_words
from core.grading.change import Verdict
from core.grading.change_cohort import PairedChange, paired_change
from core.records.clinical_entries import TreatmentKind
from core.records.cohorts import CohortFilter, CohortRow
from core.records.text import spreadsheet_text
from core.statistics.intervals import Interval
from core.words import AffectedSide
from pages.components import compare_words as words
from pages.components import figures
from pages.components.compare_cohort_pairs import CohortMeasure, Pair, Pairing, left_out, measures, pairs
from pages.components.current import PATIENTS, go, store
from pages.components.guard import guarded
from pages.components.layout import SIDE_LABELS, empty_state
from pages.components.streamlit_runtime import is_dark
from pages.components.text import counted, plain

_MOST_MONTHS = 120
# By the t distribution the interval of fewer is wider than any scale, and says nothing.
_FEWEST_FOR_INTERVAL = 5
_WHO = {"All patients": None, "Without simulated ones": False, "Simulated ones only": True}


@st.fragment
@guarded
def cohort() -> None:
    """Filters, mean change with interval, every patient as a line, and the table with its CSV file."""
    wanted = _filter()
    measure = st.selectbox("Measure", measures(), format_func=lambda entry: entry.label, key="cohort_measure")
    pairing = st.radio(
        "Compare of each patient", list(Pairing), horizontal=True, format_func=str.capitalize, key="cohort_pairing"
    )
    rows = _rows(wanted, _state())
    if not rows:
        if empty_state(
            "No analysed visit fits",
            "Change the filters, or analyse the videos of your patients first.",
            action="Go to the patients",
            icon=":material/group:",
        ):
            go(PATIENTS)
        return
    found, alone = pairs(rows, measure, pairing, wanted.treatment)
    _result(found, alone, measure, pairing)


def _filter() -> CohortFilter:
    records, phone = store(), figures.is_phone()
    with st.container(horizontal=not phone, key="cohort_filter"):
        cause = st.selectbox(
            "Cause", [None, *records.cohort_causes()], format_func=lambda c: c or "Any", key="cohort_cause", width=230
        )
        treatment = st.selectbox(
            "Treatment",
            [None, *TreatmentKind],
            format_func=lambda kind: "Any or none" if kind is None else kind.label,
            key="cohort_treatment",
            width="stretch" if phone else 170,
        )
        side = st.selectbox(
            "Side",
            [None, AffectedSide.RIGHT, AffectedSide.LEFT, AffectedSide.BOTH],
            format_func=lambda entry: "Any" if entry is None else SIDE_LABELS[entry],
            key="cohort_side",
            width="stretch" if phone else 150,
        )
        who = st.selectbox("Patients", list(_WHO), key="cohort_who", width="stretch" if phone else 210)
    low, high = st.slider(
        "Months since onset at the visit",
        0,
        _MOST_MONTHS,
        (0, _MOST_MONTHS),
        key="cohort_months",
        help="The widest range takes every visit, also of patients without a day of onset.",
    )
    everything = (low, high) == (0, _MOST_MONTHS)
    return CohortFilter(
        cause=cause,
        treatment=treatment,
        affected_side=side,
        months_from=None if everything else float(low),
        months_to=None if everything or high == _MOST_MONTHS else float(high),
        simulated=_WHO[who],
    )


def _state() -> int:
    """Number of the newest change of the records; what was read before it may be used again."""
    newest = store().audit_events(limit=1)
    return newest[0].number if newest else 0


@st.cache_resource(
    scope="session", max_entries=4, show_spinner="Reading all visits", hash_funcs={CohortFilter: astuple}
)
def _rows(wanted: CohortFilter, state: int) -> list[CohortRow]:  # noqa: ARG001 - the state is part of the key
    return store().cohort_rows(wanted)


def _result(found: Sequence[Pair], alone: int, measure: CohortMeasure, pairing: Pairing) -> None:
    change = _told(paired_change([pair.row for pair in found]))
    simulated = sum(pair.before.simulated for pair in found)
    if simulated:
        with st.container(key="simulated_ribbon"):
            st.markdown(f":material/science: **Simulated patients**: {simulated} of {counted(len(found), 'patient')}")
    _head(change, measure, alone, pairing)
    for reason, number in left_out(found).items():
        st.caption(f":material/texture: {counted(number, 'patient')} not compared: {plain(reason)}")
    if change.rows:
        figure = cohort_change(change, measure.label, dark=is_dark(), narrow=figures.is_phone())
        figures.show(figure, cohort_change_alt(change, measure.label), key="cohort_change")
        st.caption(cohort_legend(change, narrow=figures.is_phone()))
    if found:
        _table(found)


def _told(change: PairedChange) -> PairedChange:
    """Without its interval where too few patients stand behind it."""
    few = len(change.rows) < _FEWEST_FOR_INTERVAL
    return replace(change, mean=Interval(change.mean.value)) if few else change


def _head(change: PairedChange, measure: CohortMeasure, alone: int, pairing: Pairing) -> None:
    with st.container(gap="xsmall", key="cohort_head"):
        st.subheader(mean_words(change, measure), anchor=False)
        told = [f"{counted(len(change.rows), 'patient')} compared"]
        told += [
            f"{number} {verdict.label}"
            for verdict, number in change.verdicts.items()
            if number and verdict is not Verdict.NOT_COMPARABLE
        ]
        st.markdown(f"{plain(measure.label)}: {', '.join(told)}.")
        if alone:
            st.caption(f"{counted(alone, 'patient')} without such a pair: {pairing}.")
    interval = " with its 95 % interval" if change.mean.known else ""
    few = (
        f" No interval is told for fewer than {_FEWEST_FOR_INTERVAL} patients."
        if 0 < len(change.rows) < _FEWEST_FOR_INTERVAL
        else ""
    )
    st.caption(
        f"Mean of the patients' own changes{interval}.{few} Without a control group it may be spontaneous recovery, another "
        "effort, or regression to the mean."
    )


def mean_words(change: PairedChange, measure: CohortMeasure) -> str:
    """The mean change with its interval, e.g. "Mean change +12 (8 to 16) points"."""
    mean = change.mean
    if mean.value is None:
        return "No patient can be compared"
    unit = "grades" if measure.unit == "grade" else "points" if measure.unit == "points" else unit_words(measure.unit)
    # Means of whole grades are no whole grades.
    kind = "1" if measure.unit == "grade" else measure.unit
    if mean.low is None or mean.high is None:
        return f"Mean change {signed(mean.value, kind)} {unit}"
    return f"Mean change {signed(mean.value, kind)} {unit} (95 % interval {signed(mean.low, kind)} to {signed(mean.high, kind)})"


def _table(found: Sequence[Pair]) -> None:
    phone = figures.is_phone()
    st.dataframe(
        [
            {
                # The table has a download of its own, too.
                "Patient": spreadsheet_text(pair.before.name),
                "Change": pair.row.change,
                "Verdict": words.SHORT_VERDICTS[pair.row.verdict].lower() if phone else pair.row.verdict.label,
                "Before": pair.row.before,
                "After": pair.row.after,
                "Baseline": pair.before.day,
                "Later": pair.after.day,
                "Months since onset": pair.before.months_since_onset,
                "Cause": spreadsheet_text(pair.before.cause),
                "Treatments": ", ".join(dict.fromkeys(kind.label for _, kind in pair.before.treatments)),
                "Why": pair.row.reason,
            }
            for pair in found
        ],
        hide_index=True,
        height=420 if len(found) > 10 else "content",
        key="cohort_table",
        column_order=["Patient", "Change", "Verdict", "Before", "After", "Baseline", "Later"] if phone else None,
        column_config={
            "Patient": st.column_config.TextColumn(width=150 if phone else None),
            "Months since onset": st.column_config.NumberColumn(format="%.1f", help="At the baseline."),
            "Before": st.column_config.NumberColumn(format="%.1f"),
            "After": st.column_config.NumberColumn(format="%.1f"),
            "Change": st.column_config.NumberColumn(format="%+.1f"),
            "Why": st.column_config.TextColumn(width="large"),
        },
    )
    st.download_button(
        "Table (CSV)",
        data=cohort_csv(found),
        file_name="hemiface_cohort_change.csv",
        mime="text/csv",
        icon=":material/download:",
        key="cohort_csv",
        on_click="ignore",
        help="Without names: patients are told by the record's random number.",
    )


_HEADER = (
    "patient_id",
    "simulated",
    "cause",
    "affected_side",
    "treatments",
    "before_day",
    "before_months_since_onset",
    "after_day",
    "after_months_since_onset",
    "measure",
    "side",
    "unit",
    "before",
    "after",
    "change",
    "detectable_change",
    "verdict",
    "reason",
    "tracker",
    "software_version",
)


def cohort_csv(found: Sequence[Pair]) -> bytes:
    """A patient a row, without names, as UTF-8 with the mark that spreadsheets look for."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(_HEADER)
    for pair in found:
        first, second, row = pair.before, pair.after, pair.row
        writer.writerow(
            [
                first.patient_id,
                str(first.simulated).lower(),
                spreadsheet_text(first.cause),
                first.affected_side.value,
                " ".join(dict.fromkeys(kind.value for _, kind in first.treatments)),
                first.day.isoformat(),
                words.csv_number(first.months_since_onset),
                second.day.isoformat(),
                words.csv_number(second.months_since_onset),
                f"{row.kind.value} {row.name}",
                row.side.value if row.side is not None else "",
                row.unit,
                words.csv_number(row.before),
                words.csv_number(row.after),
                words.csv_number(row.change),
                words.csv_number(row.detectable.value if row.detectable is not None else None),
                row.verdict.value,
                spreadsheet_text(row.reason),
                second.tracker_name,
                second.software_version,
            ]
        )
    return stream.getvalue().encode("utf-8-sig")
