"""Compiled shading: skin with furrows, eyes, mouth, hair and glasses, pixel by pixel in linear light."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig.asset import Part
from benchmark.corpora.affrig.rig.compiled import compiled, inlined

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Scalar = np.floating[Any]

_SKIN, _NOSTRIL, _EYE = int(Part.SKIN), int(Part.NOSTRIL), int(Part.EYE)
_TEETH, _TONGUE, _HAIR, _FRAME = int(Part.TEETH), int(Part.TONGUE), int(Part.HAIR), int(Part.FRAME)

#: Columns of the vertex attributes: unit normal, texture column and row, key light and ambient received, eye direction.
NORMAL, UV, KEY, AMBIENT, RAY = 0, 3, 5, 6, 7
ATTRIBUTES = 10

#: What is known of one pixel before light falls on it: albedo, gloss, normal, share of key light and of ambient.
_GLOSS, _NX, _NY, _NZ, _LIT, _OPEN = 3, 4, 5, 6, 7, 8
_PIXEL = 9

# Numbers are spelled as single precision: a bare literal would turn every product of the inner loop into a double.
f = np.float32
#: Radii on the eyeball (radians) of pupil and iris.
_PUPIL, _IRIS = f(0.19), f(0.47)
#: Steepness of a furrow's slope on the normal, and of its depth (decimetres) on the colour.
_SLOPE, _DARKENING, _DARKEST = f(0.9), f(14.0), f(0.55)
_ZERO, _HALF, _ONE = f(0.0), f(0.5), f(1.0)


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


@inlined
def _ramp(value: Scalar, low: Scalar, high: Scalar) -> Scalar:
    t = min(_ONE, max(_ZERO, (value - low) / (high - low)))
    return t * t * (f(3.0) - f(2.0) * t)


@inlined
def _mix(attributes: F32, a: int, b: int, c: int, wb: Scalar, wc: Scalar, k: int) -> Scalar:
    """Attribute ``k`` at barycentric weights (1 - wb - wc, wb, wc) of vertices a, b, c."""
    base = attributes[a, k]
    mixed: Scalar = base + wb * (attributes[b, k] - base) + wc * (attributes[c, k] - base)
    return mixed


@inlined
def _matter(pixel: F32, red: Scalar, green: Scalar, blue: Scalar, gloss: Scalar) -> None:
    pixel[0], pixel[1], pixel[2], pixel[_GLOSS] = red, green, blue, gloss


@inlined
def _tilt(pixel: F32, rotation: F32, x: Scalar, y: Scalar, z: Scalar) -> None:
    """Add a head-space vector to the camera-space normal."""
    for k in range(3):
        pixel[_NX + k] += rotation[k, 0] * x + rotation[k, 1] * y + rotation[k, 2] * z


@inlined
def _skin(
    pixel: F32,
    u: Scalar,
    v: Scalar,
    texture: NDArray[np.uint16],
    furrow_group: NDArray[np.int8],
    furrow_relief: F32,
    bare: F32,
    furrows: F32,
    arc: F32,
    rotation: F32,
) -> None:
    """Albedo and gloss of the painted head at texture column ``u`` and row ``v``, carved by the furrows there."""
    i, j = int(v), int(u)
    fy, fx = v - f(i), u - f(j)
    w00, w01, w10, w11 = (_ONE - fy) * (_ONE - fx), (_ONE - fy) * fx, fy * (_ONE - fx), fy * fx
    for k in range(4):
        above = w00 * f(texture[i, j, k]) + w01 * f(texture[i, j + 1, k])
        below = w10 * f(texture[i + 1, j, k]) + w11 * f(texture[i + 1, j + 1, k])
        pixel[k] = (above + below) * f(1 / 65535)
    along, up, dark = _ZERO, _ZERO, _ONE
    i, j = int(v + _HALF), int(u + _HALF)
    for layer in range(2):
        group = furrow_group[layer, i, j]
        if group >= 0 and furrows[group] > _ZERO:
            depth = furrows[group] * bare[i, j]
            along += depth * furrow_relief[layer, i, j, 0]
            up += depth * furrow_relief[layer, i, j, 1]
            dark *= _ONE - min(_DARKEST, _DARKENING * depth * furrow_relief[layer, i, j, 2])
    if along != _ZERO or up != _ZERO:
        # Slope along the arc tilts the normal along the unrolled head's tangent, slope upward along y.
        _tilt(pixel, rotation, -_SLOPE * along * arc[j, 0], -_SLOPE * up, _SLOPE * along * arc[j, 1])
        for k in range(3):
            pixel[k] *= dark


@inlined
def _eye(pixel: F32, x: Scalar, y: Scalar, z: Scalar, gaze: F32, iris: F32, rotation: F32) -> None:
    """White, iris and pupil at direction (x, y, z) from the centre of an eyeball that looks along ``gaze``."""
    scale = _ONE / np.sqrt(x * x + y * y + z * z + f(1e-12))
    x, y, z = x * scale, y * scale, z * scale
    angle = np.sqrt(max(_ZERO, f(2.0) * (_ONE - (x * gaze[0] + y * gaze[1] + z * gaze[2]))))
    in_iris = _ONE - _ramp(angle, _IRIS - f(0.035), _IRIS + f(0.035))
    in_pupil = _ONE - _ramp(angle, _PUPIL - f(0.04), _PUPIL + f(0.04))
    # The iris is lit from the side opposite the light, and ringed by a dark limbus.
    bright = f(0.75) + f(0.9) * (angle / _IRIS) - f(0.35) * (y - gaze[1]) / _IRIS
    bright *= _ONE - f(0.75) * _ramp(angle, f(0.34), _IRIS)
    red = f(0.10) * _ramp(angle, f(0.55), _ONE)
    for k in range(3):
        white = f(0.60) - f(0.03) * f(k) - red * (f(0.4) + f(0.3) * f(k))
        pixel[k] = (white + in_iris * (iris[k] * bright - white)) * (_ONE - f(0.97) * in_pupil)
        pixel[_NX + k] = _ZERO
    _tilt(pixel, rotation, x, y, z)
    pixel[_GLOSS] = _ONE
    pixel[_OPEN] = f(0.35) + f(0.65) * pixel[_OPEN]


@inlined
def _light(pixel: F32, lamp: F32, wet: bool, out: F32) -> None:
    """Light one pixel: key light with bleeding, fill from the other side, sky and a highlight, to linear ``out``."""
    x, y, z, gloss, key, open_sky = pixel[_NX], pixel[_NY], pixel[_NZ], pixel[_GLOSS], pixel[_LIT], pixel[_OPEN]
    scale = _ONE / np.sqrt(x * x + y * y + z * z + f(1e-12))
    x, y, z = x * scale, y * scale, z * scale
    facing = x * lamp[0] + y * lamp[1] + z * lamp[2]
    sky = lamp[9] * open_sky * (f(0.78) + f(0.22) * y)
    across = -x if lamp[0] >= _ZERO else x
    around = sky + lamp[10] * open_sky * max(_ZERO, f(0.8) * across + f(0.6) * z)
    shine = max(_ZERO, x * lamp[3] + y * lamp[4] + z * lamp[5])
    shine *= shine
    shine *= shine
    broad = shine * shine
    sharp = broad * broad * broad * broad
    if wet:
        glint = f(1.6) * sharp * sharp * sharp * sharp * key
    else:
        rim = _ONE - max(_ZERO, z)
        glint = gloss * (key * (f(0.10) * broad + f(0.22) * sharp) + f(0.05) * rim * rim * rim * around)
    for k in range(3):
        # Light bleeds under the skin, red farthest, so each channel wraps a little differently.
        wrap = f(0.32) - f(0.10) * f(k)
        diffuse = max(_ZERO, (facing + wrap) / (_ONE + wrap)) * key
        out[k] = pixel[k] * (diffuse * lamp[6 + k] + around) + glint * lamp[6 + k]


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
    last_row, last_column = f(texture.shape[0] - 1.001), f(texture.shape[1] - 1.001)
    pixel = np.empty(_PIXEL, np.float32)
    for row in range(height):
        for column in range(width):
            t = owner[row, column]
            if t < 0:
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            ax, ay = screen[a, 0], screen[a, 1]
            e1x, e1y, e2x, e2y = screen[b, 0] - ax, screen[b, 1] - ay, screen[c, 0] - ax, screen[c, 1] - ay
            dx, dy = f(column) + _HALF - ax, f(row) + _HALF - ay
            inverse = _ONE / (e1x * e2y - e1y * e2x)
            wb, wc = (dx * e2y - dy * e2x) * inverse, (dy * e1x - dx * e1y) * inverse
            for k in range(3):
                pixel[_NX + k] = _mix(attributes, a, b, c, wb, wc, NORMAL + k)
            pixel[_LIT] = _mix(attributes, a, b, c, wb, wc, KEY)
            pixel[_OPEN] = _mix(attributes, a, b, c, wb, wc, AMBIENT)
            part = parts[t]
            if part in (_SKIN, _NOSTRIL, _HAIR):
                u = min(max(_mix(attributes, a, b, c, wb, wc, UV) - _HALF, _ZERO), last_column)
                v = min(max(_mix(attributes, a, b, c, wb, wc, UV + 1) - _HALF, _ZERO), last_row)
                if part == _HAIR:
                    strand = strands[int(u)]
                    _matter(pixel, hair[0] * strand, hair[1] * strand, hair[2] * strand, f(0.12))
                else:
                    _skin(pixel, u, v, texture, furrow_group, furrow_relief, bare, furrows, arc, rotation)
                if part == _NOSTRIL:
                    for k in range(3):
                        pixel[k] *= f(0.45)
            elif part == _EYE:
                x, y = _mix(attributes, a, b, c, wb, wc, RAY), _mix(attributes, a, b, c, wb, wc, RAY + 1)
                _eye(pixel, x, y, _mix(attributes, a, b, c, wb, wc, RAY + 2), gaze, iris, rotation)
            elif part == _FRAME:
                _matter(pixel, f(0.018), f(0.018), f(0.018), f(0.8))
            # Behind the lips the baked light of the closed mouth does not hold: a constant share gets in.
            elif part == _TEETH:
                _matter(pixel, f(0.56), f(0.51), f(0.43), f(0.25))
                pixel[_LIT], pixel[_OPEN] = f(0.45), f(0.5)
            elif part == _TONGUE:
                _matter(pixel, f(0.30), f(0.09), f(0.09), f(0.1))
                pixel[_LIT], pixel[_OPEN] = f(0.3), f(0.3)
            else:
                _matter(pixel, f(0.16), f(0.045), f(0.04), _ZERO)
                pixel[_LIT], pixel[_OPEN] = f(0.12), f(0.15)
            _light(pixel, lamp, part == _EYE, out[row, column])
