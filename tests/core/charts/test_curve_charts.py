"""Curves, loops and repetitions: the measured numbers in the colours of the sides, with what was left out visible as such."""

import numpy as np
import pytest

from core.charts import curves as curve_charts
from core.charts import movements as movement_charts
from core.charts.style import LIGHT
from core.exam.protocol import Expression as E
from core.measures.curves import Curves
from core.words import Side
from tests.exam_samples import repeated_exam, still_exam, synkinetic_exam

R, L = Side.RIGHT, Side.LEFT


@pytest.fixture(scope="module")
def exam():
    return synkinetic_exam()


def test_both_sides_over_the_whole_recording(exam):
    figure = curve_charts.measure_over_time(exam.curves, "brow_height_canthal", exam.result.segments)
    right, left = figure.data
    assert (right.name, right.line.color) == ("patient's right", LIGHT.side(R))
    assert (left.name, left.line.color) == ("patient's left", LIGHT.side(L))
    assert right.line.dash != left.line.dash  # not by colour alone
    assert np.allclose(right.y, exam.curves.side("brow_height_canthal", R), atol=0.01)
    assert figure.layout.yaxis.title.text == "mm"


def test_segments_are_shaded_and_named_and_key_pictures_marked(exam):
    keys = [4.0, 11.5]
    figure = curve_charts.measure_over_time(exam.curves, "corner_lateral", exam.result.segments, keys, playhead_s=7.25)
    shades = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(s.x0, s.x1) for s in shades] == [(s.start_s, s.end_s) for s in exam.result.segments]
    lines = {shape.x0: shape.line.dash for shape in figure.layout.shapes if shape.type == "line"}
    assert lines == {4.0: "dot", 11.5: "dot", 7.25: "solid"}
    assert [a.text for a in figure.layout.annotations][:2] == ["Brow<br>raise", "Gentle<br>closure"]


def test_repetitions_share_a_name_and_stand_upright_where_it_is_narrow():
    exam = repeated_exam()
    wide = curve_charts.measure_over_time(exam.curves, "corner_lateral", exam.result.segments)
    assert [a.text for a in wide.layout.annotations] == ["Open<br>smile ×3"]
    many = synkinetic_exam()
    narrow = curve_charts.measure_over_time(many.curves, "corner_lateral", many.result.segments, width_px=330)
    assert {a.textangle for a in narrow.layout.annotations} == {-90}


def test_midline_measures_have_one_line(exam):
    figure = curve_charts.measure_over_time(exam.curves, "chin_deviation", exam.result.segments)
    assert [trace.name for trace in figure.data] == ["midline"]
    assert "midline" in curve_charts.measure_over_time_alt(exam.curves, "chin_deviation", exam.result.segments)


def test_a_recording_without_segments_is_drawn():
    exam = still_exam()
    figure = curve_charts.measure_over_time(exam.curves, "corner_lateral", exam.result.segments)
    assert len(figure.layout.annotations) == 0
    assert "none marked" in curve_charts.measure_over_time_alt(exam.curves, "corner_lateral", [])


def test_every_measure_can_be_chosen_by_its_name(exam):
    offered = curve_charts.measures_to_choose(exam.curves)
    assert set(offered) == {*exam.curves.values, *exam.curves.midline}
    assert offered["smile_angle"] == "Smile angle (M9)"


def test_excursion_curves_reach_what_the_result_says(exam):
    entry = exam.result.expressions[E.SMILE_OPEN]
    figure = movement_charts.excursion_over_time(exam.curves, exam.result, E.SMILE_OPEN)
    peaks = {trace.name: float(np.max(trace.y)) for trace in figure.data}
    assert peaks["patient's right"] == pytest.approx(entry.excursion_mm.right, abs=0.3)
    assert peaks["patient's left"] == pytest.approx(entry.excursion_mm.left, abs=0.3)


def test_unused_repetitions_are_left_out_of_curves_and_hollow_among_the_dots():
    exam = repeated_exam()
    entry = exam.result.expressions[E.SMILE_OPEN]
    assert [repetition.used for repetition in entry.repetitions] == [True, True, False]
    over_time = movement_charts.excursion_over_time(exam.curves, exam.result, E.SMILE_OPEN)
    assert len(over_time.data) == 2 * (2 + 1)  # two repetitions and their mean on each side
    dots = next(trace for trace in movement_charts.repetition_dots(exam.result).data if trace.name == "patient's left")
    assert list(dots.marker.symbol) == ["diamond", "diamond", "diamond-open"]
    assert "not used: The head was turned" in dots.hovertext[2]
    assert "(2 of 3 used)" in movement_charts.repetition_dots_alt(exam.result)


def test_means_of_the_dots_are_those_of_the_result(exam):
    means = {t.name: t for t in movement_charts.repetition_dots(exam.result).data if t.name.endswith("mean")}
    told = [round(e.excursion_mm.right, 2) for e in exam.result.expressions.values() if e.repetitions]
    assert list(means["patient's right, mean"].x) == told


def test_left_against_right_has_equal_axes_the_line_of_equal_movement_and_r(exam):
    figure = movement_charts.side_against_side(exam.curves, exam.result, E.SMILE_OPEN)
    equal, loop = figure.data
    assert list(equal.x) == list(equal.y)
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.xaxis.title.text == "patient's right, mm"
    assert figure.layout.yaxis.title.text == "patient's left, mm"
    assert np.nanmax(loop.y) > 2 * np.nanmax(loop.x)  # the right side is weak
    r = exam.result.expressions[E.SMILE_OPEN].correlation_r
    assert f"<b>R = {r:.2f}</b>" in [a.text for a in figure.layout.annotations]


def test_without_r_the_reason_is_told(exam):
    entry = exam.result.expressions[E.SMILE_OPEN].model_copy(
        update={"correlation_r": None, "correlation_reason": "flat side: patient's right"}
    )
    assert movement_charts.correlation_words(entry) == "no R: flat side: patient's right"


def test_only_expressions_with_usable_repetitions_are_offered(exam):
    assert movement_charts.shown_expressions(still_exam().curves, still_exam().result) == []
    assert E.SMILE_OPEN in movement_charts.shown_expressions(exam.curves, exam.result)
    assert E.SMILE_CLOSED not in movement_charts.shown_expressions(exam.curves, exam.result)  # not recorded


def test_curves_of_another_version_are_not_drawn_as_if_they_were_what_was_graded(exam):
    brow = exam.result.expressions[E.BROW_RAISE]
    older = {**exam.result.expressions, E.BROW_RAISE: brow.model_copy(update={"measure": "brow_height"})}
    shown = movement_charts.shown_expressions(exam.curves, exam.result.model_copy(update={"expressions": older}))
    assert E.BROW_RAISE not in shown
    values = {name: curve for name, curve in exam.curves.values.items() if name != "brow_height_canthal"}
    unknown = Curves(exam.curves.times_s, {**values, "of_the_future": values["brow_height"]}, exam.curves.units)
    assert E.BROW_RAISE not in movement_charts.shown_expressions(unknown, exam.result)
    assert "of_the_future" not in curve_charts.measures_to_choose(unknown)
