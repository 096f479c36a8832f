"""The latent emotion of one person in one video: valence and arousal over time, made of episodes of feeling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from benchmark.corpora.affrig.feelings import COMPOUNDS, DOMINANT_SHARES, FEELINGS, NEUTRAL, OTHER
from benchmark.corpora.affrig.modes import draw_mode
from benchmark.corpora.affrig.signals import FloatArray, IntArray, drift, low_pass, time_grid

_SPREAD = 0.16  # deviation of an episode's valence and arousal about the centre of its feeling
_MOOD = (0.10, 0.10)  # deviation of a trial's mean valence and arousal
_MOOD_CENTRE = (0.08, 0.04)
_DRIFT = (0.10, 0.10)  # deviation of the slow wandering inside a trial
_SEEN = 0.33  # envelope times strength above which annotators name the feeling
_BLEND_RATE = 0.14


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of one feeling.

    Attributes:
        feeling: key of ``feelings.FEELINGS``.
        second: a feeling blended in, or None.
        name: expression class that the annotators give it.
        mode: how it reaches face, voice and words (a key of ``modes.MODES``).
        strength: in (0, 1].
        valence, arousal: what the person feels at its height.
        envelope: (T,) in [0, 1], rise and fall.
    """

    feeling: str
    second: str | None
    name: int
    mode: str
    strength: float
    valence: float
    arousal: float
    envelope: FloatArray


@dataclass(frozen=True, slots=True)
class Emotion:
    """What a person feels.

    Attributes:
        times: (T,) seconds on the behaviour grid.
        valence, arousal: (T,) felt, smooth, in [-1, 1].
        expression: (T,) class that a faultless annotator gives, 0..7.
        episodes: in order; their envelopes overlap only in passing from one to the next.
    """

    times: FloatArray
    valence: FloatArray
    arousal: FloatArray
    expression: IntArray
    episodes: tuple[Episode, ...]


def _clip(value: float) -> float:
    return float(np.clip(value, -1.0, 1.0))


def _episode(rng: np.random.Generator, feeling: str, envelope: FloatArray) -> Episode:
    felt = FEELINGS[feeling]
    strength = float(rng.uniform(0.5, 1.0))
    name = int(rng.choice(list(felt.names), p=list(felt.names.values())))
    second = None
    if feeling != "neutral" and rng.random() < _BLEND_RATE:
        second = str(rng.choice([key for key in DOMINANT_SHARES if key not in (feeling, "neutral")]))
        name = OTHER if rng.random() < 0.7 else name
    centre = np.array([felt.valence, felt.arousal])
    if second is not None:
        centre = 0.6 * centre + 0.4 * np.array([FEELINGS[second].valence, FEELINGS[second].arousal])
    valence, arousal = centre * (0.35 + 0.75 * strength) + rng.normal(0.0, _SPREAD, 2)
    mode = draw_mode(rng, valence)
    if mode == "mask" and rng.random() < 0.5:
        name = OTHER
    return Episode(feeling, second, name, mode, strength, _clip(valence), _clip(arousal), envelope)


def _envelopes(rng: np.random.Generator, times: FloatArray) -> list[FloatArray]:
    """Cross-fading windows of 1.8 to 4.5 s that cover ``times``, and sum to one until they are shaped."""
    edges = [float(rng.uniform(-1.5, 0.0))]
    while edges[-1] < times[-1]:
        edges.append(edges[-1] + float(rng.uniform(1.8, 4.5)))
    envelopes = []
    for start, end in pairwise(edges):
        rise, fall = rng.uniform(0.15, 0.45, 2)
        up, down = 1 / (1 + np.exp(-(times - start) / rise * 2)), 1 / (1 + np.exp(-(times - end) / fall * 2))
        sag = 1.0 - rng.uniform(0.0, 0.35) * np.clip((times - start) / (end - start), 0, 1)
        envelopes.append(np.clip(up - down, 0, 1) * sag)
    return envelopes


def _compose(rng: np.random.Generator, times: FloatArray, episodes: tuple[Episode, ...]) -> Emotion:
    weights = np.stack([e.envelope for e in episodes])
    target = np.stack([[e.valence, e.arousal] for e in episodes], axis=1) @ weights
    mood = rng.normal(_MOOD_CENTRE, _MOOD)[:, None] + np.stack(
        [drift(rng, times.shape, 2.5, sigma) for sigma in _DRIFT]
    )
    valence, arousal = np.clip(low_pass(target, 0.18) + mood, -1.0, 1.0)
    strengths = weights * np.array([[e.strength] for e in episodes])
    top = strengths.argmax(axis=0)
    names = np.array([e.name for e in episodes])[top]
    expression = np.where(strengths.max(axis=0) > _SEEN, names, NEUTRAL).astype(np.int64)
    return Emotion(times, valence, arousal, expression, episodes)


def feel(rng: np.random.Generator, duration: float, dominant: str) -> Emotion:
    """Draw what a person feels for ``duration`` seconds of a trial in which ``dominant`` comes most often."""
    times = time_grid(duration)
    others, shares = list(DOMINANT_SHARES), np.array(list(DOMINANT_SHARES.values()))
    episodes = []
    for envelope in _envelopes(rng, times):
        draw = rng.random()
        feeling = dominant
        if draw > 0.35:
            feeling = "neutral" if draw < 0.48 else str(rng.choice(others, p=shares / shares.sum()))
        episodes.append(_episode(rng, feeling, envelope))
    return _compose(rng, times, tuple(episodes))


def feel_compound(rng: np.random.Generator, duration: float, compound: int) -> Emotion:
    """Draw a clip that blends the two feelings of a compound expression; ``expression`` is not meaningful here."""
    times = time_grid(duration)
    first, second = COMPOUNDS[compound]
    onset, rise = rng.uniform(-0.3, 0.35), rng.uniform(0.15, 0.4)
    envelope = 1 / (1 + np.exp(-2 * (times - onset) / rise))
    episode = replace(_episode(rng, first, envelope), second=second, mode="honest", strength=float(rng.uniform(0.6, 1)))
    centre = 0.55 * np.array([FEELINGS[first].valence, FEELINGS[first].arousal])
    centre += 0.45 * np.array([FEELINGS[second].valence, FEELINGS[second].arousal])
    valence, arousal = centre + rng.normal(0.0, _SPREAD, 2)
    episode = replace(episode, valence=_clip(valence), arousal=_clip(arousal))
    return _compose(rng, times, (episode,))
