"""Automatic and corrected segments stand beside each other, performance by performance."""

from core.exam.protocol import Expression as E
from core.exam.segments import Segment
from pages.components.segment_versions import version_rows


def segment(expression, start, end):
    return Segment(expression=expression, start_s=start, end_s=end)


def test_performances_stand_in_one_row_in_time_order():
    found = [segment(E.SMILE_OPEN, 10, 13), segment(E.BROW_RAISE, 3, 6)]
    corrected = [segment(E.BROW_RAISE, 3.5, 6), segment(E.SMILE_OPEN, 10, 12.25)]
    assert version_rows([("found", found), ("corrected", corrected)]) == [
        {"Movement": E.BROW_RAISE.label, "found": "3.00 to 6.00", "corrected": "3.50 to 6.00"},
        {"Movement": E.SMILE_OPEN.label, "found": "10.00 to 13.00", "corrected": "10.00 to 12.25"},
    ]


def test_a_performance_that_one_version_lacks_has_a_dash_and_repetitions_are_numbered():
    found = [segment(E.SNARL, 1, 2)]
    corrected = [segment(E.SNARL, 1, 2), segment(E.SNARL, 4, 5)]
    assert version_rows([("found", found), ("corrected", corrected)]) == [
        {"Movement": f"{E.SNARL.label}, 1", "found": "1.00 to 2.00", "corrected": "1.00 to 2.00"},
        {"Movement": f"{E.SNARL.label}, 2", "found": "–", "corrected": "4.00 to 5.00"},
    ]


def test_no_versions_give_no_rows():
    assert version_rows([]) == []
