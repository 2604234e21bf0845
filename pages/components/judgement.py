"""The clinician's judgement on the page Severity: beside every automatic item, never in its place."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.charts.scales import ROMAN, ScaleTable, grade_words, scale_tables
from core.charts.wording import NOT_ASSESSABLE, number
from core.errors import HemifaceError, InputError
from core.records import JudgedItem, Judgement
from core.records.clinical_entries import checked_reason
from core.records.judged_items import JudgedValue
from core.result import ExamResult, ScaleItem
from core.words import AffectedSide
from pages.components.author import author_field, signed
from pages.components.current import store
from pages.components.exam_choice import Exam
from pages.components.guard import guarded
from pages.components.layout import SIDE_LABELS
from pages.components.narrow_table import narrow_table
from pages.components.text import plain
from pages.components.timeline import moment_words

Judgements = Mapping[JudgedItem, Judgement]

_ROUND, _DONE = "judgement_round", "judgement_done"
_GRADES = (JudgedItem.HOUSE_BRACKMANN_GRADE, JudgedItem.FNGS2_GRADE)
_MOST_CHOICES = 10
SCALES = {
    "sunnybrook": "Sunnybrook",
    "house_brackmann": "House-Brackmann",
    "eface_style": "eFACE-style",
    "fngs2": "FNGS 2.0",
    "affected_side": "Affected side",
}
_TOTALS = {
    "Sunnybrook": JudgedItem.SUNNYBROOK_COMPOSITE,
    "House-Brackmann": JudgedItem.HOUSE_BRACKMANN_GRADE,
    "eFACE-style": JudgedItem.EFACE_TOTAL,
    "FNGS 2.0": JudgedItem.FNGS2_GRADE,
}
# Own wording of the published levels (reference D1).
_LEVELS = {
    "voluntary": ("", "no movement", "slight", "mild excursion", "almost complete", "complete"),
    "synkinesis": ("none", "mild", "moderate", "severe"),
    "rest_eye": ("normal", "narrow, wide, or eyelid surgery"),
    "rest_cheek": ("normal", "fold less or more pronounced", "fold absent"),
    "rest_mouth": ("normal", "corner dropped or pulled"),
}


def standing_judgements(exam: Exam) -> dict[JudgedItem, Judgement]:
    """The judgements of the visit that count."""
    return store().judgements(exam.visit.id)


def beside(judged: Judgements, item: JudgedItem) -> str:
    """What the clinician says of an item and who it was; empty where nothing was said."""
    entry = judged.get(item)
    return "" if entry is None else f"Clinician: {value_words(item, entry.value)} ({entry.who})"


def value_words(item: JudgedItem, value: JudgedValue) -> str:
    """A value of an item as the pages write it."""
    if value is None:
        return NOT_ASSESSABLE
    if isinstance(value, str):
        return SIDE_LABELS[AffectedSide(value)]
    if item in _GRADES:
        grade = int(value)
        return grade_words(grade) if item is JudgedItem.HOUSE_BRACKMANN_GRADE else ROMAN[grade - 1]
    return f"{value:g}" if float(value).is_integer() else number(value)


def item_labels(result: ExamResult) -> dict[JudgedItem, str]:
    """What every item is called on the page, without its scale."""
    scales = result.scales
    named = {
        "sunnybrook": scales.sunnybrook.items,
        "eface_style": scales.eface_style.items,
        "fngs2": scales.fngs2.items,
    }
    labels = {}
    for item in JudgedItem:
        found = _item(named.get(item.scale, []), item.name_in_scale)
        labels[item] = found.label if found else item.label.rpartition(": ")[2].capitalize()
    return labels


def scales_section(result: ExamResult, judged: Judgements) -> None:
    """Every scale with every item: the estimate, and the clinician's value beside it."""
    side = result.scales.side
    st.subheader("Clinical scales, estimated", anchor=False)
    whose = "" if side is None else f" of the {side.label} side"
    st.caption(
        f"Estimates{whose} from the measurements, for orientation; a scale is rated by a clinician. Items that a video cannot show "
        "stay open."
    )
    tables = scale_tables(result)
    for tab, table in zip(st.tabs([f"{table.name} (estimate)" for table in tables]), tables, strict=True):
        with tab:
            st.markdown(f"**{table.name}: {table.total}**")
            said = beside(judged, _TOTALS[table.name])
            if said:
                st.markdown(f":material/stethoscope: {plain(said)}")
            if table.parts:
                st.caption(" · ".join(table.parts))
            rows = _rows_with_judgement(table, result, judged)
            st.dataframe(rows, hide_index=True, key=f"scale_{table.name}", height="content")
            if table.reason:
                st.caption(table.reason)
            st.caption(table.source)


def _rows_with_judgement(table: ScaleTable, result: ExamResult, judged: Judgements) -> list[dict[str, str]]:
    """The rows of a scale with one more column after the estimate."""
    scale = next(scale for scale, name in SCALES.items() if name == table.name)
    labels = {label: item for item, label in item_labels(result).items() if item.scale == scale}
    rows = []
    for row in table.rows:
        item = labels.get(row["Item"])
        entry = None if item is None else judged.get(item)
        said = "–" if entry is None or item is None else f"{value_words(item, entry.value)} ({entry.who})"
        rows.append({"Item": row["Item"], "Estimate": row["Estimate"], "Clinician": said, **row})
    return rows


@st.fragment
@guarded
def judgement_section(exam: Exam, result: ExamResult) -> None:
    """Who judges, what was judged, and the dialogs that change it."""
    judged = standing_judgements(exam)
    st.subheader("Clinician's judgement", anchor=False)
    st.caption("Your own value stands beside the automatic one and changes no measurement. Every judgement is kept.")
    done = st.session_state.pop(_DONE, None)
    if done:
        st.success(done, icon=":material/check:")
    who = author_field()
    with st.container(horizontal=True):
        for scale, name in SCALES.items():
            if st.button(name, icon=":material/edit:", key=f"judge_{scale}"):
                judge(exam, result, scale, who)
        if judged and st.button("Withdraw", icon=":material/undo:", key="judge_withdraw"):
            withdraw(exam, result, who)
    _standing(exam, result, judged)
    _history(exam, result)


def _standing(exam: Exam, result: ExamResult, judged: Judgements) -> None:
    """What counts now, both values side by side."""
    if not judged:
        st.info("Nothing is judged at this visit yet.", icon=":material/stethoscope:")
        return
    labels = item_labels(result)
    rows = []
    for item, entry in judged.items():
        other = "" if entry.analysis_id in (None, exam.analysis.id) else " Another analysis was looked at."
        rows.append(
            {
                "Item": plain(_full_label(item, labels)),
                "Automatic": plain(value_words(item, item.automatic(result))),
                "Clinician": f"**{plain(value_words(item, entry.value))}**",
                "By": plain(f"{entry.who}, {moment_words(entry.created_at)}"),
                "Comment": plain(f"{entry.comment}{other}".strip()) or "–",
            }
        )
    narrow_table(rows)
    note = _sum_of_items(judged)
    if note:
        st.caption(note)


def _sum_of_items(judged: Judgements) -> str:
    """What the clinician's own Sunnybrook items give, once all are judged (reference D1)."""
    values = {
        item: float(entry.value)
        for item, entry in judged.items()
        if item.scale == "sunnybrook" and item is not JudgedItem.SUNNYBROOK_COMPOSITE and entry.value is not None
    }
    needed = [item for item in JudgedItem if item.scale == "sunnybrook" and item is not JudgedItem.SUNNYBROOK_COMPOSITE]
    if len(values) < len(needed):
        return ""

    def added(part: str) -> float:
        return sum(value for item, value in values.items() if item.name_in_scale.startswith(part))

    composite = 4 * added("voluntary_") - 5 * added("rest_") - added("synkinesis_")
    given = judged.get(JudgedItem.SUNNYBROOK_COMPOSITE)
    differs = given is not None and given.value != composite
    return f"The clinician's Sunnybrook items give a composite of {composite:g}" + (
        f", not the {value_words(JudgedItem.SUNNYBROOK_COMPOSITE, given.value)} that was entered."
        if given is not None and differs
        else "."
    )


@st.dialog("Clinician's judgement", width="medium")
@guarded
def judge(exam: Exam, result: ExamResult, scale: str, who: str) -> None:
    """Every item of one scale: the automatic value in words, the clinician's in a field."""
    judged, labels = standing_judgements(exam), item_labels(result)
    items = [item for item in JudgedItem if item.scale == scale]
    key = f"judge_{exam.visit.id}_{st.session_state.get(_ROUND, 0)}"
    st.markdown(
        f"**{SCALES[scale]}**, judged by {plain(who)}. Leave empty what you do not judge; emptying a field withdraws its "
        "judgement, and the comment then says why."
    )
    values: dict[JudgedItem, JudgedValue] = {}
    columns = st.columns(2 if len(items) > 1 else 1)
    half = -(-len(items) // len(columns))
    for place, item in enumerate(items):
        with columns[place // half]:
            known = judged.get(item)
            # A newer judgement of somebody else gets a fresh field: what was on the screen before must not be saved over it.
            of_version = f"{key}_{known.version if known else 0}"
            values[item] = _field(
                item, labels[item], item.automatic(result), known.value if known else None, of_version
            )
    comment = st.text_area(
        "Comment",
        max_chars=2_000,
        height=80,
        key=f"{key}_{scale}_comment",
        persist_state="page",
        placeholder="Optional",
    )
    if not st.button("Save judgement", type="primary", width="stretch", key="judgement_save"):
        return
    changed = {
        item: value for item, value in values.items() if value != (judged[item].value if item in judged else None)
    }
    try:
        if not changed:
            raise InputError("Nothing was changed, so nothing was saved.")
        _keep(exam, who, changed, comment)
    except HemifaceError as problem:
        st.error(plain(problem.message))
        return
    _saved(f"{SCALES[scale]}: {len(changed)} saved.")


@st.dialog("Withdraw judgements")
@guarded
def withdraw(exam: Exam, result: ExamResult, who: str) -> None:
    """Take back judgements; they stay in the history."""
    judged, labels = standing_judgements(exam), item_labels(result)
    key = f"withdraw_{exam.visit.id}_{st.session_state.get(_ROUND, 0)}"
    chosen = st.multiselect(
        "Which",
        list(judged),
        format_func=lambda item: _full_label(item, labels),
        key=f"{key}_items",
        placeholder="Choose",
    )
    reason = st.text_area("Reason (needed)", max_chars=2_000, height=80, key=f"{key}_reason", persist_state="page")
    if not st.button("Withdraw", type="primary", icon=":material/undo:", width="stretch", key="judgement_withdraw_now"):
        return
    try:
        if not chosen:
            raise InputError("Choose what to withdraw.")
        _keep(exam, who, dict.fromkeys(chosen), reason)
    except HemifaceError as problem:
        st.error(plain(problem.message))
        return
    _saved(f"{len(chosen)} withdrawn.")


def _keep(exam: Exam, who: str, values: Mapping[JudgedItem, JudgedValue], comment: str) -> None:
    """Save under the clinician's name; what one of the values would refuse saves none of them."""
    for item, value in values.items():
        item.checked(value)
    if None in values.values():
        checked_reason(comment)
    records = signed(who)
    for item, value in values.items():
        records.add_judgement(exam.visit.id, item, value, comment, exam.analysis.id)


def _saved(told: str) -> None:
    st.session_state[_DONE] = told
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _field(item: JudgedItem, label: str, automatic: JudgedValue, known: JudgedValue, key: str) -> JudgedValue:
    """A field for one item with the automatic value in its label."""
    allowed, told = item.allowed, f"{label} · automatic: {value_words(item, automatic)}"
    choices: list[JudgedValue] = list(allowed.options)
    if allowed.whole and allowed.maximum - allowed.minimum < _MOST_CHOICES:
        choices = list(range(int(allowed.minimum), int(allowed.maximum) + 1))
    if choices:
        return st.selectbox(
            told,
            choices,
            index=choices.index(known) if known in choices else None,
            format_func=lambda value: _choice_words(item, value),
            placeholder="Not judged",
            key=f"{key}_{item.value}",
            persist_state="page",
        )
    return st.number_input(
        f"{told} ({allowed.minimum:g} to {allowed.maximum:g})".replace("(-", "(−"),
        min_value=float(allowed.minimum),
        max_value=float(allowed.maximum),
        value=None if known is None else float(known),
        step=1.0,
        format="%g",
        placeholder="Not judged",
        key=f"{key}_{item.value}",
        persist_state="page",
    )


def _choice_words(item: JudgedItem, value: JudgedValue) -> str:
    """A level with what it means, where the scale has words for it."""
    words = value_words(item, value)
    name = item.name_in_scale
    levels = _LEVELS.get(name) or _LEVELS.get(name.partition("_")[0]) if item.scale == "sunnybrook" else None
    return words if levels is None or value is None else f"{words} – {levels[int(value)]}"


def _history(exam: Exam, result: ExamResult) -> None:
    with st.expander("History", icon=":material/history:"):
        labels = item_labels(result)
        item = st.selectbox(
            "History of",
            list(JudgedItem),
            index=None,
            format_func=lambda item: _full_label(item, labels),
            placeholder="Choose an item",
            key="judgement_history",
        )
        if item is None:
            return
        entries = store().judgement_history(exam.visit.id, item)
        if not entries:
            st.caption("This item was never judged at this visit.")
            return
        st.markdown(f"Automatic: {plain(value_words(item, item.automatic(result)))}")
        for entry in entries:
            what = "withdrawn" if entry.withdrawn else value_words(item, entry.value)
            comment = f" · {plain(entry.comment)}" if entry.comment else ""
            st.markdown(f"- **{plain(what)}** · {plain(entry.who)}, {moment_words(entry.created_at)}{comment}")


def _full_label(item: JudgedItem, labels: Mapping[JudgedItem, str]) -> str:
    return labels[item] if item is JudgedItem.AFFECTED_SIDE else f"{SCALES[item.scale]}: {labels[item]}"


def _item(items: list[ScaleItem], name: str) -> ScaleItem | None:
    return next((item for item in items if item.name == name), None)
