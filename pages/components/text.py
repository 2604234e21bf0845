"""Text of users on the page: never read as markdown or HTML (reliability T6)."""

from __future__ import annotations

import re

# Everything that can start markdown, HTML, a Streamlit directive (:red[...]), an emoji or icon code, or mathematics.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=&@/])")


def plain(text: str) -> str:
    """``text`` with every character escaped that markdown or Streamlit's directives would interpret; one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def counted(number: int, what: str) -> str:
    """A number with its noun: "1 visit", "2 visits"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
