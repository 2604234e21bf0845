"""File names: the words that clinics use for the standard views lead to the right expression, everything else to none."""

import pytest

from core.exam.file_names import _WORDS, expression_in_name
from core.exam.protocol import Expression as E

PHRASES = [(phrase, expression) for expression, phrases in _WORDS for phrase in phrases]


@pytest.mark.parametrize(("phrase", "expression"), PHRASES, ids=[phrase for phrase, _ in PHRASES])
def test_no_phrase_is_hidden_behind_another(phrase, expression):
    """A phrase that an earlier row takes away would name the wrong expression: "bottom teeth" is no smile."""
    for name in (f"{phrase}.mp4", phrase.replace(" ", "_") + ".MOV", f"07-{phrase.title()}-2.webm"):
        assert expression_in_name(name) is expression


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        # Views of the photo standards in reference A1.
        ("Resting.jpg", E.REST),
        ("Brow Elevation.mp4", E.BROW_RAISE),
        ("gentle_eye_closure.mp4", E.EYES_GENTLE),
        ("tight_eye_closure.mp4", E.EYES_TIGHT),
        ("small closed-mouth smile.mp4", E.SMILE_CLOSED),
        ("large smile with teeth.mp4", E.SMILE_OPEN),
        ("Big_Smile.mp4", E.SMILE_OPEN),
        ("small_smile.mp4", E.SMILE_CLOSED),
        ("lip pucker.mp4", E.PUCKER),
        ("ooooo.mp4", E.PUCKER),
        ("eeeek.mp4", E.EEE),
        ("showing bottom teeth.mp4", E.EEE),
        ("snarl - nose wrinkle.mp4", E.SNARL),
        ("lower-lip eee.mp4", E.EEE),
        ("patient7.smile.mp4", E.SMILE_OPEN),
    ],
)
def test_views_of_the_photo_standards_are_understood(name, expression):
    assert expression_in_name(name) is expression


@pytest.mark.parametrize(
    "name",
    ["", ".mp4", "IMG_0042.mp4", "restaurant.mp4", "browser.mp4", "smiley.mp4", "blinking lights.mp4", "0123.mov"],
)
def test_parts_of_other_words_name_nothing(name):
    assert expression_in_name(name) is None


def test_the_ending_is_not_read():
    assert expression_in_name("clip.rest") is None
    assert expression_in_name("smile_open.rest") is E.SMILE_OPEN
