"""Exports: data of chosen visits as a file for research, for statistics or for another system."""

from __future__ import annotations

from pages.components.current import PATIENTS, go, store
from pages.components.export_choice import chosen_visits
from pages.components.export_kinds import wanted_export
from pages.components.export_running import export_section
from pages.components.guard import guarded
from pages.components.layout import empty_state, page_head

_LEAD = "Data of chosen visits in one file, for research, for statistics or for another system. You decide who gets it."


@guarded
def page() -> None:
    page_head("Exports", _LEAD)
    index = store().visit_index()
    if not index:
        if empty_state(
            "There is no visit to export",
            "Enter a patient with a visit, or look around with the demo patients. Analysed videos are what is exported.",
            action="Go to the patients",
            icon=":material/group:",
        ):
            go(PATIENTS)
        return
    visits = chosen_visits(index)
    export_section(visits, wanted_export())


page()
