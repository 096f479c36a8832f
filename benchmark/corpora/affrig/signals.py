"""Smooth random signals on a regular time grid."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

#: Hz. Behaviour is simulated on this grid and read off at the presentation times of the frames.
RATE = 25.0


def time_grid(duration: float) -> FloatArray:
    """Seconds 0, 1/RATE, ... that cover ``duration`` seconds with half a second to spare; (T,)."""
    return np.arange(int(np.ceil((duration + 0.5) * RATE)) + 1) / RATE


def drift(rng: np.random.Generator, shape: tuple[int, ...], tau: float, sigma: float) -> FloatArray:
    """Stationary Ornstein-Uhlenbeck processes along the last axis: time constant ``tau`` s, deviation ``sigma``."""
    keep = float(np.exp(-1.0 / (RATE * tau)))
    noise = rng.standard_normal(shape) * np.sqrt(1.0 - keep * keep)
    noise[..., 0] /= np.sqrt(1.0 - keep * keep)
    result: FloatArray = sigma * lfilter([1.0], [1.0, -keep], noise, axis=-1)
    return result


def low_pass(signal: FloatArray, tau: float) -> FloatArray:
    """Critically damped second-order low-pass along the last axis, started at the first value; ``tau`` in s."""
    keep = float(np.exp(-1.0 / (RATE * tau)))
    first = signal[..., :1]
    shifted = signal - first
    for _ in range(2):
        shifted = lfilter([1.0 - keep], [1.0, -keep], shifted, axis=-1)
    result: FloatArray = shifted + first
    return result


def delayed(signal: FloatArray, seconds: float) -> FloatArray:
    """The same signal ``seconds`` later, its first value held before; along the last axis."""
    steps = round(seconds * RATE)
    if steps <= 0:
        return signal
    return np.concatenate([np.repeat(signal[..., :1], steps, axis=-1), signal[..., :-steps]], axis=-1)


def at(times: FloatArray, grid: FloatArray, signals: FloatArray) -> FloatArray:
    """Values of ``signals`` (..., T) on ``grid`` (T,) at ``times`` (N,), linearly interpolated: (..., N)."""
    position = np.clip(times * RATE, 0, len(grid) - 1.001)
    left = position.astype(np.int64)
    share = position - left
    result: FloatArray = signals[..., left] * (1 - share) + signals[..., left + 1] * share
    return result
