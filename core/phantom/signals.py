"""Time courses of the phantom: movements without jerk, blinks, trains of pulses, slow noise."""

from __future__ import annotations

import numpy as np

_NOISE_WAVES = 8


def minimum_jerk(part: np.ndarray) -> np.ndarray:
    """The smoothest way from 0 to 1 while ``part`` goes from 0 to 1 (Flash and Hogan 1985, 10.1523/JNEUROSCI.05-07-01688.1985)."""
    t = np.clip(part, 0.0, 1.0)
    return t**3 * (10.0 - 15.0 * t + 6.0 * t**2)


def course(times_s: np.ndarray, onset_s: float, rise_s: float, hold_s: float, relax_s: float) -> np.ndarray:
    """(T,) from 0 up to 1, held and back to 0."""
    up = minimum_jerk((times_s - onset_s) / rise_s)
    down = minimum_jerk((times_s - onset_s - rise_s - hold_s) / relax_s)
    return up - down


def blink_course(times_s: np.ndarray, start_s: float, closing_s: float, opening_s: float) -> np.ndarray:
    """(T,) a blink without a hold: closing fast, opening more slowly."""
    return course(times_s, start_s, closing_s, 0.0, opening_s)


def pulse_train(times_s: np.ndarray, start_s: float, length_s: float, count: int) -> np.ndarray:
    """(T,) ``count`` pulses of equal length that fill ``length_s``, each closed for a fifth of its time."""
    each = length_s / count
    pulses = [course(times_s, start_s + i * each, 0.2 * each, 0.15 * each, 0.35 * each) for i in range(count)]
    return np.sum(pulses, axis=0)


def slow_noise(
    times_s: np.ndarray, columns: int, band_hz: tuple[float, float], random: np.random.Generator
) -> np.ndarray:
    """(T, columns) smooth noise of mean 0 and SD 1: waves of random phase with frequencies in ``band_hz``."""
    frequency = random.uniform(*band_hz, (_NOISE_WAVES, columns))
    phase = random.uniform(0.0, 2.0 * np.pi, (_NOISE_WAVES, columns))
    waves = np.sin(2.0 * np.pi * times_s[:, None, None] * frequency + phase)
    return waves.sum(axis=1) * np.sqrt(2.0 / _NOISE_WAVES)
