"""The people of the corpus: how they look, how they sound and how strongly they show what they feel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.corpora.affrig.randomness import generator
from benchmark.corpora.affrig.rig.actions import ACTIONS
from benchmark.corpora.affrig.rig.appearance import Appearance, sample_appearance
from benchmark.corpora.affrig.signals import FloatArray

_VOICES = {
    "female": ("en-us+f1", "en-us+f2", "en-us+f3", "en-us+f4", "en-us+linda", "en-gb-x-rp+f2", "en-gb-scotland+f4"),
    "male": ("en-us+m1", "en-us+m3", "en-us+m4", "en-us+m7", "en-us+max", "en-gb-x-rp+m3", "en-gb-scotland+m1"),
}
#: Actions that some faces show a little of even at rest, with the largest resting intensity.
_RESTING = {"AU4": 0.16, "AU7": 0.16, "AU15": 0.14, "AU12": 0.14, "AU17": 0.15, "AU1": 0.12, "AU10": 0.12, "AU25": 0.2}
_AGES = ((0.3, "young"), (0.65, "middle-aged"), (1.01, "old"))
_SKINS = ((0.33, "light"), (0.6, "medium"), (1.01, "dark"))


@dataclass(frozen=True, slots=True)
class Temperament:
    """How a person's feelings reach face, voice and words.

    Attributes:
        expressivity: factor on every facial action, 1.3 on average.
        action_gains: (A,) factor on each action of ``rig.actions.ACTIONS``.
        resting: (A,) intensity of each action at rest.
        onset_lag: seconds from feeling to face.
        sidedness: balance of the face in [-1, 1]; positive moves the left side more.
        voice_gain: factor on every change of the voice.
        word_gain: factor on how strong the chosen words are.
        face_bias, voice_bias: what is added to the (valence, arousal) that face and voice display.
        talkativeness: 0 mostly listens to 1 never stops.
        articulation: factor on lip movement.
        blink_rate: blinks a second.
    """

    expressivity: float
    action_gains: FloatArray
    resting: FloatArray
    onset_lag: float
    sidedness: float
    voice_gain: float
    word_gain: float
    face_bias: tuple[float, float]
    voice_bias: tuple[float, float]
    talkativeness: float
    articulation: float
    blink_rate: float


@dataclass(frozen=True, slots=True)
class Voice:
    """An espeak-ng voice at rest: variant name, words a minute, pitch and pitch range in [0, 99]."""

    variant: str
    rate: float
    pitch: float
    pitch_range: float


@dataclass(frozen=True, slots=True)
class Person:
    """One identity; ``key`` is its name in identities.json."""

    key: str
    appearance: Appearance
    temperament: Temperament
    voice: Voice

    def attributes(self) -> dict[str, Any]:
        """What fairness slices need, as plain data."""
        look = self.appearance
        return {
            "sex": look.sex,
            "age": look.age,
            "age_group": _band(look.age, _AGES),
            "ancestry": max(look.ancestry, key=lambda name: look.ancestry[name]),
            "skin_tone": look.skin_tone,
            "skin_group": _band(look.skin_tone, _SKINS),
            "glasses": look.glasses,
            "facial_hair": look.beard > 0.3 or look.moustache > 0.3,
            "expressivity": round(self.temperament.expressivity, 4),
        }


def _band(value: float, bands: tuple[tuple[float, str], ...]) -> str:
    return next(name for upper, name in bands if value < upper)


def age_group(person: Person) -> str:
    """``young``, ``middle-aged`` or ``old``."""
    return _band(person.appearance.age, _AGES)


def hand_colour(person: Person) -> tuple[int, int, int]:
    """About the colour of the person's skin, sRGB 0..255."""
    tone = person.appearance.skin_tone
    light, dark = np.array([226, 178, 152]), np.array([84, 54, 42])
    red, green, blue = (round(float(c)) for c in light + tone * (dark - light))
    return red, green, blue


def make_person(seed: int, key: str) -> Person:
    """The person called ``key`` in the corpus of ``seed``."""
    look = sample_appearance(generator(seed, "person", key, "appearance"))
    rng = generator(seed, "person", key, "temperament")
    resting = np.zeros(len(ACTIONS))
    for name in rng.choice(sorted(_RESTING), 3, replace=False):
        resting[ACTIONS.index(str(name))] = _RESTING[str(name)] * rng.uniform(0.3, 1.0)
    temperament = Temperament(
        expressivity=float(np.clip(np.exp(rng.normal(0.26, 0.18)), 0.85, 1.9)),
        action_gains=np.clip(np.exp(rng.normal(0.0, 0.2, len(ACTIONS))), 0.6, 1.6),
        resting=resting,
        onset_lag=float(rng.uniform(0.05, 0.5)),
        sidedness=float(np.clip(rng.normal(0.0, 0.12), -0.35, 0.35)),
        voice_gain=float(np.clip(np.exp(rng.normal(0.0, 0.25)), 0.55, 1.6)),
        word_gain=float(np.clip(np.exp(rng.normal(0.0, 0.2)), 0.6, 1.5)),
        face_bias=(float(rng.normal(0.0, 0.08)), float(rng.normal(0.0, 0.08))),
        voice_bias=(float(rng.normal(0.0, 0.08)), float(rng.normal(0.0, 0.08))),
        talkativeness=float(rng.beta(2.6, 1.2)),
        articulation=float(rng.uniform(0.65, 1.25)),
        blink_rate=float(rng.uniform(0.15, 0.45)),
    )
    voices = _VOICES[look.sex]
    voice = Voice(
        variant=voices[int(rng.integers(len(voices)))],
        rate=float(np.clip(rng.normal(168, 9) * (1.04 - 0.12 * look.age), 135, 200)),
        pitch=float(np.clip(rng.normal(46, 5), 32, 62)),
        pitch_range=float(np.clip(rng.normal(45, 7), 25, 65)),
    )
    return Person(key, look, temperament, voice)
