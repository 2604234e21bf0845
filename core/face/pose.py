"""Head pose from our own rigid fit on points that do not move with expression (reference C5).

Signs, seen as the patient: yaw is positive when the head turns to the patient's left, pitch when the chin goes up, roll when
the head tilts to the patient's left shoulder. In an un-mirrored picture, positive yaw and roll go to the right of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.face.canonical import canonical_vertices_mm
from core.face.landmarks import STABLE_POINTS


def to_face_axes(points_px: np.ndarray) -> np.ndarray:
    """Picture axes (x right, y down, z away) to face axes (x patient's left, y up, z towards the camera); (..., 3), same unit."""
    return points_px * np.array([1.0, -1.0, -1.0], dtype=points_px.dtype)


@dataclass(frozen=True)
class SimilarityTransforms:
    """One similarity transform a frame: target = scale * rotation @ source + translation.

    Attributes:
        scale: (T,) target units per source unit.
        rotation: (T, 3, 3), determinant +1.
        translation: (T, 3) target units.

    Frames whose source points held NaN are NaN throughout.
    """

    scale: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Transform (T, N, 3) points, each frame by its own transform."""
        # In the precision of the points and in place: a ten-minute recording has 26 million coordinates.
        moved = points @ self.rotation.astype(points.dtype).swapaxes(1, 2)
        moved *= self.scale[:, None, None].astype(points.dtype)
        moved += self.translation[:, None, :].astype(points.dtype)
        return moved


def fit_similarity(source: np.ndarray, target: np.ndarray) -> SimilarityTransforms:
    """Least-squares similarity from every frame of ``source`` to ``target`` (Umeyama 1991, 10.1109/34.88573).

    Args:
        source: (T, M, 3) points, NaN in frames without a face.
        target: (M, 3) the same points in the target, or (T, M, 3).
    """
    frames = source.shape[0]
    usable = np.isfinite(source).all(axis=(1, 2))
    target = np.broadcast_to(target, source.shape)
    scale = np.full(frames, np.nan)
    rotation = np.full((frames, 3, 3), np.nan)
    translation = np.full((frames, 3), np.nan)
    if usable.any():
        src, dst = source[usable].astype(np.float64), target[usable].astype(np.float64)
        src_mean, dst_mean = src.mean(axis=1, keepdims=True), dst.mean(axis=1, keepdims=True)
        src_centred, dst_centred = src - src_mean, dst - dst_mean
        u, singular, vt = np.linalg.svd(np.einsum("tmi,tmj->tij", dst_centred, src_centred))
        handedness = np.ones((len(src), 3))
        handedness[:, 2] = np.sign(np.linalg.det(u @ vt))
        fitted = u @ (handedness[:, :, None] * vt)
        fitted_scale = (singular * handedness).sum(axis=1) / (src_centred**2).sum(axis=(1, 2))
        moved = fitted_scale[:, None] * np.einsum("tij,tj->ti", fitted, src_mean[:, 0])
        rotation[usable], scale[usable], translation[usable] = fitted, fitted_scale, dst_mean[:, 0] - moved
    return SimilarityTransforms(scale, rotation, translation)


def rotation_from_angles(yaw_deg: float, pitch_deg: float, roll_deg: float) -> np.ndarray:
    """(3, 3) rotation in face axes for the given head pose; inverse of ``angles_from_rotation``."""
    yaw, pitch, roll = np.deg2rad([yaw_deg, -pitch_deg, -roll_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def angles_from_rotation(rotation: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll in degrees, (..., 3), of rotations (..., 3, 3) given in face axes."""
    yaw = np.arctan2(rotation[..., 0, 2], rotation[..., 2, 2])
    pitch = np.arcsin(np.clip(rotation[..., 1, 2], -1.0, 1.0))
    roll = -np.arctan2(rotation[..., 1, 0], rotation[..., 1, 1])
    return np.rad2deg(np.stack([yaw, pitch, roll], axis=-1))


def head_pose(points_px: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll against the canonical face, degrees, (T, 3); NaN without a face.

    Args:
        points_px: (T, 478, 3) MESH478 points in pixels.
    """
    stable = list(STABLE_POINTS)
    source = np.broadcast_to(canonical_vertices_mm()[stable], (len(points_px), len(stable), 3)).copy()
    observed = to_face_axes(points_px[:, stable])
    source[~np.isfinite(observed).all(axis=(1, 2))] = np.nan
    return angles_from_rotation(fit_similarity(source, observed).rotation)
