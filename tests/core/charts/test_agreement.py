"""Bland-Altman plot: dots on their own side's colour, lines where the limits are, the same in words."""

import numpy as np
import pytest

from core.charts.agreement import bland_altman_alt, bland_altman_plot
from core.charts.style import theme
from core.landmark_agreement import Direction, PointDifferences, bland_altman
from core.words import Side

DIFFERENCES = PointDifferences(
    mean_pct=np.array([-60.0, -60.0, -80.0, -20.0]),
    difference_pct=np.array([1.0, -0.5, 0.4, 0.3]),
    point=np.array([48, 54, 57, 31]),
    frame=np.array([0, 0, 0, 1]),
)
NAMES = ("A", "B")


@pytest.mark.parametrize("dark", [False, True])
def test_every_point_is_drawn_once_in_the_colour_of_its_side(dark):
    figure = bland_altman_plot(DIFFERENCES, Direction.UP, dark=dark)
    right, left, midline = figure.data
    assert (list(right.y), list(left.y), list(midline.y)) == ([1.0, 0.3], [-0.5], [0.4])
    assert [t.marker.color for t in (right, left)] == [theme(dark).side(side) for side in (Side.RIGHT, Side.LEFT)]
    assert [t.name for t in figure.data] == ["patient's right", "patient's left", "midline"]
    assert list(right.text) == ["49 corner of the mouth", "32 wing of the nose"]
    assert list(right.customdata) == [1, 2]


def test_lines_lie_at_bias_and_limits_and_everything_fits():
    figure = bland_altman_plot(DIFFERENCES, Direction.UP)
    limits = bland_altman(DIFFERENCES.difference_pct)
    assert [line.y0 for line in figure.layout.shapes] == [limits.bias, limits.lower, limits.upper]
    low, high = figure.layout.yaxis.range
    assert low == -high < limits.lower
    assert high > limits.upper


def test_labels_that_would_lie_over_each_other_are_left_out():
    alike = PointDifferences(np.arange(4.0), np.zeros(4), np.array([48, 54, 57, 31]), np.zeros(4, int))
    assert [label.text for label in bland_altman_plot(alike, Direction.UP).layout.annotations] == ["bias 0.00 %"]
    apart = bland_altman_plot(DIFFERENCES, Direction.UP).layout.annotations
    assert [label.text.split()[0] for label in apart] == ["bias", "limit", "limit"]


def test_one_point_has_no_limits():
    one = PointDifferences(np.array([1.0]), np.array([0.2]), np.array([8]), np.array([0]))
    figure = bland_altman_plot(one, Direction.LATERAL)
    assert len(figure.layout.shapes) == 1
    assert "limits" not in bland_altman_alt(one, Direction.LATERAL, NAMES)
    assert figure.layout.yaxis.range == (-1.0, 1.0)


def test_words_tell_the_numbers():
    told = bland_altman_alt(DIFFERENCES, Direction.UP, NAMES)
    assert told.startswith("Height of 4 points, A minus B")
    assert "bias 0.30 %" in told
    limits = bland_altman(DIFFERENCES.difference_pct)
    assert f"limits of agreement −{abs(limits.lower):.2f} to {limits.upper:.1f} %" in told
