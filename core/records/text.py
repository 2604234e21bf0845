"""Text that users and their computers hand in, made safe to keep: one form, no hidden characters, a limited length."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

# Control, format (bidirectional overrides, zero-width), surrogate, private-use and unassigned characters (reliability T4).
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Full-width forms are taken for the plain ones by some programs; a tab or line break in front of a cell is white space here.
_FORMULA_BEGINNINGS = frozenset("=+-@|%＝＋－＠")
NAME_LENGTH = 120
NOTE_LENGTH = 10_000


def clean_line(text: str, length: int = NAME_LENGTH) -> str:
    """``text`` as one line: NFC, hidden characters removed, white space collapsed, at most ``length`` characters."""
    visible = "".join(" " if ch in "\t\r\n" else ch for ch in unicodedata.normalize("NFC", text))
    visible = "".join(ch for ch in visible if unicodedata.category(ch) not in _HIDDEN)
    return " ".join(visible.split())[:length].rstrip()


def clean_note(text: str, length: int = NOTE_LENGTH) -> str:
    """``text`` of several lines, each cleaned; line breaks are kept."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    visible = ("".join(ch for ch in line if ch == "\t" or unicodedata.category(ch) not in _HIDDEN) for line in lines)
    return "\n".join(line.rstrip() for line in visible).strip()[:length]


def clean_file_name(name: str) -> str:
    """The last part of a client's file name for showing it to people, never for storage; "video" when nothing is left."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return clean_line(last) or "video"


def spreadsheet_text(text: str) -> str:
    """``text`` for a cell of a CSV file: what a spreadsheet would take for a formula gets an apostrophe in front."""
    shown = clean_line(text, NOTE_LENGTH)
    return f"'{shown}" if shown[:1] in _FORMULA_BEGINNINGS else shown


def search_key(text: str) -> str:
    """``text`` folded for searching: without case and accents, so that "muller" finds "Müller"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))
