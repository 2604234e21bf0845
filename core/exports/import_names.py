"""What the path of a video says: whose it is, from which day, and what the visit is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from core.errors import InputError
from core.exam.file_names import expression_in_name
from core.records.text import clean_line

_DATE = r"(?P<y>\d{4})(?P<s>[-_.]?)(?P<m>\d{2})(?P=s)(?P<d>\d{2})|(?P<dd>\d{2})\.(?P<mm>\d{2})\.(?P<yy>\d{4})"
_NOT_A_DIGIT = r"(?<!\d)(?:{})(?!\d)"
_A_DATE = re.compile(_NOT_A_DIGIT.format(_DATE))
_GAP = r"[ _-]+"
_FIELDS = {
    "patient": r"(?P<patient>[^/]+?)",
    "date": f"(?P<date>{_NOT_A_DIGIT.format(_DATE)})",
    "label": r"(?P<label>[^/]*)",
}
_EARLIEST_YEAR = 1990
_NUMBER_LENGTH = 60

USUAL = "PATIENT_YYYY-MM-DD_LABEL, or folders PATIENT/YYYY-MM-DD"
# Tried in this order on the path without its suffix.
_USUAL_PATTERNS = (
    "{patient}/{date}/*",
    "{patient}/{date} {label}/*",
    "{patient}/{date} {label}",
    "{patient}/{date}",
    "{patient} {date} {label}",
    "{patient} {date}",
    "*/{patient} {date} {label}",
    "*/{patient} {date}",
)


@dataclass(frozen=True)
class NameParts:
    """What a path says.

    Attributes:
        patient: record number, as written.
        day: of the visit.
        label: of the visit; "" where the name holds none or only names a movement.
    """

    patient: str
    day: date
    label: str = ""


class NameReader:
    """Reads paths of videos.

    Args:
        pattern: how the paths are made, with {patient}, {date} and perhaps {label}; * is anything, a blank any of blank, "_" and
            "-". None tries the usual ones.

    Raises:
        InputError: the pattern cannot be used.
    """

    def __init__(self, pattern: str | None = None) -> None:
        self._shown = pattern or USUAL
        self._ways = [_compiled(way) for way in ([pattern] if pattern else _USUAL_PATTERNS)]

    def read(self, path: PurePosixPath) -> NameParts:
        """What a path below the folder says; raises InputError with the reason when it cannot be read."""
        stem = path.with_suffix("").as_posix()
        found = next((match for way in self._ways if (match := way.fullmatch(stem))), None)
        if found is None:
            raise InputError(f"The name does not have the form {self._shown}.", code="name")
        patient = clean_line(found["patient"].strip(" _-"), _NUMBER_LENGTH)
        if not patient:
            raise InputError("The name holds no record number of a patient.", code="name")
        label = found["label"] if "label" in found.re.groupindex else ""
        if _A_DATE.search(f"{patient} {label or ''}"):
            raise InputError("The name holds more than one date.", code="name")
        return NameParts(patient, _day(found), _label(label or "", path))


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w*\}|\*| )", pattern.strip("/"))
    names = [part[1:-1] for part in parts if part.startswith("{") and part.endswith("}")]
    unknown = [name for name in names if name not in _FIELDS]
    if unknown or sorted(set(names)) != sorted(names) or not {"patient", "date"} <= set(names):
        raise InputError(
            f"The pattern “{pattern}” cannot be used: it needs {{patient}} and {{date}}, once each, and may have {{label}}.",
            hint="For example: {patient}_{date}_{label}",
            code="pattern",
        )
    made = ""
    for part in parts:
        if part == "*":
            made += ".*"
        elif part == " ":
            made += _GAP
        elif part.startswith("{") and part.endswith("}"):
            made += _FIELDS[part[1:-1]]
        else:
            made += re.escape(part)
    return re.compile(made)


def _day(found: re.Match[str]) -> date:
    year, month, day = (found[long] or found[short] for long, short in (("y", "yy"), ("m", "mm"), ("d", "dd")))
    try:
        made = date(int(year), int(month), int(day))
    except ValueError as problem:
        raise InputError(f"There is no day {found['date']}.", code="name") from problem
    # A clinic east of Greenwich may already be one day ahead of UTC.
    if made.toordinal() > datetime.now(UTC).date().toordinal() + 1:
        raise InputError(f"The day {made.isoformat()} lies in the future.", code="name")
    if made.year < _EARLIEST_YEAR:
        raise InputError(f"The day {made.isoformat()} lies before {_EARLIEST_YEAR}.", code="name")
    return made


def _label(text: str, path: PurePosixPath) -> str:
    """The name of the visit; the name of a movement is none: it belongs to the recording, whose page suggests it."""
    words = clean_line(re.sub(r"[_\s]+", " ", text).strip(" -"))
    return "" if expression_in_name(f"{words}{path.suffix}") is not None else words
