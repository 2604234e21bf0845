"""Colours: readable, distinguishable, in order, and the same as the page's theme."""

import itertools
import tomllib
from pathlib import Path

import pytest

from core.charts import style
from core.charts.style import Quantity
from core.words import SIDES, Side

CONFIG = Path(__file__).parents[3] / ".streamlit" / "config.toml"


@pytest.mark.parametrize("of", Quantity)
def test_a_scale_darkens_evenly_so_that_its_order_survives_a_grey_print(of):
    lightness = [style.luminance(style.score_colour(of, score)) for score in range(0, 101, 5)]
    assert all(a > b for a, b in itertools.pairwise(lightness))


@pytest.mark.parametrize("of", Quantity)
def test_values_are_readable_on_every_colour_of_their_scale(of):
    for score in range(101):
        colour = style.score_colour(of, score)
        assert style.contrast(style.text_on(colour), colour) >= 4.5, score


@pytest.mark.parametrize("dark", [False, True])
def test_sides_are_readable_on_the_page_and_keep_apart_without_colour_vision(dark):
    look = style.theme(dark)
    for side in SIDES:
        assert style.contrast(look.side(side), look.page) >= 3.5, side
    # Blue against orange: the blue channel alone tells them apart, whatever red and green look like.
    blue = [int(look.side(side)[5:7], 16) for side in (Side.RIGHT, Side.LEFT)]
    assert blue[0] - blue[1] > 120


def test_not_assessable_is_no_colour_of_a_scale():
    for look in (style.LIGHT, style.DARK):
        red, green, blue = (int(look.missing[i : i + 2], 16) for i in (1, 3, 5))
        assert max(red, green, blue) - min(red, green, blue) <= 8
        shown = {style.score_colour(of, score) for of in Quantity for score in range(101)}
        assert look.missing not in shown


def test_scores_outside_the_scale_are_clipped():
    assert style.score_colour(Quantity.WEAKNESS, -5) == style.score_colour(Quantity.WEAKNESS, 0)
    assert style.score_colour(Quantity.WEAKNESS, 130) == style.score_colour(Quantity.WEAKNESS, 100)


def test_the_theme_of_the_pages_has_the_same_colours():
    theme = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"]
    for name, look in (("light", style.LIGHT), ("dark", style.DARK)):
        assert theme[name]["blueColor"] == look.side(Side.RIGHT)
        assert theme[name]["orangeColor"] == look.side(Side.LEFT)
        assert theme[name]["backgroundColor"] == look.page
        assert theme[name]["textColor"] == look.text


@pytest.mark.parametrize(
    ("of", "score", "grade"),
    [(Quantity.WEAKNESS, 10.0, 0), (Quantity.WEAKNESS, 62.0, 3), (Quantity.SYNKINESIS, 50.0, 2)],
)
def test_bands_are_those_of_the_grading(of, score, grade):
    from core.grading.branches import weakness_grade
    from core.grading.synkinesis import synkinesis_grade

    graded = weakness_grade(score) if of is Quantity.WEAKNESS else synkinesis_grade(score)
    assert graded == grade
    band = next(name for limit, name in style.grade_bands(of) if score <= limit)
    assert band == style.grade_name(of, graded)
