"""Recording conditions: head pose, camera, light, blur, noise, occluders, compression and missed detections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.signals import FloatArray, at, drift

Rgb: TypeAlias = tuple[int, int, int]
Occluder = Literal["hand", "cup", "microphone", "frame edge"]
Background = Literal["plain", "gradient", "clutter"]
_BACKGROUNDS: tuple[Background, ...] = ("plain", "gradient", "clutter")
_OCCLUDERS: tuple[Occluder, ...] = ("hand", "cup", "microphone", "frame edge")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames ``first`` to ``last`` (0-based, last excluded)."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Occlusion:
    """An object before the face: centre and radii as shares of the crop, colour, and when."""

    kind: Occluder
    when: Stretch
    centre: tuple[float, float]
    radii: tuple[float, float]
    colour: Rgb


@dataclass(frozen=True, slots=True)
class Conditions:
    """How one person is recorded in one video of N frames.

    Attributes:
        yaw, pitch, roll: (N,) radians, as ``rig.view.View``.
        shift_x, shift_y, scale: (N,) what the aligner got wrong.
        gaze_x, gaze_y: (N,) in [-1, 1].
        light: direction to the key light.
        light_colour: linear RGB.
        light_intensity, ambient: exposure.
        background: kind, and colour in [0, 1].
        background_seed: pattern of the background.
        blur: (N,) standard deviation in pixels, 0 for sharp.
        noise: deviation of the sensor noise in grey levels.
        quality: JPEG quality of the crops.
        occlusions: objects before the face.
        missing: (N,) bool, True where the detector found no face.
    """

    yaw: FloatArray
    pitch: FloatArray
    roll: FloatArray
    shift_x: FloatArray
    shift_y: FloatArray
    scale: FloatArray
    gaze_x: FloatArray
    gaze_y: FloatArray
    light: tuple[float, float, float]
    light_colour: tuple[float, float, float]
    light_intensity: float
    ambient: float
    background: Background
    background_colour: tuple[float, float, float]
    background_seed: int
    blur: FloatArray
    noise: float
    quality: int
    occlusions: tuple[Occlusion, ...]
    missing: NDArray[np.bool_]


def stretches(rng: np.random.Generator, frames: int, count: int, shortest: int, longest: int) -> list[Stretch]:
    """``count`` random stretches of ``shortest`` to ``longest`` frames, no longer than a third of the trial."""
    found = []
    for _ in range(count):
        length = min(int(rng.integers(shortest, longest + 1)), max(1, frames // 3))
        first = int(rng.integers(0, frames - length + 1))
        found.append(Stretch(first, first + length))
    return found


def covered(parts: list[Stretch] | tuple[Stretch, ...], frames: int) -> NDArray[np.bool_]:
    """(N,) True inside any of the stretches."""
    inside = np.zeros(frames, dtype=np.bool_)
    for part in parts:
        inside[part.first : part.last] = True
    return inside


def _occlusions(rng: np.random.Generator, frames: int, skin: Rgb) -> tuple[Occlusion, ...]:
    if rng.random() > 0.25:
        return ()
    found = []
    for when in stretches(rng, frames, int(rng.integers(1, 3)), 4, 25):
        kind = _OCCLUDERS[int(rng.integers(len(_OCCLUDERS)))]
        where, radii, colour = {
            "hand": ((rng.uniform(0.15, 0.85), rng.uniform(0.92, 1.05)), (0.2, 0.22), skin),
            "cup": ((rng.uniform(0.35, 0.65), rng.uniform(0.8, 1.0)), (0.2, 0.24), (226, 226, 220)),
            "microphone": ((rng.uniform(0.3, 0.7), rng.uniform(0.82, 1.0)), (0.09, 0.16), (38, 38, 42)),
            "frame edge": ((float(rng.integers(0, 2)), 0.5), (rng.uniform(0.12, 0.3), 0.8), (70, 66, 60)),
        }[kind]
        found.append(Occlusion(kind, when, (float(where[0]), float(where[1])), (float(radii[0]), radii[1]), colour))
    return tuple(found)


def record(
    rng: np.random.Generator,
    grid: FloatArray,
    times: FloatArray,
    shown: FloatArray,
    speaking: FloatArray,
    gaps: bool,
    skin: Rgb,
) -> Conditions:
    """Draw the recording of one person.

    Args:
        rng: draws these conditions and nothing else.
        grid: (T,) seconds of the behaviour grid.
        times: (N,) seconds of the frames.
        shown: (2, T) valence and arousal that the body displays: excited heads move more, sad ones hang.
        speaking: (T,) 0 or 1; heads nod with speech.
        gaps: whether the detector misses stretches of frames.
        skin: colour of the person's hands.
    """
    frames = len(times)
    restless = np.exp(0.8 * shown[1])
    valence = np.clip(shown[0], -1, 1)
    yaw = rng.normal(0.0, 0.12) + drift(rng, grid.shape, 1.5, 0.07) + restless * drift(rng, grid.shape, 0.35, 0.035)
    pitch = rng.normal(0.02, 0.07) + drift(rng, grid.shape, 1.5, 0.04) + restless * drift(rng, grid.shape, 0.3, 0.03)
    pitch += 0.10 * np.maximum(-valence, 0) * np.maximum(-shown[1], 0) * 2 + 0.03 * speaking * np.sin(9.0 * grid)
    roll = rng.normal(0.0, 0.03) + restless * drift(rng, grid.shape, 0.6, 0.03)
    gaze = drift(rng, (2, len(grid)), 0.5, 0.22) + np.array([[0.0], [-0.3]]) * np.maximum(-valence, 0)
    moves = at(times, grid, np.stack([yaw, pitch, roll, *gaze]))
    sway = at(times, grid, drift(rng, (3, len(grid)), 0.8, 1.0))
    jitter = rng.normal(0.0, 1.0, (3, frames))
    dark = rng.random() < 0.1
    blurry = rng.random() < 0.2
    moving = np.abs(np.gradient(moves[0]) if frames > 1 else np.zeros(frames))
    missing = covered(stretches(rng, frames, int(rng.integers(1, 3)), 2, 9), frames) if gaps else None
    colour = rng.uniform(0.12, 0.75) + rng.normal(0.0, 0.06, 3)
    warm = rng.normal(0.0, 0.07)
    return Conditions(
        yaw=np.clip(moves[0], -0.75, 0.75),
        pitch=np.clip(moves[1], -0.4, 0.45),
        roll=np.clip(moves[2], -0.25, 0.25),
        shift_x=0.008 * sway[0] + 0.004 * jitter[0],
        shift_y=0.008 * sway[1] + 0.004 * jitter[1],
        scale=1.0 + 0.012 * sway[2] + 0.006 * jitter[2] + rng.normal(0.0, 0.02),
        gaze_x=np.clip(moves[3], -1, 1),
        gaze_y=np.clip(moves[4], -1, 1),
        light=(float(rng.uniform(-1.2, 1.2)), float(rng.uniform(0.1, 1.1)), 1.0),
        light_colour=(1.0 + float(warm), 0.97, 0.94 - float(warm)),
        light_intensity=float(rng.uniform(0.4, 0.6) if dark else rng.uniform(0.75, 1.2)),
        ambient=float(rng.uniform(0.1, 0.2) if dark else rng.uniform(0.25, 0.5)),
        background=_BACKGROUNDS[int(rng.integers(3))],
        background_colour=tuple(float(c) for c in np.clip(colour, 0.03, 0.95)),  # type: ignore[arg-type]
        background_seed=int(rng.integers(2**31)),
        blur=np.clip((rng.uniform(0.4, 0.9) if blurry else 0.0) + 10.0 * np.maximum(moving - 0.05, 0), 0, 1.3),
        noise=float(rng.uniform(3.0, 6.0) if dark else rng.uniform(0.3, 2.5)),
        quality=int(rng.integers(65, 96)),
        occlusions=_occlusions(rng, frames, skin),
        missing=np.zeros(frames, dtype=np.bool_) if missing is None else missing,
    )
