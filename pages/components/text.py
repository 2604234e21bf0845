"""Text of users on the page: never read as markdown or HTML (reliability T6)."""

from __future__ import annotations

import re

# Everything that can start markdown, HTML, a Streamlit directive (:red[...]), an emoji or icon code, or mathematics.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=&@/])")


# Web and mail addresses become links even when every character of theirs is escaped; an invisible joiner within stops that.
_ADDRESS = re.compile(r"(https?|www|@)(?=[:.\w])", re.IGNORECASE)
_JOINER = "\u2060"


def plain(text: str) -> str:
    """``text`` with every character escaped that markdown or Streamlit's directives would interpret; one line."""
    one_line = _ADDRESS.sub(rf"\1{_JOINER}", " ".join(text.split()))
    return _SPECIAL.sub(r"\\\1", one_line)


def counted(number: int, what: str) -> str:
    """A number with its noun: "1 visit", "2 visits"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
