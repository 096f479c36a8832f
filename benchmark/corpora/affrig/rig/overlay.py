"""Compiled last steps: lid shadows and lashes over the shaded picture, then averaging and encoding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig.asset import Part
from benchmark.corpora.affrig.rig.compiled import compiled

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

_EYE = int(Part.EYE)


@compiled
def shade_lids(owner: I32, parts: U8, reach: int, out: F32) -> None:
    """Shadow and lash line that the upper lid throws on the eyeball: eye pixels darken towards the skin above them."""
    height, width = owner.shape
    for row in range(height):
        for column in range(width):
            t = owner[row, column]
            if t < 0 or parts[t] != _EYE:
                continue
            above = reach
            for k in range(1, reach):
                r = row - k
                if r < 0 or owner[r, column] < 0 or parts[owner[r, column]] != _EYE:
                    above = k - 1
                    break
            below = 1.0
            if row + 1 < height and owner[row + 1, column] >= 0 and parts[owner[row + 1, column]] != _EYE:
                below = 0.7
            share = above / reach
            factor = (0.22 + 0.78 * min(1.0, 0.25 + share * 1.3) if above > 0 else 0.16) * below
            for k in range(3):
                out[row, column, k] *= factor


@compiled
def draw_lashes(screen: F32, triangles: I32, alpha: F32, strength: float, depth: F32, out: F32) -> None:
    """Blend the lash strips over the picture where nothing nearer hides them.

    Args:
        screen: (V, 3) column, row, depth.
        triangles: (L, 3).
        alpha: (V,) opacity at each vertex.
        strength: opacity of the root.
        depth: (H, W) depth buffer.
        out: (H, W, 3) linear colour, in and out.
    """
    height, width = depth.shape
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = screen[a, 0], screen[a, 1]
        e1x, e1y = screen[b, 0] - ax, screen[b, 1] - ay
        e2x, e2y = screen[c, 0] - ax, screen[c, 1] - ay
        area = e1x * e2y - e1y * e2x
        if abs(area) < 1e-6:
            continue
        x0 = max(0, int(np.ceil(min(0.0, e1x, e2x) + ax - 0.5)))
        x1 = min(width - 1, int(np.floor(max(0.0, e1x, e2x) + ax - 0.5)))
        y0 = max(0, int(np.ceil(min(0.0, e1y, e2y) + ay - 0.5)))
        y1 = min(height - 1, int(np.floor(max(0.0, e1y, e2y) + ay - 0.5)))
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                dx, dy = column + 0.5 - ax, row + 0.5 - ay
                wb, wc = (dx * e2y - dy * e2x) / area, (dy * e1x - dx * e1y) / area
                if wb < 0 or wc < 0 or wb + wc > 1:
                    continue
                z = screen[a, 2] + wb * (screen[b, 2] - screen[a, 2]) + wc * (screen[c, 2] - screen[a, 2])
                if z > depth[row, column] + 0.01:
                    continue
                root = alpha[a] + wb * (alpha[b] - alpha[a]) + wc * (alpha[c] - alpha[a])
                keep = 1 - strength * root
                for k in range(3):
                    out[row, column, k] *= keep


@compiled
def resolve(colour: F32, owner: I32, background: F32, curve: U8, factor: int, out: U8) -> None:
    """Average ``factor`` x ``factor`` pixels over the background and encode them.

    Args:
        colour: (S, S, 3) linear colour of covered pixels.
        owner: (S, S) -1 where the background shows.
        background: (size, size, 3) linear colour.
        curve: (N,) encoded value of linear light in [0, 2).
        factor: S / size.
        out: (size, size, 3) sRGB.
    """
    size = len(out)
    scale = len(curve) / 2.0
    for row in range(size):
        for column in range(size):
            empty = 0
            r, g, b = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for y in range(row * factor, (row + 1) * factor):
                for x in range(column * factor, (column + 1) * factor):
                    if owner[y, x] < 0:
                        empty += 1
                    else:
                        r += colour[y, x, 0]
                        g += colour[y, x, 1]
                        b += colour[y, x, 2]
            total = factor * factor
            r = (r + empty * background[row, column, 0]) / total
            g = (g + empty * background[row, column, 1]) / total
            b = (b + empty * background[row, column, 2]) / total
            last = len(curve) - 1
            out[row, column, 0] = curve[min(last, max(0, int(r * scale)))]
            out[row, column, 1] = curve[min(last, max(0, int(g * scale)))]
            out[row, column, 2] = curve[min(last, max(0, int(b * scale)))]


def tone_curve(count: int = 8192) -> U8:
    """Linear light in [0, 2) to sRGB bytes; highlights above 0.8 are compressed instead of clipped."""
    light = (np.arange(count) + 0.5) * 2 / count
    bent = np.where(light <= 0.8, light, 0.8 + 0.2 * (1 - np.exp(-(light - 0.8) / 0.2)))
    encoded = np.where(bent <= 0.0031308, bent * 12.92, 1.055 * bent ** (1 / 2.4) - 0.055)
    curve: U8 = np.rint(np.clip(encoded, 0, 1) * 255).astype(np.uint8)
    return curve
