"""Portrait: a face at rest that the muscle model can move, whether drawn (drawing) or a photograph (photo)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from core.checks import check_shape
from core.face.landmarks import MESH478_COUNT
from core.words import Side

# Portraits are seen by a camera this far from the eyes: ``points`` is the perspective projection of ``shape_mm`` from there.
PORTRAIT_DISTANCE_MM = 800.0


class Crease(StrEnum):
    """Skin folds that deepen with movement or with age."""

    FOREHEAD = "forehead"
    GLABELLA = "glabella"
    CROWS_FEET = "crows_feet"
    NASOLABIAL = "nasolabial"
    NOSE = "nose"
    CHIN = "chin"
    NECK = "neck"


# Red, green and blue of skin at the bottom of a fold of full depth, as part of the skin beside it.
FOLD_TINT = (0.70, 0.58, 0.55)


@dataclass(frozen=True)
class Portrait:
    """A person at rest, eyes open and lips together, as layers that can be moved.

    Attributes:
        name: name of the identity.
        image: (H, W, 3) uint8 RGB, the person on the background.
        points: (478, 2) pixels of ``image``: where every MESH478 point lies in it (x right, y down).
        shape_mm: (478, 3) millimetres in face axes (x patient's left, y up, z towards the camera), the same face in space; the
            origin lies between the inner canthi.
        eye_layer: (H, W, 3) uint8 RGB, what lies behind the lids (whole sclera and iris), registered to ``image``.
        background: (H, W, 3) uint8 RGB without the person, or None where it is not known (a photograph).
        matte: (H, W) float32, 1 on the person (face, hair, neck, shoulders) and 0 on the background; None with ``background``.
        creases: (crease, side) -> (H, W) float32 darkening at full depth, below 0 where the skin beside a fold catches light;
            midline creases are split between the sides.
        resting_folds: depth 0 to 1 of the folds that ``image`` already shows; a paralysed side can lose these and no more.
        skin_rgb, lash_rgb, lip_rgb: colours for the moving lids, lash lines and lips.
        drawn: True for a drawn phantom, False for a photograph.
    """

    name: str
    image: np.ndarray
    points: np.ndarray
    shape_mm: np.ndarray
    eye_layer: np.ndarray
    background: np.ndarray | None = None
    matte: np.ndarray | None = None
    creases: Mapping[tuple[Crease, Side], np.ndarray] = field(default_factory=dict)
    resting_folds: Mapping[tuple[Crease, Side], float] = field(default_factory=dict)
    skin_rgb: tuple[int, int, int] = (200, 160, 140)
    lash_rgb: tuple[int, int, int] = (50, 36, 30)
    lip_rgb: tuple[int, int, int] = (175, 100, 95)
    drawn: bool = True

    def __post_init__(self) -> None:
        height, width = self.image.shape[:2]
        check_shape("image", self.image, (height, width, 3))
        check_shape("points", self.points, (MESH478_COUNT, 2))
        check_shape("shape_mm", self.shape_mm, (MESH478_COUNT, 3))
        check_shape("eye_layer", self.eye_layer, (height, width, 3))
        if self.background is not None:
            check_shape("background", self.background, (height, width, 3))
        if self.matte is not None:
            check_shape("matte", self.matte, (height, width))
        for key, crease in self.creases.items():
            check_shape(f"creases[{key}]", crease, (height, width))
