"""Letters and lines of a report: what the fonts can print, texts that are cut, patterns that tell verdicts apart without colour."""

import pytest

from core.charts.style import luminance
from core.errors import HemifaceError
from core.grading.change_types import Verdict
from core.reports import change_parts, fonts
from core.reports.sheet import BODY, NAME, cut, text


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("Jose\u0301", "José"),
        ("a\x00b\u200bc", "abc"),
        ("two\nlines", "two lines"),
        ("王", "?"),
        ("שלום", "????"),
        ("Ωμέγα Ж ß ◆ → \u2212", "Ωμέγα Ж ß ◆ → \u2212"),
        ("<b>&", "<b>&"),
    ],
)
def test_printable(given, printed):
    assert fonts.printable(given) == printed


def test_a_question_mark_of_ones_own_is_no_replacement():
    assert fonts.is_printable("Who?")
    assert not fonts.is_printable("王?")


def test_words_are_never_taken_for_markup():
    assert fonts.marked("<b>&") == "&lt;b&gt;&amp;"
    assert text("</para><img src='x'/>").getPlainText() == "</para><img src='x'/>"


def lines(words: str, width: float, style: object = BODY) -> int:
    paragraph = text(words, style)
    paragraph.wrap(width, 1e6)
    return len(paragraph.blPara.lines)


@pytest.mark.parametrize("words", ["many small words " * 40, "x" * 500, "Δέσποινα " * 60])
@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_cut_fits_and_says_that_it_is_cut(words, allowed):
    kept = cut(words, 180, allowed, NAME)
    assert lines(kept, 180, NAME) == allowed
    assert kept.endswith("…")
    assert words.startswith(kept[:-1])


def test_what_fits_is_not_cut():
    assert cut("short", 180, 1) == "short"


def test_missing_fonts_are_told_of(monkeypatch):
    monkeypatch.setattr(fonts, "find_spec", lambda _name: None)
    with pytest.raises(HemifaceError, match="matplotlib"):
        fonts._folder()


def test_verdicts_differ_in_pattern_or_darkness():
    """A grey print loses the colour."""
    looks = [(pattern, round(luminance(colour), 1)) for colour, pattern in change_parts._LOOKS.values()]
    assert set(change_parts._LOOKS) == set(Verdict)
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize(
    ("change", "unit", "words"),
    [
        (-17.4, "points", "\u221217"),
        (0.2, "points", "0"),
        (3.46, "mm", "+3.5"),
        (-1.0, "grade", "\u22121"),
        (None, "mm", "–"),
    ],
)
def test_changes_in_words(change, unit, words):
    assert change_parts.change_words(change, unit) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(4.0, "grade", "IV (moderately severe)"), (-0.99, "mm", "\u22120.99"), (47.6, "points", "48"), (None, "mm", "–")],
)
def test_values_in_words(value, unit, words):
    assert change_parts.value_words(value, unit) == words
