"""The tidy table: one row for every expression, side and measure, units as in the name, missing values left out."""

import csv

import pytest

from core.exam.protocol import Expression as E
from core.measures.table import measure_rows, write_measures_csv
from core.result import ExamResult, ExpressionResult, Pair, RestingMeasure


@pytest.fixture
def result():
    smile = ExpressionResult(
        assessable=True,
        measure="commissure",
        key_frame_s=4.5,
        excursion_mm=Pair(right=4.0, left=10.0),
        peak_velocity_mm_s=Pair(left=22.5),
        area_mm_s=Pair(right=8.0, left=20.0),
        direction_deg=Pair(right=40.0),
        closure_fraction=Pair(),
        function_ratio=0.4,
        asymmetry_pct=60.0,
        onset_asynchrony_s=-0.1,
        correlation_reason="flat side: patient's right",
        measures={
            "eye_area_change_mm2": Pair(right=-20.0, left=0.0),
            "eye_aspect_ratio_change": Pair(right=-0.1),
            "smile_angle_change_deg": Pair(left=12.0),
        },
    )
    pucker = ExpressionResult(assessable=False, reason="“Pucker the lips” was not recorded.")
    resting = {
        "corner_height": RestingMeasure(unit="mm", right=-43.0, left=-40.0, difference=-3.0),
        "mouth_cant": RestingMeasure(unit="deg", right=None, left=None, difference=2.0),
    }
    return ExamResult.model_construct(resting=resting, expressions={E.SMILE_OPEN: smile, E.PUCKER: pucker})


def test_rows_are_exactly_what_was_measured(result):
    assert list(measure_rows(result)) == [
        ("rest", "right", "corner_height", -43.0, "mm"),
        ("rest", "left", "corner_height", -40.0, "mm"),
        ("rest", "both", "corner_height_difference", -3.0, "mm"),
        ("rest", "both", "mouth_cant_difference", 2.0, "deg"),
        ("smile_open", "right", "excursion_mm", 4.0, "mm"),
        ("smile_open", "left", "excursion_mm", 10.0, "mm"),
        ("smile_open", "left", "peak_velocity_mm_s", 22.5, "mm/s"),
        ("smile_open", "right", "area_mm_s", 8.0, "mm s"),
        ("smile_open", "left", "area_mm_s", 20.0, "mm s"),
        ("smile_open", "right", "direction_deg", 40.0, "deg"),
        ("smile_open", "both", "function_ratio", 0.4, "1"),
        ("smile_open", "both", "asymmetry_pct", 60.0, "%"),
        ("smile_open", "both", "onset_asynchrony_s", -0.1, "s"),
        ("smile_open", "right", "eye_area_change_mm2", -20.0, "mm2"),
        ("smile_open", "left", "eye_area_change_mm2", 0.0, "mm2"),
        ("smile_open", "right", "eye_aspect_ratio_change", -0.1, "1"),
        ("smile_open", "left", "smile_angle_change_deg", 12.0, "deg"),
    ]


def test_an_area_under_a_curve_is_no_speed(result):
    units = {measure: unit for _, _, measure, _, unit in measure_rows(result)}
    assert units["area_mm_s"] == "mm s"
    assert units["peak_velocity_mm_s"] == "mm/s"


def test_an_expression_without_values_has_no_rows(result):
    assert all(row[0] != "pucker" for row in measure_rows(result))


def test_every_number_of_an_expression_has_a_row():
    """A field added to the result must not be forgotten in the table."""
    texts = {"assessable", "reason", "measure", "repetitions", "key_frame_s", "measures", "correlation_reason"}
    numbers = set(ExpressionResult.model_fields) - texts
    both = {
        name: Pair(right=1.0, left=2.0) if field.annotation is Pair else 3.0
        for name, field in ExpressionResult.model_fields.items()
        if name in numbers
    }
    full = ExamResult.model_construct(resting={}, expressions={E.EEE: ExpressionResult(assessable=True, **both)})
    rows = list(measure_rows(full))
    assert {row[2] for row in rows} == numbers
    assert len(rows) == sum(2 if isinstance(value, Pair) else 1 for value in both.values())


def test_the_file_holds_the_rows(result, tmp_path):
    file = tmp_path / "measures.csv"
    write_measures_csv(file, result)
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["expression", "side", "measure", "value", "unit"]
    assert [(e, s, m, float(v), u) for e, s, m, v, u in rows[1:]] == list(measure_rows(result))
    assert "nan" not in file.read_text(encoding="utf-8")
    assert "None" not in file.read_text(encoding="utf-8")
