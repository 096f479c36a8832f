"""The sound of a trial as encoders hear it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmark.encoders.degrade import damage_sound
from benchmark.errors import UserError

if TYPE_CHECKING:
    from benchmark.corpora.media import Audio
    from benchmark.corpora.trials import Trial

#: Samples a second of everything that encoders hear.
RATE = 16_000
#: Loudest sample below which a recording counts as empty: half a step of 16-bit sound.
SILENCE = 0.5 / 32768


def hear(trial: Trial) -> tuple[Audio | None, tuple[str, ...]]:
    """A trial's sound with notes on its damage, or None with the reason where there is nothing to hear."""
    from benchmark.corpora.media import read_audio

    if trial.media is None:
        return None, ()
    try:
        audio = read_audio(trial.media)
    except UserError as error:
        return None, (f"audio masked: {error}",)
    if audio is None or not len(audio.samples):
        return None, (f"audio masked: {trial.media.name} has no sound",)
    if np.abs(audio.samples).max() < SILENCE:
        return None, (f"audio masked: {trial.media.name} holds only silence",)
    if trial.degradation is not None:
        audio = replace(audio, samples=damage_sound(audio.samples, trial))
    return audio, (audio.note,) if audio.note else ()
