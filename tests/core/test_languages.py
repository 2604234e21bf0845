"""Languages of patients: every sentence is translated, nothing is left over, and the browser's wish is read as it was meant."""

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.languages import LANGUAGES, as_language, day_in_words, duration_in_words, negotiate, translator
from pages.components.home_texts import email_texts, home_texts
from pages.components.recorder_texts import expression_texts, recorder_texts

LOCALE = Path(__file__).parents[2] / "core" / "locale"
TRANSLATED = [language for language in LANGUAGES if language != "en"]
QUOTES = {"de": "„“", "es": "«»"}


def sentences():
    """Every sentence that a patient can read or hear."""
    spoken = [words for texts in expression_texts().values() for words in texts.values()]
    return {*recorder_texts().values(), *home_texts().values(), *email_texts().values(), *spoken}


def catalogue(language):
    with (LOCALE / language / "LC_MESSAGES" / "hemiface.po").open("rb") as source:
        return {message.id: message for message in read_po(source, locale=language) if message.id}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_none_is_left_over(language):
    entries = catalogue(language)
    assert set(entries) == sentences()
    assert not [key for key, entry in entries.items() if not entry.string or entry.fuzzy]


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_fill_in_the_same_names_and_use_the_language_s_own_quotes(language):
    for english, entry in catalogue(language).items():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", entry.string)), english
        assert "“" not in english or QUOTES[language][0] in entry.string, english
        assert '"' not in entry.string
        assert entry.string.count(QUOTES[language][0]) == entry.string.count(QUOTES[language][1])
        assert entry.string == entry.string.strip()
        assert "  " not in entry.string
        if english[-1] in ".?!…":
            assert entry.string[-1] == english[-1], english


@pytest.mark.parametrize("language", TRANSLATED)
def test_patients_are_addressed_politely(language):
    """German says Sie, Spanish usted: no word of the familiar forms."""
    familiar = {"de": r"\b(du|dich|dir|dein\w*|euch|euer)\b", "es": r"\b(tú|tu|tus|te|contigo|vosotros|vuestr\w+)\b"}
    for entry in catalogue(language).values():
        assert not re.search(familiar[language], entry.string, re.IGNORECASE), entry.string


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translator_speaks_its_language(language):
    said = translator(language)("Start camera")
    assert said == {"en": "Start camera", "de": "Kamera starten", "es": "Encender la cámara"}[language]


def test_what_no_catalogue_has_stays_english():
    assert translator("de")("No such sentence.") == "No such sentence."
    assert translator("fr")("Start camera") == "Start camera"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de"), ("es-419", "es"), ("fr-FR,fr;q=0.9,es;q=0.3,en;q=0.5", "en"), ("fr, es;q=0.4", "es"),
        ("DE", "de"), ("en-US,de;q=0.9", "en"), ("de;q=0, es;q=0.1", "es"), ("de;q=nonsense,es", "es"), ("*", "en"), ("", "en"),
        (None, "en"), (",;,;q=" * 400, "en"), ("den,deutsch", "en"),
    ],
)  # fmt: skip
def test_the_browser_s_wish_decides(header, language):
    assert negotiate(header) == language


def test_codes_are_read_with_their_country():
    assert [as_language(code) for code in ("de_AT", "ES-mx", "en", "", None, "nl")] == [
        "de",
        "es",
        "en",
        None,
        None,
        None,
    ]


def test_days_and_durations_are_written_in_the_language():
    day = date(2026, 3, 12)
    assert [day_in_words(day, language) for language in LANGUAGES] == [
        "12 March 2026", "12. März 2026", "12 de marzo de 2026",
    ]  # fmt: skip
    assert [duration_in_words(224, language) for language in LANGUAGES] == ["4 minutes", "4 Minuten", "4 minutos"]
    assert duration_in_words(40.4, "de") == "40 Sekunden"
    assert duration_in_words(1, "en") == "1 second"
    assert duration_in_words(61, "es", whole_minutes=True) == "2 minutos"
