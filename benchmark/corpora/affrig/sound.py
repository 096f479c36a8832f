"""The sound track of a video: voices, room noise and a microphone of any level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from benchmark.corpora.affrig.espeak import SAMPLE_RATE
from benchmark.corpora.affrig.signals import FloatArray
from benchmark.corpora.affrig.speech import Utterance

_SPEECH_LEVEL = 0.10  # root mean square of a voice at average loudness, full scale 1
_SNR_DB = (6.0, 32.0)
_MICROPHONE_DB = (-8.0, 4.0)
#: A one-pole low-pass at about 600 Hz, cut off where it has died away.
_LOW = 0.15 * 0.85 ** np.arange(60)
_ENVELOPE = 441  # samples, 20 ms


def _coloured_noise(rng: np.random.Generator, count: int) -> FloatArray:
    """(S,) noise that falls by about 3 dB an octave, unit variance."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1.0))
    noise = np.fft.irfft(spectrum, count)
    result: FloatArray = noise / (noise.std() + 1e-12)
    return result


def _voice(rng: np.random.Generator, utterance: Utterance) -> FloatArray:
    """(S,) an utterance with its loudness, brightness and breath."""
    wave = utterance.spoken.samples / 32768.0
    level = float(np.sqrt(np.mean(wave**2))) + 1e-6
    tilt = 10.0 ** (utterance.prosody.tilt_db / 20.0)
    low = np.convolve(wave, _LOW)[: len(wave)]
    shaped = low + (wave - low) * tilt
    envelope = uniform_filter1d(np.abs(shaped), _ENVELOPE)
    hiss = np.diff(rng.standard_normal(len(wave) + 1)) * 0.7
    shaped = shaped + utterance.prosody.breath * 2.0 * envelope * hiss
    shaped *= level / (float(np.sqrt(np.mean(shaped**2))) + 1e-6)
    result: FloatArray = shaped * (_SPEECH_LEVEL / 0.09) * 10.0 ** (utterance.prosody.gain_db / 20.0)
    return result


def sound_track(rng: np.random.Generator, utterances: Sequence[Utterance], duration: float) -> NDArray[np.int16]:
    """(S,) int16 at 22,050 Hz: every utterance in its place, what runs past ``duration`` seconds cut off."""
    count = round(duration * SAMPLE_RATE)
    track = np.zeros(count)
    for utterance in utterances:
        wave = _voice(rng, utterance)
        start = round(utterance.start * SAMPLE_RATE)
        stop = min(count, start + len(wave))
        if stop > start:
            track[start:stop] += wave[: stop - start]
    snr, microphone = rng.uniform(*_SNR_DB), rng.uniform(*_MICROPHONE_DB)
    track += _SPEECH_LEVEL * 10.0 ** (-snr / 20.0) * _coloured_noise(rng, count)
    track *= 10.0 ** (microphone / 20.0)
    result: NDArray[np.int16] = np.round(32767 * np.clip(track, -1.0, 1.0)).astype(np.int16)
    return result
