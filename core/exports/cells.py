"""Text in cells of CSV files: what a spreadsheet would take for a formula is disarmed, and comes back as it was (reliability T5).

The rule is one apostrophe. It is put in front of a text that begins like a formula, and behind every separator inside a text that
is followed by such a beginning, because a spreadsheet that expects another separator splits the cell there. Texts that hold an
apostrophe in such a place get a second one, so that taking one away always gives the text as it was. Numbers are never touched.
"""

from __future__ import annotations

import re

_TRIGGERS = "=+\\-@|%＝＋－＠"
_SEPARATORS = ";,\\t\\r\\n"
# What programs skip in front of a formula: white space, quotes, control and invisible characters.
_SKIPPED = '\\s"\\x00-\\x1f\\x7f\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u2069\\ufeff'
_DANGEROUS = re.compile(f"(?:\\A|(?<=[{_SEPARATORS}]))(?=[{_SKIPPED}]*['{_TRIGGERS}])")
_DISARMED = re.compile(f"(\\A|[{_SEPARATORS}])'")
_LIVE = re.compile(f"[{_SKIPPED}]*[{_TRIGGERS}]")


def disarm(text: str) -> str:
    """``text`` with an apostrophe wherever a spreadsheet could see the beginning of a formula.

    >>> disarm("=1+1"), disarm("a;@b"), disarm("'quoted'"), disarm("before - after")
    ("'=1+1", "a;'@b", "''quoted'", 'before - after')
    """
    return _DANGEROUS.sub("'", text)


def rearm(text: str) -> str:
    """The text that ``disarm`` was given.

    >>> rearm(disarm("=1+1;'@b")) == "=1+1;'@b"
    True
    """
    return _DISARMED.sub(r"\1", text)


def looks_live(cell: str) -> bool:
    """Whether a spreadsheet could take a cell for a formula; a plain number such as -0.12 is none."""
    return bool(_LIVE.match(cell)) and not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", cell)
