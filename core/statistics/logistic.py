"""Logistic regression by Newton's method, many weighted fits at once, so that its coefficients can be bootstrapped."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

_STEPS = 60
_SMALL_STEP = 1e-8
_LONGEST_STEP = 4.0
_BEYOND = 30.0


def fit_logistic(
    features: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    offset: np.ndarray | None = None,
    ridge: float = 0.0,
) -> np.ndarray:
    """(..., F + 1) coefficients of maximum likelihood, the intercept first; NaN where they do not exist.

    They do not exist when only one class has weight, and without a ridge when some of the features part the classes: then
    the coefficients grow without end.

    Args:
        features: (n, F), best of about unit size.
        labels: (n,) bool.
        weights: (..., n) how much every case counts, one row for every fit; None counts each once.
        offset: (n,) added to the linear predictor with the coefficient 1.
        ridge: penalty on the squared coefficients, not on the intercept.
    """
    weights = np.ones(len(labels)) if weights is None else weights
    rows = np.atleast_2d(weights)
    design = np.column_stack([np.ones(len(labels)), features])
    fixed = np.zeros(len(labels)) if offset is None else offset
    penalty = ridge * np.diag([0.0] + [1.0] * features.shape[1])
    target = labels.astype(np.float64)
    coefficients = np.zeros((len(rows), design.shape[1]))
    step = np.full(len(rows), np.inf)
    for _ in range(_STEPS):
        guess = expit(coefficients @ design.T + fixed)
        slope = (rows * (target - guess)) @ design - coefficients @ penalty
        curvature = np.einsum("bn,ni,nj->bij", rows * guess * (1 - guess), design, design, optimize=True) + penalty
        move = _solved(curvature, slope)
        move *= np.minimum(1.0, _LONGEST_STEP / np.maximum(np.abs(move).max(axis=1, keepdims=True), 1e-12))
        coefficients = coefficients + move
        step = np.abs(move).max(axis=1)
        if np.nanmax(step, initial=0.0) < _SMALL_STEP:
            break
    positive, whole = rows @ target, rows.sum(axis=1)
    exists = (step < 1e-4) & (positive > 0) & (positive < whole)
    exists &= np.abs(coefficients[:, 1:]).max(axis=1, initial=0.0) < _BEYOND
    found = np.where(exists[:, None], coefficients, np.nan)
    return found.reshape(*weights.shape[:-1], design.shape[1])


def _solved(curvature: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Newton's steps; a flat direction, where the classes are parted, is not followed to infinity."""
    tiny = 1e-9 * np.eye(curvature.shape[-1])
    return np.asarray(np.linalg.solve(curvature + tiny, slope[..., None])[..., 0])
