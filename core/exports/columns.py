"""Tables that are exported, column by column: the writers, the readers and the data dictionary all go by these definitions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import pyarrow as pa

from core.face.landmarks import SCHEMES, LandmarkScheme
from core.measures.curves import MEASURES, MIDLINE_MEASURES


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    PIXELS = "number of single precision"
    INTEGER = "integer"
    BOOLEAN = "true or false"
    DATE = "date, YYYY-MM-DD"
    TIME = "time in UTC, YYYY-MM-DDThh:mm:ssZ"

    @property
    def arrow(self) -> pa.DataType:
        return _ARROW[self]


_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.NUMBER: pa.float64(),
    Kind.PIXELS: pa.float32(),
    Kind.INTEGER: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.string(),  # as text it is ISO 8601 in every file format
}


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, in which unit, and what it means."""

    name: str
    kind: Kind
    words: str
    unit: str = ""


@dataclass(frozen=True)
class TableSpec:
    """One table.

    Attributes:
        name: of the file, without its suffix.
        words: what a row is.
        columns: in their order.
    """

    name: str
    words: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The columns as Arrow knows them."""
        return pa.schema([(column.name, column.kind.arrow) for column in self.columns])

    def table(self, rows: Iterable[dict[str, object]]) -> pa.Table:
        """Rows as a table; what a row does not name is missing."""
        return pa.Table.from_pylist(list(rows), schema=self.schema)


_TEXT, _NUMBER, _INTEGER, _BOOLEAN = Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN
_KEYS = (
    Column("patient_pid", _TEXT, "random id of the patient in the records; in a research export the pseudonym"),
    Column("visit_id", _TEXT, "id of the visit; in a research export the session"),
    Column(
        "visit_date", Kind.DATE, "day of the visit; in a research export shifted by a number of days for each patient"
    ),
    Column("recording_id", _TEXT, "id of the recording; in a research export another random-looking one"),
    Column("analysis_id", _TEXT, "id of the analysis; a recording may have several"),
)

MEASURES_TABLE = TableSpec(
    "measures",
    "one value: of a patient, visit, recording, analysis, task, phase, branch, side and measure",
    (
        *_KEYS[:3],
        Column("visit_label", _TEXT, "what the clinician called the visit; always missing in a research export"),
        *_KEYS[3:],
        Column("analysed_at", Kind.TIME, "when the value came about; missing in a research export"),
        Column(
            "task", _TEXT, "expression that was performed (docs/measures.md, A2); missing for the whole examination"
        ),
        Column("phase", _TEXT, "rest, movement (mean of the usable repetitions), repetition, or examination"),
        Column("repetition", _INTEGER, "number of the repetition from 1; only in the phase repetition"),
        Column("branch", _TEXT, "branch of the facial nerve; for a task the main branch that it tests"),
        Column("side", _TEXT, "the patient's own right or left; both for a comparison of the sides or the whole face"),
        Column("measure", _TEXT, "name of the measure; the list is in the data dictionary"),
        Column("value", _NUMBER, "in the unit of the row; missing with a reason, never 0 for missing"),
        Column("value_text", _TEXT, "the value where it is a word; only of the measure affected_side"),
        Column("unit", _TEXT, "of the value; 1 is a pure number"),
        Column("ci_low", _NUMBER, "lower end of the value's interval where there is one, in the same unit"),
        Column("ci_high", _NUMBER, "upper end of the interval"),
        Column("confidence", _TEXT, "high, medium or low, for scores of branches"),
        Column("quality", _TEXT, "codes of the remarks on the quality of this task, separated by spaces"),
        Column("valid", _BOOLEAN, "the value may be used; false where it is missing, or the repetition was left out"),
        Column("missing_reason", _TEXT, "why the value is missing or not valid, one sentence"),
        Column("method", _TEXT, "measured, estimated (a score or scale), network, clinician, or questionnaire"),
        Column("who", _TEXT, "who set a clinician's value; missing otherwise and in a research export"),
        Column("mode", _TEXT, "what branch scores compare with: side_to_side, or normative"),
        Column("affected_side", _TEXT, "right, left, both, none or undetermined"),
        Column("affected_side_source", _TEXT, "clinician or movement"),
        Column("protocol", _TEXT, "version of the examination protocol"),
        Column("iris_mm", _NUMBER, "constant of the millimetre scale: the true diameter of the iris", "mm"),
        Column("app_version", _TEXT, "version of Hemiface that made the analysis"),
        Column("schema_version", _TEXT, "version of result.json"),
        Column("tracker", _TEXT, "name of the landmark tracker"),
        Column("tracker_version", _TEXT, "version of the tracker, and in which ways it was used"),
        Column("model_sha256", _TEXT, "hash of the weights that the value comes from: the tracker's, or the network's"),
        Column("source_sha256", _TEXT, "hash of the video file; missing in a research export"),
        Column("simulated", _BOOLEAN, "a simulated patient, not a person"),
    ),
)


def _visit_columns(name: str, words: str) -> tuple[Column, ...]:
    """Which visit, recording and analysis; ``name`` is in front of the columns' names."""
    return (
        Column(f"{name}_visit_id", _TEXT, f"id of the {words} visit"),
        Column(f"{name}_visit_date", Kind.DATE, f"day of the {words} visit"),
        Column(f"{name}_visit_label", _TEXT, f"what the clinician called the {words} visit"),
        Column(f"{name}_recording_id", _TEXT, f"id of the recording that stands for the {words} visit"),
        Column(f"{name}_analysis_id", _TEXT, "id of its newest analysis"),
    )


CHANGES_TABLE = TableSpec(
    "changes",
    "one quantity at the first and at a later visit of a patient, and whether its change is more than measurement error",
    (
        _KEYS[0],
        *_visit_columns("before", "first"),
        *_visit_columns("after", "later"),
        Column("task", _TEXT, "expression that was performed, rest for differences at rest; missing for the whole examination"),
        Column("branch", _TEXT, "branch of the facial nerve; for a task the main branch that it tests"),
        Column("side", _TEXT, "the patient's own right or left; both for a comparison of the sides or the whole face"),
        Column("measure", _TEXT, "name as in the table of measures; a function ratio is that of the means, at least 0"),
        Column("unit", _TEXT, "of the values and of their change; 1 is a pure number"),
        Column("before", _NUMBER, "value at the first visit; missing with a reason"),
        Column("after", _NUMBER, "value at the later visit; missing with a reason"),
        Column("change", _NUMBER, "after minus before; also where it is not comparable, for which see the verdict"),
        Column("detectable_change", _NUMBER, "minimal detectable change (95 %), never negative; missing where none is known"),
        Column("detectable_source", _TEXT, "where the minimal detectable change comes from, one sentence"),
        Column("ci_low", _NUMBER, "change minus the minimal detectable change; missing where it is not comparable"),
        Column("ci_high", _NUMBER, "change plus the minimal detectable change; missing where it is not comparable"),
        Column("repetitions_before", _INTEGER, "usable repetitions behind the value at the first visit; missing where it has none"),
        Column("repetitions_after", _INTEGER, "the same of the later visit"),
        Column("better", _TEXT, "lower, higher, nearer (to the reference) or neither"),
        Column("reference", _NUMBER, "what a value should be near to, where nearer is better"),
        Column("verdict", _TEXT, "improved, worse, changed (neither better nor worse), within_error or not_comparable"),
        Column("reason", _TEXT, "why the verdict is what it is, one sentence; of not_comparable what stands against it"),
        Column("simulated", _BOOLEAN, "a simulated patient, not a person"),
    ),
)  # fmt: skip

CURVES_TABLE = TableSpec(
    "curves",
    "one moment of one side of a recording, 60 a second; a column a measure, missing where the face was not seen",
    (
        *_KEYS,
        Column("time_s", _NUMBER, "time in the recording", "s"),
        Column("task", _TEXT, "expression of the segment at this time; missing between segments"),
        Column("side", _TEXT, "the patient's own right or left; both for the measures of the midline"),
        *(Column(name, _NUMBER, spec.label, spec.unit) for name, spec in MEASURES.items()),
        *(Column(name, _NUMBER, label, unit) for name, (_, unit, label) in MIDLINE_MEASURES.items()),
    ),
)  # fmt: skip


def landmarks_table(scheme: LandmarkScheme) -> TableSpec:
    """The table of landmarks of one scheme: one picture of the video a row, named as OpenFace names its columns."""
    return _landmarks_table(scheme.name)


@cache
def _landmarks_table(name: str) -> TableSpec:
    scheme = SCHEMES[name]
    points = [
        Column(f"{axis}_{index}", Kind.PIXELS, words, "px")
        for axis, words in (
            ("x", "to the right in the picture as it was analysed, never mirrored"),
            ("y", "downwards"),
            ("z", "away from the camera, estimated"),
        )
        for index in range(scheme.count)
    ]
    return TableSpec(
        f"landmarks_{scheme.name}",
        f"one picture of a recording with the {scheme.count} landmarks of the scheme {scheme.name}",
        (
            *_KEYS,
            Column("frame", _INTEGER, "number of the picture from 0"),
            Column("face_id", _INTEGER, "always 0: one face is followed"),
            Column("timestamp", _NUMBER, "time in the recording", "s"),
            Column("success", _BOOLEAN, "a face was found; without one there are no landmarks"),
            Column("task", _TEXT, "expression of the segment at this time; missing between segments"),
            Column("hemiface_yaw_deg", Kind.PIXELS, "head turned; signs: docs/measures.md", "deg"),
            Column("hemiface_pitch_deg", Kind.PIXELS, "head nodded", "deg"),
            Column("hemiface_roll_deg", Kind.PIXELS, "head tilted", "deg"),
            Column("hemiface_uncertainty_px", Kind.PIXELS, "median over the landmarks of the tracker's disagreement", "px"),
            *points,
        ),
    )  # fmt: skip


ALL_TABLES: tuple[TableSpec, ...] = (
    MEASURES_TABLE,
    CHANGES_TABLE,
    CURVES_TABLE,
    *(landmarks_table(scheme) for scheme in SCHEMES.values()),
)
"""Every table that may be written, in the order of the data dictionary."""
