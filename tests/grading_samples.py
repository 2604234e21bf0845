"""Hand-made evidence for the clinical scales: every number that a scale reads is written down, nothing is measured.

Values come in pairs (scored side, other side), so that one test can be read for either side of the face.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from core.exam.protocol import Expression as E
from core.exam.segments import Segment
from core.grading.evidence import ScaleEvidence
from core.grading.resting import RestingFace
from core.measures.curves import Curves
from core.measures.dynamic import SideMovement
from core.measures.movement import MOVEMENT_SPECS, ExpressionMeasurement, RepetitionMeasurement
from core.result import SynkinesisEntry
from core.words import SIDES, Branch, Side

OwnOther = tuple[float, float]

RATE_HZ, SLOT_S, REST_S = 60, 4.0, 2.0
TIMES_S = np.arange(int(len(E) * SLOT_S * RATE_HZ)) / RATE_HZ
NEVER = np.zeros(len(TIMES_S), dtype=bool)

FULL_MM: dict[E, OwnOther] = {
    E.BROW_RAISE: (10.0, 10.0),
    E.EYES_GENTLE: (10.0, 10.0),
    E.EYES_TIGHT: (10.0, 10.0),
    E.SNARL: (5.0, 5.0),
    E.SMILE_CLOSED: (6.0, 6.0),
    E.SMILE_OPEN: (10.0, 10.0),
    E.PUCKER: (6.0, 6.0),
    E.EEE: (5.0, 5.0),
}
AT_REST: dict[str, OwnOther] = {
    "brow_height": (24.0, 24.0),
    "brow_height_canthal": (20.0, 20.0),
    "palpebral_fissure_height": (10.0, 10.0),
    "palpebral_fissure_width": (28.0, 28.0),
    "corner_height": (-40.0, -40.0),
    "commissure_position": (25.0, 25.0),
    "smile_angle": (110.0, 110.0),
    "lower_lip_position": (-50.0, -50.0),
}

# Reference E4: noise and full amount in millimetres, triggers. The noise of the lower lip is our own, as measured on phantoms.
E4: dict[str, tuple[float, float, Branch, tuple[E, ...]]] = {
    "eye": (0.4, 3.0, Branch.ZYGOMATIC, (E.SMILE_OPEN, E.SMILE_CLOSED, E.PUCKER, E.SNARL, E.EEE, E.BROW_RAISE)),
    "mouth_corner": (0.8, 4.0, Branch.BUCCAL, (E.BROW_RAISE, E.EYES_GENTLE, E.EYES_TIGHT)),
    "brow": (0.5, 3.0, Branch.TEMPORAL, (E.SMILE_OPEN, E.PUCKER, E.EYES_GENTLE)),
    "lower_lip": (1.0, 3.0, Branch.MARGINAL_MANDIBULAR, (E.BROW_RAISE, E.EYES_GENTLE, E.SMILE_OPEN)),
    "neck": (1.0, 3.0, Branch.CERVICAL, (E.SMILE_OPEN, E.EYES_TIGHT, E.PUCKER)),
}


def on_side(side: Side, pair: OwnOther) -> dict[Side, float]:
    """(scored side, other side) by side of the face."""
    return {side: pair[0], side.opposite: pair[1]}


def columns(side: Side, pair: OwnOther) -> np.ndarray:
    """(2,) right and left."""
    return np.array([on_side(side, pair)[s] for s in SIDES])


def resting_at(side: Side = Side.RIGHT, **changed: OwnOther) -> RestingFace:
    """An even face at rest, apart from what is given."""
    values = {name: columns(side, pair) for name, pair in (AT_REST | changed).items()}
    return RestingFace(values, {"philtrum_deviation": 0.0}, dict.fromkeys((*values, "philtrum_deviation"), "mm"))


def slot(expression: E) -> tuple[np.ndarray, np.ndarray]:
    """Rest and hold of one expression on the common time axis: two seconds each."""
    start = list(E).index(expression) * SLOT_S
    since = TIMES_S - start
    return (since >= 0) & (since < REST_S), (since >= REST_S) & (since < SLOT_S)


def measured(
    expression: E, side: Side, moved_mm: OwnOther, *, rest_mm: OwnOther = (10.0, 10.0), reason: str | None = None
) -> ExpressionMeasurement:
    """One repetition whose peak excursions are given."""
    rest, hold = slot(expression)
    peaks = on_side(side, moved_mm)
    excursion = np.where(hold[:, None], columns(side, moved_mm), np.nan)
    repetition = RepetitionMeasurement(
        segment=Segment(expression=expression, start_s=TIMES_S[hold][0], end_s=TIMES_S[hold][-1]),
        window=hold,
        baseline=rest,
        hold=hold,
        excursion=excursion,
        baseline_mm=on_side(side, rest_mm),
        noise_mm=dict.fromkeys(SIDES, 0.1),
        sides={s: SideMovement(peak_mm=peaks[s]) for s in SIDES},
        corner_mm={s: np.zeros(2) for s in SIDES},
        hold_s=(float(TIMES_S[hold][0]), float(TIMES_S[hold][-1])),
        key_frame_s=float(TIMES_S[hold][0]),
        reason=reason,
    )
    return ExpressionMeasurement(expression, MOVEMENT_SPECS[expression], (repetition,))


def stepped(side: Side = Side.RIGHT, **steps: Mapping[E, OwnOther]) -> Curves:
    """Curves that jump in the hold of an expression by the given millimetres and are still otherwise."""
    values = {name: np.tile(columns(side, AT_REST.get(name, (30.0, 30.0))), (len(TIMES_S), 1)) for name in steps}
    for name, changes in steps.items():
        for expression, pair in changes.items():
            values[name][slot(expression)[1]] += columns(side, pair)
    return Curves(TIMES_S, values, dict.fromkeys(values, "mm"))


def unwanted(
    region: str, trigger: E, beyond_mm: float, other_mm: float = 0.0, side: Side = Side.RIGHT
) -> SynkinesisEntry:
    """An unwanted movement of ``beyond_mm`` more than counts as normal, scored by the formula of reference E4."""
    noise, full, branch, _ = E4[region]
    score = 100 * min(max((beyond_mm - noise) / (full - noise), 0.0), 1.0)
    return SynkinesisEntry(
        region=region,
        branch=branch,
        trigger=trigger,
        side=side,
        unwanted_mm=other_mm + beyond_mm,
        other_side_mm=other_mm,
        score=score,
        pattern="Oral-ocular",
    )


def quiet(side: Side = Side.RIGHT) -> list[SynkinesisEntry]:
    """Every region watched in every one of its triggers, and nothing seen."""
    return [unwanted(region, trigger, 0.0, side=side) for region, row in E4.items() for trigger in row[3]]


def evidence(
    side: Side = Side.RIGHT,
    *,
    function: Mapping[E, float | None] | None = None,
    moved: Mapping[E, OwnOther] | None = None,
    resting: Mapping[str, OwnOther] | None = None,
    gaps: Mapping[E, float | None] | None = None,
    synkinesis: Iterable[SynkinesisEntry] = (),
    one_sided: bool = True,
    without: Iterable[E] = (),
) -> ScaleEvidence:
    """A healthy face with every standard movement, apart from what is given.

    Args:
        function: v of reference E3 by movement.
        moved: excursions in millimetres.
        resting: static measures.
        gaps: left when closing the eyes, mm.
        synkinesis: in place of the same region and trigger without movement; ``quiet`` fills the rest.
        without: movements that were not recorded.
    """
    excursions = FULL_MM | dict(moved or {})
    missing = set(without)
    loud = list(synkinesis)
    known = {(entry.region, entry.trigger) for entry in loud}
    entries = [e for e in quiet(side) if (e.region, e.trigger) not in known] + loud
    functions: dict[E, float | None] = dict.fromkeys(excursions, 1.0) | dict(function or {})
    residual = {E.EYES_GENTLE: 0.0, E.EYES_TIGHT: 0.0} | dict(gaps or {})
    return ScaleEvidence(
        side=side,
        one_sided=one_sided,
        resting=resting_at(side, **dict(resting or {})),
        measurements={e: measured(e, side, pair) for e, pair in excursions.items() if e not in missing},
        function={e: v for e, v in functions.items() if e not in missing},
        reasons={},
        residual_gap_mm={e: gap for e, gap in residual.items() if e not in missing},
        synkinesis=[entry for entry in entries if entry.trigger not in missing],
    )


def items_of(scale: object) -> dict[str, float | None]:
    """Name of every item of a scale with its value."""
    return {item.name: item.value for item in scale.items}  # type: ignore[attr-defined]
