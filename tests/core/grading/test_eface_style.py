"""eFACE-style estimate: items of reference D3 worked by hand, 100 balanced, total (static + 2 dynamic + synkinesis) / 4."""

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.grading.eface_style import eface_style, folded
from core.words import SIDES, Side
from tests.grading_samples import FULL_MM, NEVER, TIMES_S, evidence, items_of, slot, stepped

STATIC = ("static_brow", "static_fissure", "static_commissure")
DYNAMIC = ("dynamic_brow", "dynamic_gentle", "dynamic_full", "dynamic_smile", "dynamic_lower_lip")


def scored(face, narrowing=None, near_blink=NEVER):
    """The scale of a face whose eyes narrow by (scored side, other side) millimetres in the given expressions."""
    steps = {e: (-own, -other) for e, (own, other) in (narrowing or {}).items()}
    return eface_style(face, stepped(face.side, palpebral_fissure_height=steps), near_blink)


def item(scale, name):
    return next(item for item in scale.items if item.name == name)


@pytest.mark.parametrize("face", [evidence(), evidence(without=FULL_MM, one_sided=False)], ids=["measured", "empty"])
def test_static_items_run_to_200_and_all_others_to_100(face):
    assert [(item.minimum, item.maximum) for item in scored(face).items] == 4 * [(0, 200)] + 6 * [(0, 100)]


@pytest.mark.parametrize(("value", "balance"), [(100, 100), (130, 70), (70, 70), (0, 0), (200, 0)])
def test_items_of_0_to_200_fold_at_100(value, balance):
    assert folded(value) == balance


def test_a_normal_face_has_100_everywhere_but_in_the_fold_that_is_not_measured():
    scale = scored(evidence())
    values = items_of(scale)
    assert values.pop("static_fold") is None
    assert set(values.values()) == {100}
    assert (scale.static, scale.dynamic, scale.synkinesis, scale.total) == (100, 100, 100, 100)
    assert scale.reason == "Without: Nasolabial fold at rest."


def test_no_movement_has_no_dynamic_function():
    """Dynamic 0, static and synkinesis even: (100 + 2 x 0 + 100) / 4 = 50."""
    still = {e: (0.0, mm) for e, (_, mm) in FULL_MM.items()}
    scale = scored(evidence(moved=still, gaps={E.EYES_GENTLE: 10.0, E.EYES_TIGHT: 10.0}))
    assert [items_of(scale)[name] for name in DYNAMIC] == [0, 0, 0, 0, 0]
    assert scale.dynamic == 0
    assert scale.total == 50


def test_sub_scores_and_total_worked_by_hand():
    """Static (75 + 80 + 60) / 3; dynamic (40 + 70 + 100 + 50 + 20) / 5 = 56; synkinesis 75; total (static + 112 + 75) / 4."""
    face = evidence(
        resting={
            "brow_height": (18.0, 24.0),
            "palpebral_fissure_height": (12.5, 10.0),
            "commissure_position": (12.0, 20.0),
        },
        moved={
            E.BROW_RAISE: (4.0, 10.0), E.EYES_GENTLE: (7.0, 10.0), E.SMILE_OPEN: (5.0, 10.0), E.EEE: (1.0, 5.0),
        },
        gaps={E.EYES_GENTLE: 3.0, E.EYES_TIGHT: 0.9},
    )  # fmt: skip
    scale = scored(face, {E.PUCKER: (6.5, 2.0)})
    values = items_of(scale)
    assert [values[name] for name in STATIC] == pytest.approx([75, 80, 60])
    assert [values[name] for name in DYNAMIC] == pytest.approx([40, 70, 100, 50, 20])
    assert values["synkinesis_ocular"] == pytest.approx(75)
    assert scale.static == pytest.approx(215 / 3)
    assert scale.dynamic == pytest.approx(56)
    assert scale.total == pytest.approx((215 / 3 + 2 * 56 + 75) / 4)


@pytest.mark.parametrize(
    ("own", "value"), [(10.0, 100), (8.0, 125), (12.5, 80), (4.0, 200)], ids=["even", "narrow", "wide", "half closed"]
)
def test_a_wide_eye_lies_below_100_and_a_narrow_one_above(own, value):
    scale = scored(evidence(resting={"palpebral_fissure_height": (own, 10.0)}))
    assert items_of(scale)["static_fissure"] == pytest.approx(value)


def test_the_brow_at_rest_is_measured_above_the_iris():
    scale = scored(evidence(resting={"brow_height": (30.0, 24.0), "brow_height_canthal": (5.0, 20.0)}))
    assert items_of(scale)["static_brow"] == pytest.approx(125)


@pytest.mark.parametrize(
    ("own", "value", "basis"),
    [
        # Distance 10 mm to the lower-lip middle; heights 10 sin(angle - 90), widths 10 cos(angle - 90); the other side 6 and 8 mm.
        (90 + np.rad2deg(np.arcsin(0.3)), 50, "height 3.0 mm against 6.0 mm"),
        (90 + np.rad2deg(np.arcsin(0.6)), 100, "width 8.0 mm against 8.0 mm"),
        (90 + np.rad2deg(np.arcsin(0.8)), 75, "width 6.0 mm against 8.0 mm"),
        (90.0, 125, "width 10.0 mm against 8.0 mm"),
    ],
    ids=["lower corner", "even", "higher corner", "corner level with the lip"],
)
def test_the_corner_at_rest_goes_by_height_when_it_is_the_lower_one_and_by_width_otherwise(own, value, basis):
    angles = (own, 90 + np.rad2deg(np.arcsin(0.6)))
    scale = scored(evidence(resting={"commissure_position": (10.0, 10.0), "smile_angle": angles}))
    commissure = item(scale, "static_commissure")
    assert commissure.value == pytest.approx(value)
    assert commissure.basis == basis


@pytest.mark.parametrize(
    ("own", "other", "value"),
    [(0.5, 24.0, 100 * 0.5 / 24), (60.0, 24.0, 200), (24.0, 0.5, 200), (0.0, 24.0, None), (24.0, 0.0, None)]
    + [(np.nan, 24.0, None), (24.0, np.nan, None)],
)
def test_a_static_item_ends_at_200_and_needs_a_length_on_both_sides(own, other, value):
    brow = item(scored(evidence(resting={"brow_height": (own, other)})), "static_brow")
    assert brow.value == (None if value is None else pytest.approx(value))
    assert (brow.reason is None) == (value is not None)


@pytest.mark.parametrize(
    ("distances", "angles", "value"),
    [
        ((10.0, 10.0), (90 + np.rad2deg(np.arcsin(0.05)), 90 + np.rad2deg(np.arcsin(0.6))), 100 * 0.05 / 0.6),
        ((30.0, 10.0), (110.0, 110.0), 200),
        ((0.05, 10.0), (110.0, 110.0), 0.5),
        ((0.9, 0.9), (120.0, 120.0), 100),
        ((10.0, 10.0), (100.0, 90.0), None),
        ((np.nan, 10.0), (100.0, 100.0), None),
        ((10.0, 10.0), (100.0, np.nan), None),
    ],
    ids=["hardly above the lip", "far out", "at the lip", "small mouth", "no height", "no distance", "no angle"],
)
def test_the_corner_at_rest_ends_at_200_and_needs_both_sides(distances, angles, value):
    found = item(
        scored(evidence(resting={"commissure_position": distances, "smile_angle": angles})), "static_commissure"
    )
    assert found.value == (None if value is None else pytest.approx(value))
    assert (found.reason is None) == (value is not None)


def test_a_healthy_side_that_does_not_move_is_no_reference():
    scale = scored(evidence(moved={E.BROW_RAISE: (5.0, 0.0), E.EEE: (5.0, -1.0), E.SMILE_OPEN: (0.2, 0.5)}))
    for name in ("dynamic_brow", "dynamic_lower_lip"):
        assert item(scale, name).value is None
        assert item(scale, name).reason
    assert item(scale, "dynamic_smile").value == pytest.approx(40)


@pytest.mark.parametrize("missing", [(None, 10.0), (10.0, None), (None, None)])
def test_a_movement_that_was_seen_on_one_side_only_is_not_scored(missing):
    scale = scored(evidence(moved={E.BROW_RAISE: missing}))
    assert item(scale, "dynamic_brow").value is None
    unseen = scored(evidence(moved={E.EYES_TIGHT: (None, 10.0)}))
    assert item(unseen, "dynamic_full").value is None
    assert item(unseen, "dynamic_full").reason


@pytest.mark.parametrize(("gap_mm", "value"), [(0.0, 100), (0.99, 100), (1.0, 90), (2.5, 75), (10.0, 0), (11.0, 0)])
def test_closure_is_judged_on_its_own_side_and_less_than_a_millimetre_is_shut(gap_mm, value):
    """Fissure of 10 mm at rest: what is not gap has closed."""
    closures = (E.EYES_GENTLE, E.EYES_TIGHT)
    face = evidence(gaps=dict.fromkeys(closures, gap_mm), moved=dict.fromkeys(closures, (10 - gap_mm, 3.0)))
    assert items_of(scored(face))["dynamic_full"] == pytest.approx(value)
    assert items_of(scored(face))["dynamic_gentle"] == pytest.approx(value)


def test_an_eye_that_closes_gently_is_fully_closed_even_if_squeezed_lids_seem_to_gape():
    face = evidence(gaps={E.EYES_TIGHT: 3.0, E.EYES_GENTLE: 2.0}, moved={E.EYES_TIGHT: (7.0, 10.0)})
    assert items_of(scored(face))["dynamic_full"] == pytest.approx(80)
    reverse = evidence(
        gaps={E.EYES_TIGHT: 2.0, E.EYES_GENTLE: 3.0}, moved={E.EYES_GENTLE: (7.0, 10.0), E.EYES_TIGHT: (8.0, 9.0)}
    )
    assert items_of(scored(reverse))["dynamic_gentle"] == pytest.approx(70), (
        "effort does not count for the gentle closure"
    )


def test_an_eye_that_does_not_close_at_all_has_no_closure_whatever_a_shut_eye_looks_like():
    """Fissure of 10 mm, of which the tracker still shows 3 mm on a shut eye: 7 mm to close, none of it closed."""
    face = evidence(gaps={E.EYES_GENTLE: 7.0}, moved={E.EYES_GENTLE: (0.0, 7.0)})
    assert items_of(scored(face))["dynamic_gentle"] == 0
    half = evidence(gaps={E.EYES_GENTLE: 3.5}, moved={E.EYES_GENTLE: (3.5, 7.0)})
    assert items_of(scored(half))["dynamic_gentle"] == pytest.approx(50)


def test_a_movement_beyond_the_other_side_is_not_more_than_full_and_a_wrong_one_is_none():
    scale = scored(evidence(moved={E.BROW_RAISE: (12.0, 10.0), E.SMILE_OPEN: (-2.0, 10.0)}))
    assert items_of(scale)["dynamic_brow"] == 100
    assert items_of(scale)["dynamic_smile"] == 0


@pytest.mark.parametrize(
    ("narrowing", "value", "words"),
    [
        ({E.SMILE_OPEN: (3.0, 3.0), E.PUCKER: (1.0, 1.0)}, 100, "100 %"),
        ({E.SMILE_OPEN: (6.0, 2.0)}, 50, "big smile"),
        ({E.SMILE_OPEN: (2.8, 1.0), E.PUCKER: (6.4, 1.0)}, 40, "pucker"),
        ({E.SMILE_OPEN: (0.0, 3.0)}, 100, "100 %"),
        ({E.SMILE_CLOSED: (9.0, 1.0), E.SNARL: (9.0, 1.0)}, 100, "100 %"),
    ],
    ids=["even", "smile", "worse in the pucker", "the other eye narrows", "other movements"],
)
def test_ocular_synkinesis_is_the_smallest_fissure_ratio_of_smile_and_pucker(narrowing, value, words):
    found = item(scored(evidence(), narrowing), "synkinesis_ocular")
    assert found.value == pytest.approx(value)
    assert words in found.basis


def test_a_blink_during_the_smile_is_no_synkinesis():
    face = evidence()
    blink = slot(E.SMILE_OPEN)[1] & (np.arange(len(TIMES_S)) % 240 >= 200)
    curves = stepped(face.side, palpebral_fissure_height={})
    curves.values["palpebral_fissure_height"][blink] -= [8.0, 2.0]
    assert items_of(eface_style(face, curves, blink))["synkinesis_ocular"] == pytest.approx(100)
    assert items_of(eface_style(face, curves, NEVER))["synkinesis_ocular"] == pytest.approx(25)


@pytest.mark.parametrize(
    ("movement", "name"),
    [
        (E.BROW_RAISE, "dynamic_brow"),
        (E.EYES_GENTLE, "dynamic_gentle"),
        (E.EYES_TIGHT, "dynamic_full"),
        (E.SMILE_OPEN, "dynamic_smile"),
        (E.EEE, "dynamic_lower_lip"),
    ],
)
def test_a_missing_movement_is_left_out_with_a_reason_and_the_rest_is_still_scored(movement, name):
    scale = scored(evidence(without=[movement]))
    found = item(scale, name)
    assert found.value is None
    assert found.reason == f"“{movement.label}” was not recorded."
    assert found.label in scale.reason
    assert scale.total == 100


def test_without_smile_and_pucker_there_is_no_synkinesis_and_no_total():
    scale = scored(evidence(without=[E.SMILE_OPEN, E.PUCKER]))
    assert scale.synkinesis is None
    assert scale.total is None
    assert "big smile or a pucker" in item(scale, "synkinesis_ocular").reason


def test_without_a_healthy_side_only_closure_is_scored():
    scale = scored(evidence(one_sided=False))
    for found in scale.items:
        if found.name in ("dynamic_gentle", "dynamic_full"):
            assert found.value == 100
        else:
            assert found.value is None, found.name
            assert found.reason, found.name
    assert scale.total is None


def test_a_face_not_seen_at_rest_has_no_static_items():
    nan = (np.nan, np.nan)
    scale = scored(evidence(resting={"brow_height": nan, "commissure_position": nan, "palpebral_fissure_height": nan}))
    for name in STATIC:
        assert item(scale, name).value is None
        assert "not seen" in item(scale, name).reason
    assert scale.static is None


def test_weaker_movement_or_closure_never_gives_a_better_score():
    totals = []
    for part in np.linspace(1, 0, 11):
        moved = {e: (part * mm, mm) for e, (_, mm) in FULL_MM.items()}
        face = evidence(moved=moved, gaps={E.EYES_GENTLE: 10 - 10 * part, E.EYES_TIGHT: 10 - 10 * part})
        totals.append(scored(face).total)
    assert totals == sorted(totals, reverse=True)
    assert totals[0] - totals[-1] == pytest.approx(50)
    ocular = [scored(evidence(), {E.SMILE_OPEN: (mm, 1.0)}).total for mm in (1.0, 3.0, 6.0, 9.0)]
    assert ocular == sorted(ocular, reverse=True)
    assert ocular[0] > ocular[-1]


def test_left_and_right_are_scored_alike():
    def crooked(side: Side):
        face = evidence(
            side,
            resting={
                "brow_height": (20.0, 24.0),
                "palpebral_fissure_height": (12.0, 9.0),
                "smile_angle": (97.0, 110.0),
            },
            moved={E.BROW_RAISE: (4.0, 9.0), E.EYES_TIGHT: (7.0, 10.0)},
            gaps={E.EYES_TIGHT: 3.0},
        )
        return scored(face, {E.SMILE_OPEN: (4.0, 1.5)})

    right, left = (crooked(side) for side in SIDES)
    assert right == left
    assert right.total < 90
