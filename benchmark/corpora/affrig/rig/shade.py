"""Compiled shading: skin with furrows, eyes, mouth and hair by pixel, lashes over it, then the final picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig.asset import Part
from benchmark.corpora.affrig.rig.compiled import compiled

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

_SKIN, _MOUTH, _NOSTRIL, _EYE = int(Part.SKIN), int(Part.MOUTH), int(Part.NOSTRIL), int(Part.EYE)
_TEETH, _TONGUE, _HAIR, _FRAME = int(Part.TEETH), int(Part.TONGUE), int(Part.HAIR), int(Part.FRAME)

#: Columns of the vertex attributes: unit normal, texture column and row, key light and ambient received, eye direction.
NORMAL, UV, KEY, AMBIENT, RAY = 0, 3, 5, 6, 7
ATTRIBUTES = 10

#: Radii on the eyeball (radians) of pupil and iris.
_PUPIL, _IRIS = 0.19, 0.47
#: Steepness of a furrow's slope on the normal, and of its depth (decimetres) on the colour.
_SLOPE, _DARKENING = 0.9, 14.0


@compiled
def _ramp(value: float, low: float, high: float) -> float:
    t = min(1.0, max(0.0, (value - low) / (high - low)))
    return t * t * (3.0 - 2.0 * t)


@compiled
def light_received(seen: F32, towards: F32, light: F32, fallback: F32, attributes: F32) -> None:
    """Share of the key light that reaches each vertex: visibility (V, D) around its direction, into column `KEY`."""
    weights = np.empty(len(towards), np.float32)
    total = np.float32(0.0)
    for d in range(len(towards)):
        c = max(np.float32(0.0), towards[d, 0] * light[0] + towards[d, 1] * light[1] + towards[d, 2] * light[2])
        c = c * c * c
        weights[d] = c * c * c * c
        total += weights[d]
    for v in range(len(seen)):
        if total < 0.05:  # the light stands behind the head
            attributes[v, KEY] = fallback[v]
            continue
        share = np.float32(0.0)
        for d in range(len(towards)):
            share += weights[d] * seen[v, d]
        attributes[v, KEY] = share / total


@compiled
def shade(
    owner: I32,
    screen: F32,
    triangles: I32,
    parts: U8,
    attributes: F32,
    texture: NDArray[np.uint16],
    furrow_group: NDArray[np.int8],
    furrow_relief: F32,
    bare: F32,
    furrows: F32,
    arc: F32,
    rotation: F32,
    lamp: F32,
    gaze: F32,
    iris: F32,
    hair: F32,
    strands: F32,
    out: F32,
) -> None:
    """Colour every covered pixel in linear light.

    Args:
        owner: (H, W) triangle of each pixel, -1 for none.
        screen: (V, 3) column, row, depth.
        triangles: (M, 3).
        parts: (M,) `Part`.
        attributes: (V, ATTRIBUTES).
        texture: (h, w, 4) albedo and gloss, full scale 65535.
        furrow_group: (2, h, w) group of each texel, -1 for none.
        furrow_relief: (2, h, w, 3) slopes and depth.
        bare: (h, w) share of skin not hidden by hair.
        furrows: (G,) weight of each group.
        arc: (w, 2) cosine and sine of each texture column's angle.
        rotation: (3, 3) head to camera.
        lamp: (11,) direction of the key light, of its half vector, its colour, ambient, fill.
        gaze: (3,) direction of sight in head space.
        iris: (3,) linear colour.
        hair: (3,) linear colour of long hair.
        strands: (w,) brightness of its strands by texture column.
        out: (H, W, 3) linear colour, only covered pixels are written.
    """
    height, width = owner.shape
    rows, columns = texture.shape[:2]
    lx, ly, lz, hx, hy, hz = lamp[0], lamp[1], lamp[2], lamp[3], lamp[4], lamp[5]
    ambient, fill = lamp[9], lamp[10]
    albedo = np.empty(4, np.float32)
    for row in range(height):
        for column in range(width):
            t = owner[row, column]
            if t < 0:
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            e1x, e1y = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
            e2x, e2y = screen[c, 0] - screen[a, 0], screen[c, 1] - screen[a, 1]
            dx, dy = (
                np.float32(column) + np.float32(0.5) - screen[a, 0],
                np.float32(row) + np.float32(0.5) - screen[a, 1],
            )
            inverse = np.float32(1.0) / (e1x * e2y - e1y * e2x)
            wb = (dx * e2y - dy * e2x) * inverse
            wc = (dy * e1x - dx * e1y) * inverse
            wa = np.float32(1.0) - wb - wc
            nx = wa * attributes[a, 0] + wb * attributes[b, 0] + wc * attributes[c, 0]
            ny = wa * attributes[a, 1] + wb * attributes[b, 1] + wc * attributes[c, 1]
            nz = wa * attributes[a, 2] + wb * attributes[b, 2] + wc * attributes[c, 2]
            key = wa * attributes[a, KEY] + wb * attributes[b, KEY] + wc * attributes[c, KEY]
            open_sky = wa * attributes[a, AMBIENT] + wb * attributes[b, AMBIENT] + wc * attributes[c, AMBIENT]
            part = parts[t]
            gloss, sharp, dark = np.float32(0.0), False, np.float32(1.0)
            if part in (_SKIN, _NOSTRIL, _HAIR):
                u = wa * attributes[a, UV] + wb * attributes[b, UV] + wc * attributes[c, UV] - np.float32(0.5)
                v = (
                    wa * attributes[a, UV + 1]
                    + wb * attributes[b, UV + 1]
                    + wc * attributes[c, UV + 1]
                    - np.float32(0.5)
                )
                u = min(max(u, np.float32(0.0)), np.float32(columns - 1.001))
                v = min(max(v, np.float32(0.0)), np.float32(rows - 1.001))
                i, j = int(v), int(u)
                if part == _HAIR:
                    for k in range(3):
                        albedo[k] = hair[k] * strands[j]
                    gloss = np.float32(0.12)
                else:
                    fy, fx = v - i, u - j
                    w00, w01 = (1 - fy) * (1 - fx), (1 - fy) * fx
                    w10, w11 = fy * (1 - fx), fy * fx
                    for k in range(4):
                        albedo[k] = (
                            w00 * texture[i, j, k] + w01 * texture[i, j + 1, k]
                            + w10 * texture[i + 1, j, k] + w11 * texture[i + 1, j + 1, k]
                        ) * np.float32(1 / 65535)  # fmt: skip
                    gloss = albedo[3]
                    along, up = np.float32(0.0), np.float32(0.0)
                    near_i, near_j = int(v + np.float32(0.5)), int(u + np.float32(0.5))
                    for layer in range(2):
                        g = furrow_group[layer, near_i, near_j]
                        if g >= 0 and furrows[g] > 0:
                            w = furrows[g] * bare[near_i, near_j]
                            along += w * furrow_relief[layer, near_i, near_j, 0]
                            up += w * furrow_relief[layer, near_i, near_j, 1]
                            dark *= 1 - min(0.55, _DARKENING * w * furrow_relief[layer, near_i, near_j, 2])
                    if along != 0 or up != 0:
                        # Slope along the arc tilts the normal along the unrolled head's tangent, slope upward along y.
                        tx, tz = -_SLOPE * along * arc[near_j, 0], _SLOPE * along * arc[near_j, 1]
                        ty = -_SLOPE * up
                        nx += rotation[0, 0] * tx + rotation[0, 1] * ty + rotation[0, 2] * tz
                        ny += rotation[1, 0] * tx + rotation[1, 1] * ty + rotation[1, 2] * tz
                        nz += rotation[2, 0] * tx + rotation[2, 1] * ty + rotation[2, 2] * tz
                    if part == _NOSTRIL:
                        dark *= np.float32(0.45)
            elif part == _EYE:
                rx = wa * attributes[a, RAY] + wb * attributes[b, RAY] + wc * attributes[c, RAY]
                ry = wa * attributes[a, RAY + 1] + wb * attributes[b, RAY + 1] + wc * attributes[c, RAY + 1]
                rz = wa * attributes[a, RAY + 2] + wb * attributes[b, RAY + 2] + wc * attributes[c, RAY + 2]
                length = np.sqrt(rx * rx + ry * ry + rz * rz) + 1e-9
                rx, ry, rz = rx / length, ry / length, rz / length
                angle = np.sqrt(max(0.0, 2.0 * (1.0 - (rx * gaze[0] + ry * gaze[1] + rz * gaze[2]))))
                in_iris = 1 - _ramp(angle, _IRIS - 0.035, _IRIS + 0.035)
                in_pupil = 1 - _ramp(angle, _PUPIL - 0.04, _PUPIL + 0.04)
                # The iris is lit from the side opposite the light, and ringed by a dark limbus.
                bright = (0.75 + 0.9 * (angle / _IRIS) - 0.35 * (ry - gaze[1]) / _IRIS) * (
                    1 - 0.75 * _ramp(angle, 0.34, _IRIS)
                )
                red = 0.10 * _ramp(angle, 0.55, 1.0)
                for k in range(3):
                    white = np.float32(0.60) - (0.06 * k) * np.float32(0.5) - red * (0.4 + 0.3 * k)
                    colour = white + in_iris * (iris[k] * bright - white)
                    albedo[k] = colour * (1 - 0.97 * in_pupil)
                nx = rotation[0, 0] * rx + rotation[0, 1] * ry + rotation[0, 2] * rz
                ny = rotation[1, 0] * rx + rotation[1, 1] * ry + rotation[1, 2] * rz
                nz = rotation[2, 0] * rx + rotation[2, 1] * ry + rotation[2, 2] * rz
                gloss, sharp = np.float32(1.0), True
                open_sky = 0.35 + 0.65 * open_sky
            elif part == _TEETH:
                albedo[0], albedo[1], albedo[2] = np.float32(0.56), np.float32(0.51), np.float32(0.43)
                gloss, key, open_sky = np.float32(0.25), np.float32(0.45), np.float32(0.5)
            elif part == _FRAME:
                albedo[0] = albedo[1] = albedo[2] = np.float32(0.018)
                gloss = np.float32(0.8)
            elif part == _TONGUE:
                albedo[0], albedo[1], albedo[2] = np.float32(0.30), np.float32(0.09), np.float32(0.09)
                gloss, key, open_sky = np.float32(0.1), np.float32(0.3), np.float32(0.3)
            else:
                albedo[0], albedo[1], albedo[2] = np.float32(0.16), np.float32(0.045), np.float32(0.04)
                key, open_sky = np.float32(0.12), np.float32(0.15)
            scale = np.float32(1.0) / np.sqrt(nx * nx + ny * ny + nz * nz + np.float32(1e-12))
            nx, ny, nz = nx * scale, ny * scale, nz * scale
            facing = nx * lx + ny * ly + nz * lz
            sky = ambient * open_sky * (0.78 + 0.22 * ny)
            side = fill * open_sky * max(0.0, -0.8 * nx * (1.0 if lx >= 0 else -1.0) + 0.6 * nz)
            shine = max(0.0, nx * hx + ny * hy + nz * hz)
            s4 = shine * shine * shine * shine
            s16 = s4 * s4 * s4 * s4
            if sharp:
                s64 = s16 * s16 * s16 * s16
                glint = 1.6 * s64 * s64 * key
            else:
                rim = 1.0 - max(0.0, nz)
                glint = gloss * key * (0.10 * s4 * s4 + 0.22 * s16 * s16) + 0.05 * gloss * rim * rim * rim * (
                    sky + side
                )
            for k in range(3):
                # Light bleeds under the skin, red farthest, so each channel wraps a little differently.
                wrap = 0.32 - 0.10 * k
                diffuse = max(0.0, (facing + wrap) / (1.0 + wrap)) * key
                out[row, column, k] = albedo[k] * dark * (diffuse * lamp[6 + k] + sky + side) + glint * lamp[6 + k]


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
