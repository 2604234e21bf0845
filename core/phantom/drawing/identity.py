"""Imaginary people: what distinguishes one drawn face from another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

RGB = tuple[int, int, int]


class HairStyle(StrEnum):
    """Outline and fall of the hair."""

    SHORT = "short"
    CROPPED = "cropped"
    BALDING = "balding"
    BOB = "bob"
    LONG = "long"
    TIED = "tied"
    CURLY = "curly"


@dataclass(frozen=True)
class Identity:
    """Parameters of one imaginary person.

    Attributes:
        name: shown wherever the phantom is named.
        seed: of everything that is random in the drawing.
        shape: weights of the principal components of the shape model, in standard deviations.
        skin: colour of the evenly lit skin.
        hair, brow: colours.
        iris: colour of the iris.
        lip: colour of the lips as a tint over the skin, 0 the skin itself to 1 this colour.
        style: hair style.
        age: years; sets folds, hair thinning is part of the style.
        brow_weight: 0.6 thin to 1.5 bushy.
        brow_shape: above 0 arched, below 0 flat, in millimetres.
        stubble: 0 none to 1 clearly visible.
        freckles: 0 none to 1 many.
        cloth, backdrop: colours.
        fissure_mm: height of the palpebral fissure.
    """

    name: str
    seed: int
    shape: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    skin: RGB = (226, 178, 154)
    hair: RGB = (72, 48, 34)
    brow: RGB = (70, 48, 36)
    iris: RGB = (92, 70, 46)
    lip: RGB = (196, 100, 98)
    style: HairStyle = HairStyle.SHORT
    age: int = 35
    brow_weight: float = 1.0
    brow_shape: float = 0.0
    stubble: float = 0.0
    freckles: float = 0.0
    cloth: RGB = (86, 112, 128)
    backdrop: RGB = (206, 212, 214)
    fissure_mm: float = 9.8

    @property
    def maturity(self) -> float:
        """0 at 25 years or younger to 1 at 75 or older: how deep the folds are at rest."""
        return float(np.clip((self.age - 25) / 50, 0.0, 1.0))


IDENTITIES: tuple[Identity, ...] = (
    Identity(
        "phantom-01", 101, (0.0, 0.5, 0.3, -0.6, 0.8, 0.3), (231, 184, 160), (92, 60, 38), (96, 66, 46), (84, 104, 112),
        (200, 104, 100), HairStyle.BOB, 34, 0.85, 0.8, cloth=(74, 108, 122), backdrop=(205, 214, 216),
    ),
    Identity(
        "phantom-02", 102, (0.5, -1.0, 1.0, 0.6, -0.5, 0.5), (196, 142, 110), (34, 26, 24), (38, 28, 24), (66, 44, 28),
        (168, 92, 84), HairStyle.SHORT, 46, 1.3, -0.4, stubble=0.55, cloth=(58, 70, 92), backdrop=(214, 212, 204),
        fissure_mm=9.5,
    ),
    Identity(
        "phantom-03", 103, (-0.5, 0.3, -0.5, 1.0, -1.0, -0.6), (134, 88, 62), (22, 18, 18), (26, 20, 18), (48, 30, 20),
        (132, 70, 66), HairStyle.TIED, 28, 1.0, 0.6, cloth=(158, 98, 74), backdrop=(208, 208, 202), fissure_mm=10.1,
    ),
    Identity(
        "phantom-04", 104, (0.6, 0.6, 0.6, -1.3, 0.3, 0.8), (233, 190, 170), (186, 184, 180), (150, 142, 134),
        (96, 120, 134), (190, 112, 108), HairStyle.SHORT, 67, 0.9, -0.2, cloth=(104, 96, 112), backdrop=(210, 214, 210),
        fissure_mm=9.0,
    ),
    Identity(
        "phantom-05", 105, (-0.3, -0.6, -0.8, -0.3, 1.0, -0.3), (236, 192, 168), (166, 92, 48), (150, 92, 56),
        (92, 120, 84), (204, 112, 104), HairStyle.LONG, 25, 0.8, 0.7, freckles=0.8, cloth=(96, 122, 98),
        backdrop=(210, 208, 214), fissure_mm=10.2,
    ),
    Identity(
        "phantom-06", 106, (0.3, 1.1, -1.0, 0.5, 0.5, 0.6), (214, 166, 132), (28, 24, 26), (34, 28, 28), (58, 40, 28),
        (184, 98, 92), HairStyle.LONG, 40, 0.9, 0.3, cloth=(120, 72, 88), backdrop=(202, 210, 216), fissure_mm=9.3,
    ),
    Identity(
        "phantom-07", 107, (0.8, -1.4, 0.5, -0.5, -0.8, 0.2), (102, 66, 48), (20, 17, 18), (22, 18, 17), (40, 26, 18),
        (110, 60, 58), HairStyle.CROPPED, 52, 1.25, -0.3, stubble=0.35, cloth=(196, 184, 160), backdrop=(196, 204, 208),
        fissure_mm=9.6,
    ),
    Identity(
        "phantom-08", 108, (-0.6, -0.8, 1.3, 0.8, 0.6, -0.8), (224, 176, 150), (118, 100, 86), (112, 92, 78),
        (74, 88, 96), (182, 104, 98), HairStyle.BALDING, 60, 1.15, -0.5, stubble=0.3, cloth=(66, 92, 84),
        backdrop=(212, 210, 206), fissure_mm=9.2,
    ),
    Identity(
        "phantom-09", 109, (0.2, 0.8, 0.8, 1.1, -0.3, -0.5), (166, 114, 82), (30, 22, 20), (34, 24, 20), (56, 36, 22),
        (154, 80, 76), HairStyle.CURLY, 31, 1.05, 0.5, cloth=(84, 100, 140), backdrop=(214, 210, 200), fissure_mm=10.0,
    ),
)  # fmt: skip

_SKINS: tuple[RGB, ...] = (
    (238, 198, 178), (231, 184, 160), (222, 172, 142), (206, 154, 122), (184, 130, 98), (156, 106, 76), (126, 82, 58), (98, 64, 46),
)  # fmt: skip
_HAIRS: tuple[RGB, ...] = ((28, 24, 24), (54, 38, 30), (92, 62, 40), (150, 108, 66), (176, 172, 168), (140, 78, 46))
_IRISES: tuple[RGB, ...] = ((58, 38, 24), (86, 62, 40), (96, 110, 84), (88, 108, 120))


def random_identity(seed: int) -> Identity:
    """A plausible person that is not in IDENTITIES; the same for the same seed."""
    rng = np.random.default_rng([7, seed])
    tone = int(rng.integers(len(_SKINS)))
    dark = tone >= 4
    hair = _HAIRS[int(rng.integers(2))] if dark else _HAIRS[int(rng.integers(len(_HAIRS)))]
    skin = _SKINS[tone]
    return Identity(
        name=f"phantom-r{seed}",
        seed=1000 + seed,
        shape=tuple(float(w) for w in np.clip(rng.normal(0, 0.6, 6), -1.2, 1.2)),
        skin=skin,
        hair=hair,
        brow=(int(hair[0] * 0.9), int(hair[1] * 0.9), int(hair[2] * 0.9)),
        iris=_IRISES[0] if dark else _IRISES[int(rng.integers(len(_IRISES)))],
        lip=(int(skin[0] * 0.86), int(skin[1] * 0.58), int(skin[2] * 0.64)),
        style=list(HairStyle)[int(rng.integers(len(HairStyle)))],
        age=int(rng.integers(20, 78)),
        brow_weight=float(rng.uniform(0.75, 1.35)),
        brow_shape=float(rng.uniform(-0.6, 0.9)),
        stubble=float(max(0.0, rng.uniform(-1.0, 0.7))),
        freckles=float(max(0.0, rng.uniform(-2.0, 0.8))),
        cloth=(int(rng.integers(60, 200)), int(rng.integers(60, 160)), int(rng.integers(70, 160))),
        backdrop=(int(rng.integers(195, 218)), int(rng.integers(200, 218)), int(rng.integers(198, 218))),
        fissure_mm=float(rng.uniform(9.0, 10.4)),
    )
