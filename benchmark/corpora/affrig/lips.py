"""Lip-sync: from timed phonemes to visemes, and to the action units that moving lips fire."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import gaussian_filter1d

from benchmark.corpora.affrig.rig.actions import ACTIONS
from benchmark.corpora.affrig.signals import RATE, FloatArray

_SYMBOLS: dict[str, str] = {
    "viseme_p": "pbm",
    "viseme_f": "fv",
    "viseme_a": "aæɑʌɐ",
    "viseme_e": "eɛəɚɜ",
    "viseme_i": "iɪᵻj",
    "viseme_o": "oɔɒ",
    "viseme_u": "uʊw",
}
_OTHER = "viseme_t"
VISEMES = (*_SYMBOLS, _OTHER)
_COLUMNS = [ACTIONS.index(name) for name in VISEMES]
_AU25, _AU26 = ACTIONS.index("AU25"), ACTIONS.index("AU26")
#: How far each viseme parts the lips (AU25) and drops the jaw (AU26).
_LIPS_PARTED = {"viseme_p": 0.0, "viseme_f": 0.15, "viseme_a": 0.9, "viseme_e": 0.75, "viseme_i": 0.6, "viseme_o": 0.7,
                "viseme_u": 0.35, "viseme_t": 0.5}  # fmt: skip
_JAW_DROPPED = {
    "viseme_a": 0.55,
    "viseme_e": 0.28,
    "viseme_o": 0.32,
    "viseme_i": 0.1,
    "viseme_u": 0.1,
    "viseme_t": 0.12,
}
_COARTICULATION = 0.045  # s, lips anticipate and linger
_ANNOTATED_OVER = 0.16  # s, annotators call lips parted through a word, not sound by sound


def viseme_of(phoneme: str) -> str | None:
    """The viseme of an IPA symbol; None for a pause."""
    bare = phoneme.strip("ˈˌː_: ")
    if not bare:
        return None
    return next((name for name, symbols in _SYMBOLS.items() if bare[0] in symbols), _OTHER)


def visemes(spoken: Iterable[tuple[float, float, str]], count: int) -> FloatArray:
    """(T, 8) activation in [0, 1] of `VISEMES` on the behaviour grid, from (start, end, IPA symbol) in seconds."""
    fine = 4
    track = np.zeros((count * fine, len(VISEMES)))
    for start, end, phoneme in spoken:
        name = viseme_of(phoneme)
        if name is not None:
            track[round(start * RATE * fine) : round(end * RATE * fine), VISEMES.index(name)] = 1.0
    smooth = gaussian_filter1d(track, _COARTICULATION * RATE * fine, axis=0, mode="constant")
    result: FloatArray = smooth[::fine]
    return result


def add_speech(actions: FloatArray, active: FloatArray, articulation: float) -> tuple[FloatArray, FloatArray]:
    """Put visemes on a face.

    Args:
        actions: (T, A) intensities without speech.
        active: (T, 8) from `visemes`.
        articulation: factor on lip movement.

    Returns:
        what to render (T, A), and what annotators see (T, A), where speech fires AU25 and AU26.
    """
    strength = np.clip(active * articulation, 0.0, 1.0)
    talking = np.clip(strength.sum(axis=1), 0.0, 1.0)
    drawn = actions.copy()
    drawn[:, _COLUMNS] = strength
    # spoken sounds take over the lips from the expression, and closed lips of p, b, m shut the mouth
    drawn[:, _AU25] *= 1.0 - 0.6 * talking
    drawn[:, _AU26] *= 1.0 - 0.4 * talking
    closed = strength[:, VISEMES.index("viseme_p")]
    drawn[:, [_AU25, _AU26]] *= (1.0 - 0.8 * closed)[:, None]
    seen = actions.copy()
    parted = strength @ np.array([_LIPS_PARTED[name] for name in VISEMES])
    dropped = strength @ np.array([_JAW_DROPPED.get(name, 0.0) for name in VISEMES])
    for column, opening in ((_AU25, parted), (_AU26, dropped)):
        smooth = gaussian_filter1d(opening, _ANNOTATED_OVER * RATE, mode="nearest")
        seen[:, column] = np.clip(np.maximum(actions[:, column], smooth), 0.0, 1.0)
    return drawn, seen
