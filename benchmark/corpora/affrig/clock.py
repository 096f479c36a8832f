"""When each frame is shown: odd, and often variable, frame rates."""

from __future__ import annotations

import numpy as np

from benchmark.corpora.affrig.signals import FloatArray, IntArray

#: Ticks a second of every presentation time in the corpus (the finest that MPEG-4 Part 2 headers can hold is 65535).
TICKS = 60_000

#: Frames a second and how often. Mostly low, so that a given number of frames covers more behaviour than at 30.
FRAME_RATES: dict[float, float] = {
    7.5: 0.30, 8.33: 0.20, 9.93: 0.15, 10.0: 0.15, 11.99: 0.04, 12.0: 0.05, 12.5: 0.03, 15.0: 0.03, 20.0: 0.01,
    23.976: 0.01, 25.0: 0.01, 29.97: 0.01, 30.0: 0.01,
}  # fmt: skip


def frame_ticks(rng: np.random.Generator, frames: int, rate: float, variable: bool) -> IntArray:
    """Presentation times (frames,) in ticks from 0, strictly increasing.

    With ``variable`` every interval is jittered by about a fifth and one in forty frames before it was dropped, while
    the mean rate stays near ``rate``.
    """
    if not variable:
        return np.round(np.arange(frames) * (TICKS / rate)).astype(np.int64)
    intervals = np.clip(rng.normal(1.0, 0.2, frames), 0.4, 1.8)
    intervals += rng.random(frames) < 1 / 40
    intervals *= TICKS / rate / 1.025
    return np.concatenate([[0], np.cumsum(np.round(intervals[:-1]).astype(np.int64))])


def seconds(ticks: IntArray) -> FloatArray:
    """Ticks as seconds."""
    return ticks / TICKS
