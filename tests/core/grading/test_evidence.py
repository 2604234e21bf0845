"""What the scales are estimated from: why something is missing is told in one sentence, and rest needs a healthy side."""

from dataclasses import replace

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.grading.eface_style import eface_style
from core.grading.evidence import NO_FOLD_REASON
from core.grading.fngs2 import fngs2
from core.grading.house_brackmann import house_brackmann
from core.grading.sunnybrook import sunnybrook
from core.words import SIDES
from tests.grading_samples import FULL_MM, NEVER, evidence, stepped


def test_a_known_reason_goes_before_not_recorded():
    face = replace(evidence(), reasons={E.SNARL: "The head was turned."})
    assert face.reason(E.SNARL) == "The head was turned."
    assert face.reason(E.PUCKER) == "“Pucker the lips” was not recorded."


@pytest.mark.parametrize("side", SIDES)
def test_resting_differences_are_scored_side_minus_other_side(side):
    face = evidence(side, resting={"corner_height": (-43.0, -40.0)})
    assert face.resting_difference("corner_height") == pytest.approx(-3)


def test_without_a_healthy_side_there_is_no_resting_difference():
    face = evidence(resting={"corner_height": (-43.0, -40.0)}, one_sided=False)
    assert face.resting_difference("corner_height") is None
    assert "healthy side" in face.rest_reason
    unseen = evidence(resting={"corner_height": (np.nan, -40.0)})
    assert unseen.resting_difference("corner_height") is None
    assert "not seen" in unseen.rest_reason


@pytest.mark.parametrize(
    ("tight_mm", "gentle_mm", "effort_mm"), [(3.0, 2.0, 2.0), (2.0, 3.0, 2.0), (2.0, None, 2.0), (None, 2.0, None)]
)
def test_the_gap_at_full_effort_is_that_of_the_better_closure(tight_mm, gentle_mm, effort_mm):
    """Squeezed lids look open to a tracker; but without a tight closure nobody knows what effort would do."""
    face = evidence(gaps={E.EYES_TIGHT: tight_mm, E.EYES_GENTLE: gentle_mm})
    assert face.gap_at_full_effort() == effort_mm


def test_no_scale_makes_anything_of_nothing():
    """Without one movement and without a rest, every scale is empty and says why."""
    nan = (np.nan, np.nan)
    resting = dict.fromkeys(evidence().resting.values, nan)
    face = evidence(without=FULL_MM, resting=resting)
    curves = stepped(corner_lateral={}, palpebral_fissure_height={})
    for scale in (sunnybrook(face), fngs2(face), eface_style(face, curves, NEVER)):
        assert scale.total is None
        assert scale.reason
        for item in scale.items:
            assert item.value is None, item.name
            assert item.reason, item.name
    grade = house_brackmann(face, curves)
    assert grade.grade is None
    assert grade.reason


def test_the_fold_is_left_to_the_eye_of_the_clinician():
    assert "set it by eye" in NO_FOLD_REASON
