"""One frame's camera, head pose, gaze, light and background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Background = Literal["plain", "gradient", "clutter"]


@dataclass(frozen=True)
class View:
    """How one frame is seen; the default is a frontal, evenly lit face in the Aff-Wild2 aligned framing.

    The crop follows the head as an aligner would: eyes near 40 % and mouth near 75 % of the height at every yaw and
    pitch; ``roll``, ``shift_*`` and ``scale`` are what the aligner got wrong.

    Attributes:
        yaw: radians, positive turns the face to the viewer's right.
        pitch: radians, positive looks down.
        roll: radians, positive turns the face clockwise on the picture.
        shift_x: share of the picture's width, positive to the right.
        shift_y: share of the picture's width, positive downward.
        scale: 1 is the aligned size, larger is closer.
        light: direction towards the key light (right, up, towards the camera); any length.
        light_colour: linear RGB of the key light.
        light_intensity: 1 is a normal exposure, 0 turns the key light off.
        ambient: light from everywhere, same unit.
        background: kind of the surroundings.
        background_colour: sRGB in [0, 1], main colour of the surroundings.
        background_seed: picks the pattern of "gradient" and "clutter".
        gaze_x: in [-1, 1], positive to the viewer's right.
        gaze_y: in [-1, 1], positive upward.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    scale: float = 1.0
    light: tuple[float, float, float] = (0.35, 0.55, 1.0)
    light_colour: tuple[float, float, float] = (1.0, 0.97, 0.92)
    light_intensity: float = 1.0
    ambient: float = 0.35
    background: Background = "gradient"
    background_colour: tuple[float, float, float] = (0.38, 0.41, 0.44)
    background_seed: int = 0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
