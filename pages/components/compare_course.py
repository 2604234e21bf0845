"""The course over all visits of a patient: scores over the months since onset with treatments, and slopes of the branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import streamlit as st

from core.charts import change_branches as branch_charts
from core.charts import change_course as course_charts
from core.charts.change_course import CourseLine, CoursePoint, TreatmentMark
from core.grading.change import Comparison, Kind, Verdict
from core.records.clinical_entries import Treatment
from core.records.cohorts import DAYS_A_MONTH
from core.records.entries import Patient
from core.words import BRANCHES, SIDES, Side
from pages.components import figures
from pages.components.compare_choice import one_a_visit
from pages.components.compare_results import compared_course
from pages.components.current import store
from pages.components.exam_choice import Exam
from pages.components.guard import guarded
from pages.components.streamlit_runtime import is_dark
from pages.components.text import plain

_SLOPES_FROM = 3


@dataclass(frozen=True)
class Followed:
    """What can be followed: a name, the rows that are its lines, the title and the ends of the axis."""

    name: str
    rows: tuple[tuple[Kind, str, Side | None, str], ...]
    axis: str
    limits: tuple[float, float]
    branches: Kind | None = None
    grades: bool = False


@st.fragment
@guarded
def course(patient: Patient, exams: list[Exam]) -> None:
    """One quantity over all visits; choosing another runs this part only."""
    visits = one_a_visit(exams)
    results, series = compared_course(visits)
    treatments = store().treatments(patient.id)
    st.subheader("Course over all visits", anchor=False)
    offered = followed([side for side in SIDES if any(result.affected_side.side is side for result in results)])
    chosen = st.selectbox(
        "Follow", offered, format_func=lambda entry: entry.name, key=f"compare_follow_{patient.id}_{len(offered)}"
    )
    since, start = (
        ("onset", patient.details.onset) if patient.details.onset else ("the first visit", visits[0].visit.day)
    )
    lines = list(course_lines(chosen, visits, series, start))
    marks = treatment_marks(treatments, start)
    figure = course_charts.recovery_course(
        lines,
        marks,
        quantity=chosen.axis,
        since=since,
        limits=chosen.limits,
        grades=chosen.grades,
        dark=is_dark(),
        narrow=figures.is_phone(),
    )
    figures.show(
        figure,
        course_charts.recovery_course_alt(lines, marks, since=since, grades=chosen.grades),
        key="recovery_course",
    )
    st.caption(
        "Shaded: measurement error. A cross is not comparable with the first visit. Dotted lines: treatments. Recovery may be "
        "spontaneous: the course alone does not show what a treatment did."
    )
    for treatment in treatments:
        told = f" · {plain(treatment.details.description)}" if treatment.details.description else ""
        st.caption(f":material/medication: {day_words(treatment.day)} · {treatment.kind.label}{told}")
    if chosen.branches is not None and len(visits) >= _SLOPES_FROM:
        labels = [day_words(exam.visit.day) for exam in visits]
        slopes = partial(branch_charts.branch_slopes, dark=is_dark(), narrow=figures.is_phone())
        figures.show(
            slopes(series, labels, chosen.branches),
            branch_charts.branch_slopes_alt(series, labels, chosen.branches),
            key="branch_slopes",
        )


def followed(affected: Sequence[Side]) -> list[Followed]:
    """What is offered: the branches of the affected side (of both where none is), means of both sides, scales."""
    offered = []
    for kind in (Kind.WEAKNESS, Kind.SYNKINESIS):
        for side in affected or SIDES:
            rows = tuple((kind, branch.value, side, branch.label) for branch in BRANCHES)
            offered.append(
                Followed(f"{kind.label} of each branch, {side.label}", rows, f"{kind.label}, 0 to 100", (0, 100), kind)
            )
    both = tuple((Kind.OVERALL, "weakness", side, side.label.capitalize()) for side in SIDES)
    offered.append(Followed("Mean weakness, both sides", both, "Mean weakness, 0 to 100", (0, 100)))
    for name, label, limits in (
        ("sunnybrook_composite", "Sunnybrook composite (estimate), 100 is normal", (0.0, 100.0)),
        ("house_brackmann_grade", "House-Brackmann grade (estimate), I is normal", (1.0, 6.0)),
    ):
        row = (Kind.SCALE, name, None, label.partition(" (")[0])
        offered.append(Followed(label, (row,), label, limits, grades=name == "house_brackmann_grade"))
    return offered


def course_lines(
    chosen: Followed, visits: Sequence[Exam], series: Sequence[Comparison], start: date
) -> Iterator[CourseLine]:
    """A line for each row, from the baseline over every later visit; rows that no visit has are left out."""
    months = [months_between(start, exam.visit.day) for exam in visits]
    labels = [exam.visit.title for exam in visits]
    for kind, name, side, label in chosen.rows:
        rows = [comparison.row(kind, name, side) for comparison in series]
        first = next((row for row in rows if row is not None), None)
        if first is None:
            continue
        error = first.detectable.value if first.detectable is not None else None
        points = [CoursePoint(months[0], first.before, error, label=labels[0])]
        for row, month, title in zip(rows, months[1:], labels[1:], strict=True):
            if row is not None:
                error = row.detectable.value if row.detectable is not None else None
                # What was not assessable at the first visit can still be followed from then on.
                comparable = row.verdict is not Verdict.NOT_COMPARABLE or row.before is None
                points.append(CoursePoint(month, row.after, error, comparable, title))
        if any(point.value is not None for point in points):
            yield CourseLine(label, tuple(points), side if kind is Kind.OVERALL else None)


def treatment_marks(treatments: Sequence[Treatment], start: date) -> list[TreatmentMark]:
    """Treatments at their months."""
    return [TreatmentMark(months_between(start, t.day), t.kind.label) for t in treatments]


def months_between(start: date, day: date) -> float:
    """Months from one day to another."""
    return (day - start).days / DAYS_A_MONTH


def day_words(day: date) -> str:
    """A day as pages write it."""
    return f"{day.day} {day:%b %Y}"
