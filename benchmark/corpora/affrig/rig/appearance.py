"""What makes a person look like themselves, and how a person is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

Sex = Literal["female", "male"]
HairStyle = Literal["bald", "cropped", "short", "fringe", "bob", "long"]
Colour = tuple[float, float, float]

ANCESTRIES = ("african", "asian", "caucasian")
HAIR_STYLES: tuple[HairStyle, ...] = get_args(HairStyle)

_HAIR_COLOURS: dict[str, Colour] = {
    "black": (0.055, 0.045, 0.045),
    "dark brown": (0.14, 0.09, 0.06),
    "brown": (0.27, 0.17, 0.10),
    "auburn": (0.36, 0.16, 0.08),
    "blond": (0.62, 0.48, 0.29),
    "grey": (0.50, 0.49, 0.48),
}
_EYE_COLOURS: dict[str, Colour] = {
    "dark brown": (0.13, 0.075, 0.045),
    "brown": (0.27, 0.16, 0.08),
    "hazel": (0.34, 0.27, 0.13),
    "green": (0.28, 0.38, 0.26),
    "blue": (0.30, 0.44, 0.58),
    "grey": (0.40, 0.45, 0.48),
}
_CLOTHES: tuple[Colour, ...] = (
    (0.12, 0.13, 0.15),
    (0.20, 0.26, 0.38),
    (0.75, 0.74, 0.71),
    (0.42, 0.16, 0.16),
    (0.30, 0.36, 0.28),
)
#: Shapes that move in both directions: the two ends, and the standard deviation of the draw.
_TWO_SIDED: tuple[tuple[str, str, float], ...] = tuple(
    (f"{name}-{low}", f"{name}-{high}", spread)
    for name, low, high, spread in (
        ("cheek-bones", "decr", "incr", 0.4), ("cheek-volume", "decr", "incr", 0.45),
        ("cheek-inner", "decr", "incr", 0.3), ("eye-bag", "decr", "incr", 0.3),
        ("eye-corner1", "down", "up", 0.35), ("eye-corner2", "down", "up", 0.35),
        ("eye-height2", "decr", "incr", 0.3), ("eye-scale", "decr", "incr", 0.25),
        ("eye-trans", "in", "out", 0.25), ("eye-eyefold", "concave", "convex", 0.35),
        ("ear-scale", "decr", "incr", 0.3), ("ear-wing", "decr", "incr", 0.3),
        ("head-fat", "decr", "incr", 0.4), ("head-scale-horiz", "decr", "incr", 0.2),
        ("head-age", "decr", "incr", 0.15), ("forehead-temple", "decr", "incr", 0.3),
        ("forehead-nubian", "decr", "incr", 0.25), ("eyebrows-angle", "down", "up", 0.25),
        ("eyebrows-trans", "down", "up", 0.35), ("nose-curve", "concave", "convex", 0.35),
        ("nose-hump", "decr", "incr", 0.35), ("nose-point", "down", "up", 0.4),
        ("nose-point-width", "decr", "incr", 0.35), ("nose-scale-depth", "decr", "incr", 0.35),
        ("nose-scale-horiz", "decr", "incr", 0.35), ("nose-scale-vert", "decr", "incr", 0.35),
        ("nose-width1", "decr", "incr", 0.3), ("nose-width2", "decr", "incr", 0.3),
        ("nose-volume", "decr", "incr", 0.3), ("nose-flaring", "decr", "incr", 0.3),
        ("mouth-angles", "down", "up", 0.2), ("mouth-cupidsbow", "decr", "incr", 0.4),
        ("mouth-lowerlip-height", "decr", "incr", 0.35), ("mouth-lowerlip-volume", "decr", "incr", 0.4),
        ("mouth-upperlip-height", "decr", "incr", 0.35), ("mouth-upperlip-volume", "decr", "incr", 0.4),
        ("mouth-scale-horiz", "decr", "incr", 0.35), ("mouth-trans", "down", "up", 0.2),
        ("chin-bones", "decr", "incr", 0.35), ("chin-height", "decr", "incr", 0.35),
        ("chin-jaw-drop", "decr", "incr", 0.3), ("chin-prominent", "decr", "incr", 0.35),
        ("chin-width", "decr", "incr", 0.4), ("chin-cleft", "decr", "incr", 0.3),
        ("neck-scale-horiz", "decr", "incr", 0.3),
    )
)  # fmt: skip
_HEADS: dict[Sex, tuple[str, ...]] = {
    "female": ("head-diamond", "head-invertedtriangular", "head-oval", "head-round"),
    "male": ("head-diamond", "head-oval", "head-rectangular", "head-round", "head-square", "head-triangular"),
}
_ASYMMETRIES = ("brown-1", "brown-2", "cheek-1", "cheek-2", "eye-1", "eye-4", "eye-7", "jaw-1", "jaw-2", "mouth-1",
                "mouth-2", "nose-1", "nose-2", "nose-3", "temple-1")  # fmt: skip


@dataclass(frozen=True)
class Appearance:
    """Everything that tells one person from another; plain numbers and strings, so ``dataclasses.asdict`` is JSON.

    Attributes:
        sex: which of the two macro shapes.
        age: 0 young adult to 1 old.
        ancestry: weight of each of `ANCESTRIES`; normalised to sum 1.
        skin_tone: 0 light to 1 dark.
        skin_warmth: -1 pink to 1 golden.
        hair_colour: sRGB in [0, 1].
        hair_style: one of `HAIR_STYLES`.
        eye_colour: sRGB in [0, 1].
        brow_weight: thickness and density of the brows, 1 average.
        lip_tint: 0 natural to 1 painted.
        beard: 0 shaven to 1 full.
        moustache: 0 shaven to 1 full.
        freckles: 0 none to 1 many.
        glasses: whether thin dark frames are worn.
        clothes: sRGB in [0, 1].
        shape: weight of each local identity target of the rig.
        asymmetry: weight of each one-sided identity target of the rig.
        seed: of the skin and hair noise.
    """

    sex: Sex = "female"
    age: float = 0.2
    ancestry: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ANCESTRIES, 1 / 3))
    skin_tone: float = 0.35
    skin_warmth: float = 0.0
    hair_colour: Colour = _HAIR_COLOURS["dark brown"]
    hair_style: HairStyle = "short"
    eye_colour: Colour = _EYE_COLOURS["brown"]
    brow_weight: float = 1.0
    lip_tint: float = 0.0
    beard: float = 0.0
    moustache: float = 0.0
    freckles: float = 0.0
    glasses: bool = False
    clothes: Colour = (0.20, 0.24, 0.30)
    shape: dict[str, float] = field(default_factory=dict)
    asymmetry: dict[str, float] = field(default_factory=dict)
    seed: int = 0


def _jitter(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    red, green, blue = np.clip(np.array(colour) * rng.normal(1.0, spread) + rng.normal(0.0, 0.01, 3), 0.02, 1.0)
    return float(red), float(green), float(blue)


def _draw_ancestry(rng: np.random.Generator) -> dict[str, float]:
    main = int(rng.integers(3))
    weights = rng.dirichlet(np.where(np.arange(3) == main, 6.0, 0.5))
    return {name: round(float(w), 4) for name, w in zip(ANCESTRIES, weights, strict=True)}


def _draw_shape(rng: np.random.Generator, sex: Sex) -> dict[str, float]:
    shape: dict[str, float] = {}
    for low, high, spread in _TWO_SIDED:
        weight = float(np.clip(rng.normal(0.0, spread), -0.9, 0.9))
        shape[high if weight > 0 else low] = round(abs(weight), 4)
    for name in rng.choice(_HEADS[sex], 2, replace=False):
        shape[str(name)] = round(float(rng.uniform(0.0, 0.6)), 4)
    return shape


def _draw_hair_style(rng: np.random.Generator, sex: Sex, age: float) -> HairStyle:
    chances = {"female": (0.0, 0.08, 0.17, 0.15, 0.2, 0.4), "male": (0.06 + 0.2 * age, 0.32, 0.40, 0.12, 0.01, 0.04)}[
        sex
    ]
    return HAIR_STYLES[int(rng.choice(len(HAIR_STYLES), p=np.array(chances) / sum(chances)))]


def sample_appearance(rng: np.random.Generator) -> Appearance:
    """Draw one person: ancestry, sex, age, local shape, asymmetry, skin, hair, eyes, beard and glasses."""
    sex: Sex = "female" if rng.random() < 0.5 else "male"
    age = float(rng.beta(1.3, 1.8))
    ancestry = _draw_ancestry(rng)
    african, asian, caucasian = (ancestry[name] for name in ANCESTRIES)
    tone = float(np.clip(0.80 * african + 0.34 * asian + 0.18 * caucasian + rng.normal(0.0, 0.09), 0.0, 1.0))
    light = np.array([0.0, 0.16, 0.3, 0.12, 0.42, 0.0]) * caucasian**3
    dark = np.array([0.75, 0.25, 0.0, 0.0, 0.0, 0.0]) * (1 - caucasian**3)
    greying = age**3 * 1.2
    hair = light + dark + np.array([0.05, 0.1, 0.05, 0.0, 0.0, greying])
    eyes = np.array([0.8, 0.2, 0.0, 0.0, 0.0, 0.0]) * (1 - caucasian)
    eyes += np.array([0.12, 0.26, 0.14, 0.14, 0.24, 0.10]) * caucasian**2
    beard, moustache = 0.0, 0.0
    if sex == "male" and rng.random() < 0.5:
        beard = float(rng.choice([0.0, rng.uniform(0.1, 0.4), rng.uniform(0.6, 1.0)], p=[0.2, 0.5, 0.3]))
        moustache = float(np.clip(beard + rng.normal(0.0, 0.15), 0.0, 1.0))
    return Appearance(
        sex=sex,
        age=round(age, 4),
        ancestry=ancestry,
        skin_tone=round(tone, 4),
        skin_warmth=round(float(np.clip(rng.normal(0.25 * (asian + african), 0.4), -1.0, 1.0)), 4),
        hair_colour=_jitter(rng, list(_HAIR_COLOURS.values())[int(rng.choice(6, p=hair / hair.sum()))], 0.15),
        hair_style=_draw_hair_style(rng, sex, age),
        eye_colour=_jitter(rng, list(_EYE_COLOURS.values())[int(rng.choice(6, p=eyes / eyes.sum()))], 0.12),
        brow_weight=round(float(np.clip(rng.normal(1.0 if sex == "female" else 1.3, 0.2), 0.6, 1.7)), 4),
        lip_tint=round(float(rng.uniform(0.1, 0.8)) if sex == "female" and rng.random() < 0.5 else 0.0, 4),
        beard=round(beard, 4),
        moustache=round(moustache, 4),
        freckles=round(float(rng.uniform(0.2, 1.0)) if tone < 0.3 and rng.random() < 0.25 else 0.0, 4),
        glasses=bool(rng.random() < 0.15),
        clothes=_jitter(rng, _CLOTHES[int(rng.integers(len(_CLOTHES)))], 0.2),
        shape=_draw_shape(rng, sex),
        asymmetry={
            f"asym-{name}-{'lr'[int(rng.integers(2))]}": round(float(rng.uniform(0.0, 0.5)), 4)
            for name in rng.choice(_ASYMMETRIES, 5, replace=False)
        },
        seed=int(rng.integers(2**31)),
    )
