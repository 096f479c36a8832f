"""How it is said: speaking rate, pitch, range, loudness, brightness and breath from displayed feeling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.corpora.affrig.espeak import Setting
from benchmark.corpora.affrig.people import Voice


@dataclass(frozen=True, slots=True)
class Prosody:
    """Attributes:
    setting: what the engine is told.
    gain_db: loudness against the speaker's own average.
    tilt_db: brightness, gain at the top of the band against the bottom.
    breath: level of breath noise against the voice, 0 to 0.35.
    """

    setting: Setting
    gain_db: float
    tilt_db: float
    breath: float


def prosody(rng: np.random.Generator, voice: Voice, valence: float, arousal: float) -> Prosody:
    """Draw how a sentence that displays ``valence`` and ``arousal`` (both in [-1, 1]) is spoken."""
    tempo, lift, spread, loud, bright, breath = rng.normal(0.0, 1.0, 6)
    rate = voice.rate * 2.0 ** (0.42 * arousal + 0.08 * valence + 0.05 * tempo)
    pitch = voice.pitch + 17 * arousal + 13 * valence + 4 * lift
    pitch_range = voice.pitch_range + 24 * arousal + 26 * valence + 7 * spread
    setting = Setting(
        variant=voice.variant,
        rate=int(np.clip(round(rate), 85, 330)),
        pitch=int(np.clip(round(pitch), 4, 96)),
        pitch_range=int(np.clip(round(pitch_range), 5, 99)),
    )
    return Prosody(
        setting=setting,
        gain_db=float(np.clip(7.0 * arousal + 1.5 * loud, -10, 10)),
        tilt_db=float(np.clip(3.0 * arousal - 8.0 * valence + 1.5 * bright, -12, 12)),
        breath=float(np.clip(0.08 - 0.14 * arousal - 0.08 * valence + 0.03 * breath, 0.0, 0.35)),
    )
