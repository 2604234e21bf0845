"""The points of a whole face, refined in its picture, half by half."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.face.landmarks import MESH478
from core.face.pose import head_pose
from core.words import Side
from models.refinement.alignment import REGIONS, CropPlace, FacePlace, Region

if TYPE_CHECKING:
    from models.refinement.network import RefinementNetwork

# Heads turned further than the first angle are refined less, those beyond the second not at all: the training holds no such faces.
_TURNED_DEG = (20.0, 32.0)
_NODDED_DEG = (20.0, 32.0)
# A refinement that moves the points of a region further than this on average was made from something else than a face.
_MOST_MM = (7.0, 11.0)


class Refiner(Protocol):
    """What refines the points of one region; ``models.refinement.network.RefinementNetwork`` is one."""

    def refine(self, region: str, crops: np.ndarray, mesh_mm: np.ndarray) -> np.ndarray:
        """(N, P, 2) refined points in millimetres of crops (N, H, W, 3) with the mesh's points (N, P, 2)."""
        ...


def load_refiner(folder: Path | None = None) -> RefinementNetwork:
    """The network with its weights, ready for use; raises UnavailableError.

    Args:
        folder: where the weights are; None takes those that ship.
    """
    import torch

    from models.refinement.network import NAME, RefinementNetwork
    from models.registry import device
    from models.weights import load_weights, shapes_of

    network = RefinementNetwork()
    network.load_state_dict(load_weights(NAME, shapes_of(network), folder=folder))
    where = device()
    # Up to four trackers run beside each other, each in its own thread; teams of threads inside them would wait for one another.
    torch.set_num_threads(1)
    return network.eval().to(where)


def refine_face(image: np.ndarray, points: np.ndarray, refiner: Refiner) -> np.ndarray:
    """(478, 3) the mesh's points with lids, brows, lips and alar rims refined; all others, and all depths, are the mesh's.

    Neither half sees the other, and the left one goes the way of the right one in the mirror: of a flipped picture with flipped
    points the result is the flipped one, by construction.

    Args:
        image: (H, W, 3) uint8 RGB.
        points: (478, 3) MESH478 in pixels.
        refiner: what refines a region.
    """
    try:
        face = FacePlace.of(points)
    except ValueError:
        return points
    trust = _trust(points)
    if trust <= 0:
        return points
    refined = points.copy()
    for region in REGIONS:
        places = {side: CropPlace.of(face, region, side) for side in Side}
        crops = np.stack([place.cut(image) for place in places.values()])
        mesh_mm = np.stack([place.to_millimetres(points[list(region.of_side(s))]) for s, place in places.items()])
        moved_mm = refiner.refine(region.name, crops, mesh_mm) - mesh_mm
        for moved, mesh, (side, place) in zip(moved_mm, mesh_mm, places.items(), strict=True):
            part = trust * _plausible(moved)
            if part > 0:
                refined[list(region.of_side(side)), :2] = place.to_pixels(mesh + part * _weights(region) * moved)
    return refined


def _weights(region: Region) -> np.ndarray:
    return np.array(region.weights)[:, None]


def _trust(points: np.ndarray) -> float:
    """1 for a head that looks about straight ahead, fading to 0 where it turns away; the same for a face and its mirror image."""
    # Face and mirror image must give the very same number, and head_pose is only nearly even.
    angles = head_pose(np.stack([points, MESH478.flip(points, 0.0)]))
    yaw, pitch = float(np.abs(angles[:, 0]).mean()), float(np.abs(angles[:, 1]).mean())
    return min(_fading(yaw, *_TURNED_DEG), _fading(pitch, *_NODDED_DEG))


def _plausible(moved_mm: np.ndarray) -> float:
    """1 for the displacements (P, 2) of a face, fading to 0 for ones that no face makes."""
    way = float(np.linalg.norm(moved_mm, axis=-1).mean())
    return _fading(way, *_MOST_MM) if np.isfinite(way) else 0.0


def _fading(value: float, full: float, none: float) -> float:
    return float(np.clip((none - value) / (none - full), 0.0, 1.0))
