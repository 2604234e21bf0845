"""House-Brackmann estimate: bands, measured scheme and rules of reference D2; the worst rule decides."""

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.grading.house_brackmann import grade_of_function, house_brackmann, measured_points
from core.words import SIDES, Side
from tests.grading_samples import FULL_MM, evidence, stepped, unwanted

ALL = tuple(FULL_MM)


def graded(face, outward_mm=(7.0, 7.0)):
    """The grade of a face whose mouth corners go outwards by (scored side, other side) in the open smile."""
    return house_brackmann(face, stepped(face.side, corner_lateral={E.SMILE_OPEN: outward_mm}))


def paralysed(part_left=0.0, **options):
    """Everything on the scored side moves the same part of what the other side moves."""
    return evidence(
        function=dict.fromkeys(ALL, part_left),
        moved={e: (part_left * mm, mm) for e, (_, mm) in FULL_MM.items()},
        gaps=dict.fromkeys((E.EYES_GENTLE, E.EYES_TIGHT), 10 * (1 - part_left)),
        **options,
    )


@pytest.mark.parametrize(
    ("function_pct", "grade"),
    [
        (100, 1), (95, 1), (94, 2), (76, 2), (75, 3), (51, 3), (50, 4), (26, 4), (25, 5), (1, 5), (0.5, 5), (0.4, 6), (0, 6),
    ],
)  # fmt: skip
def test_bands_of_the_published_table(function_pct, grade):
    assert grade_of_function(function_pct) == grade


@pytest.mark.parametrize(
    ("excursion_mm", "points"),
    [(-3, 0), (0, 0), (2.4, 0), (2.5, 1), (4.9, 1), (5, 2), (7.5, 3), (9.9, 3), (10, 4), (30, 4)],
)
def test_a_point_for_every_quarter_of_a_centimetre_up_to_four(excursion_mm, points):
    assert measured_points(excursion_mm) == points


def test_a_normal_face_is_grade_one():
    result = graded(evidence(), outward_mm=(10.0, 10.0))
    assert (result.grade, result.function_pct, result.measured_points) == (1, 100, 8)
    assert result.reason is None
    assert result.basis == ["brow and mouth corner move 100 % of the reference"]


def test_no_movement_is_grade_six():
    result = graded(paralysed(), outward_mm=(0.0, 7.0))
    assert (result.grade, result.function_pct, result.measured_points) == (6, 0, 0)
    assert "no movement at all" in result.basis


def test_function_worked_by_hand():
    """Brow 6 of 10 mm, corner 5 of 10 mm: 4 x 0.6 + 4 x 0.5 = 4.4 of 8 points, 55 %, grade III."""
    face = evidence(
        moved={E.BROW_RAISE: (6.0, 10.0), E.SMILE_OPEN: (5.0, 10.0)}, function={E.BROW_RAISE: 0.69, E.SMILE_OPEN: 0.61}
    )
    result = graded(face, outward_mm=(5.1, 9.0))
    assert result.function_pct == pytest.approx(55)
    assert result.grade == 3
    assert result.measured_points == 2 + 2


def test_more_than_the_reference_on_the_brow_does_not_make_up_for_the_mouth():
    normative = evidence(moved={E.BROW_RAISE: (16.12, 9.0), E.SMILE_OPEN: (3.225, 9.0)}, one_sided=False)
    assert graded(normative).function_pct == pytest.approx(75)
    dragged = evidence(moved={E.BROW_RAISE: (10.0, 10.0), E.SMILE_OPEN: (-5.0, 10.0)})
    assert graded(dragged).function_pct == pytest.approx(50)


def test_the_measured_scheme_counts_the_corner_outwards_not_upwards():
    """A corner that goes 10 mm up and out at 45 degrees goes 7.07 mm outwards: 2 points, not 4."""
    assert graded(evidence(), outward_mm=(7.07, 7.07)).measured_points == 4 + 2
    assert graded(evidence(), outward_mm=(-2.6, 10.0)).measured_points == 4, "a corner dragged inwards earns nothing"


def test_a_healthy_face_is_compared_with_the_lower_end_of_normal():
    """Without a healthy side: brow 10.57 - 2.51 = 8.06 mm and corner 9.28 - 2.83 = 6.45 mm are full function (reference E5)."""
    normal = {E.BROW_RAISE: (8.06, 8.06), E.SMILE_OPEN: (6.45, 6.45)}
    assert graded(evidence(moved=normal, one_sided=False)).function_pct == pytest.approx(100)
    half = {e: (mm / 2, mm / 2) for e, (mm, _) in normal.items()}
    weak = evidence(moved=half, function={E.BROW_RAISE: 0.47, E.SMILE_OPEN: 0.43}, one_sided=False)
    assert graded(weak).function_pct == pytest.approx(50)
    assert graded(weak).grade == 4


@pytest.mark.parametrize(
    ("tight_mm", "gentle_mm", "grade", "words"),
    [
        (0.0, 0.0, 1, "brow and mouth"),
        (1.0, 1.0, 1, "brow and mouth"),
        (0.0, 1.1, 3, "only with effort"),
        (1.1, 0.0, 1, "brow and mouth"),
        (1.1, 1.2, 4, "stays open by 1.1 mm"),
        (5.0, 5.0, 4, "stays open by 5.0 mm"),
        (None, 1.1, 3, "does not close gently"),
        (1.1, None, 4, "stays open by 1.1 mm"),
    ],
)
def test_an_eye_that_stays_open_is_at_least_grade_four_and_one_that_needs_effort_three(
    tight_mm, gentle_mm, grade, words
):
    result = graded(evidence(gaps={E.EYES_TIGHT: tight_mm, E.EYES_GENTLE: gentle_mm}))
    assert result.grade == grade
    assert words in result.basis[0]


def test_a_grade_without_the_eye_says_so():
    face = evidence(without=[E.EYES_TIGHT, E.EYES_GENTLE])
    assert graded(face).grade == 1
    assert graded(face).reason == "The closure of the eye is not counted: “Close the eyes tightly” was not recorded."
    assert graded(evidence(without=[E.EYES_TIGHT])).reason is None


@pytest.mark.parametrize(("function", "grade"), [(0.10, 1), (0.099, 4)])
def test_a_forehead_without_movement_is_at_least_grade_four(function, grade):
    assert graded(evidence(function={E.BROW_RAISE: function})).grade == grade


@pytest.mark.parametrize(
    ("function", "grade"),
    [(0.85, 1), (0.849, 2), (0.60, 2), (0.599, 3), (0.30, 3), (0.299, 4), (0.05, 4), (0.049, 5), (0.0, 5)],
)
def test_grades_of_the_smile(function, grade):
    assert graded(evidence(function={E.SMILE_OPEN: function})).grade == grade


def test_grade_six_needs_every_movement_to_be_gone():
    """Brow and corner of 5 % leave grade V by their band; a snarl of 5 % or more speaks against grade VI."""
    trace = {"moved": {E.BROW_RAISE: (0.5, 10.0), E.SMILE_OPEN: (0.5, 10.0)}}
    nothing = dict.fromkeys(ALL, 0.049)
    assert graded(evidence(function=nothing, **trace)).grade == 6
    assert graded(evidence(function=nothing | {E.SNARL: 0.05}, **trace)).grade == 5


@pytest.mark.parametrize(
    ("measure", "own", "other", "limit_mm"),
    [
        ("brow_height_canthal", 20.0, 20.0, 7.0),
        ("palpebral_fissure_height", 10.0, 10.0, 4.0),
        ("corner_height", -40.0, -40.0, 6.0),
    ],
)
def test_a_crooked_face_at_rest_with_little_smile_is_grade_five(measure, own, other, limit_mm):
    """tau1 of reference E3, in either direction, and only together with a smile below 0.3."""
    for sign in (+1, -1):
        over = {measure: (own + sign * (limit_mm + 0.1), other)}
        under = {measure: (own + sign * limit_mm, other)}
        assert graded(evidence(function={E.SMILE_OPEN: 0.29}, resting=over)).grade == 5
        assert graded(evidence(function={E.SMILE_OPEN: 0.29}, resting=under)).grade == 4
        assert graded(evidence(function={E.SMILE_OPEN: 0.30}, resting=over)).grade == 3
    alone = evidence(function={E.SMILE_OPEN: 0.29}, resting={measure: (own + 9, other)}, one_sided=False)
    assert graded(alone).grade == 4, "without a healthy side the rest says nothing"


@pytest.mark.parametrize(("beyond_mm", "grade"), [(1.5, 1), (1.6, 3), (2.3, 3), (2.4, 4)])
def test_moderate_synkinesis_is_at_least_grade_three_and_severe_four(beyond_mm, grade):
    """Eye: scores of 45 and 75 lie at 1.57 and 2.35 mm."""
    assert graded(evidence(synkinesis=[unwanted("eye", E.SMILE_OPEN, beyond_mm)])).grade == grade


@pytest.mark.parametrize(("score", "grade"), [(44.9, 1), (45, 3), (74.9, 3), (75, 4)])
def test_synkinesis_counts_from_scores_of_45_and_75_in_any_region(score, grade):
    for region in ("brow", "lower_lip", "neck"):
        entry = unwanted(region, E.SMILE_OPEN, 1.0).model_copy(update={"score": score})
        assert graded(evidence(synkinesis=[entry])).grade == grade


@pytest.mark.parametrize("missing", [E.BROW_RAISE, E.SMILE_OPEN])
def test_without_brow_or_smile_there_is_no_grade_but_a_reason(missing):
    for face in (evidence(without=[missing]), evidence(function={missing: None})):
        result = graded(face)
        assert (result.grade, result.function_pct, result.measured_points) == (None, None, None)
        assert result.reason == f"“{missing.label}” was not recorded."
        assert result.basis == []


def test_the_basis_names_every_rule_that_gives_the_grade():
    face = evidence(function={E.BROW_RAISE: 0.0}, gaps={E.EYES_TIGHT: 3.0, E.EYES_GENTLE: 3.0})
    assert graded(face).basis == ["the eye stays open by 3.0 mm at full effort", "no movement of the forehead"]


def test_grades_rise_with_the_palsy():
    grades = [graded(paralysed(part), outward_mm=(7 * part, 7.0)).grade for part in np.linspace(1, 0, 21)]
    assert grades == sorted(grades)
    assert (grades[0], grades[-1]) == (1, 6)


def test_left_and_right_are_graded_alike():
    def scored(side: Side):
        face = evidence(
            side,
            moved={E.BROW_RAISE: (7.0, 10.0), E.SMILE_OPEN: (8.0, 11.0)},
            function={E.BROW_RAISE: 0.81, E.SMILE_OPEN: 0.84},
            gaps={E.EYES_GENTLE: 1.4},
            synkinesis=[unwanted("eye", E.PUCKER, 1.0, side=side)],
        )
        return graded(face, outward_mm=(5.2, 8.0))

    right, left = (scored(side) for side in SIDES)
    assert right == left
    assert right.measured_points == 2 + 2
