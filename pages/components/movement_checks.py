"""What the quick look at a guided recording found, movement by movement."""

from __future__ import annotations

import json

import streamlit as st

from core.errors import HemifaceError
from core.exam.check import MovementCheck
from core.exam.protocol import Expression
from core.records.entries import Job, JobState, Recording
from core.records.runner import CHECK_NAME
from pages.components.current import store
from pages.components.installation import installation
from pages.components.text import counted, plain


def read_checks(recording: Recording) -> list[MovementCheck] | None:
    """The checks of a recording; None as long as there are none."""
    path = store().derived_path(recording, CHECK_NAME)
    if not path.is_file():
        return None
    try:
        return [MovementCheck.from_json(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def check_job(recording: Recording) -> Job | None:
    """The newest check of a recording, with its progress."""
    jobs = store().jobs(recording_id=recording.id, kind="check")
    return installation().runner.job(jobs[0].id) if jobs else None


def movement_rows(checks: list[MovementCheck]) -> list[tuple[Expression, int, int, list[str]]]:
    """(expression, good performances, all performances, what is wrong, each sentence once) of every movement, in order."""
    rows = []
    for expression in dict.fromkeys(check.expression for check in checks):
        own = [check for check in checks if check.expression is expression]
        good = sum(check.ok for check in own)
        rows.append((expression, good, len(own), list(dict.fromkeys(check.message for check in own if not check.ok))))
    return rows


def show_checks(checks: list[MovementCheck]) -> None:
    """A line for every movement: good, partly good, or to be repeated, and why."""
    for expression, good, total, messages in movement_rows(checks):
        if expression is Expression.REST and good:
            continue  # rest is asked for between all movements; some of it is enough
        icon = (
            ":green[:material/check_circle:]"
            if good == total
            else ":orange[:material/error:]"
            if good
            else ":red[:material/cancel:]"
        )
        share = "" if total == 1 else f" · {good} of {total} good"
        st.markdown(f"{icon} **{expression.label}**{share} {' '.join(plain(message) for message in messages)}")
    hints = list(dict.fromkeys(check.message for check in checks if check.ok and check.message))
    if hints:
        st.caption(f"Could be better: {' '.join(plain(hint) for hint in hints)}")


def quality_badge(recording: Recording) -> None:
    """The checks of a recording in one badge."""
    checks = read_checks(recording)
    if checks is None:
        job = check_job(recording)
        failed = job is not None and job.state in (JobState.FAILED, JobState.INTERRUPTED)
        st.badge("Not checked" if failed or job is None else "Being checked", icon=":material/pending:", color="gray")
        return
    rows = [row for row in movement_rows(checks) if row[0] is not Expression.REST]
    missing = sum(not good for _, good, _, _ in rows)
    if missing:
        st.badge(f"{counted(missing, 'movement')} to repeat", icon=":material/replay:", color="orange")
    else:
        st.badge(f"{counted(len(rows), 'movement')} good", icon=":material/check:", color="green")


def start_check(recording: Recording) -> None:
    """Look at a recording again; nothing happens when that is under way."""
    try:
        installation().runner.start_check(recording.id)
    except HemifaceError as problem:
        if problem.code != "job_active":
            raise
