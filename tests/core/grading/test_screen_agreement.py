"""The rule of reference E4: the screen and the measured synkinesis contradict each other, or they do not."""

import pytest

from core.grading.screen_agreement import Agreement, compared, screen_agreement, strongest_synkinesis
from core.result import Screening
from core.words import Branch
from tests.exam_samples import still_exam, synkinetic_exam


def screening(verdict, probability=0.5):
    return Screening(
        verdict=verdict,
        probability=None if verdict == "not_assessable" else probability,
        threshold=0.6,
        unsure_from=0.3,
        model="test",
        weights_sha256="",
        per_image=[],
        reason="The head was turned." if verdict == "not_assessable" else None,
    )


@pytest.mark.parametrize(
    ("verdict", "strongest", "expected", "review"),
    [
        ("flagged", 19.9, Agreement.SCREEN_ONLY, True),
        ("flagged", 20.0, Agreement.BOTH_FOUND, False),
        ("flagged", 0.0, Agreement.SCREEN_ONLY, True),
        ("not_flagged", 20.0, Agreement.MEASURED_ONLY, True),
        ("not_flagged", 19.9, Agreement.NEITHER_FOUND, False),
        ("not_flagged", 100.0, Agreement.MEASURED_ONLY, True),
        ("unsure", 0.0, Agreement.SCREEN_UNSURE, False),
        ("unsure", 90.0, Agreement.SCREEN_UNSURE, False),
        ("not_assessable", 90.0, Agreement.NOT_COMPARED, False),
        ("flagged", None, Agreement.NOT_COMPARED, False),
        (None, 90.0, Agreement.NOT_COMPARED, False),
    ],
)
def test_rule(verdict, strongest, expected, review):
    found = compared(None if verdict is None else screening(verdict), strongest)
    assert found is expected
    assert found.needs_review is review


def test_the_greatest_score_of_all_branches_on_both_sides_counts():
    result = synkinetic_exam().result
    assert strongest_synkinesis(result.branches) == result.branches[Branch.ZYGOMATIC].right.synkinesis > 20
    assert strongest_synkinesis(still_exam().result.branches) is None
    assert strongest_synkinesis({}) is None


def test_of_an_examination():
    result = synkinetic_exam().result
    assert screen_agreement(result) is Agreement.NOT_COMPARED  # an analysis from before there was a screen
    told = result.model_copy(update={"screening": screening("not_flagged")})
    assert screen_agreement(told) is Agreement.MEASURED_ONLY
