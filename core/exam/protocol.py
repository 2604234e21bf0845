"""The standard expressions, their prompts and the branches that they test (reference A2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.words import Branch


class Expression(StrEnum):
    """Ids of reference A2, used in segment files, results and charts."""

    REST = "rest"
    BROW_RAISE = "brow_raise"
    EYES_GENTLE = "eyes_gentle"
    EYES_TIGHT = "eyes_tight"
    SNARL = "snarl"
    SMILE_CLOSED = "smile_closed"
    SMILE_OPEN = "smile_open"
    PUCKER = "pucker"
    EEE = "eee"
    PLATYSMA = "platysma"
    CHEEK_PUFF = "cheek_puff"
    BLINK_VOLUNTARY = "blink_voluntary"
    FROWN = "frown"
    SPEECH = "speech"

    @property
    def spec(self) -> ExpressionSpec:
        return EXPRESSIONS[self]

    @property
    def label(self) -> str:
        return EXPRESSIONS[self].label


@dataclass(frozen=True)
class ExpressionSpec:
    """One row of the protocol table.

    Attributes:
        label: short name for charts and buttons.
        prompt: spoken instruction.
        hold_s: seconds to hold.
        repetitions: how often.
        branches: branches whose voluntary movement it tests, the main one first.
        watch: where to look for synkinesis, in words.
        core: part of the nine standard expressions.
    """

    label: str
    prompt: str
    hold_s: float
    repetitions: int
    branches: tuple[Branch, ...]
    watch: str
    core: bool = True


_T, _Z, _B = Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL
_M, _C = Branch.MARGINAL_MANDIBULAR, Branch.CERVICAL

EXPRESSIONS: dict[Expression, ExpressionSpec] = {
    Expression.REST: ExpressionSpec(
        "Rest",
        "Look straight at the camera. Let your face go loose, lips lightly together. Blink as you like.",
        8.0, 1, (), "",
    ),
    Expression.BROW_RAISE: ExpressionSpec(
        "Raise the brows",
        "Raise your eyebrows as high as you can, as if surprised. Keep your chin still. Hold. And relax.",
        3.0, 3, (_T,), "eye, mouth corner, chin",
    ),
    Expression.EYES_GENTLE: ExpressionSpec(
        "Close the eyes gently",
        "Close your eyes softly, as if falling asleep. Hold. And open.",
        3.0, 3, (_Z,), "mouth corner, chin, neck",
    ),
    Expression.EYES_TIGHT: ExpressionSpec(
        "Close the eyes tightly",
        "Squeeze your eyes shut as hard as you can. Hold. And open.",
        3.0, 3, (_Z, _T), "mouth corner, neck",
    ),
    Expression.SNARL: ExpressionSpec(
        "Wrinkle the nose",
        "Wrinkle your nose, as if something smells bad, and lift your upper lip. Hold. And relax.",
        3.0, 3, (_B,), "eye",
    ),
    Expression.SMILE_CLOSED: ExpressionSpec(
        "Smile, lips together",
        "Smile gently with your lips together. Hold. And relax.",
        3.0, 3, (_B,), "eye, neck",
    ),
    Expression.SMILE_OPEN: ExpressionSpec(
        "Big smile with teeth",
        "Give your biggest smile and show your teeth. Hold. And relax.",
        3.0, 3, (_B, _M), "eye, brow, neck",
    ),
    Expression.PUCKER: ExpressionSpec(
        "Pucker the lips",
        "Push your lips forward as if to whistle, and say ooo. Hold. And relax.",
        3.0, 3, (_B, _M), "eye, chin",
    ),
    Expression.EEE: ExpressionSpec(
        "Say eee, bottom teeth",
        "Say a long eee and show your bottom teeth. Hold. And relax.",
        3.0, 3, (_M,), "eye, neck",
    ),
    Expression.PLATYSMA: ExpressionSpec(
        "Tighten the neck",
        "Clench your teeth and pull the corners of your mouth down, so the skin of your neck tightens. Hold. And relax.",
        3.0, 2, (_C, _M), "eye", core=False,
    ),
    Expression.CHEEK_PUFF: ExpressionSpec(
        "Blow up the cheeks",
        "Close your lips and blow up your cheeks. Hold. And relax.",
        3.0, 2, (_B,), "eye", core=False,
    ),
    Expression.BLINK_VOLUNTARY: ExpressionSpec(
        "Blink five times",
        "Blink firmly five times, about once a second.",
        5.0, 1, (_Z,), "mouth corner", core=False,
    ),
    Expression.FROWN: ExpressionSpec(
        "Frown",
        "Pull your eyebrows together, as if angry. Hold. And relax.",
        3.0, 2, (_T, _Z), "", core=False,
    ),
    Expression.SPEECH: ExpressionSpec(
        "Count aloud",
        "Count aloud from one to five.",
        6.0, 1, (), "", core=False,
    ),
}  # fmt: skip

MOVEMENTS: tuple[Expression, ...] = tuple(e for e in Expression if e not in (Expression.REST, Expression.SPEECH))
CORE_PROTOCOL: tuple[Expression, ...] = tuple(e for e in Expression if EXPRESSIONS[e].core)
SUNNYBROOK_PROTOCOL: tuple[Expression, ...] = (
    Expression.REST, Expression.BROW_RAISE, Expression.EYES_GENTLE,
    Expression.SMILE_OPEN, Expression.SNARL, Expression.PUCKER,
)  # fmt: skip
