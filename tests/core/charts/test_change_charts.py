"""Charts of change: the right verdict on the right side, finite, told in words, honest about what is not known."""

import itertools
import json
import math
from dataclasses import replace

import pytest

from core.charts import change_style
from core.charts.change import change_map, change_map_alt
from core.charts.change_branches import (
    branch_dumbbells,
    branch_dumbbells_alt,
    branch_slopes,
    branch_slopes_alt,
    changed_branches,
)
from core.charts.change_cohort import cohort_change
from core.charts.change_course import CourseLine, CoursePoint, TreatmentMark, recovery_course, recovery_course_alt
from core.charts.change_movements import (
    excursion_changes,
    excursion_changes_alt,
    excursions_overlaid,
    excursions_overlaid_alt,
)
from core.charts.change_style import change_colour, diverging, signed
from core.charts.change_synkinesis import synkinesis_change, synkinesis_change_alt
from core.charts.style import LIGHT, contrast, text_on
from core.exam.protocol import Expression
from core.grading.change import Kind, Verdict, compare, compare_series
from core.grading.change_cohort import paired_change
from core.words import Branch, Side
from tests.exam_samples import repeated_exam, short_exam, still_exam, synkinetic_exam

R, L = Side.RIGHT, Side.LEFT
KINDS = (Kind.WEAKNESS, Kind.SYNKINESIS)
ALL_LOOKS = list(itertools.product((False, True), (False, True)))


def better_exam():
    """The synkinetic examination with less of everything on the weak side."""
    result = synkinetic_exam().result
    branches = {
        name: branch.model_copy(
            update={
                "right": branch.right.model_copy(
                    update={
                        "weakness": None if branch.right.weakness is None else 0.3 * branch.right.weakness,
                        "synkinesis": None if branch.right.synkinesis is None else 0.2 * branch.right.synkinesis,
                    }
                )
            }
        )
        for name, branch in result.branches.items()
    }
    return result.model_copy(update={"branches": branches})


@pytest.fixture(scope="module")
def comparison():
    return compare(synkinetic_exam().result, better_exam())


@pytest.fixture(scope="module")
def incomparable():
    result = synkinetic_exam().result
    other = result.model_copy(update={"tracker": result.tracker.model_copy(update={"name": "other"})})
    return compare(result, other)


def all_figures(comparison, dark, narrow):
    """Every chart of change by its name."""
    exam, after = synkinetic_exam(), better_exam()
    labels = ["baseline", "month 3"]
    lines = [CourseLine("buccal", (CoursePoint(0.0, 60.0, 12.0), CoursePoint(3.0, 30.0, 12.0)), R)]
    rows = [comparison.row(Kind.WEAKNESS, branch, R) for branch in ("temporal", "buccal")]
    look = {"dark": dark, "narrow": narrow}
    return {
        **{f"map {kind}": change_map(comparison, kind, **look) for kind in KINDS},
        **{f"dumbbells {kind}": branch_dumbbells(comparison, kind, **look) for kind in KINDS},
        "slopes": branch_slopes([comparison], labels, **look),
        "excursions": excursion_changes(comparison, **look),
        "curves": excursions_overlaid((exam.curves, exam.result), (exam.curves, after), Expression.SMILE_OPEN, **look),
        "synkinesis": synkinesis_change(exam.result, after, R, **look),
        "course": recovery_course(lines, [TreatmentMark(1.0, "steroid")], **look),
        "cohort": cohort_change(paired_change([rows[0]]), "Weakness, 0 to 100", **look),
    }


def numbers(value):
    """Every number of a figure."""
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float):
        yield value


@pytest.mark.parametrize(("dark", "narrow"), ALL_LOOKS)
def test_all_figures_are_finite_and_valid(comparison, incomparable, dark, narrow):
    for one in (comparison, incomparable):
        for name, figure in all_figures(one, dark, narrow).items():
            assert len(figure.data) > 0 or any(a.text.startswith("No patient") for a in figure.layout.annotations), name
            assert all(math.isfinite(number) for number in numbers(figure.to_dict())), name
            json.loads(figure.to_json())


@pytest.mark.parametrize("kind", KINDS)
def test_map_shows_every_change_on_its_side(comparison, kind):
    figure = change_map(comparison, kind)
    territories = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(territories) == 10
    for trace in territories:
        side = R if sum(trace.x) < 0 else L
        assert trace.name.startswith(side.label)
        branch = next(b for b in Branch if b.label.lower() in trace.name)
        row = comparison.row(kind, branch, side)
        assert trace.fillcolor == change_colour(row)
        assert row.verdict.label in trace.text
        if row.verdict is Verdict.NOT_COMPARABLE:
            assert (trace.fillpattern.shape, trace.fillpattern.bgcolor) == ("/", LIGHT.missing)
    printed = [a.text for a in figure.layout.annotations]
    buccal = comparison.row(Kind.WEAKNESS, "buccal", R)
    assert buccal.verdict is Verdict.IMPROVED
    if kind is Kind.WEAKNESS:
        assert f"<b>{signed(buccal.change)}</b>" in printed
        assert any("improved" in text for text in printed)


def test_headings_stand_as_when_facing_the_patient(comparison):
    for figure in (
        change_map(comparison),
        branch_dumbbells(comparison),
        branch_slopes([comparison], ["a", "b"]),
        excursion_changes(comparison),
    ):
        headings = {a.text: a.xanchor for a in figure.layout.annotations if "patient's" in a.text}
        assert headings == {"<b>◀ patient's right</b>": "left", "<b>patient's left ▶</b>": "right"}
        if "xaxis2" in figure.to_dict()["layout"]:
            assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]


def test_colours_tell_better_from_worse_and_small_from_nothing():
    shades = [diverging(part) for part in (-1.0, -0.5, -0.01, 0.01, 0.5, 1.0)]
    assert len(set(shades)) == 6
    assert change_style.NEUTRAL not in shades
    # Better is greenish, worse is brownish.
    red, green = (int(shades[-1][i : i + 2], 16) for i in (1, 3))
    assert green > red
    red, green = (int(shades[0][i : i + 2], 16) for i in (1, 3))
    assert red > green
    for shade in (*shades, change_style.NEUTRAL, change_style.CHANGED):
        assert contrast(text_on(shade), shade) >= 4.5


def test_nothing_is_coloured_where_nothing_can_be_compared(incomparable):
    territories = [trace for trace in change_map(incomparable).data if trace.fill == "toself"]
    assert all(trace.fillcolor is None and trace.fillpattern.shape == "/" for trace in territories)
    bars = [trace for trace in branch_dumbbells(incomparable).data if trace.type == "bar"]
    assert sum(len(bar.y) for bar in bars) == 10
    assert not branch_dumbbells(incomparable).layout.shapes
    assert "not comparable" in change_map_alt(incomparable)
    assert "improved" not in change_map_alt(incomparable)
    assert changed_branches(incomparable) == []


def test_dumbbells_have_before_after_and_the_band(comparison):
    figure = branch_dumbbells(comparison)
    lines = {trace.name: trace for trace in figure.data if trace.type == "scatter"}
    row = comparison.row(Kind.WEAKNESS, "buccal", R)
    assert list(lines["patient's right, buccal"].x) == pytest.approx([row.before, row.after], abs=0.01)
    bands = [shape for shape in figure.layout.shapes if shape.xref == "x" and round(shape.y0 + shape.y1) == 4]
    assert len(bands) == 1
    assert bands[0].x0 == pytest.approx(max(row.before - row.detectable.value, 0))
    assert bands[0].x1 == pytest.approx(min(row.before + row.detectable.value, 100))


def test_slopes_fill_what_changed_and_cross_what_cannot_be_compared():
    result, better = synkinetic_exam().result, better_exam()
    other = better.model_copy(update={"protocol": "other"})
    series = compare_series(result, [better, result, other])
    figure = branch_slopes(series, ["a", "b", "c", "d"])
    buccal = next(t for t in figure.data if t.name == "Buccal" and t.xaxis == "x")
    assert [symbol.endswith("open") for symbol in buccal.marker.symbol] == [False, False, True, True]
    assert buccal.marker.symbol[3] == "x-thin-open"
    assert buccal.error_y.array[0] == series[0].row(Kind.WEAKNESS, "buccal", R).detectable.value
    with pytest.raises(ValueError, match="labels must have 4 values, got 2"):
        branch_slopes(series, ["a", "b"])
    told = branch_slopes_alt(series, ["a", "b", "c", "d"])
    assert all(f"{label}: patient's right" in told for label in "bcd")


def test_slopes_name_each_branch_once_and_none_without_a_value():
    result = synkinetic_exam().result
    [comparison] = compare_series(result, [better_exam()])
    rows = tuple(
        replace(row, before=None, after=None, change=None)
        if row.name == Branch.CERVICAL or (row.name == Branch.BUCCAL and row.side is R)
        else row
        for row in comparison.rows
    )
    drawn = branch_slopes([replace(comparison, rows=rows)], ["a", "b"]).data
    named = [trace.name for trace in drawn if trace.showlegend]
    assert sorted(named) == sorted(set(named))
    assert "Cervical" not in {trace.name for trace in drawn}
    assert [trace.xaxis for trace in drawn if trace.name == "Buccal"] == ["x2"]
    assert "Buccal" in named


def test_every_repetition_is_a_dot():
    result = repeated_exam().result
    comparison = compare(result, result)
    figure = excursion_changes(comparison)
    dots = [trace for trace in figure.data if trace.marker.symbol == "circle"]
    row = comparison.row(Kind.EXCURSION, "smile_open", R)
    assert [list(dots[0].x)] == [[round(value, 2) for value in row.repetitions_after]]
    assert "improved" not in excursion_changes_alt(comparison)


def test_curves_begin_together_at_the_onset():
    exam = synkinetic_exam()
    figure = excursions_overlaid((exam.curves, exam.result), (exam.curves, exam.result), Expression.SMILE_OPEN)
    before, after = (next(t for t in figure.data if t.name == f"{when}, {R.label}") for when in ("before", "after"))
    assert list(before.y) == list(after.y)
    assert before.line.dash == "dash"
    assert float(before.x[0]) == pytest.approx(-0.4, abs=0.01)
    early = [y for x, y in zip(before.x, before.y, strict=True) if x < -0.1]
    assert max(abs(value) for value in early) < 0.15 * max(before.y)
    assert "mm before" in excursions_overlaid_alt(exam.result, exam.result, Expression.SMILE_OPEN)


def test_curves_of_what_was_not_recorded_say_so():
    still = still_exam()
    figure = excursions_overlaid((still.curves, still.result), (still.curves, still.result), Expression.SNARL)
    assert any("cannot be drawn" in a.text for a in figure.layout.annotations)


def test_synkinesis_of_both_visits_has_the_same_rows():
    before, after = synkinetic_exam().result, short_exam().result
    figure = synkinesis_change(before, after, R)
    first, second = figure.data
    assert (first.name, second.name) == ("before", "after")
    assert len(first.z) == len(second.z)
    assert sum(value is not None for row in second.z for value in row) < sum(
        value is not None for row in first.z for value in row
    )
    told = synkinesis_change_alt(before, after, R, compare(before, after))
    assert "before: Oral-ocular" in told
    assert "after: none found" in told


def test_course_marks_treatments_and_leaves_out_what_is_not_comparable():
    points = (
        CoursePoint(0.5, 80.0, 12.0, label="day 15"),
        CoursePoint(3, 50.0, 12.0),
        CoursePoint(6, 30.0, None, False),
    )
    lines = [CourseLine("buccal, patient's right", points, R), CourseLine("temporal", (CoursePoint(1, None),))]
    marks = [TreatmentMark(1.0, "steroid"), TreatmentMark(4.0, "botulinum toxin")]
    figure = recovery_course(lines, marks)
    joined = next(trace for trace in figure.data if trace.name == "buccal, patient's right")
    assert list(joined.x) == [0.5, 3]
    assert joined.line.color == LIGHT.side(R)
    crossed = next(trace for trace in figure.data if trace.name.endswith("not comparable"))
    assert (list(crossed.x), crossed.marker.symbol) == ([6], "x-thin-open")
    assert [shape.x0 for shape in figure.layout.shapes] == [1.0, 4.0]
    assert {"steroid", "botulinum toxin"} <= {a.text for a in figure.layout.annotations}
    told = recovery_course_alt(lines, marks)
    assert "6.0 months 30 (not comparable)" in told
    assert "temporal: 1.0 months –" in told
    assert "steroid at 1.0 months" in told
    graded = [CourseLine("House-Brackmann grade", (CoursePoint(1, 4.0), CoursePoint(3, 2.0, 1.0)))]
    figure = recovery_course(graded, limits=(1.0, 6.0), grades=True)
    assert list(figure.layout.yaxis.ticktext) == ["I", "II", "III", "IV", "V", "VI"]
    assert "3.0 months: II ± 1 grade" in figure.data[-1].hovertext[1]
    assert "1.0 months IV, 3.0 months II" in recovery_course_alt(graded, grades=True)
    empty = recovery_course([])
    assert any("Nothing" in a.text for a in empty.layout.annotations)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alt", [change_map_alt, branch_dumbbells_alt])
def test_words_hold_every_branch_and_verdict(comparison, kind, alt):
    told = alt(comparison, kind)
    for row in comparison.of(kind):
        assert row.label.lower() in told
        assert row.verdict.label in told
    assert told.index("patient's right") < told.index("patient's left")
    assert "temporal" in " ".join(changed_branches(comparison, Kind.WEAKNESS))
