"""Compiled triangle work: deform, project, normals, and a depth-buffered visibility buffer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig.compiled import compiled

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

#: Triangles thinner than this (square pixels) are skipped, and edges reach this far over so that no cracks show.
_THIN = 1e-6
_OVERLAP = -1e-4


@compiled
def deform(rest: F32, start: I32, index: I32, delta: F32, weights: F32, out: F32) -> None:
    """``out`` (V, 3) = ``rest`` + the sparse deformations (see `asset.Deltas`) by ``weights`` (U,)."""
    out[:] = rest
    for unit in range(len(weights)):
        w = weights[unit]
        if w > 0.0:
            for k in range(start[unit], start[unit + 1]):
                v = index[k]
                out[v, 0] += w * delta[k, 0]
                out[v, 1] += w * delta[k, 1]
                out[v, 2] += w * delta[k, 2]


@compiled
def project(points: F32, rotation: F32, pivot: F32, distance: float, camera: F32, seen: F32, screen: F32) -> None:
    """Turn about ``pivot`` and project.

    Args:
        points: (V, 3) head space.
        rotation: (3, 3) head to camera.
        pivot: (3,) point turned about.
        distance: camera to pivot, decimetres.
        camera: (6,) of the picture transform: x' = c0 x + c1 y + c2, y' = c3 x + c4 y + c5.
        seen: (V, 3) out, camera space.
        screen: (V, 3) out, column, row (pixels) and depth.
    """
    for v in range(len(points)):
        x, y, z = points[v, 0] - pivot[0], points[v, 1] - pivot[1], points[v, 2] - pivot[2]
        cx = rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z
        cy = rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z
        cz = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z
        seen[v, 0], seen[v, 1], seen[v, 2] = cx, cy, cz
        depth = distance - cz
        px, py = cx * distance / depth, cy * distance / depth
        screen[v, 0] = camera[0] * px + camera[1] * py + camera[2]
        screen[v, 1] = camera[3] * px + camera[4] * py + camera[5]
        screen[v, 2] = depth


@compiled
def normals(points: F32, triangles: I32, out: F32) -> None:
    """Area-weighted unit vertex normals (V, 3)."""
    out[:] = 0.0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for v in (a, b, c):
            out[v, 0] += nx
            out[v, 1] += ny
            out[v, 2] += nz
    for v in range(len(out)):
        length = np.sqrt(out[v, 0] ** 2 + out[v, 1] ** 2 + out[v, 2] ** 2) + np.float32(1e-12)
        out[v, 0] /= length
        out[v, 1] /= length
        out[v, 2] /= length


@compiled
def cover(screen: F32, triangles: I32, two_sided: bool, depth: F32, owner: I32) -> None:
    """Draw triangles (M, 3) into a depth buffer (H, W) and the index of the nearest one into ``owner`` (H, W).

    Args:
        screen: (V, 3) column, row, depth.
        triangles: (M, 3); front faces run counter-clockwise in head space (clockwise on the picture).
        two_sided: whether back faces are drawn too.
        depth: (H, W), in and out, smaller is nearer.
        owner: (H, W), in and out.
    """
    height, width = depth.shape
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = screen[a, 0], screen[a, 1]
        e1x, e1y = screen[b, 0] - ax, screen[b, 1] - ay
        e2x, e2y = screen[c, 0] - ax, screen[c, 1] - ay
        area = e1x * e2y - e1y * e2x
        if area > -_THIN and not (two_sided and area > _THIN):
            continue
        low_x, high_x = min(0.0, e1x, e2x) + ax, max(0.0, e1x, e2x) + ax
        low_y, high_y = min(0.0, e1y, e2y) + ay, max(0.0, e1y, e2y) + ay
        if high_x < 0.0 or high_y < 0.0 or low_x > width or low_y > height:
            continue
        x0, x1 = max(0, int(np.ceil(low_x - 0.5))), min(width - 1, int(np.floor(high_x - 0.5)))
        y0, y1 = max(0, int(np.ceil(low_y - 0.5))), min(height - 1, int(np.floor(high_y - 0.5)))
        inverse = np.float32(1.0) / area
        za = screen[a, 2]
        zb, zc = screen[b, 2] - za, screen[c, 2] - za
        db, dc = e2y * inverse, -e1y * inverse
        for row in range(y0, y1 + 1):
            dx, dy = np.float32(x0 + 0.5) - ax, np.float32(row + 0.5) - ay
            wb = (dx * e2y - dy * e2x) * inverse
            wc = (dy * e1x - dx * e1y) * inverse
            for column in range(x0, x1 + 1):
                if wb >= _OVERLAP and wc >= _OVERLAP and wb + wc <= 1.0 - _OVERLAP:
                    z = za + wb * zb + wc * zc
                    if z < depth[row, column]:
                        depth[row, column] = z
                        owner[row, column] = t
                wb += db
                wc += dc


@compiled
def spread(values: F32, screen: F32, triangles: I32, owner: I32, out: F32) -> None:
    """Interpolate vertex ``values`` (V, C) at the pixels of a visibility buffer into ``out`` (H, W, C); others stay."""
    height, width = owner.shape
    for row in range(height):
        for column in range(width):
            t = owner[row, column]
            if t >= 0:
                a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                e1x, e1y = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
                e2x, e2y = screen[c, 0] - screen[a, 0], screen[c, 1] - screen[a, 1]
                dx, dy = np.float32(column + 0.5) - screen[a, 0], np.float32(row + 0.5) - screen[a, 1]
                inverse = np.float32(1.0) / (e1x * e2y - e1y * e2x)
                wb = (dx * e2y - dy * e2x) * inverse
                wc = (dy * e1x - dx * e1y) * inverse
                for k in range(values.shape[1]):
                    out[row, column, k] = (1 - wb - wc) * values[a, k] + wb * values[b, k] + wc * values[c, k]
