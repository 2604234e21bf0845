"""Bland-Altman plot of a clinician's values: a dot a patient, limits and their bands where there are any, the same in words."""

import pytest

from core.charts.judgements import judgement_plot, judgement_plot_alt, limits_words, signed
from core.charts.style import contrast, series_colours, theme
from core.statistics.agreement import bland_altman
from core.statistics.intervals import Interval

CLINICIAN = [60.0, 72.0, 45.0, 88.0]
AUTOMATIC = [64.0, 70.0, 51.0, 86.0]


def plot(clinician=CLINICIAN, automatic=AUTOMATIC, *, dark=False):
    return judgement_plot(clinician, automatic, bland_altman(clinician, automatic), dark=dark)


def lines(figure):
    return [shape for shape in figure.layout.shapes if shape.type == "line"]


def bands(figure):
    return [shape for shape in figure.layout.shapes if shape.type == "rect"]


@pytest.mark.parametrize("dark", [False, True])
def test_every_patient_is_a_dot_of_difference_over_mean(dark):
    (dots,) = plot(dark=dark).data
    assert list(dots.x) == [62.0, 71.0, 48.0, 87.0]
    assert list(dots.y) == [-4.0, 2.0, -6.0, 2.0]
    assert dots.text[0] == "clinician 60, automatic 64"
    assert dots.marker.color == series_colours(dark)[1]
    assert contrast(dots.marker.color, theme(dark).panel) >= 3


def test_bias_and_limits_are_lines_in_the_bands_of_their_intervals():
    limits = bland_altman(CLINICIAN, AUTOMATIC)
    figure = plot()
    intervals = (limits.bias, limits.lower, limits.upper)
    assert [line.y0 for line in lines(figure)] == [interval.value for interval in intervals]
    assert [line.line.dash for line in lines(figure)] == ["solid", "dash", "dash"]
    assert [(band.y0, band.y1) for band in bands(figure)] == [(i.low, i.high) for i in intervals]
    assert [label.text for label in figure.layout.annotations] == [
        f"bias {signed(limits.bias.value)}",
        f"limit {signed(limits.lower.value)}",
        f"limit {signed(limits.upper.value)}",
    ]


def test_everything_fits_and_zero_is_in_the_middle():
    figure = plot()
    low, high = figure.layout.yaxis.range
    assert low == -high
    ends = [band.y0 for band in bands(figure)] + [band.y1 for band in bands(figure)] + list(figure.data[0].y)
    assert max(map(abs, ends)) < high
    assert "minus" in figure.layout.yaxis.title.text
    assert "points" in figure.layout.yaxis.title.text


def test_agreement_to_the_last_point_does_not_look_like_disagreement():
    figure = plot([50.0, 60.0], [50.0, 60.0])
    assert figure.layout.yaxis.range == (-1.0, 1.0)
    assert [label.text for label in figure.layout.annotations] == [
        f"bias {signed(0.0)}"
    ]  # three labels would lie over each other


def test_a_single_patient_has_a_dot_and_a_bias_and_no_limits():
    figure = plot([60.0], [64.0])
    assert list(figure.data[0].y) == [-4.0]
    assert [line.y0 for line in lines(figure)] == [-4.0]
    assert bands(figure) == []
    assert [label.text for label in figure.layout.annotations] == ["bias −4.0"]
    told = judgement_plot_alt("Sunnybrook: composite", bland_altman([60.0], [64.0]))
    assert told == "Sunnybrook: composite of 1 patient, clinician minus automatic, in points: bias −4.0."


def test_without_patients_nothing_is_drawn_or_claimed():
    figure = plot([], [])
    assert len(figure.data[0].x) == 0
    assert not figure.layout.shapes
    assert not figure.layout.annotations
    assert judgement_plot_alt("Grade", bland_altman([], [])).endswith(
        "of 0 patients, clinician minus automatic, in points: bias –."
    )


def test_the_words_say_what_is_drawn():
    limits = bland_altman(CLINICIAN, AUTOMATIC)
    told = judgement_plot_alt("Sunnybrook: composite", limits)
    assert told.startswith("Sunnybrook: composite of 4 patients, clinician minus automatic, in points: bias −1.5 (")
    assert f"limits of agreement {signed(limits.lower.value)} to {signed(limits.upper.value)}" in told


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (Interval(-2.1, -4.0, -0.2), "−2.1 (−4.0 to −0.20)"),
        (Interval(3.0), "3.0"),
        (Interval(None), "–"),
    ],
)
def test_a_value_with_its_interval(interval, words):
    assert limits_words(interval) == words
