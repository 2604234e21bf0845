"""What the name of a file says about the expression in it: "03_smile_open.mp4" is the open smile."""

from __future__ import annotations

import re

from core.exam.protocol import Expression

# Words of file names, the telling ones first: a name with "closed" and "smile" is not an open smile, and bottom teeth are eee.
_WORDS: tuple[tuple[Expression, tuple[str, ...]], ...] = (
    (
        Expression.SMILE_CLOSED,
        ("smile closed", "closed smile", "closed mouth smile", "gentle smile", "smile gentle", "small smile"),
    ),
    (Expression.EEE, ("eee", "eeeek", "bottom teeth", "lower teeth")),
    (Expression.SMILE_OPEN, ("smile open", "open smile", "big smile", "teeth", "smile")),
    (Expression.EYES_TIGHT, ("eyes tight", "tight eyes", "tight eye", "tight closure", "squeeze")),
    (Expression.EYES_GENTLE, ("eyes gentle", "gentle closure", "eyes closed", "eye closure", "close eyes")),
    (Expression.BROW_RAISE, ("brow raise", "raise brow", "eyebrow", "forehead", "brows", "brow")),
    (Expression.SNARL, ("snarl", "nose wrinkle", "wrinkle nose")),
    (Expression.PUCKER, ("pucker", "whistle", "kiss", "ooo", "ooooo")),
    (Expression.PLATYSMA, ("platysma", "neck")),
    (Expression.CHEEK_PUFF, ("cheek puff", "puff", "cheeks")),
    (Expression.BLINK_VOLUNTARY, ("blink voluntary", "blinks", "blink")),
    (Expression.FROWN, ("frown",)),
    (Expression.SPEECH, ("speech", "counting", "count")),
    (Expression.REST, ("rest", "resting", "neutral", "repose")),
)


def expression_in_name(file_name: str) -> Expression | None:
    """The expression that a file name speaks of, None when it does not; a suggestion for people to confirm."""
    words = " " + " ".join(re.findall(r"[a-z]+", file_name.rpartition(".")[0].lower())) + " "
    for expression, names in _WORDS:
        if any(f" {name} " in words for name in names):
            return expression
    return None
