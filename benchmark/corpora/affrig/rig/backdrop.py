"""What is behind the head."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig.paint import to_linear
from benchmark.corpora.affrig.rig.view import Background, View

F32 = NDArray[np.float32]


@lru_cache(maxsize=64)
def _backdrop(kind: Background, colour: tuple[float, float, float], seed: int, size: int) -> F32:
    base = to_linear(np.array(colour))
    picture = np.broadcast_to(base, (size, size, 3)).astype(np.float32)
    if kind != "plain":
        rng = np.random.default_rng(seed)
        grid = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
        x, y = np.meshgrid(grid, grid)
        angle = rng.uniform(0, 2 * np.pi)
        ramp = 1 + rng.uniform(0.3, 0.8) * (x * np.cos(angle) + y * np.sin(angle))
        picture = picture * ramp[..., None].astype(np.float32)
        if kind == "clutter":
            for _ in range(9):
                cx, cy = rng.uniform(-0.6, 0.6, 2)
                wide, high = rng.uniform(0.05, 0.35, 2)
                soft = rng.uniform(0.01, 0.06)
                inside = np.clip((wide - np.abs(x - cx)) / soft, 0, 1) * np.clip((high - np.abs(y - cy)) / soft, 0, 1)
                tint = to_linear(np.clip(np.array(colour) * rng.uniform(0.4, 1.7) + rng.normal(0, 0.08, 3), 0, 1))
                picture = picture + (inside * rng.uniform(0.4, 1.0))[..., None].astype(np.float32) * (tint - picture)
    picture = np.ascontiguousarray(np.clip(picture, 0, 1), np.float32)
    picture.setflags(write=False)
    return picture


def backdrop(view: View, size: int) -> F32:
    """Linear RGB (size, size, 3) of the surroundings; the same arguments give the same (read-only) picture."""
    return _backdrop(view.background, view.background_colour, view.background_seed, size)
