"""Sunnybrook estimate: items by the tables of reference D1, composite = voluntary - resting - synkinesis, nothing invented."""

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.grading.sunnybrook import sunnybrook, synkinesis_item, voluntary_item
from core.words import SIDES, Side
from tests.grading_samples import evidence, items_of, unwanted

FIVE = (E.BROW_RAISE, E.EYES_GENTLE, E.SMILE_OPEN, E.SNARL, E.PUCKER)
WORST_SYNKINESIS = (
    unwanted("mouth_corner", E.BROW_RAISE, 5.0),
    unwanted("mouth_corner", E.EYES_GENTLE, 5.0),
    unwanted("eye", E.SMILE_OPEN, 5.0),
    unwanted("eye", E.SNARL, 5.0),
    unwanted("eye", E.PUCKER, 5.0),
)


@pytest.mark.parametrize(
    ("function", "item"),
    [
        (0.0, 1), (0.099, 1), (0.10, 2), (0.399, 2), (0.40, 3), (0.699, 3), (0.70, 4), (0.899, 4), (0.90, 5), (1.0, 5),
    ],
)  # fmt: skip
def test_voluntary_items_change_at_the_published_cuts(function, item):
    assert voluntary_item(function) == item
    scale = sunnybrook(evidence(function={E.SNARL: function}))
    assert items_of(scale)["voluntary_snarl"] == item


def test_a_normal_face_has_100():
    scale = sunnybrook(evidence())
    assert (scale.voluntary, scale.resting, scale.synkinesis, scale.composite) == (100, 0, 0, 100)
    assert scale.total == 100


def test_the_worst_face_that_landmarks_can_show():
    """No movement 5 x 1 x 4 = 20, eye and mouth at rest 2 x 5 = 10, synkinesis 5 x 3 = 15: 20 - 10 - 15 = -5."""
    worst = evidence(
        function=dict.fromkeys(FIVE, 0.0),
        resting={"palpebral_fissure_height": (13.0, 10.0), "corner_height": (-46.0, -40.0)},
        synkinesis=WORST_SYNKINESIS,
    )
    scale = sunnybrook(worst)
    assert (scale.voluntary, scale.resting, scale.synkinesis, scale.composite) == (20, 10, 15, -5)


def test_a_composite_worked_by_hand():
    """Items 3 + 4 + 2 + 1 + 5 = 15, x 4 = 60; mouth dropped 1 x 5 = 5; synkinesis 2 (1.8 mm / 0.77) + 1 = 3: 60 - 5 - 3 = 52."""
    face = evidence(
        function={E.BROW_RAISE: 0.45, E.EYES_GENTLE: 0.75, E.SMILE_OPEN: 0.2, E.SNARL: 0.05, E.PUCKER: 0.95},
        resting={"corner_height": (-43.0, -40.0)},
        synkinesis=[unwanted("eye", E.SMILE_OPEN, 1.8, 1.6), unwanted("mouth_corner", E.EYES_GENTLE, 1.5)],
    )
    scale = sunnybrook(face)
    assert (scale.voluntary, scale.resting, scale.synkinesis, scale.composite) == (60, 5, 3, 52)


@pytest.mark.parametrize(
    ("own", "value"), [(11.5, 0), (8.5, 0), (11.6, 1), (8.4, 1)], ids=["even", "even", "wide", "narrow"]
)
def test_a_wide_or_narrow_eye_counts_beyond_one_and_a_half_millimetres(own, value):
    scale = sunnybrook(evidence(resting={"palpebral_fissure_height": (own, 10.0)}))
    assert items_of(scale)["rest_eye"] == value
    assert scale.resting == 5 * value


@pytest.mark.parametrize(
    ("own", "value"), [(-42.5, 0), (-37.5, 0), (-42.6, 1), (-37.4, 1)], ids=["even", "even", "dropped", "pulled up"]
)
def test_a_dropped_or_pulled_corner_counts_beyond_two_and_a_half_millimetres(own, value):
    scale = sunnybrook(evidence(resting={"corner_height": (own, -40.0)}))
    assert items_of(scale)["rest_mouth"] == value


def test_the_cheek_is_left_to_the_clinician_and_the_composite_says_so():
    scale = sunnybrook(evidence())
    cheek = next(item for item in scale.items if item.name == "rest_cheek")
    assert cheek.value is None
    assert "by eye" in cheek.reason
    assert cheek.reason in scale.reason


@pytest.mark.parametrize(
    ("trigger", "beyond_mm", "points"),
    [
        # One point is 0.77 mm in the smile and 1.0 mm in the pucker; below 0.4 mm is noise.
        (E.SMILE_OPEN, 0.39, 0), (E.SMILE_OPEN, 0.5, 1), (E.SMILE_OPEN, 1.15, 1), (E.SMILE_OPEN, 1.16, 2),
        (E.SMILE_OPEN, 1.8, 2), (E.SMILE_OPEN, 1.92, 2), (E.SMILE_OPEN, 1.93, 3), (E.SMILE_OPEN, 9.0, 3),
        (E.PUCKER, 0.49, 0), (E.PUCKER, 0.51, 1), (E.PUCKER, 1.49, 1), (E.PUCKER, 1.51, 2),
        (E.PUCKER, 2.49, 2), (E.PUCKER, 2.51, 3), (E.PUCKER, 9.0, 3),
    ],
)  # fmt: skip
def test_points_of_a_narrowing_eye(trigger, beyond_mm, points):
    assert synkinesis_item(unwanted("eye", trigger, beyond_mm, other_mm=1.6)) == points


@pytest.mark.parametrize(
    ("beyond_mm", "points"), [(0.0, 0), (0.99, 0), (1.01, 1), (1.99, 1), (2.01, 2), (3.49, 2), (3.51, 3), (8.0, 3)]
)
def test_points_of_a_corner_that_moves_with_the_eye_or_brow(beyond_mm, points):
    assert synkinesis_item(unwanted("mouth_corner", E.EYES_GENTLE, beyond_mm)) == points


@pytest.mark.parametrize(("beyond_mm", "points"), [(0.99, 0), (1.01, 1), (1.62, 1), (1.63, 2), (2.37, 2), (2.38, 3)])
def test_points_of_the_other_regions_follow_their_score(beyond_mm, points):
    """Brow, noise 0.5 and full 3.0 mm: scores of 20, 45 and 75 lie at 1.0, 1.625 and 2.375 mm."""
    assert synkinesis_item(unwanted("brow", E.PUCKER, beyond_mm)) == points


def test_the_worst_region_of_a_movement_counts():
    both = [unwanted("eye", E.PUCKER, 1.2), unwanted("brow", E.PUCKER, 2.9)]
    scale = sunnybrook(evidence(synkinesis=both))
    item = next(item for item in scale.items if item.name == "synkinesis_pucker")
    assert item.value == 3
    assert item.basis.startswith("brow 2.9 mm")
    assert scale.synkinesis == 3


def test_two_synkinetic_eyes_do_not_cancel_where_no_side_is_healthy():
    """Both eyes narrow by 5 mm in the pucker: against a healthy face that is severe on either side (reference E5)."""
    entry = unwanted("eye", E.PUCKER, 3.0).model_copy(update={"unwanted_mm": 5.0, "other_side_mm": 5.0})
    assert synkinesis_item(entry) == 3
    assert items_of(sunnybrook(evidence(synkinesis=[entry], one_sided=False)))["synkinesis_pucker"] == 3


@pytest.mark.parametrize("region", ["eye", "mouth_corner"])
def test_co_movement_that_a_healthy_face_may_show_is_no_synkinesis(region):
    """A healthy face moves 1.5 mm more on one side, within what is normal: its score is 0 and so is the item."""
    entry = unwanted(region, E.BROW_RAISE, 0.0).model_copy(update={"unwanted_mm": 2.0, "other_side_mm": 0.5})
    assert synkinesis_item(entry) == 0


def test_synkinesis_is_subtracted():
    for extra, points in ((1.2, 1), (2.2, 2), (3.2, 3)):
        assert sunnybrook(evidence(synkinesis=[unwanted("eye", E.SNARL, extra)])).composite == 100 - points


@pytest.mark.parametrize("movement", FIVE)
def test_without_one_movement_there_is_no_composite_and_the_reason_names_it(movement):
    scale = sunnybrook(evidence(without=[movement]))
    assert scale.composite is None
    assert scale.total is None
    assert scale.voluntary is None
    assert scale.resting == 0
    assert scale.reason == f"Not assessable: {movement.label}: movement, {movement.label}: synkinesis."
    for item in scale.items:
        if item.name.endswith(f"_{movement}"):
            assert item.value is None
            assert item.reason == f"“{movement.label}” was not recorded."


def test_a_movement_that_was_not_performed_has_neither_a_movement_nor_a_synkinesis_item():
    face = evidence(moved={E.PUCKER: (1.0, 2.0)}, function={E.PUCKER: None})
    items = items_of(sunnybrook(face))
    assert items["voluntary_pucker"] is None
    assert items["synkinesis_pucker"] is None


def test_synkinesis_that_could_not_be_watched_is_not_none_found():
    """The nose was wrinkled, but the eye, the only region watched then, was lost behind blinks."""
    face = evidence()
    face.synkinesis[:] = [entry for entry in face.synkinesis if entry.trigger is not E.SNARL]
    scale = sunnybrook(face)
    item = next(item for item in scale.items if item.name == "synkinesis_snarl")
    assert item.value is None
    assert "not" not in item.basis
    assert "seen" in item.reason
    assert scale.composite is None


def test_half_a_resting_face_is_no_resting_score():
    scale = sunnybrook(evidence(resting={"palpebral_fissure_height": (13.0, 10.0), "corner_height": (np.nan, -40.0)}))
    assert items_of(scale)["rest_eye"] == 1
    assert items_of(scale)["rest_mouth"] is None
    assert (scale.resting, scale.composite) == (None, None)
    assert scale.reason == "Not assessable: Mouth at rest."


def test_without_a_healthy_side_the_resting_items_are_open():
    scale = sunnybrook(evidence(one_sided=False))
    assert (scale.resting, scale.composite) == (None, None)
    for item in scale.items[:3]:
        assert item.value is None
        assert item.reason
    assert scale.voluntary == 100


def test_ranges_of_the_items_are_those_of_the_published_form():
    ranges = [(item.minimum, item.maximum) for item in sunnybrook(evidence()).items]
    assert ranges == [(0, 1), (0, 2), (0, 1)] + 5 * [(1, 5)] + 5 * [(0, 3)]


def test_an_unwanted_movement_without_another_side_is_told_alone():
    entry = unwanted("eye", E.PUCKER, 2.2).model_copy(update={"other_side_mm": None})
    item = next(i for i in sunnybrook(evidence(synkinesis=[entry])).items if i.name == "synkinesis_pucker")
    assert (item.value, item.basis) == (2, "eye 2.2 mm")


@pytest.mark.parametrize(("score", "points"), [(19.9, 0), (20, 1), (44.9, 1), (45, 2), (74.9, 2), (75, 3)])
def test_points_of_a_score_change_at_20_45_and_75(score, points):
    assert synkinesis_item(unwanted("neck", E.PUCKER, 2.0).model_copy(update={"score": score})) == points


def test_every_item_has_a_value_or_a_reason_and_keeps_its_range():
    for face in (evidence(), evidence(one_sided=False), evidence(without=FIVE), evidence(synkinesis=WORST_SYNKINESIS)):
        scale = sunnybrook(face)
        assert len(scale.items) == 13
        for item in scale.items:
            assert (item.value is None) == bool(item.reason), item.name
            assert item.value is None or item.minimum <= item.value <= item.maximum


def test_more_weakness_or_synkinesis_never_gives_a_better_composite():
    rng = np.random.default_rng(8)
    for _ in range(40):
        function = dict(zip(FIVE, rng.uniform(0, 1, 5), strict=True))
        narrowing = float(rng.uniform(0, 3))
        drop = float(rng.uniform(0, 5))
        movement = FIVE[rng.integers(5)]

        def composite(v, mm, low):
            return sunnybrook(
                evidence(
                    function=v,
                    synkinesis=[unwanted("eye", E.SMILE_OPEN, mm)],
                    resting={"corner_height": (-40 - low, -40.0)},
                )
            ).composite

        before = composite(function, narrowing, drop)
        weaker = function | {movement: function[movement] * float(rng.uniform(0, 1))}
        assert composite(weaker, narrowing, drop) <= before
        assert composite(function, narrowing + 1, drop) <= before
        assert composite(function, narrowing, drop + 2) <= before


def test_left_and_right_are_scored_alike():
    def scored(side: Side):
        return sunnybrook(
            evidence(
                side,
                function={E.BROW_RAISE: 0.3, E.SNARL: 0.8},
                resting={"palpebral_fissure_height": (12.0, 9.0), "corner_height": (-41.0, -38.0)},
                synkinesis=[unwanted("eye", E.PUCKER, 2.2, 0.7, side)],
            )
        )

    right, left = (scored(side) for side in SIDES)
    assert right == left
    assert right.composite < 100
