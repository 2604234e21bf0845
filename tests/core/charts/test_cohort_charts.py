"""The chart of many patients: every one is in it, the middle stands in front of a crowd, and words say the same."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from core.charts.change_cohort import CROWD, cohort_change, cohort_change_alt, cohort_legend, is_crowd, quartiles
from core.charts.change_style import verdict_colour
from core.charts.style import DARK, LIGHT
from core.grading.change import Kind, Verdict, compare
from core.grading.change_cohort import paired_change
from core.statistics.intervals import Interval
from core.words import Side
from tests.exam_samples import short_exam, synkinetic_exam

R, L = Side.RIGHT, Side.LEFT


@pytest.fixture(scope="module")
def row():
    """One patient's brow, from which others are made."""
    comparison = compare(synkinetic_exam().result, short_exam().result)
    return comparison.row(Kind.WEAKNESS, "temporal", R)


def patients(row, count, unit="points"):
    """So many patients: every third within error, one of ten worse, the others improved."""
    rows = []
    for number in range(count):
        before, change = 30.0 + number % 41, -20.0 - number % 7
        verdict = Verdict.IMPROVED
        if number % 10 == 9:
            change, verdict = 15.0, Verdict.WORSE
        elif number % 3 == 0:
            change, verdict = 2.0, Verdict.WITHIN_ERROR
        rows.append(replace(row, before=before, after=before + change, change=change, verdict=verdict, unit=unit))
    return rows


def lines(figure):
    """(before, after) of every line from before to after, whichever trace holds it."""
    found = []
    for trace in figure.data:
        if trace.xaxis in (None, "x") and trace.name not in ("median", "rim"):
            x, y = list(trace.x), list(trace.y)
            starts = [at for at, place in enumerate(x) if place == 0]
            assert all(x[at + 1] == 1 for at in starts)
            found += [(y[at], y[at + 1]) for at in starts]
    return found


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_a_line_a_patient_and_the_mean_with_its_interval(row):
    rows = patients(row, 2)
    change = paired_change(rows)
    assert change.mean.value == pytest.approx(sum(row.change for row in rows) / 2)
    assert change.mean.contains(change.mean.value)
    figure = cohort_change(change, "Weakness, 0 to 100")
    assert lines(figure) == [(one.before, one.after) for one in rows]
    mean = trace(figure, "mean")
    assert mean.y[0] + mean.error_y.array[0] == pytest.approx(change.mean.high, abs=0.01)
    assert "2 patients compared" in cohort_change_alt(change, "Weakness")
    assert not is_crowd(change)
    assert "median" not in cohort_legend(change)


def test_zero_and_every_change_are_on_the_axis(row):
    change = paired_change(patients(row, 5))
    low, high = cohort_change(change, "Weakness").layout.yaxis2.range
    assert low < min(change.mean.low, *(one.change for one in change.rows))
    assert high > max(0.0, change.mean.high)


def test_nobody_is_told():
    nobody = paired_change([])
    assert any("No patient" in a.text for a in cohort_change(nobody, "Weakness").layout.annotations)
    assert "mean change –" in cohort_change_alt(nobody, "Weakness")


def test_one_quantity_only(row):
    with pytest.raises(ValueError, match="one quantity"):
        paired_change([row, replace(row, name="buccal")])


@pytest.mark.parametrize("count", [CROWD, 200])
def test_a_crowd_is_pale_behind_its_median(row, count):
    rows = patients(row, count)
    change = paired_change(rows)
    figure = cohort_change(change, "Weakness, 0 to 100")
    assert sorted(lines(figure)) == sorted((one.before, one.after) for one in rows)
    assert len(figure.data) < 10  # a browser draws a few traces at once, not hundreds
    pale = [one for one in figure.data if one.name in {verdict.label for verdict in Verdict}]
    assert {one.name for one in pale} == {"improved", "worse", "within measurement error"}
    assert all(one.line.width < 1 and one.line.color.startswith("rgba") for one in pale)
    names = [one.name for one in figure.data]
    assert names.index("median") > max(names.index(one.name) for one in pale)
    median = trace(figure, "median")
    for place, values in enumerate(([one.before for one in rows], [one.after for one in rows])):
        low, middle, high = np.percentile(values, (25, 50, 75))
        assert median.y[place] == pytest.approx(middle, abs=0.01)
        assert median.error_y.array[place] == pytest.approx(high - middle)
        assert median.error_y.arrayminus[place] == pytest.approx(middle - low)
    told = cohort_change_alt(change, "Weakness")
    assert f"Median {np.median([one.before for one in rows]):.0f} before (middle half " in told
    assert cohort_legend(change).startswith("Thin lines: single patients (teal improved, brown worse, grey within ")
    assert "the median of all at both visits" in cohort_legend(change)
    assert "Right panel" in cohort_legend(change)
    assert "Lower panel" in cohort_legend(change, narrow=True)


def test_one_patient_less_is_no_crowd(row):
    change = paired_change(patients(row, CROWD - 1))
    assert "median" not in [one.name for one in cohort_change(change, "Weakness").data]
    assert "Median" not in cohort_change_alt(change, "Weakness")


def test_dots_of_a_crowd_fill_their_place_evenly(row):
    dots = trace(cohort_change(paired_change(patients(row, 200)), "Weakness"), "patients")
    counts, _ = np.histogram(dots.x, bins=10, range=(-0.45, 0.45))
    assert counts.sum() == 200
    assert counts.min() >= 18


def test_quartiles_are_of_each_visit(row):
    rows = [replace(row, before=float(b), after=float(a)) for b, a in ((10, 5), (20, 1), (30, 2), (40, 3), (50, 4))]
    assert quartiles(rows) == ((20.0, 30.0, 40.0), (2.0, 3.0, 4.0))


@pytest.mark.parametrize(
    ("dark", "narrow", "unit"), list(itertools.product((False, True), (False, True), ("grade", "mm")))
)
def test_a_crowd_is_finite_in_every_look(row, dark, narrow, unit):
    figure = cohort_change(paired_change(patients(row, 60, unit)), "Measure", dark=dark, narrow=narrow)
    drawn = json.loads(figure.to_json())
    values = [v for one in drawn["data"] for v in one["y"] if isinstance(v, float)]
    assert values
    assert all(math.isfinite(value) for value in values)
    assert trace(figure, "median").line.color == (DARK if dark else LIGHT).text


def test_without_an_interval_nothing_is_told_of_one(row):
    change = replace(paired_change(patients(row, 2)), mean=Interval(-9.0))
    figure = cohort_change(change, "Weakness")
    assert sum(trace(figure, "mean").error_y.array) == 0
    assert "interval" not in cohort_legend(change) + cohort_change_alt(change, "Weakness")


def test_legend_names_only_colours_that_are_there(row):
    change = paired_change([replace(row, change=-30.0, verdict=Verdict.IMPROVED)])
    assert "teal improved" in cohort_legend(change)
    assert "brown" not in cohort_legend(change)
    assert verdict_colour(Verdict.IMPROVED, LIGHT) != verdict_colour(Verdict.WORSE, LIGHT)
