"""From what is felt to what face, voice and words each display: separate, noisy maps."""

from __future__ import annotations

from typing import Literal

import numpy as np

from benchmark.corpora.affrig.emotion import Emotion
from benchmark.corpora.affrig.modes import MODES, Shown
from benchmark.corpora.affrig.people import Temperament
from benchmark.corpora.affrig.signals import FloatArray, delayed, drift

Channel = Literal["face", "voice", "words"]

#: Deviation of each channel's own slow wandering, for valence and arousal, and its time constant in s.
_NOISE: dict[Channel, tuple[float, float]] = {"face": (0.12, 0.12), "voice": (0.14, 0.10), "words": (0.08, 0.18)}
_NOISE_TAU = 2.0
#: How much of the felt value each channel carries at best: faces tell valence, voices arousal, words valence.
_CARRIES: dict[Channel, tuple[float, float]] = {"face": (1.0, 0.95), "voice": (0.85, 1.0), "words": (1.0, 0.75)}


def _shown(mode: str, channel: Channel) -> Shown:
    shown: Shown = getattr(MODES[mode], channel)
    return shown


def weights(emotion: Emotion) -> FloatArray:
    """(E, T) share of each episode at each time; the columns sum to one."""
    raw = np.stack([episode.envelope for episode in emotion.episodes]) + 1e-9
    result: FloatArray = raw / raw.sum(axis=0)
    return result


def display(rng: np.random.Generator, emotion: Emotion, who: Temperament, channel: Channel) -> FloatArray:
    """(2, T) valence and arousal that one channel displays, clipped to [-1, 1]."""
    share = weights(emotion)
    shown = [_shown(episode.mode, channel) for episode in emotion.episodes]
    gains = np.array([[s.valence_gain for s in shown], [s.arousal_gain for s in shown]]) @ share
    offsets = np.array([[s.valence_offset for s in shown], [s.arousal_offset for s in shown]]) @ share
    felt = np.stack([emotion.valence, emotion.arousal])
    carried = np.array(_CARRIES[channel])[:, None] * (gains * felt + offsets)
    noise = np.array(_NOISE[channel])[:, None] * drift(rng, felt.shape, _NOISE_TAU, 1.0)
    biases = {"face": who.face_bias, "voice": who.voice_bias, "words": (0.0, 0.0)}
    gain = {"face": 1.0, "voice": who.voice_gain, "words": who.word_gain}[channel]
    lag = who.onset_lag if channel == "face" else 0.0
    result: FloatArray = np.clip(delayed(gain * carried, lag) + noise + np.array(biases[channel])[:, None], -1.0, 1.0)
    return result
