"""Long hair beside the cheeks: two swept surfaces that hang from the temples over the ears (own geometry)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

#: Front edge on the skin, from the parting downward: degrees around the head from the midline, height (decimetres).
_ON_SKIN = ((14, 8.36), (27, 8.24), (38, 8.06), (46, 7.86), (51, 7.62), (53, 7.36), (54, 7.08), (55, 6.82), (57, 6.60))
#: Below the jaw it hangs free: (x, y, z) relative to the last point on the skin.
_FREE = ((0.02, -0.30, 0.0), (0.06, -0.65, -0.05), (0.11, -1.05, -0.10), (0.16, -1.45, -0.15))
_CLEARANCE = 0.035
#: Where the hair is widest and where it ends at the back, as (x, z) on the top row and on the lower ones.
_TOP_WIDEST, _WIDEST, _BACK = (0.45, 0.60), (1.16, 0.50), (0.70, -0.45)
_COLUMNS, _THICKNESS = 10, 0.03


@dataclass(frozen=True)
class Curtain:
    """Vertices (K, 3) on the base mesh, triangles (N, 3), strand coordinate (K,) in [0, 1] around the head."""

    vertices: F32
    triangles: I32
    strand: F32


def _edge(skin: F32) -> NDArray[np.float64]:
    """Front edge (R, 3): the skin (S, 3) near each point of `_ON_SKIN`, lifted, then the free points."""
    angle = np.degrees(np.arctan2(skin[:, 0], skin[:, 2] - 0.35))
    points = []
    for degrees, height in _ON_SKIN:
        near = np.exp(-(((angle - degrees) / 4) ** 2) - ((skin[:, 1] - height) / 0.06) ** 2)
        radius = (near * np.hypot(skin[:, 0], skin[:, 2] - 0.35)).sum() / near.sum() + _CLEARANCE
        points.append((radius * np.sin(np.radians(degrees)), height, 0.35 + radius * np.cos(np.radians(degrees))))
    last = np.array(points[-1])
    return np.array([*points, *(last + free for free in _FREE)])


def make_curtain(skin: F32) -> Curtain:
    """Sweep an arc from the front edge over the widest point to the back, row by row; an inner layer; mirror both.

    Args:
        skin: (S, 3) skin vertices of the base mesh.
    """
    edge = _edge(skin)
    rows = len(edge)
    t = np.linspace(0, 1, _COLUMNS)
    outer = np.empty((rows, _COLUMNS, 3))
    for row, (x, y, z) in enumerate(edge):
        lower = min(1.0, row / 4) ** 0.6
        widest = (1 - lower) * np.array(_TOP_WIDEST) + lower * np.array(_WIDEST)
        back = np.array(_BACK) * (0.35 + 0.65 * lower)
        arc = (1 - t)[:, None] ** 2 * (x, z) + (2 * t * (1 - t))[:, None] * widest + (t**2)[:, None] * back
        outer[row, :, 0], outer[row, :, 1], outer[row, :, 2] = arc[:, 0], y, arc[:, 1]
        # Locks: the surface waves a little, differently on each row, so that its outline is not a ruler's.
        outer[row, :, 0] += 0.018 * np.sin(9 * t + 0.9 * row) * lower
    inner = outer - [_THICKNESS, 0, 0]
    left = np.concatenate([outer.reshape(-1, 3), inner.reshape(-1, 3)])
    a = (np.arange(rows - 1)[:, None] * _COLUMNS + np.arange(_COLUMNS - 1)).ravel()
    facing = np.concatenate(
        [np.stack([a, a + _COLUMNS, a + 1], 1), np.stack([a + 1, a + _COLUMNS, a + _COLUMNS + 1], 1)]
    )
    front = np.arange(rows - 1) * _COLUMNS
    count = rows * _COLUMNS
    seam = np.concatenate([
        np.stack([front, front + count, front + _COLUMNS], 1),
        np.stack([front + _COLUMNS, front + count, front + count + _COLUMNS], 1),
    ])  # fmt: skip
    one = np.concatenate([facing, facing[:, ::-1] + count, seam])
    strand = np.tile(t, 2 * rows)
    return Curtain(
        vertices=np.concatenate([left, left * [-1, 1, 1]]).astype(np.float32),
        triangles=np.concatenate([one, one[:, ::-1] + len(left)]).astype(np.int32),
        strand=np.concatenate([0.5 * strand, 0.5 + 0.5 * strand]).astype(np.float32),
    )


def fit(curtain: Curtain, base: F32, person: F32) -> F32:
    """Curtain vertices (K, 3) stretched and moved as the head was.

    Args:
        curtain: on the base mesh.
        base: (S, 3) skin vertices of the base mesh's head.
        person: (S, 3) the same vertices of the person.
    """
    scale = np.maximum(person.std(0) / base.std(0), [1.0, 0.0, 0.0])
    fitted: F32 = ((curtain.vertices - base.mean(0)) * scale + person.mean(0)).astype(np.float32)
    return fitted
