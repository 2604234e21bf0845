"""Compare: what changed between two visits of a patient, the course over all visits, and the change over many patients."""

from __future__ import annotations

from core.records.entries import Patient
from pages.components import compare_choice as choice
from pages.components.compare_cohort import cohort
from pages.components.compare_course import course
from pages.components.compare_head import headline
from pages.components.compare_movement import one_movement
from pages.components.compare_overview import overview
from pages.components.compare_results import compared
from pages.components.compare_table import rows_table
from pages.components.guard import guarded
from pages.components.layout import page_head

_LEAD = "What changed between two visits, and whether it is more than measurement error."
_COHORT_LEAD = "How much a measure changed in many patients, each compared with an earlier visit of their own."


@guarded
def page() -> None:
    if choice.view() is choice.View.COHORT:
        page_head("Compare", _COHORT_LEAD)
        choice.view_choice()
        cohort()
        return
    patient = choice.require_patient("Compare", _LEAD)
    exams = choice.require_exams(patient, "Compare", _LEAD)
    page_head("Compare", _LEAD, patient)
    choice.view_choice()
    _visits(patient, exams)


def _visits(patient: Patient, exams: list[choice.Exam]) -> None:
    choice.whose(patient)
    before, after = choice.chosen_pair(exams)
    comparison = compared(before, after)
    headline(before, after, comparison)
    overview(before, after, comparison)
    one_movement(before, after)
    rows_table(before, after, comparison)
    course(patient, exams)


page()
