"""Sound to log-mel bands and prosody on a 12.5 Hz grid with the media's own times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.logmel_prosody.pitch import track
from benchmark.encoders.logmel_prosody.prosody import FRAMES, prosody
from benchmark.encoders.logmel_prosody.spec import BANDS, SPEC
from benchmark.encoders.logmel_prosody.spectrum import HOP, RATE, Floats, decibels, mel_filters, power
from benchmark.encoders.sound import hear

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

#: Seconds between two steps.
STEP = FRAMES * HOP / RATE
#: dB that the bands of ordinary speech lie around, and the spread that becomes one unit.
_MIDDLE, _SPREAD = -55.0, 20.0


class LogmelProsodyEncoder:
    """115 features every 80 ms, scaled to about -2..2; see ``spec.PROSODY`` for their names."""

    def __init__(self, spec: EncoderSpec = SPEC) -> None:
        self.spec = spec

    def encode(self, trial: Trial) -> Encoded:
        """Encode a trial's sound: (L, D) at the middles of 80 ms steps, in seconds from the first video frame."""
        audio, notes = hear(trial)
        if audio is None:
            return Encoded.absent(self.spec.dim, *notes)
        values = features(audio.samples)
        times = audio.start_seconds + (np.arange(len(values), dtype=np.float64) + 0.5) * STEP
        return Encoded(values, times, np.ones(len(values), np.bool_), notes)


def features(samples: npt.NDArray[np.float32]) -> Floats:
    """(S,) mono at 16 kHz -> (L, D) with L = S / 1280, rounded, at least 1."""
    steps = max(1, round(len(samples) / (FRAMES * HOP)))
    needed = steps * FRAMES * HOP
    samples = np.pad(samples[:needed], (0, max(0, needed - len(samples))))
    spectra = power(samples)
    bands = (decibels(spectra @ mel_filters(BANDS, 60.0, 7600.0)) - _MIDDLE) / _SPREAD
    grouped = bands.reshape(steps, FRAMES, BANDS)
    mean = grouped.mean(1)
    relative = mean - np.median(mean, axis=0)
    f0, periodicity = track(samples)
    parts = (mean, relative, grouped.std(1), prosody(spectra, f0, periodicity))
    return np.concatenate(parts, axis=1).astype(np.float32)
