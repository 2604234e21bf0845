"""Languages of what patients read and hear: English in the program, German and Spanish in catalogues beside it.

An English sentence is its own key. A sentence that a catalogue lacks is shown in English; a test holds that none is lacking.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from datetime import date, datetime
from gettext import GNUTranslations
from math import ceil
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "de", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "de": "Deutsch", "es": "Español"}
"""What each language calls itself."""

_CATALOGUES = Path(__file__).parent / "locale"
_MOST_CHOICES = 20


def as_language(code: str | None) -> Language | None:
    """The language of a code such as ``"de"`` or ``"de-CH"``; None when it is none of ours."""
    first = (code or "").strip().lower().replace("_", "-").split("-")[0]
    return next((language for language in LANGUAGES if language == first), None)


def negotiate(accept_language: str | None) -> Language:
    """The language that a browser likes best of ours, by its ``Accept-Language`` header; English when it likes none."""
    liked: list[tuple[float, int, Language]] = []
    for place, choice in enumerate((accept_language or "").split(",")[:_MOST_CHOICES]):
        code, _, weight = choice.partition(";")
        language = as_language(code)
        if language is not None and _quality(weight) > 0:
            liked.append((-_quality(weight), place, language))
    return min(liked)[2] if liked else "en"


def translator(language: str) -> Callable[[str], str]:
    """Turns an English sentence into one of this language; unknown languages stay English."""
    known = as_language(language) or "en"
    return str if known == "en" else _translations(known).gettext


def day_in_words(day: date, language: str) -> str:
    """A day as this language writes it, e.g. ``"12. März 2026"``."""
    from babel.dates import format_date

    return format_date(day.date() if isinstance(day, datetime) else day, format="long", locale=_locale(language))


def duration_in_words(seconds: float, language: str, *, whole_minutes: bool = False) -> str:
    """A duration as people say it, e.g. ``"40 seconds"`` or ``"4 Minuten"``; minutes are rounded up."""
    from babel.units import format_unit

    if seconds < 90 and not whole_minutes:
        return format_unit(max(1, round(seconds)), "duration-second", locale=_locale(language))
    return format_unit(max(1, ceil(seconds / 60)), "duration-minute", locale=_locale(language))


def _locale(language: str) -> str:
    # British English: day before month, as everywhere else in the program.
    known = as_language(language) or "en"
    return "en_GB" if known == "en" else known


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


@functools.lru_cache(maxsize=len(LANGUAGES))
def _translations(language: Language) -> GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (_CATALOGUES / language / "LC_MESSAGES" / "hemiface.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
