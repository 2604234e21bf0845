"""The words of the house: sides, branches of the facial nerve, grades. Left and right are always the patient's own."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """The patient's own right or left half of the face."""

    RIGHT = "right"
    LEFT = "left"

    @property
    def opposite(self) -> Side:
        return Side.LEFT if self is Side.RIGHT else Side.RIGHT

    @property
    def lateral_sign(self) -> int:
        """-1 for the right, +1 for the left: times u (positive towards the patient's left) it is positive away from the midline."""
        return -1 if self is Side.RIGHT else 1

    @property
    def label(self) -> str:
        return f"patient's {self.value}"


SIDES: tuple[Side, Side] = (Side.RIGHT, Side.LEFT)


class AffectedSide(StrEnum):
    """Which side the palsy is on, as given by the clinician or decided from movement (reference E6)."""

    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"
    NONE = "none"
    UNDETERMINED = "undetermined"

    @property
    def side(self) -> Side | None:
        """The one affected side, or None for both, none and undetermined."""
        return Side(self.value) if self in (AffectedSide.RIGHT, AffectedSide.LEFT) else None


class Branch(StrEnum):
    """The five peripheral branches of the facial nerve (reference A3); territories overlap, so labels say "region"."""

    TEMPORAL = "temporal"
    ZYGOMATIC = "zygomatic"
    BUCCAL = "buccal"
    MARGINAL_MANDIBULAR = "marginal_mandibular"
    CERVICAL = "cervical"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def region(self) -> str:
        """What the branch moves, in plain words."""
        return _REGIONS[self]


_REGIONS = {
    Branch.TEMPORAL: "forehead and brow",
    Branch.ZYGOMATIC: "eyelids",
    Branch.BUCCAL: "cheek, nose and upper lip",
    Branch.MARGINAL_MANDIBULAR: "lower lip and chin",
    Branch.CERVICAL: "neck",
}

BRANCHES: tuple[Branch, ...] = tuple(Branch)
