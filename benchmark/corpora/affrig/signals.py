"""Smooth random signals on a regular time grid."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

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
    kernel = keep ** np.arange(max(2, round(8 * RATE * tau)))
    kernel *= sigma / np.sqrt(np.sum(kernel**2))
    noise = rng.standard_normal((*shape[:-1], shape[-1] + len(kernel) - 1)).reshape(-1, shape[-1] + len(kernel) - 1)
    return np.stack([np.convolve(row, kernel, mode="valid") for row in noise]).reshape(shape)


def low_pass(signal: FloatArray, tau: float) -> FloatArray:
    """Critically damped second-order low-pass along the last axis, started at the first value; ``tau`` in s."""
    keep = float(np.exp(-1.0 / (RATE * tau)))
    smooth = np.array(signal, dtype=np.float64)
    for _ in range(2):
        for i in range(1, smooth.shape[-1]):
            smooth[..., i] = keep * smooth[..., i - 1] + (1.0 - keep) * smooth[..., i]
    return smooth


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
