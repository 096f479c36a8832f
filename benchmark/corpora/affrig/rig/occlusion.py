"""How much of the surroundings each vertex sees: soft shadows and ambient occlusion, baked once per person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig import raster

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

_MAP = 208


def directions(count: int = 64) -> F32:
    """Directions (count, 3) spread evenly from straight ahead to a little behind the face (Fibonacci spiral)."""
    k = np.arange(count) + 0.5
    z = 1 - k / count * 1.35
    angle = np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], 1).astype(np.float32)


def visibility(vertices: F32, normal: F32, triangles: I32, towards: F32) -> F32:
    """Share (V, D) of light that reaches each vertex from each of the directions (D, 3)."""
    seen = np.empty((len(vertices), len(towards)), np.float32)
    lifted = vertices + np.float32(0.012) * normal
    low, high = vertices.min(0), vertices.max(0)
    middle, scale = (low + high) / 2, np.float32(_MAP / np.linalg.norm(high - low))
    for d, axis in enumerate(towards):
        side = np.cross([0.0, 1.0, 0.0], axis).astype(np.float32)
        side /= np.linalg.norm(side)
        basis = np.stack([side, np.cross(axis, side), axis]).astype(np.float32)

        def flatten(points: F32, basis: F32 = basis) -> F32:
            local = (points - middle) @ basis.T
            return np.stack([local[:, 0] * scale + _MAP / 2, _MAP / 2 - local[:, 1] * scale, -local[:, 2]], 1).astype(
                np.float32
            )

        depth = np.full((_MAP, _MAP), np.inf, np.float32)
        owner = np.full((_MAP, _MAP), -1, np.int32)
        raster.cover(flatten(vertices), triangles, True, depth, owner)
        at = flatten(lifted)
        column, row = np.floor(at[:, 0] - 0.5).astype(int), np.floor(at[:, 1] - 0.5).astype(int)
        lit = np.zeros(len(vertices), np.float32)
        for dy in (0, 1):
            for dx in (0, 1):
                nearest = depth[np.clip(row + dy, 0, _MAP - 1), np.clip(column + dx, 0, _MAP - 1)]
                lit += at[:, 2] <= nearest + 0.02
        seen[:, d] = lit / 4
    return seen


def ambient(seen: F32, normal: F32, towards: F32) -> F32:
    """Cosine-weighted mean (V,) of `visibility`."""
    cosine = np.clip(normal @ towards.T, 0, None) + np.float32(1e-3)
    share: F32 = (seen * cosine).sum(1) / cosine.sum(1)
    return share
