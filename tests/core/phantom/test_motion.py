"""The script and the moving face: timing, blinks, exact attenuation, synkinesis where it belongs, determinism."""

import numpy as np
import pytest

from core.exam.protocol import CORE_PROTOCOL
from core.exam.protocol import Expression as E
from core.exam.segments import SegmentSource
from core.exam.timeline import timeline
from core.face.landmarks import MESH478, mesh_regions
from core.grading.synkinesis import REGION_SPECS, Region
from core.measures import static
from core.phantom.condition import Condition, Synkinesis, flaccid, healthy, single_branch, synkinetic
from core.phantom.exam import Cue, ExamScript, custom_script, short_script, standard_script
from core.phantom.lids import open_fissure_mm
from core.phantom.motion import natural_amplitudes, simulate
from core.phantom.muscle_table import Muscle
from core.phantom.muscles import MUSCLE_INDEX
from core.phantom.portrait import Crease
from core.phantom.recruitment import VOLUNTARY
from core.phantom.signals import minimum_jerk
from core.words import BRANCHES, SIDES, Branch, Side
from tests.synthetic import neutral_face

R, L = Side.RIGHT, Side.LEFT
NO_SIGNS = frozenset()


def even(condition):
    """The same condition in a person of two equal halves and without resting signs: what is left is exact."""
    return Condition(condition.name, condition.attenuation, condition.synkinesis, NO_SIGNS, natural_asymmetry=0.0)


def held(condition, expression, face=None):
    """(478, 3) change from rest to the middle of the hold of one movement, without head movement."""
    script = ExamScript((Cue(expression, 0.5),), (), 5.0)
    motion = simulate(neutral_face() if face is None else face, condition, script, sway=0.0, seed=3)
    shape = motion.shape_mm.astype(float)
    middle = np.argmin(np.abs(motion.times - (script.cues[0].onset_s + 0.65 + 1.1)))
    return shape[middle] - shape[0], shape[middle]


# ------------------------------------------------------------------------------------------------------------- script


def test_standard_script_holds_the_core_protocol():
    script = standard_script(repetitions=2, seed=4)
    assert [cue.expression for cue in script.cues[::2]] == [e for e in CORE_PROTOCOL if e is not E.REST]
    assert [cue.expression for cue in script.cues[1::2]] == [cue.expression for cue in script.cues[::2]]
    for cue in script.cues:
        assert 0.5 <= cue.rise_s <= 0.8
        assert 2.0 <= cue.hold_s <= 3.0
    assert script.cues[0].start_s >= 3.0
    gaps = [after.start_s - before.end_s for before, after in zip(script.cues, script.cues[1:], strict=False)]
    assert min(gaps) >= 2.0


def test_short_script_fits_a_test():
    script = short_script(1)
    assert 20 <= script.duration_s <= 25
    assert {cue.expression for cue in script.cues} == set(CORE_PROTOCOL) - {E.REST}


def test_segments_cover_the_movements():
    script = standard_script(seed=2)
    motion = simulate(neutral_face(), flaccid(R, 0.5), script, sway=0.0)
    movements = [s for s in motion.segments if s.expression is not E.REST]
    assert [s.expression for s in movements] == [cue.expression for cue in script.cues]
    assert all(s.source is SegmentSource.CUE for s in motion.segments)
    at_rest = motion.segments[0]
    assert at_rest.expression is E.REST
    assert at_rest.end_s == movements[0].start_s
    # Outside the segments nothing moves but the blinking lids.
    time_s = timeline(motion.times, motion.segments)
    outside = ~np.any([time_s.within(s.start_s, s.end_s) for s in movements], axis=0)
    lids = {p for side in SIDES for p in mesh_regions(side).eye_contour}
    watched = [61, 291, 105, 334, 17, 129, 152]
    assert not lids & set(watched)
    drift = np.abs(motion.shape_mm[outside][:, watched] - motion.shape_mm[0, watched])
    assert drift.max() < 1e-3


def test_overlapping_cues_are_refused():
    with pytest.raises(ValueError, match="cues must follow"):
        ExamScript((Cue(E.SNARL, 1.0), Cue(E.PUCKER, 2.0)), (), 10.0)
    with pytest.raises(ValueError, match="duration_s"):
        ExamScript((Cue(E.SNARL, 1.0),), (), 2.0)


def test_custom_script_takes_any_movement():
    script = custom_script([E.PLATYSMA, E.REST, E.BLINK_VOLUNTARY, E.CHEEK_PUFF, E.FROWN, E.SPEECH], seed=1)
    assert len(script.cues) == 5
    assert simulate(neutral_face(), healthy(), script, fps=10).shape_mm.shape[1:] == (478, 3)


def test_blinks_lie_in_the_rests():
    script = standard_script(repetitions=2, seed=6)
    assert len(script.blinks) >= 8
    for blink in script.blinks:
        assert 0.1 <= blink.closing_s <= 0.2
        for cue in script.cues:
            assert blink.start_s > cue.end_s + 1.0 or blink.start_s + blink.closing_s + blink.opening_s < cue.start_s


def test_minimum_jerk_starts_and_ends_softly():
    part = minimum_jerk(np.linspace(-0.5, 1.5, 201))
    assert (part[:51] == 0).all()
    assert (part[150:] == 1).all()
    assert part[100] == pytest.approx(0.5)
    assert np.diff(part).max() * 100 == pytest.approx(1.875, abs=0.01)


# ------------------------------------------------------------------------------------------------------------- motion


def test_the_same_seed_gives_the_same_motion():
    one, two = (simulate(neutral_face(), synkinetic(R), short_script(3), seed=5, fps=15) for _ in range(2))
    assert np.array_equal(one.shape_mm, two.shape_mm)
    assert np.array_equal(one.pose_deg, two.pose_deg)
    other = simulate(neutral_face(), synkinetic(R), short_script(3), seed=6, fps=15)
    assert not np.array_equal(one.pose_deg, other.pose_deg)


def test_the_two_sides_mirror_each_other():
    right = simulate(neutral_face(), even(flaccid(R, 0.7)), short_script(2), fps=10, sway=0.0)
    left = simulate(neutral_face(), even(flaccid(L, 0.7)), short_script(2), fps=10, sway=0.0)
    moved = [m.shape_mm - m.rest_mm for m in (right, left)]
    assert np.allclose(moved[0], moved[1][:, MESH478.mirror] * [-1, 1, 1], atol=0.05)
    assert np.allclose(right.lid_closure, left.lid_closure[:, ::-1])
    for crease in Crease:
        assert np.allclose(right.creases[crease, R], left.creases[crease, L])


@pytest.mark.parametrize("attenuation", [0.25, 0.5, 1.0])
@pytest.mark.parametrize(
    ("expression", "branch", "measure"),
    [
        (E.BROW_RAISE, Branch.TEMPORAL, static.brow_height_canthal),
        (E.EYES_GENTLE, Branch.ZYGOMATIC, static.palpebral_fissure_height),
        (E.EYES_TIGHT, Branch.ZYGOMATIC, static.palpebral_fissure_height),
        (E.SNARL, Branch.BUCCAL, static.snarl_height),
        (E.SMILE_CLOSED, Branch.BUCCAL, lambda p, s: static.commissure(p, s)[..., 1]),
        (E.PUCKER, Branch.BUCCAL, lambda p, s: static.commissure(p, s)[..., 0]),
        (E.EEE, Branch.MARGINAL_MANDIBULAR, static.lower_lip_height),
        (E.PLATYSMA, Branch.CERVICAL, lambda p, s: p[..., 149 if s is R else MESH478.mirror[149], 1]),
    ],
)
def test_attenuation_is_exact(attenuation, expression, branch, measure):
    """What is left of a movement is 1 - attenuation of the healthy one, up to the drag of the other side (a tenth)."""
    face = neutral_face()
    at_rest = measure(face, R)
    healthy_mm = measure(held(even(healthy()), expression)[1], R) - at_rest
    weak = held(even(single_branch(branch, R, attenuation)), expression)[1]
    assert (measure(weak, R) - at_rest) / healthy_mm == pytest.approx(1 - attenuation, abs=0.08)
    assert (measure(weak, L) - at_rest) / healthy_mm == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_branch_leaves_the_muscles_of_the_others_alone(branch):
    tested = {
        E.BROW_RAISE: (Branch.TEMPORAL, 105),
        E.SMILE_CLOSED: (Branch.BUCCAL, 61),
        E.EYES_GENTLE: (Branch.ZYGOMATIC, 159),
    }
    for expression, (own, point) in tested.items():
        if own is branch:
            continue
        usual, weak = (held(even(c), expression)[0][point] for c in (healthy(), single_branch(branch, R)))
        assert np.linalg.norm(usual - weak) < 0.06 * np.linalg.norm(usual), expression


def test_natural_differences_stay_small_and_personal():
    amplitudes = natural_amplitudes(healthy(person=4))
    assert np.abs(amplitudes - 1).max() <= 0.05
    assert amplitudes[MUSCLE_INDEX[Muscle.FRONTALIS], 0] != amplitudes[MUSCLE_INDEX[Muscle.FRONTALIS], 1]
    assert np.array_equal(amplitudes, natural_amplitudes(flaccid(R, person=4)))
    assert not np.array_equal(amplitudes, natural_amplitudes(healthy(person=5)))


_EVERY_LINK = [(region, trigger) for region, spec in REGION_SPECS.items() for trigger in spec.triggers]


@pytest.mark.parametrize(("region", "trigger"), _EVERY_LINK, ids=lambda value: value.value)
def test_synkinesis_moves_its_region_by_its_millimetres(region, trigger):
    """Strength 1 is the unwanted movement that scores 100 (reference E4), on its side and in its movement only."""
    link = Synkinesis(L, trigger, region, 0.8)
    without, with_link = even(healthy()), even(Condition("link", synkinesis=(link,)))
    extra = held(with_link, trigger)[1] - held(without, trigger)[1]
    face = mesh_regions(L)
    moved = {
        Region.EYE: lambda e: -(e[list(face.fissure_upper), 1] - e[list(face.fissure_lower), 1]).mean(),
        Region.MOUTH_CORNER: lambda e: np.linalg.norm(e[face.corner, :2]),
        Region.BROW: lambda e: e[list(face.brow_middle), 1].mean(),
        Region.LOWER_LIP: lambda e: e[face.lower_lip_lateral, 1],
        Region.NECK: lambda e: np.linalg.norm(e[face.corner, :2]),
    }[region](extra)
    assert moved == pytest.approx(link.unwanted_mm, abs=0.15)
    right = MESH478.mirrored([face.corner, *face.brow_middle, *face.fissure_upper, *face.fissure_lower])
    assert np.linalg.norm(extra[list(right)], axis=1).max() < 0.1 * link.unwanted_mm
    elsewhere = E.CHEEK_PUFF
    assert np.allclose(held(with_link, elsewhere)[1], held(without, elsewhere)[1])


def test_lips_stay_together_in_closed_lip_movements():
    for expression in (E.SMILE_CLOSED, E.PUCKER, E.CHEEK_PUFF, E.EYES_TIGHT, E.BROW_RAISE, E.FROWN):
        shape = held(healthy(), expression)[1]
        for side in SIDES:
            face = mesh_regions(side)
            gap = shape[list(face.upper_lip_inner), 1] - shape[list(face.lower_lip_inner), 1]
            assert np.abs(gap).max() < 0.1, expression


def test_the_open_smile_and_the_snarl_show_teeth():
    smile, snarl = (held(healthy(), e)[1] for e in (E.SMILE_OPEN, E.SNARL))
    assert static.dental_show(smile, R) > 4
    assert static.dental_show(snarl, R) > 1.5
    assert held(healthy(), E.SMILE_OPEN)[0][13, 1] > 0.5  # the upper lip rises off the upper teeth


def test_weak_eyes_blink_incompletely_and_slowly():
    motion = simulate(neutral_face(), flaccid(R, 0.6), standard_script(seed=1), fps=60)
    first = motion.script.blinks[0]
    window = (motion.times >= first.start_s) & (motion.times <= first.start_s + 0.6)
    closed = motion.lid_closure[window] - motion.lid_closure[0]
    assert closed[:, 1].max() > 0.93
    assert closed[:, 0].max() == pytest.approx(0.4 * closed[:, 1].max() * (1 - motion.lid_closure[0, 0]), abs=0.03)
    assert closed[:, 0].argmax() >= closed[:, 1].argmax()


def test_a_weak_side_begins_later_and_ends_with_the_other():
    motion = simulate(neutral_face(), flaccid(R, 0.6), custom_script([E.BROW_RAISE], seed=1), fps=100, sway=0.0)
    rise = np.abs(motion.shape_mm[:, [105, 334], 1] - motion.shape_mm[0, [105, 334], 1])
    started = [motion.times[np.argmax(side > 0.1 * side.max())] for side in rise.T]
    assert started[0] - started[1] == pytest.approx(0.15 * 0.6, abs=0.02)
    assert rise[motion.times > motion.script.cues[0].end_s + 0.02].max() < 0.01


def test_head_sways_within_the_gates():
    motion = simulate(neutral_face(), healthy(), standard_script(3, seed=1), fps=10)
    assert 0.2 < motion.pose_deg.std() < 1.5
    assert np.abs(motion.pose_deg).max() < 3.5
    assert np.abs(motion.translation_mm).max() < 10
    still = simulate(neutral_face(), healthy(), short_script(), fps=10, sway=0.0)
    assert not still.pose_deg.any()


def test_tight_closure_lowers_the_brow_and_lifts_the_cheek():
    change, shape = held(healthy(), E.EYES_TIGHT)
    assert -5 < change[[63, 105, 66], 1].mean() < -3
    assert change[50, 1] > 1.5
    assert open_fissure_mm(shape) == pytest.approx([0, 0], abs=0.05)


def test_folds_deepen_with_their_movement():
    motion = simulate(neutral_face(), healthy(), short_script(1), fps=10)
    deepest = {}
    for crease in (Crease.FOREHEAD, Crease.CROWS_FEET, Crease.NASOLABIAL, Crease.NOSE):
        depth = motion.creases[crease, R]
        when = motion.times[depth.argmax()]
        deepest[crease] = next(c.expression for c in motion.script.cues if c.start_s <= when <= c.end_s)
        assert depth.max() > 0.6
        assert depth.min() >= -1
    assert deepest == {
        Crease.FOREHEAD: E.BROW_RAISE,
        Crease.CROWS_FEET: E.EYES_TIGHT,
        Crease.NASOLABIAL: E.SMILE_OPEN,
        Crease.NOSE: E.SNARL,
    }


def test_the_jaw_opens_in_the_smile_only_a_little():
    motion = simulate(neutral_face(), healthy(), short_script(1), fps=10)
    assert 1.0 < motion.jaw_drop_mm.max() < 4.0
    assert motion.jaw_drop_mm[0] == 0


def test_every_expression_is_in_the_table():
    assert set(VOLUNTARY) == set(E)
    for expression, muscles in VOLUNTARY.items():
        assert muscles or expression is E.REST
