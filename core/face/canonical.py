"""The canonical face geometry that gives MESH478 its topology (source and licence: head of canonical_face.obj, NOTICE)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

CANONICAL_VERTEX_COUNT = 468
_OBJ = Path(__file__).with_name("canonical_face.obj")


@cache
def _read() -> tuple[np.ndarray, np.ndarray]:
    vertices, triangles = [], []
    for line in _OBJ.read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append([float(x) for x in rest.split()])
        elif kind == "f":
            triangles.append([int(i) - 1 for i in rest.split()])
    vertex_array, triangle_array = np.array(vertices) * 10.0, np.array(triangles)
    vertex_array.flags.writeable = triangle_array.flags.writeable = False
    return vertex_array, triangle_array


def canonical_vertices_mm() -> np.ndarray:
    """(468, 3) millimetres, read-only: x towards the patient's left, y up, z towards the camera."""
    return _read()[0]


def canonical_triangles() -> np.ndarray:
    """(898, 3) vertex indices, read-only; eyes and mouth are closed by triangles."""
    return _read()[1]
