"""From displayed feeling to the intensities of facial actions: personal, lagging, incomplete and noisy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.corpora.affrig.display import weights
from benchmark.corpora.affrig.emotion import Emotion, Episode
from benchmark.corpora.affrig.feelings import FEELINGS
from benchmark.corpora.affrig.modes import MODES
from benchmark.corpora.affrig.people import Temperament
from benchmark.corpora.affrig.rig.actions import ACTIONS
from benchmark.corpora.affrig.signals import RATE, FloatArray, delayed, drift, low_pass

_COLUMN = {name: i for i, name in enumerate(ACTIONS)}
#: Lips that part, the jaw, blinks and speech move both sides alike.
_EVEN = [i for i, name in enumerate(ACTIONS) if name.startswith("viseme") or name in ("AU25", "AU26", "AU45")]
_DROPOUT = 0.12  # chance that a person leaves out one action of an expression
_TEMPLATE = 1.0  # weight of the expression beside the graded part
_FLICKER = {"AU4": 0.06, "AU1": 0.05, "AU7": 0.08, "AU10": 0.06, "AU12": 0.07, "AU17": 0.06, "AU25": 0.07, "AU6": 0.06}
#: Small moves that mean nothing: (action, intensity, times a second, length in s, only while speaking).
_FIDGETS = (
    ({"AU1": 0.55, "AU2": 0.45}, 0.10, 0.5, True),  # brows that underline a word
    ({"AU4": 0.4}, 0.06, 0.8, True),
    ({"AU24": 0.6}, 0.025, 0.6, False),
    ({"AU23": 0.5}, 0.02, 0.6, False),
    ({"AU17": 0.5}, 0.04, 0.5, False),
    ({"AU14": 0.4}, 0.03, 0.7, False),
    ({"AU12": 0.45}, 0.04, 1.2, False),
    ({"AU7": 0.5}, 0.06, 1.0, False),
    ({"AU18": 0.4}, 0.03, 0.5, False),
)


@dataclass(frozen=True, slots=True)
class Face:
    """Attributes:
    actions: (T, A) intensity of each of ``rig.actions.ACTIONS`` in [0, 1], lip-sync not yet added.
    balance: (T, A) in [-1, 1], positive moves the person's left side more.
    """

    actions: FloatArray
    balance: FloatArray


def _above(signal: FloatArray, start: float) -> FloatArray:
    return np.maximum(signal - start, 0.0)


def _graded(shown: FloatArray, joy: FloatArray) -> dict[str, FloatArray]:
    """What (2, T) displayed valence and arousal do to a face whatever the feeling is called."""
    valence, arousal = shown
    good, bad = _above(valence, 0.08), _above(-valence, 0.10)
    return {
        "AU12": 0.90 * good,
        "AU6": 0.90 * good * joy,
        "AU25": 0.06 + 0.45 * _above(arousal, -0.05),
        "AU26": 0.60 * _above(arousal, 0.15),
        "AU4": 0.95 * bad,
        "AU15": 0.26 * bad,
        "AU10": 0.14 + 0.35 * bad + 0.22 * good,
        "AU7": 0.11 + 0.22 * bad + 0.20 * good + 0.22 * _above(arousal, 0.0),
        "AU5": 1.10 * _above(arousal, 0.10),
        "AU1": 0.40 * _above(arousal, 0.15) + 0.20 * bad,
        "AU2": 0.40 * _above(arousal, 0.15),
        "AU45": 0.55 * _above(-arousal, 0.15),
    }


def _template(rng: np.random.Generator, episode: Episode) -> FloatArray:
    """(A,) the way this person shows this feeling this time, some actions left out."""
    total = np.zeros(len(ACTIONS))
    parts = [(episode.feeling, 1.0 if episode.second is None else 0.7)]
    if episode.second is not None:
        parts.append((episode.second, 0.65))
    for feeling, weight in parts:
        faces = FEELINGS[feeling].faces
        for name, intensity in faces[int(rng.integers(len(faces)))].items():
            kept = 1.0 if rng.random() > _DROPOUT else 0.15
            column = _COLUMN[name]
            total[column] = max(total[column], weight * intensity * kept * rng.uniform(0.75, 1.2))
    mode = MODES[episode.mode]
    total *= mode.own_actions * (0.4 + 0.7 * episode.strength)
    for name, intensity in mode.extra_actions.items():
        total[_COLUMN[name]] = max(total[_COLUMN[name]], intensity * rng.uniform(0.75, 1.2))
    return total


def _bursts(rng: np.random.Generator, count: int, rate: float, length: float) -> FloatArray:
    """(T,) raised-cosine bumps at random times, ``rate`` a second, about ``length`` s long."""
    signal = np.zeros(count)
    for start in np.flatnonzero(rng.random(count) < rate / RATE):
        steps = max(3, round(length * RATE * rng.uniform(0.6, 1.5)))
        stop = min(count, int(start) + steps)
        bump = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(steps) + 0.5) / steps)
        signal[start:stop] = np.maximum(signal[start:stop], bump[: stop - int(start)])
    return signal


def behave(
    rng: np.random.Generator, emotion: Emotion, shown: FloatArray, who: Temperament, speaking: FloatArray
) -> Face:
    """Draw the face of one person.

    Args:
        rng: draws this face and nothing else.
        emotion: what is felt.
        shown: (2, T) valence and arousal that the face displays (``display.display``).
        who: the person.
        speaking: (T,) 0 or 1.
    """
    share = weights(emotion)
    count = share.shape[1]
    joy = np.array([1.0 if MODES[e.mode].smile == "felt" else 0.12 for e in emotion.episodes]) @ share
    actions = np.zeros((count, len(ACTIONS)))
    for name, signal in _graded(shown, joy).items():
        actions[:, _COLUMN[name]] += signal
    templates = np.stack([_template(rng, episode) for episode in emotion.episodes])
    envelopes = np.stack([episode.envelope for episode in emotion.episodes])
    acted = delayed(low_pass(envelopes, 0.08), who.onset_lag)
    actions += _TEMPLATE * (acted.T @ templates)
    actions = actions * who.expressivity * who.action_gains + who.resting
    for name, sigma in _FLICKER.items():
        actions[:, _COLUMN[name]] += drift(rng, (count,), 0.35, sigma)
    for moves, rate, length, while_speaking in _FIDGETS:
        burst = _bursts(rng, count, rate, length) * (speaking if while_speaking else 1.0)
        for name, intensity in moves.items():
            actions[:, _COLUMN[name]] = np.maximum(actions[:, _COLUMN[name]], intensity * burst)
    blink = _bursts(rng, count, who.blink_rate * (1 + 0.6 * float(np.mean(shown[1]))), 0.22)
    actions[:, _COLUMN["AU45"]] = np.maximum(actions[:, _COLUMN["AU45"]], blink)
    balance = np.full_like(actions, who.sidedness) + rng.normal(0.0, 0.06, len(ACTIONS))
    balance[:, _EVEN] = 0.0
    social = 1.0 - joy
    balance[:, _COLUMN["AU12"]] += 0.35 * social * rng.choice([-1.0, 1.0])
    balance[:, _COLUMN["AU14"]] += 0.6 * rng.choice([-1.0, 1.0])
    return Face(np.clip(actions, 0.0, 1.0), np.clip(balance, -0.8, 0.8))
