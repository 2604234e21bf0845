"""FNGS 2.0 estimate: regions, qualifiers, secondary movement and grades of reference D4."""

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.grading.fngs2 import fngs2, region_score, total_grade
from core.words import SIDES, Side
from tests.grading_samples import FULL_MM, evidence, items_of, unwanted

ALL = tuple(FULL_MM)


@pytest.mark.parametrize(
    ("function", "score"),
    [
        (1.0, 1), (0.95, 1), (0.949, 2), (0.75, 2), (0.749, 3), (0.50, 3), (0.499, 4), (0.10, 4), (0.099, 5), (0.02, 5),
        (0.019, 6), (0.0, 6),
    ],
)  # fmt: skip
def test_cuts_of_the_regions(function, score):
    assert region_score(function) == score
    assert items_of(fngs2(evidence(function={E.SNARL: function})))["nasolabial_fold"] == score


@pytest.mark.parametrize(
    ("total", "grade"),
    [(4, 1), (5, 2), (9, 2), (10, 3), (14, 3), (15, 4), (19, 4), (20, 5), (23, 5), (24, 6)],
)
def test_grades_of_the_totals(total, grade):
    assert total_grade(total) == grade


def test_a_normal_face_has_four_points_and_grade_one():
    scale = fngs2(evidence())
    assert (scale.total, scale.grade, scale.reason) == (4, 1, None)


def test_no_movement_is_grade_six_and_more_than_24_points_stay_grade_six():
    gone = {"function": dict.fromkeys(ALL, 0.0), "gaps": {E.EYES_GENTLE: 10.0, E.EYES_TIGHT: 10.0}}
    scale = fngs2(evidence(**gone))
    assert (scale.total, scale.grade) == (24, 6)
    worst = fngs2(evidence(**gone, synkinesis=[unwanted("eye", E.PUCKER, 9.0)]))
    assert (worst.total, worst.grade) == (27, 6)


def test_a_total_worked_by_hand():
    """Brow 0.6: 3; eye 0.8 and 1.0, mean 0.9: 2; fold 0.3: 4; mouth 0.9 and 0.5, mean 0.7: 3; synkinesis 50: 2; 14 is III."""
    face = evidence(
        function={
            E.BROW_RAISE: 0.6, E.EYES_GENTLE: 0.8, E.EYES_TIGHT: 1.0, E.SNARL: 0.3, E.SMILE_OPEN: 0.9, E.PUCKER: 0.5,
        },
        synkinesis=[unwanted("eye", E.PUCKER, 1.7)],
    )  # fmt: skip
    scale = fngs2(face)
    assert items_of(scale) == {"brow": 3, "eye": 2, "nasolabial_fold": 4, "oral": 3, "secondary": 2}
    assert (scale.total, scale.grade) == (14, 3)


@pytest.mark.parametrize(
    ("tight_mm", "gentle_mm", "score", "words"),
    [
        (0.0, 0.0, 1, "100 %"),
        (1.0, 1.0, 1, "100 %"),
        (0.0, 1.1, 3, "closes only with effort"),
        (1.1, 1.1, 4, "does not close at full effort"),
        (1.1, 0.0, 1, "100 %"),
        (None, 1.1, 3, "does not close gently"),
    ],
)
def test_an_eye_that_needs_effort_is_at_least_three_and_one_that_stays_open_four(tight_mm, gentle_mm, score, words):
    scale = fngs2(evidence(gaps={E.EYES_TIGHT: tight_mm, E.EYES_GENTLE: gentle_mm}))
    eye = next(item for item in scale.items if item.name == "eye")
    assert eye.value == score
    assert words in eye.basis


def test_closing_with_effort_does_not_improve_a_weaker_eye():
    face = evidence(function={E.EYES_GENTLE: 0.05, E.EYES_TIGHT: 0.05}, gaps={E.EYES_TIGHT: 0.0, E.EYES_GENTLE: 9.0})
    assert items_of(fngs2(face))["eye"] == 5


@pytest.mark.parametrize(
    ("region", "function", "measure", "even", "hanging"),
    [
        ("brow", {E.BROW_RAISE: 0.6}, "brow_height_canthal", 16.5, 16.4),
        ("oral", {E.SMILE_OPEN: 0.6, E.PUCKER: 0.6}, "corner_height", -42.5, -42.6),
    ],
)
def test_an_obvious_weakness_that_hangs_at_rest_is_four(region, function, measure, even, hanging):
    """Score 3 asks for a face that is even at rest: brow within 3.5 mm, corner within 2.5 mm of the other side."""
    other = {"brow_height_canthal": 20.0, "corner_height": -40.0}[measure]

    def score(own, v, *, one_sided=True):
        return items_of(fngs2(evidence(function=v, resting={measure: (own, other)}, one_sided=one_sided)))[region]

    assert score(even, function) == 3
    assert score(hanging, function) == 4
    assert score(2 * other - hanging, function) == 3, "pulled up is contracture, not weakness"
    assert score(hanging, function, one_sided=False) == 3
    slight = dict.fromkeys(function, 0.8)
    assert score(hanging, slight) == 2, "a slight weakness stays slight"


@pytest.mark.parametrize(("beyond_mm", "value"), [(0.9, 0), (0.93, 1), (1.56, 1), (1.58, 2), (2.34, 2), (2.36, 3)])
def test_secondary_movement_follows_the_worst_synkinesis(beyond_mm, value):
    """Eye: scores of 20, 45 and 75 lie at 0.92, 1.57 and 2.35 mm."""
    scale = fngs2(evidence(synkinesis=[unwanted("eye", E.SMILE_OPEN, beyond_mm)]))
    assert items_of(scale)["secondary"] == value
    assert scale.total == 4 + value


@pytest.mark.parametrize(("score", "value"), [(19.9, 0), (20, 1), (44.9, 1), (45, 2), (74.9, 2), (75, 3)])
def test_secondary_movement_changes_at_scores_of_20_45_and_75(score, value):
    entry = unwanted("neck", E.SMILE_OPEN, 2.0).model_copy(update={"score": score})
    assert items_of(fngs2(evidence(synkinesis=[entry])))["secondary"] == value


@pytest.mark.parametrize("face", [evidence(), evidence(without=ALL)], ids=["measured", "empty"])
def test_ranges_of_the_items_are_those_of_the_published_form(face):
    assert [(item.minimum, item.maximum) for item in fngs2(face).items] == 4 * [(1, 6)] + [(0, 3)]


@pytest.mark.parametrize(
    ("resting", "value"),
    [
        ({"palpebral_fissure_height": (8.5, 10.0)}, 0),
        ({"palpebral_fissure_height": (8.4, 10.0)}, 2),
        ({"palpebral_fissure_height": (11.6, 10.0)}, 0),
        ({"corner_height": (-37.5, -40.0)}, 0),
        ({"corner_height": (-37.4, -40.0)}, 2),
        ({"corner_height": (-42.6, -40.0)}, 0),
    ],
    ids=["even eye", "narrow eye", "wide eye", "even corner", "corner pulled up", "corner dropped"],
)
def test_contracture_at_rest_is_secondary_movement_and_drooping_is_not(resting, value):
    assert items_of(fngs2(evidence(resting=resting)))["secondary"] == value
    severe = evidence(resting=resting, synkinesis=[unwanted("eye", E.SMILE_OPEN, 9.0)])
    assert items_of(fngs2(severe))["secondary"] == 3


@pytest.mark.parametrize(
    ("without", "label"),
    [
        ([E.BROW_RAISE], "Brow"),
        ([E.EYES_GENTLE, E.EYES_TIGHT], "Eye"),
        ([E.SNARL], "Nasolabial fold"),
        ([E.SMILE_OPEN, E.PUCKER], "Oral"),
        (ALL, "Secondary movement"),
    ],
)
def test_without_a_region_there_is_no_total_and_the_reason_names_it(without, label):
    scale = fngs2(evidence(without=without))
    assert (scale.total, scale.grade) == (None, None)
    assert label in scale.reason
    item = next(item for item in scale.items if item.label == label)
    assert item.value is None
    assert "recorded" in item.reason


def test_one_of_two_movements_is_enough_for_a_region():
    scale = fngs2(evidence(function={E.SMILE_OPEN: 0.6}, without=[E.PUCKER]))
    assert items_of(scale)["oral"] == 3


def test_more_weakness_never_gives_fewer_points():
    rng = np.random.default_rng(4)
    for _ in range(40):
        function = dict(zip(ALL, rng.uniform(0, 1, len(ALL)), strict=True))
        gap, drop, extra = rng.uniform(0, 3, 3)

        def total(v, gap_mm, drop_mm, extra_mm):
            face = evidence(
                function=v,
                gaps={E.EYES_TIGHT: gap_mm, E.EYES_GENTLE: gap_mm},
                resting={"corner_height": (-40 - drop_mm, -40.0)},
                synkinesis=[unwanted("eye", E.SMILE_OPEN, extra_mm)],
            )
            return fngs2(face).total

        before = total(function, gap, drop, extra)
        weaker = {e: v * float(rng.uniform(0, 1)) for e, v in function.items()}
        assert total(weaker, gap, drop, extra) >= before
        assert total(function, gap + 1, drop, extra) >= before
        assert total(function, gap, drop + 1, extra) >= before
        assert total(function, gap, drop, extra + 1) >= before


def test_left_and_right_are_scored_alike():
    def scored(side: Side):
        return fngs2(
            evidence(
                side,
                function={E.BROW_RAISE: 0.3, E.SMILE_OPEN: 0.6, E.PUCKER: 0.6},
                resting={"corner_height": (-44.0, -40.0), "palpebral_fissure_height": (8.0, 10.0)},
                gaps={E.EYES_GENTLE: 1.2},
                synkinesis=[unwanted("eye", E.PUCKER, 1.0, side=side)],
            )
        )

    right, left = (scored(side) for side in SIDES)
    assert right == left
    assert right.total == 4 + 3 + 1 + 4 + 2
