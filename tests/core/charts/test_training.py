"""The plot of a training: every line is there and told in words, and its colours are those of nothing else."""

import pytest

from core.charts import style
from core.charts.training import training_curves, training_curves_alt
from core.words import SIDES

LINES = {"training": ([1, 2, 3], [0.9, None, 0.3]), "validation": ([1, 2, 3], [1.0, 0.8, 0.7])}


def test_every_line_with_its_points():
    figure = training_curves(LINES, y_title="Loss, px")
    assert [(line.name, list(line.x), list(line.y)) for line in figure.data] == [
        ("training", [1, 2, 3], [0.9, None, 0.3]),
        ("validation", [1, 2, 3], [1.0, 0.8, 0.7]),
    ]
    assert figure.layout.yaxis.title.text == "Loss, px"
    assert figure.layout.yaxis.type == "linear"


def test_values_that_lie_far_apart_stand_on_a_logarithmic_axis():
    assert training_curves({"loss": ([1, 2], [10.0, 0.1])}).layout.yaxis.type == "log"
    assert training_curves({"loss": ([1, 2], [10.0, 0.0])}).layout.yaxis.type == "linear"


def test_a_single_point_can_be_seen():
    assert "markers" in training_curves({"loss": ([1], [0.5])}).data[0].mode


def test_more_lines_than_colours_keep_apart():
    figure = training_curves({f"line {i}": ([1], [1.0]) for i in range(8)})
    assert len({(line.line.color, line.line.dash) for line in figure.data}) == 8


@pytest.mark.parametrize("dark", [False, True])
def test_lines_can_be_seen_and_are_taken_for_no_side(dark):
    look = style.theme(dark)
    for colour in style.series_colours(dark):
        assert style.contrast(colour, look.page) >= 4.5
        assert colour not in {look.side(side) for side in SIDES}


def test_in_words():
    words = training_curves_alt({**LINES, "test": ([1], [None])})
    assert words == (
        "Over epoch: training from 0.9 to 0.3, lowest 0.3; validation from 1 to 0.7, lowest 0.7; test not measured."
    )
    assert training_curves_alt({}) == "Over epoch: nothing."
