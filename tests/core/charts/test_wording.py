"""Numbers as people read them."""

import doctest

import pytest

from core.charts import wording
from core.exam.protocol import Expression
from core.measures.curves import MEASURES, MIDLINE_MEASURES


def test_examples_in_the_docstrings():
    found = doctest.testmod(wording)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize(
    ("value", "text"), [(9.96, "10"), (0.996, "1.0"), (-0.004, "0.00"), (-3.21, "-3.2"), (0.0, "0.00")]
)
def test_borders_of_the_digits(value, text):
    assert wording.number(value) == text


def test_every_expression_and_measure_has_words():
    assert all(0 < len(wording.short_name(expression)) <= 14 for expression in Expression)
    for name in (*MEASURES, *MIDLINE_MEASURES, "commissure", "closure_fraction"):
        assert "_" not in wording.measure_words(name)
        assert "(" not in wording.measure_words(name)
