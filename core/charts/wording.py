"""Numbers and names as charts and pages write them: a unit behind every number, two significant digits, one name for a thing."""

from __future__ import annotations

from core.exam.protocol import Expression
from core.measures.curves import MEASURES, MIDLINE_MEASURES, measure_label

NOT_ASSESSABLE = "not assessable"

_SHORT: dict[Expression, str] = {
    Expression.REST: "Rest",
    Expression.BROW_RAISE: "Brow raise",
    Expression.EYES_GENTLE: "Gentle closure",
    Expression.EYES_TIGHT: "Tight closure",
    Expression.SNARL: "Snarl",
    Expression.SMILE_CLOSED: "Closed smile",
    Expression.SMILE_OPEN: "Open smile",
    Expression.PUCKER: "Pucker",
    Expression.EEE: "Lower teeth",
    Expression.PLATYSMA: "Neck",
    Expression.CHEEK_PUFF: "Cheek puff",
    Expression.BLINK_VOLUNTARY: "Blinks",
    Expression.FROWN: "Frown",
    Expression.SPEECH: "Counting",
}

_UNITS = {"1": "", "mm2": "mm²", "deg": "°", "px": "px"}

_PRIMARY = {
    "commissure": "mouth corner in the direction of the stronger side",
    "closure_fraction": "palpebral fissure",
}


def short_name(expression: Expression) -> str:
    """At most two short words for axes, tracks and cells."""
    return _SHORT[expression]


def number(value: float) -> str:
    """Two significant digits, and never more than two places: a face is not measured better.

    >>> [number(v) for v in (34.56, 3.456, 0.3456, 0.03456, -0.001)]
    ['35', '3.5', '0.35', '0.03', '0.00']
    """
    size = abs(value)
    places = 0 if size >= 9.95 else 1 if size >= 0.995 else 2
    text = f"{value:.{places}f}"
    return text.lstrip("-") if not text.strip("-0.") else text


def quantity(value: float | None, unit: str = "mm") -> str:
    """A number with its unit, "–" where it is missing.

    >>> quantity(3.456), quantity(12.0, "deg"), quantity(None)
    ('3.5 mm', '12°', '–')
    """
    if value is None:
        return "–"
    shown = _UNITS.get(unit, unit)
    return f"{number(value)}{'' if shown in ('', '°') else ' '}{shown}"


def share(value: float | None) -> str:
    """A part of one as whole per cent, "–" where it is missing."""
    return "–" if value is None else f"{100 * value:.0f} %"


def unit_words(unit: str) -> str:
    """A unit for an axis title, empty for ratios."""
    return "degrees" if unit == "deg" else _UNITS.get(unit, unit)


def measure_words(name: str) -> str:
    """What a measure is called inside a sentence: its label without its number, in small letters."""
    if name in _PRIMARY:
        return _PRIMARY[name]
    if name in MEASURES or name in MIDLINE_MEASURES:
        label = measure_label(name).split(" (")[0]
        return label[:1].lower() + label[1:]
    return name.replace("_", " ")


def region_words(region: str) -> str:
    """A region watched for synkinesis, e.g. "mouth corner"."""
    return region.replace("_", " ")


def wrapped(text: str, width: int = 60, indent: str = "") -> str:
    """Text in lines of about ``width`` characters, later ones indented: plotly does not break what it shows on hovering."""
    rows = [""]
    for word in text.split():
        if rows[-1] and len(rows[-1]) + len(word) >= width:
            rows.append(indent)
        rows[-1] += f"{word} "
    return "<br>".join(row.rstrip() for row in rows)
