"""From facial action units and visemes to the rig's deformation units."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import unknown_name

# The action units of `benchmark.tasks.ACTION_UNITS` come first, in their order.
# Units of one side of the face are written without "Left"/"Right" and a star; an action's weight goes to both sides.
_RECIPES: dict[str, dict[str, float]] = {
    "AU1": {"browInnerUp": 1.0},
    "AU2": {"browOuterUp*": 1.0},
    "AU4": {"browDown*": 0.85, "browKnit*": 1.0},
    "AU6": {"cheekSquint*": 1.0, "eyeSquint*": 0.3},
    "AU7": {"eyeSquint*": 1.0, "eyeBlink*": 0.12},
    "AU10": {"mouthUpperUp*": 1.0, "noseSneer*": 0.25},
    "AU12": {"mouthSmile*": 0.9},
    "AU15": {"mouthFrown*": 1.0, "mouthShrugLower": 0.15},
    "AU23": {"mouthPucker": 0.45, "mouthRollUpper": 0.45, "mouthRollLower": 0.5},
    "AU24": {"mouthRollUpper": 0.6, "mouthRollLower": 0.6, "mouthShrugLower": 0.35, "mouthFrown*": 0.1},
    "AU25": {"mouthLowerDown*": 0.65, "mouthUpperUp*": 0.25, "jawOpen": 0.06},
    "AU26": {"jawOpen": 0.7},
    "AU5": {"eyeWide*": 1.0},
    "AU9": {"noseSneer*": 1.0, "mouthUpperUp*": 0.3, "browDown*": 0.25},
    "AU14": {"mouthDimple*": 1.0},
    "AU17": {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.4},
    "AU18": {"mouthPucker": 1.0},
    "AU20": {"mouthStretch*": 1.0},
    "AU45": {"eyeBlink*": 1.0},
    "viseme_p": {"mouthRollUpper": 0.35, "mouthRollLower": 0.4, "mouthShrugLower": 0.15},
    "viseme_f": {"mouthRollLower": 0.6, "mouthUpperUp*": 0.3, "jawOpen": 0.05},
    "viseme_a": {"jawOpen": 0.5, "mouthLowerDown*": 0.3},
    "viseme_e": {"jawOpen": 0.25, "mouthStretch*": 0.35, "mouthLowerDown*": 0.35, "mouthUpperUp*": 0.15},
    "viseme_i": {"jawOpen": 0.1, "mouthStretch*": 0.5, "mouthLowerDown*": 0.4, "mouthUpperUp*": 0.25},
    "viseme_o": {"jawOpen": 0.3, "mouthFunnel": 0.8},
    "viseme_u": {"jawOpen": 0.1, "mouthPucker": 0.85, "mouthFunnel": 0.3},
    "viseme_t": {"jawOpen": 0.12, "mouthLowerDown*": 0.3, "mouthUpperUp*": 0.15},
}
RECIPES = MappingProxyType(_RECIPES)
ACTIONS = tuple(_RECIPES)


def index(name: str) -> int:
    """Column of an action in the input of `to_units`.

    Raises:
        UserError: no action is called so.
    """
    if name not in RECIPES:
        raise unknown_name("facial action", name, ACTIONS)
    return ACTIONS.index(name)


def matrices(units: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (A, U) from actions to units, left side and right side; a midline unit gets half from each."""
    left = np.zeros((len(ACTIONS), len(units)), np.float32)
    right = np.zeros_like(left)
    for row, recipe in enumerate(RECIPES.values()):
        for name, weight in recipe.items():
            if name.endswith("*"):
                left[row, units.index(f"{name[:-1]}Left")] = weight
                right[row, units.index(f"{name[:-1]}Right")] = weight
            else:
                left[row, units.index(name)] = right[row, units.index(name)] = weight / 2
    return left, right


def to_units(
    actions: NDArray[np.floating],
    asymmetry: NDArray[np.floating] | float,
    left: NDArray[np.float32],
    right: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Unit weights (T, U) in [0, 1] of action intensities (T, A).

    Args:
        actions: (T, A); clipped to [0, 1].
        asymmetry: balance in [-1, 1], a number, (T,) or (T, A): 0 is even, 1 moves the person's left side only, -1 the
            right side only. A midline unit keeps the mean of both sides.
        left: (A, U) of `matrices`.
        right: (A, U) of `matrices`.

    Raises:
        ValueError: the shapes do not fit.
    """
    intensity = np.asarray(actions, np.float32)
    if intensity.ndim != 2 or intensity.shape[1] != len(left):
        raise ValueError(f"actions have shape {intensity.shape}; expected (T, {len(left)})")
    intensity = np.clip(np.nan_to_num(intensity), 0.0, 1.0)
    balance = np.clip(np.asarray(asymmetry, np.float32), -1.0, 1.0)
    if balance.ndim == 1:
        balance = balance[:, None]
    both = np.clip(1 + balance, 0, 1) * intensity @ left + np.clip(1 - balance, 0, 1) * intensity @ right
    return np.clip(both, 0.0, 1.0).astype(np.float32)
