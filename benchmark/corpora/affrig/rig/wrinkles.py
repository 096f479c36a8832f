"""Furrows that expressions carve into the skin: where they lie, what drives them, and their relief as texture layers.

The mesh is too coarse for them (a brow furrow is a few millimetres wide), so each is a groove in texture space whose
slope tilts the normal and whose depth darkens the skin. Positions follow the anatomical descriptions of FACS (Ekman,
Friesen and Hager 2002): vertical lines between the brows for AU4, transverse lines on the nasal root for AU9, forehead
lines for AU1 and AU2, crow's feet and lower-lid lines for AU6 and AU7, nasolabial fold for AU10 and AU12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Groove:
    """One furrow or ridge of the person's left side: a polyline in (arc, height) decimetres on the unrolled head.

    Attributes:
        points: at least two (arc, height) points; arc is 0 on the midline.
        width: standard deviation of the cross-section, decimetres.
        depth: decimetres at full weight; negative is a ridge.
    """

    points: tuple[tuple[float, float], ...]
    width: float
    depth: float


@dataclass(frozen=True)
class Group:
    """Grooves that come and go together.

    Attributes:
        name: for reading only.
        grooves: on the person's left; mirrored for the right.
        drivers: weight of each deformation unit; ``*`` stands for the side.
        with_age: share of the full depth that a person of age 1 shows at rest.
    """

    name: str
    grooves: tuple[Groove, ...]
    drivers: dict[str, float]
    with_age: float


GROUPS: tuple[Group, ...] = (
    Group(
        "forehead middle",
        tuple(Groove(((0.0, y - 0.012), (0.16, y), (0.34, y + 0.004)), 0.017, 0.011) for y in (7.61, 7.70, 7.79)),
        {"browInnerUp": 1.0, "browOuterUp*": 0.15},
        0.3,
    ),
    Group(
        "forehead side",
        tuple(
            Groove(((0.22, y + 0.004), (0.38, y + 0.012), (0.55, y - 0.02)), 0.017, 0.010) for y in (7.63, 7.72, 7.81)
        ),
        {"browOuterUp*": 1.0, "browInnerUp": 0.1},
        0.25,
    ),
    Group(
        "brow furrow",
        (
            Groove(((0.058, 7.36), (0.050, 7.43), (0.062, 7.51)), 0.018, 0.021),
            Groove(((0.125, 7.45), (0.135, 7.51)), 0.035, -0.008),
        ),
        {"browKnit*": 1.0, "browDown*": 0.15, "noseSneer*": 0.15},
        0.22,
    ),
    Group(
        "nose root",
        tuple(Groove(((0.0, y), (0.05, y + 0.006), (0.11, y - 0.03)), 0.014, 0.011) for y in (7.22, 7.275, 7.33)),
        {"noseSneer*": 1.0},
        0.05,
    ),
    Group(
        "crow's feet",
        (
            Groove(((0.57, 7.31), (0.63, 7.335), (0.69, 7.37)), 0.014, 0.008),
            Groove(((0.58, 7.27), (0.65, 7.27), (0.71, 7.275)), 0.014, 0.008),
            Groove(((0.57, 7.23), (0.63, 7.21), (0.68, 7.18)), 0.014, 0.007),
        ),
        {"cheekSquint*": 0.9, "eyeSquint*": 0.2, "mouthSmile*": 0.15},
        0.35,
    ),
    Group(
        "lower lid",
        (
            Groove(((0.17, 7.215), (0.25, 7.165), (0.36, 7.15), (0.46, 7.18)), 0.017, 0.011),
            Groove(((0.20, 7.09), (0.33, 7.05), (0.46, 7.08)), 0.055, -0.007),
        ),
        {"cheekSquint*": 1.0, "eyeSquint*": 0.6},
        0.35,
    ),
    Group(
        "nasolabial fold",
        (
            Groove(((0.165, 7.00), (0.225, 6.94), (0.285, 6.85), (0.325, 6.75), (0.335, 6.66)), 0.025, 0.015),
            Groove(((0.27, 7.00), (0.34, 6.93), (0.41, 6.83), (0.43, 6.72)), 0.065, -0.014),
        ),
        {"mouthSmile*": 0.95, "mouthUpperUp*": 0.8, "noseSneer*": 0.5, "mouthStretch*": 0.3, "cheekSquint*": 0.15},
        0.4,
    ),
    Group(
        "mouth corner",
        (Groove(((0.285, 6.62), (0.315, 6.55), (0.325, 6.47)), 0.024, 0.012),),
        {"mouthFrown*": 1.0, "mouthDimple*": 0.2, "mouthPress*": 0.3},
        0.35,
    ),
    Group("dimple", (Groove(((0.36, 6.72), (0.385, 6.65), (0.365, 6.58)), 0.02, 0.012),), {"mouthDimple*": 1.0}, 0.0),
    Group(
        "chin",
        (
            Groove(((0.0, 6.435), (0.09, 6.43), (0.17, 6.40)), 0.022, 0.014),
            Groove(((0.0, 6.34), (0.08, 6.34)), 0.055, -0.010),
        ),
        {"mouthShrugLower": 1.0, "mouthFrown*": 0.25},
        0.1,
    ),
)


@dataclass(frozen=True)
class Layers:
    """Relief of all groups, two per texel at most: the strongest and the runner-up.

    Attributes:
        group: (2, H, W) int8, index into the side groups (left then right of each `GROUPS` entry), -1 for none.
        relief: (2, H, W, 3) slope along the arc, slope upward, darkening, all at full weight.
        drive: (U, 2 G) from unit weights to side-group weights.
        with_age: (2 G,) of `Group.with_age`.
    """

    group: NDArray[np.int8]
    relief: F32
    drive: F32
    with_age: F32


def _height(arc: F32, height: F32, groove: Groove) -> F32:
    """Depth (H, W) of one groove: gaussian across, fading towards both ends."""
    points = np.array(groove.points, np.float32)
    segments = np.linalg.norm(np.diff(points, axis=0), axis=1)
    run = np.concatenate([[0], np.cumsum(segments)]) / segments.sum()
    best = np.full(arc.shape, np.inf, np.float32)
    along = np.zeros_like(best)
    for a, b, t0, t1 in zip(points[:-1], points[1:], run[:-1], run[1:], strict=True):
        d = b - a
        t = np.clip(((arc - a[0]) * d[0] + (height - a[1]) * d[1]) / float(d @ d), 0, 1)
        distance = (arc - a[0] - t * d[0]) ** 2 + (height - a[1] - t * d[1]) ** 2
        nearer = distance < best
        best = np.where(nearer, distance, best)
        along = np.where(nearer, t0 + t * (t1 - t0), along)
    # A groove that starts on the midline runs on into its mirror image, so only its outer end fades.
    fade = np.clip((1 - along) / 0.3, 0, 1) * (1 if points[0, 0] == 0 else np.clip(along / 0.3, 0, 1))
    smooth: F32 = (-groove.depth * np.exp(-best / (2 * groove.width**2)) * fade).astype(np.float32)
    return smooth


def make_layers(arc: F32, height: F32, step: tuple[float, float], units: Sequence[str]) -> Layers:
    """Carve every group on both sides.

    Args:
        arc: (H, W) distance from the midline along the skin, decimetres, positive on the person's left.
        height: (H, W) decimetres.
        step: size of a texel along columns and rows, decimetres.
        units: names of the deformation units.
    """
    count = 2 * len(GROUPS)
    relief = np.zeros((count, *arc.shape, 3), np.float32)
    drive = np.zeros((len(units), count), np.float32)
    for k, group in enumerate(GROUPS):
        for side, (sign, word) in enumerate(((1, "Left"), (-1, "Right"))):
            carved = sum((_height(arc * sign, height, g) for g in group.grooves), start=np.zeros_like(arc))
            carved = np.where(arc * sign >= 0, carved, 0).astype(np.float32)
            row = 2 * k + side
            relief[row, ..., 1], relief[row, ..., 0] = np.gradient(carved, -step[1], step[0])
            relief[row, ..., 2] = np.maximum(-carved, 0)
            for name, weight in group.drivers.items():
                drive[units.index(name.replace("*", word)), row] = weight
    strength = np.abs(relief[..., :2]).sum(-1) * np.float32(0.02) + relief[..., 2]
    order = np.argsort(-strength, axis=0, kind="stable")[:2]
    chosen = np.take_along_axis(relief, order[..., None], 0)
    present = np.take_along_axis(strength, order, 0) > 2e-4
    return Layers(
        group=np.where(present, order, -1).astype(np.int8),
        relief=np.ascontiguousarray(chosen * present[..., None]),
        drive=drive,
        with_age=np.repeat(np.array([g.with_age for g in GROUPS], np.float32), 2),
    )
