"""Segments proposed from motion alone: found between rests, named by what moved, one-sided ones as well."""

from itertools import pairwise

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.exam.segmentation import propose_segments
from core.exam.segments import SegmentSource
from core.face.millimetres import face_millimetres
from core.measures.curves import measure_curves
from core.words import Side
from tests.synthetic import palsy, region_move, synthetic_track


def _proposed(track):
    return propose_segments(
        measure_curves(face_millimetres(track.times, track.points, np.ones(len(track.times), bool)))
    )


@pytest.mark.parametrize("right", [0.0, 0.6, 1.0], ids=["healthy", "weak right", "paralysed right"])
def test_movements_are_found_and_named(right):
    track, truth = synthetic_track(palsy(right), noise_px=0.15, sway_deg=1.0)
    found = _proposed(track)
    assert len(found) == len(truth)
    for proposal, segment in zip(found, truth, strict=True):
        assert proposal.start_s == pytest.approx(segment.start_s, abs=0.6)
        assert proposal.end_s == pytest.approx(segment.end_s, abs=0.6)
        assert proposal.source is SegmentSource.PROPOSED
        assert 0 <= proposal.confidence <= 1
    names = [segment.expression for segment in found]
    wanted = [segment.expression for segment in truth]
    # The synthetic face closes its eyes gently and tightly in the same way, and smiles without opening the lips.
    same = {E.EYES_TIGHT: E.EYES_GENTLE, E.SMILE_CLOSED: E.SMILE_OPEN}
    assert [same.get(n, n) for n in names] == [same.get(w, w) for w in wanted]


def test_a_still_face_proposes_nothing():
    track, _ = synthetic_track([], noise_px=0.15)
    assert _proposed(track) == []


def test_proposals_never_overlap():
    track, _ = synthetic_track(palsy(0.3), noise_px=0.3)
    found = _proposed(track)
    for before, after in pairwise(found):
        assert before.end_s <= after.start_s


def test_a_small_twitch_is_no_movement():
    track, _ = synthetic_track([region_move(E.BROW_RAISE, {Side.RIGHT: 1.0, Side.LEFT: 1.0}, "brow_upper", (0, 1, 0))])
    assert _proposed(track) == []
