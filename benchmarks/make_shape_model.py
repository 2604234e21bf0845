"""Makes core/phantom/drawing/face_shapes.npz: the mean face and its main variations, in millimetres.

    python benchmarks/make_shape_model.py ../shared/data/london/neutral

Input: frontal neutral photographs of consenting adults (Face Research Lab London Set, 10.6084/m9.figshare.5047666.v5, CC BY 4.0).
Every photograph is tracked as it is and flipped, averaged, scaled by its iris, levelled, and made symmetric; the file holds the
mean of all people and the first principal components with their standard deviations. No photograph can be had back from it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.face.landmarks import MESH478, mesh_regions  # noqa: E402
from core.face.pose import to_face_axes  # noqa: E402
from core.face.scale import IRIS_DIAMETER_MM, iris_diameter  # noqa: E402
from core.words import SIDES  # noqa: E402
from models.tracking import tracker_factory  # noqa: E402

COMPONENTS = 8
OUT = ROOT / "core/phantom/drawing/face_shapes.npz"


def shape_of(path: Path) -> np.ndarray | None:
    """(478, 3) millimetres, symmetric and level, origin between the inner canthi; None when no face is found."""
    image = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
    found = []
    for flip in (False, True):
        tracker = tracker_factory("mediapipe_mesh").create()
        picture = np.ascontiguousarray(image[:, ::-1]) if flip else image
        faces = [tracker.detect(picture, time_s=i / 30) for i in range(5)][-1]
        tracker.close()
        if not faces:
            return None
        found.append(MESH478.flip(faces[0].points, image.shape[1]) if flip else faces[0].points)
    points = np.mean(found, axis=0)
    shape = to_face_axes(points) * IRIS_DIAMETER_MM / float(iris_diameter(points))
    canthi = [mesh_regions(side).inner_canthus for side in SIDES]
    shape -= shape[canthi].mean(axis=0)
    across = shape[473] - shape[468]
    angle = np.arctan2(across[1], across[0])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shape[:, :2] = shape[:, :2] @ turn.T
    return (shape + shape[MESH478.mirror] * [-1, 1, 1]) / 2


def main() -> None:
    shapes = [shape for path in sorted(Path(sys.argv[1]).glob("*.jpg")) if (shape := shape_of(path)) is not None]
    flat = np.stack(shapes).reshape(len(shapes), -1)
    mean = flat.mean(axis=0)
    _, singular, rows = np.linalg.svd(flat - mean, full_matrices=False)
    spread = singular / np.sqrt(len(shapes) - 1)
    np.savez_compressed(
        OUT,
        mean_mm=mean.reshape(478, 3).astype(np.float32),
        components=rows[:COMPONENTS].reshape(COMPONENTS, 478, 3).astype(np.float32),
        spread_mm=spread[:COMPONENTS].astype(np.float32),
    )
    explained = (spread[:COMPONENTS] ** 2).sum() / (spread**2).sum()
    print(f"{len(shapes)} faces, {COMPONENTS} components explain {100 * explained:.0f} % of the variance -> {OUT.name}")


if __name__ == "__main__":
    main()
