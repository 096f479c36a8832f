"""Spectacle frames: two rims, a bridge and two temples, built around a person's eyes (own geometry)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

#: Half width and half height of a rim, and half thickness of the frame, decimetres.
_RIM, _BAR = (0.235, 0.165), 0.014
_CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * _BAR


def _tube(path: NDArray[np.float64], closed: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A bar of square section along a path (P, 3): vertices (4 P, 3) and outward triangles."""
    count = len(path)
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    # The section's first axis is the one across the path that is most nearly vertical.
    up = np.where(np.abs(ahead[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    if closed:
        up = path - path.mean(0)
    up -= (up * ahead).sum(1, keepdims=True) * ahead
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    side = np.cross(ahead, up)
    ring = path[:, None] + _CORNERS[None, :, :1] * up[:, None] + _CORNERS[None, :, 1:] * side[:, None]
    triangles = []
    for k in range(count if closed else count - 1):
        for c in range(4):
            a, b = 4 * k + c, 4 * k + (c + 1) % 4
            d, e = 4 * ((k + 1) % count) + c, 4 * ((k + 1) % count) + (c + 1) % 4
            triangles += [(a, b, d), (b, e, d)]
    return ring.reshape(-1, 3), np.array(triangles)


def make_glasses(eyes: F32, bridge: float, temple: float) -> tuple[F32, I32]:
    """Vertices (K, 3) and triangles (N, 3) of the frames.

    Args:
        eyes: (2, 3) right and left eye centres.
        bridge: depth (z) of the nose between the eyes.
        temple: half width of the head at the ears.
    """
    front = bridge + 0.05
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    # A super-ellipse between an oval and a rounded rectangle.
    x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.7 * _RIM[0]
    y = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.7 * _RIM[1]
    parts = []
    for eye in eyes.astype(np.float64):
        # Rims follow the face: their outer halves sweep back.
        out = np.sign(eye[0])
        z = front - 0.10 * (np.clip(x * out, 0, None) / _RIM[0]) ** 2
        parts.append(_tube(np.stack([eye[0] + x, eye[1] - 0.03 + y, z], 1), closed=True))
        hinge = np.array([eye[0] + out * _RIM[0], eye[1] + 0.05, front - 0.10])
        ear = np.array([out * (temple + 0.03), eye[1] + 0.03, 0.55])
        parts.append(_tube(hinge + np.linspace(0, 1, 4)[:, None] * (ear - hinge), closed=False))
    inner = np.abs(eyes[:, 0]).mean() - _RIM[0]
    across = np.linspace(-1, 1, 5)
    level = float(eyes[:, 1].mean())
    arch = np.stack([across * inner, level + 0.03 + 0.03 * (1 - across**2), np.full(5, front + 0.01)], 1)
    parts.append(_tube(arch, closed=False))
    starts = np.cumsum([0, *(len(v) for v, _ in parts)])
    vertices = np.concatenate([v for v, _ in parts]).astype(np.float32)
    triangles = np.concatenate([t + start for (_, t), start in zip(parts, starts[:-1], strict=True)]).astype(np.int32)
    return vertices, triangles
