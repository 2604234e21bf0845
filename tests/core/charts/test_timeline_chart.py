"""The course of a patient: a lane for each kind of event, treatments as lines with sides named, the same in words."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.charts.timeline import day_words, timeline_alt, timeline_figure
from core.records.clinical_entries import InjectionSite, Treatment, TreatmentDetails, TreatmentKind
from core.records.timeline import EventKind, TimelineEvent, treatment_event
from core.words import Side

ONSET, FIRST, TOXIN, LAST = date(2025, 11, 3), date(2025, 11, 20), date(2026, 1, 8), date(2026, 4, 2)


def toxin(day=TOXIN):
    sites = (InjectionSite("Frontalis", Side.LEFT, 5), InjectionSite("Platysma", Side.RIGHT, 7.5))
    details = TreatmentDetails(day, TreatmentKind.BOTULINUM_TOXIN, "", sites)
    return treatment_event(Treatment("t", "p", details, "Dr. A", datetime(2026, 1, 8, tzinfo=UTC), None, None))


def course():
    return [
        TimelineEvent(ONSET, EventKind.ONSET, "Onset", "Bell's palsy (idiopathic)"),
        TimelineEvent(FIRST, EventKind.VISIT, "before <b>toxin</b>", "1 recording", "v1"),
        TimelineEvent(FIRST, EventKind.ANALYSIS, "1 analysis", "", "v1"),
        toxin(),
        TimelineEvent(LAST, EventKind.VISIT, "Visit", "1 recording", "v2"),
        TimelineEvent(LAST, EventKind.VISIT, "second video", "", "v3"),
    ]


def lanes(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("narrow", [False, True])
def test_every_kind_that_happened_has_a_lane_with_its_days(dark, narrow):
    found = lanes(timeline_figure(course(), dark=dark, narrow=narrow))
    assert list(found) == ["Onset", "Visit", "Analyses", "Treatment"]
    assert list(found["Visit"].x) == [FIRST, LAST]  # two visits of one day are one mark
    assert [trace.y[0] for trace in found.values()] == [0, 1, 2, 3]
    assert len({trace.marker.symbol for trace in found.values()}) == 4
    json.loads(timeline_figure(course(), dark=dark, narrow=narrow).to_json())


def test_a_mark_tells_everything_of_its_day():
    hover = lanes(timeline_figure(course()))["Visit"].hovertext
    assert hover[1] == "<b>2 Apr 2026</b><br>Visit: 1 recording<br>second video"


def test_sides_of_injections_are_the_patients():
    hover = " ".join(lanes(timeline_figure(course()))["Treatment"].hovertext[0].replace("&#x27;", "'").split("<br>"))
    assert "Frontalis, patient's left: 5 units" in hover
    assert "Platysma, patient's right: 7.5 units" in hover
    assert "12.5 units in all" in hover


def test_words_of_users_are_no_mark_up():
    figure = timeline_figure([*course(), replace(toxin(LAST), title="<i>other</i>")])
    assert "before &lt;b&gt;toxin&lt;/b&gt;: 1 recording" in lanes(figure)["Visit"].hovertext[0]
    assert "&lt;i&gt;other&lt;/i&gt;" in [note.text for note in figure.layout.annotations]


def test_long_words_end_with_an_ellipsis():
    long = TimelineEvent(FIRST, EventKind.VISIT, "Visit", "word " * 400, "v")
    (hover,) = timeline_figure([long]).data[0].hovertext
    assert hover.endswith("…")
    assert hover.count("<br>") == 8


def test_treatments_are_lines_through_all_lanes_and_named():
    figure = timeline_figure(course())
    marks = [shape for shape in figure.layout.shapes if shape.yref == "paper"]
    assert [(mark.x0, mark.x1, mark.y0, mark.y1) for mark in marks] == [(TOXIN.isoformat(), TOXIN.isoformat(), 0, 1)]
    assert "Botulinum toxin" in [note.text for note in figure.layout.annotations]
    phone = timeline_figure(course(), narrow=True)
    assert "Botulinum toxin" not in [note.text for note in phone.layout.annotations]
    assert "Treatment" in [note.text for note in phone.layout.annotations]


def test_the_name_of_a_late_treatment_stands_to_its_left():
    named = {
        note.x: note.xanchor
        for note in timeline_figure([*course(), toxin(LAST)]).layout.annotations
        if note.text == "Botulinum toxin"
    }
    assert named == {TOXIN.isoformat(): "left", LAST.isoformat(): "right"}


def test_many_treatments_are_not_named_over_each_other():
    many = [toxin(date(2026, 1, day)) for day in range(1, 10)]
    figure = timeline_figure(many)
    assert [note.text for note in figure.layout.annotations] == ["Treatment"]
    assert len([shape for shape in figure.layout.shapes if shape.yref == "paper"]) == 9


def test_a_single_event_has_room_on_both_sides():
    figure = timeline_figure(course()[1:2])
    first, last = (date.fromisoformat(end) for end in figure.layout.xaxis.range)
    assert (FIRST - first).days == (last - FIRST).days >= 12
    assert list(lanes(figure)) == ["Visit"]
    assert timeline_alt(course()[1:2]) == "Course on 20 Nov 2025. Visit: 20 Nov 2025."


def test_a_long_course_is_marked_by_months():
    assert timeline_figure(course()).layout.xaxis.tickformat == "%b %Y"
    assert timeline_figure(course()[:3]).layout.xaxis.tickformat == "%-d %b %Y"


def test_without_an_event_it_says_so():
    for drawn in (timeline_figure, timeline_alt):
        with pytest.raises(ValueError, match="at least one event"):
            drawn([])


def test_the_words_say_what_is_drawn():
    assert timeline_alt(course()) == (
        "Course from 3 Nov 2025 to 2 Apr 2026. Onset: 3 Nov 2025. Visit: 20 Nov 2025, 2 Apr 2026. Analyses: 20 Nov 2025. "
        "Treatment: 8 Jan 2026."
    )
    assert day_words(LAST) == "2 Apr 2026"
