"""Segments proposed from motion alone: found between rests, named by what moved, one-sided ones as well."""

from itertools import pairwise

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.exam.segmentation import PATTERNS, _named, propose_segments
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


def test_small_movements_of_both_sides_are_found_when_there_are_no_clear_ones():
    """Severe palsy of both sides: nothing reaches a clear movement, and yet the examination is there."""
    track, truth = synthetic_track(palsy(0.78, 0.74), noise_px=0.1)
    found = _proposed(track)
    assert len(found) >= len(truth) - 1
    for proposal in found:
        assert any(abs(proposal.start_s - s.start_s) < 0.8 and abs(proposal.end_s - s.end_s) < 0.8 for s in truth)


_ALIKE = {E.SNARL: 0.80, E.EEE: 0.88}


class TestNames:
    """Names of a whole sequence; likeness is the cosine of each movement to each pattern."""

    def test_the_protocol_decides_between_movements_that_look_alike(self):
        after_closure = [{E.EYES_TIGHT: 0.9, E.PUCKER: 0.2}, _ALIKE]
        assert [name for name, _ in _named(_complete(after_closure))] == [E.EYES_TIGHT, E.SNARL]
        after_pucker = [{E.EYES_TIGHT: 0.2, E.PUCKER: 0.9}, _ALIKE]
        assert [name for name, _ in _named(_complete(after_pucker))] == [E.PUCKER, E.EEE]

    def test_what_comes_next_decides_as_well(self):
        assert [n for n, _ in _named(_complete([_ALIKE, {E.SMILE_CLOSED: 0.9}]))] == [E.SNARL, E.SMILE_CLOSED]

    def test_a_clear_movement_keeps_its_name_in_any_order(self):
        order = [E.EEE, E.PUCKER, E.SNARL, E.BROW_RAISE, E.EYES_GENTLE]
        clear = [{expression: 0.95 if expression is done else 0.6 for expression in PATTERNS} for done in order]
        assert [name for name, _ in _named(clear)] == order

    def test_confidence_comes_from_likeness_alone(self):
        (_, sure), (_, doubtful) = _named(_complete([{E.EYES_TIGHT: 0.9, E.PUCKER: 0.2}, _ALIKE]))
        assert sure == pytest.approx(0.9)
        assert doubtful == pytest.approx(0.80 * (0.5 - 2 * 0.08), abs=0.005)

    def test_no_movement_has_no_name(self):
        assert _named([]) == []


def _complete(likeness):
    return [{**dict.fromkeys(PATTERNS, 0.0), **scores} for scores in likeness]
