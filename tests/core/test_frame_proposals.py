"""Frames worth correcting: doubt first, each with its reason, spread in time, never a picture without a face."""

import dataclasses

import numpy as np
import pytest

from core.face.ibug68 import interocular_px
from core.face.landmarks import IBUG68, MESH478_OF_IBUG68
from core.frame_proposals import ProposalKind, nearest_frame, propose_frames
from core.tracking import TrackerInfo
from tests.exam_samples import short_exam


@pytest.fixture
def exam():
    return short_exam()


def with_uncertainty(track, peaks, points=slice(None)):
    """0.2 px everywhere, and so much in pixels at some pictures (and landmarks)."""
    uncertainty = np.full(track.points.shape[:2], 0.2, np.float32)
    for index, pixels in peaks.items():
        uncertainty[index, points] = pixels
    return dataclasses.replace(track, uncertainty=uncertainty)


def as_other_tracker(track, moved):
    """The 68 points of a track, by another name, moved to the right by so many pixels at some pictures."""
    points = track.points[:, list(MESH478_OF_IBUG68)].copy()
    for index, pixels in moved.items():
        points[index, :, 0] += pixels
    return dataclasses.replace(
        track, points=points, scheme=IBUG68, uncertainty=None, tracker=TrackerInfo("other", "1", "0" * 64)
    )


def test_key_pictures_have_the_name_of_their_movement(exam):
    proposals = propose_frames(exam.track, exam.result)
    named = [expression.label for expression, e in exam.result.expressions.items() if e.key_frame_s is not None]
    assert [p.reason for p in proposals] == [f"Key picture of: {name}" for name in named]
    assert len(named) == 2
    for proposal in proposals:
        assert proposal.kind is ProposalKind.KEY
        assert exam.track.times[proposal.index] == proposal.time_s


def test_an_even_uncertainty_is_no_reason(exam):
    track = with_uncertainty(exam.track, {})
    assert all(p.kind is ProposalKind.KEY for p in propose_frames(track, exam.result))


def test_the_most_uncertain_comes_first_with_the_place_and_the_size(exam):
    lids = [MESH478_OF_IBUG68[point] for point in range(36, 48)]
    track = with_uncertainty(exam.track, {30: 1.0, 31: 0.9, 200: 4.0}, lids)
    proposals = propose_frames(track, exam.result)
    doubted = [p for p in proposals if p.kind is ProposalKind.UNCERTAINTY]
    assert [p.index for p in doubted] == [200, 30]  # 31 is the neighbour of 30
    size = interocular_px(track.points[200, list(MESH478_OF_IBUG68), :2].astype(float))
    percent = 100 * (0.2 * 56 + 4.0 * 12) / 68 / size
    assert doubted[0].reason == f"Uncertainty {percent:.1f} % of the eye distance, most at the lids"
    assert proposals[: len(doubted)] == doubted


def test_other_trackers_are_compared_on_the_same_pictures(exam):
    other = as_other_tracker(exam.track, {100: 6.0})
    proposals = propose_frames(with_uncertainty(exam.track, {20: 5.0}), exam.result, [other])
    assert [(p.kind, p.index) for p in proposals[:2]] == [
        (ProposalKind.DISAGREEMENT, 100),
        (ProposalKind.UNCERTAINTY, 20),
    ]
    size = interocular_px(exam.track.points[100, list(MESH478_OF_IBUG68), :2].astype(float))
    assert f"lie {600 / size:.1f} % of the eye distance apart" in proposals[0].reason
    assert "synthetic and other" in proposals[0].reason


def test_pictures_that_only_one_tracker_has_are_not_compared(exam):
    other = as_other_tracker(exam.track, {100: 6.0})
    few = slice(None, None, 10)
    other = dataclasses.replace(other, times=other.times[few] + 0.01, points=other.points[few], pose=other.pose[few])
    assert all(p.kind is ProposalKind.KEY for p in propose_frames(exam.track, exam.result, [other]))


def test_no_more_than_four_of_a_kind_and_not_all_from_one_moment(exam):
    peaks = {index: 2.0 + index / 1000 for index in range(0, len(exam.track.times), 3)}
    proposals = propose_frames(with_uncertainty(exam.track, dict.fromkeys(range(40), 9.0) | peaks), exam.result)
    times = sorted(p.time_s for p in proposals if p.kind is ProposalKind.UNCERTAINTY)
    assert len(times) == 4
    assert min(np.diff(times)) >= 0.3


def test_a_doubtful_key_picture_is_offered_once(exam):
    key = next(e.key_frame_s for e in exam.result.expressions.values() if e.key_frame_s is not None)
    index = nearest_frame(exam.track.times, exam.track.found, key)
    proposals = propose_frames(with_uncertainty(exam.track, {index: 3.0}), exam.result)
    assert [p.index for p in proposals].count(index) == 1
    assert proposals[0].kind is ProposalKind.UNCERTAINTY


def test_pictures_without_a_face_are_never_proposed(exam):
    points = exam.track.points.copy()
    points[:] = np.nan
    assert propose_frames(dataclasses.replace(exam.track, points=points), exam.result) == []
    keys = [e.key_frame_s for e in exam.result.expressions.values() if e.key_frame_s is not None]
    lost = [nearest_frame(exam.track.times, exam.track.found, key) for key in keys]
    points = exam.track.points.copy()
    points[lost] = np.nan
    proposals = propose_frames(dataclasses.replace(exam.track, points=points), exam.result)
    assert len(proposals) == len(keys)
    assert not {p.index for p in proposals} & set(lost)
