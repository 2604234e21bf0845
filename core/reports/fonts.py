"""The report's fonts and what they can print: DejaVu Sans covers Latin, Greek and Cyrillic; only glyphs in use are embedded.

The files are those in the wheel of matplotlib (free licence, beside them), so none has to be copied. matplotlib itself is not
imported for them: that would take seconds.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

from core.errors import HemifaceError

TEXT, BOLD, ITALIC = "HemifaceSans", "HemifaceSans-Bold", "HemifaceSans-Italic"
_FILES = {TEXT: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf", ITALIC: "DejaVuSans-Oblique.ttf"}
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
UNPRINTABLE = "?"


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab, once; raises HemifaceError when their files are missing."""
    for name, file in _FILES.items():
        path = _folder() / file
        if not path.is_file():
            raise HemifaceError(
                f"The font {file} of the report is missing.",
                hint="Install the packages of requirements.txt again.",
                code="font",
            )
        pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=ITALIC, boldItalic=BOLD)


def printable(text: str) -> str:
    """``text`` with what the fonts can print, on one line: letters they lack, or would print in the wrong order, become "?"."""
    known = _glyphs()
    kept = []
    for character in unicodedata.normalize("NFC", " ".join(text.split())):
        kind = unicodedata.category(character)
        if kind in ("Cc", "Cf", "Cs"):
            continue
        reads_right = unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT
        kept.append(character if ord(character) in known and reads_right else UNPRINTABLE)
    return "".join(kept)


def is_printable(text: str) -> bool:
    """Whether nothing of a text would be replaced."""
    return printable(text).count(UNPRINTABLE) == text.count(UNPRINTABLE)


def marked(text: str) -> str:
    """``text`` ready to stand in a paragraph: printable, and no character of it is taken for a mark-up."""
    return escape(printable(text))


def text_width(text: str, font: str, size: float) -> float:
    """Width in points of a printable text."""
    register_fonts()
    return float(pdfmetrics.stringWidth(text, font, size))


@cache
def _glyphs() -> frozenset[int]:
    """Characters that all three fonts have."""
    register_fonts()
    fonts: list[Any] = [pdfmetrics.getFont(name) for name in _FILES]
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


def _folder() -> Path:
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise HemifaceError(
            "The fonts of the report are missing, because the package matplotlib is.",
            hint="Install the packages of requirements.txt again.",
            code="font",
        )
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
