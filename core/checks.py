"""One validator for each kind of mistake, one form of message: the parameter, what is allowed, what came."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np


def check_shape(name: str, array: np.ndarray, expected: tuple[int | None, ...]) -> None:
    """Raise ValueError unless ``array`` has the ``expected`` shape (None allows any length on that axis)."""
    fits = array.ndim == len(expected) and all(
        want is None or have == want for have, want in zip(array.shape, expected, strict=True)
    )
    if not fits:
        wanted = "(" + ", ".join("any" if n is None else str(n) for n in expected) + ")"
        raise ValueError(f"{name} must have shape {wanted}, got {array.shape}")


def check_option(name: str, value: Any, allowed: Collection[Any]) -> None:
    """Raise ValueError unless ``value`` is one of ``allowed``."""
    if value not in allowed:
        listed = ", ".join(repr(getattr(item, "value", item)) for item in allowed)
        raise ValueError(f"{name} must be one of {listed}, got {value!r}")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless ``low <= value <= high``."""
    if not low <= value <= high:
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, got {value!r}")


def check_increasing(name: str, values: np.ndarray) -> None:
    """Raise ValueError unless ``values`` (T,) rise strictly."""
    if values.size > 1 and not np.all(np.diff(values) > 0):
        first = int(np.argmax(np.diff(values) <= 0))
        raise ValueError(
            f"{name} must increase strictly, got {values[first]!r} before {values[first + 1]!r} at index {first}"
        )
