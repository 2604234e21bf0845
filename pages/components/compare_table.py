"""Every row of a comparison as a table, and as a CSV file for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import streamlit as st

from core.grading.change import ChangeRow, Comparison, Kind, Verdict
from core.records.entries import Visit
from core.records.text import spreadsheet_text
from pages.components import compare_words as words
from pages.components import figures
from pages.components.exam_choice import Exam
from pages.components.guard import guarded

_HEADER = (
    "quantity",
    "name",
    "label",
    "side",
    "unit",
    "before_day",
    "before",
    "after_day",
    "after",
    "change",
    "detectable_change",
    "interval_low",
    "interval_high",
    "verdict",
    "reason",
    "repetitions_before",
    "repetitions_after",
    "detectable_source",
)
# The narrow ones first; what follows is reached by scrolling.
_PHONE_COLUMNS = ("Measurement", "Change", "Verdict", "Side", "Before", "After", "Detectable", "Quantity", "Why")


@st.fragment
@guarded
def rows_table(before: Exam, after: Exam, comparison: Comparison) -> None:
    """All rows, or those that are asked for."""
    phone = figures.is_phone()
    st.subheader("All measurements", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.multiselect(
            "Quantities",
            list(Kind),
            # A phone has no room for the column that says what a row is of.
            default=[Kind.WEAKNESS] if phone else None,
            format_func=lambda kind: kind.label,
            key="compare_kinds",
            placeholder="All",
        )
        verdicts = st.multiselect(
            "Verdicts",
            list(Verdict),
            format_func=lambda verdict: verdict.label.capitalize(),
            key="compare_verdicts",
            placeholder="All",
        )
    rows = [
        row for row in comparison.rows if (not kinds or row.kind in kinds) and (not verdicts or row.verdict in verdicts)
    ]
    if not rows:
        st.info("No measurement fits.", icon=":material/search_off:")
    else:
        st.dataframe(
            [_shown(row, phone=phone) for row in rows],
            hide_index=True,
            key="compare_rows",
            height=420 if len(rows) > 10 else "content",
            column_order=_PHONE_COLUMNS if phone else None,
            column_config={
                "Measurement": st.column_config.TextColumn(width=150 if phone else "medium"),
                "Verdict": st.column_config.TextColumn(width=110 if phone else None),
                "Why": st.column_config.TextColumn(width="large"),
            },
        )
    st.caption(
        "Change is later minus baseline. Detectable: the smallest change that is told from measurement error, in 95 of 100 cases. "
        "Right and left are the patient's."
    )
    st.download_button(
        "All measurements (CSV)",
        data=csv_bytes(comparison.rows, before.visit, after.visit),
        file_name=f"hemiface_change_{before.visit.day:%Y-%m-%d}_{after.visit.day:%Y-%m-%d}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="compare_csv",
        on_click="ignore",
    )


def _shown(row: ChangeRow, *, phone: bool) -> dict[str, str]:
    return {
        "Quantity": row.kind.label,
        "Measurement": row.label,
        "Side": row.side.value if row.side is not None else "–",
        "Before": words.value_words(row, row.before),
        "After": words.value_words(row, row.after),
        "Change": words.change_words(row),
        "Detectable": words.detectable_words(row),
        "Verdict": words.SHORT_VERDICTS[row.verdict].lower() if phone else row.verdict.label,
        "Why": row.reason,
    }


def csv_bytes(rows: Sequence[ChangeRow], before: Visit, after: Visit) -> bytes:
    """The rows as UTF-8 with the mark that spreadsheets look for; numbers with full precision, no text taken for a formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(_HEADER)
    for row in rows:
        low, high = row.interval or (None, None)
        writer.writerow(
            [
                row.kind.value,
                row.name,
                spreadsheet_text(row.label),
                row.side.value if row.side is not None else "",
                row.unit,
                before.day.isoformat(),
                words.csv_number(row.before),
                after.day.isoformat(),
                words.csv_number(row.after),
                words.csv_number(row.change),
                words.csv_number(row.detectable.value if row.detectable is not None else None),
                words.csv_number(low),
                words.csv_number(high),
                row.verdict.value,
                spreadsheet_text(row.reason),
                " ".join(map(words.csv_number, row.repetitions_before)),
                " ".join(map(words.csv_number, row.repetitions_after)),
                spreadsheet_text(row.detectable.source if row.detectable is not None else ""),
            ]
        )
    return stream.getvalue().encode("utf-8-sig")
