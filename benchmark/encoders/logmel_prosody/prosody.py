"""Loudness, pitch, voice and rhythm on the 12.5 Hz grid; the order of columns is ``spec.PROSODY``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmark.encoders.logmel_prosody.spectrum import HOP, RATE, Floats, decibels, tilt_and_centroid

#: 10 ms frames in a step.
FRAMES = 8
_STEPS_A_SECOND = RATE / HOP / FRAMES
#: Sound this many dB below the recording's loud parts (95th percentile) counts as a pause.
_PAUSE = 30.0


def prosody(spectra: Floats, f0: Floats, periodicity: Floats) -> Floats:
    """Prosodic features of a recording.

    Args:
        spectra: (M, 257) power, M a multiple of 8.
        f0: (M,) Hz, 0 where unvoiced.
        periodicity: (M,) in 0..1.

    Returns:
        (M / 8, 19), scaled to about -2..2.
    """
    level = decibels(spectra.sum(1))
    loud = level > np.percentile(level, 95) - _PAUSE
    voiced = (f0 > 0) & loud
    pitch, typical = _carried(f0, voiced)
    tilt, centroid = tilt_and_centroid(spectra)
    change = np.abs(np.diff(decibels(spectra), axis=0, prepend=decibels(spectra[:1]))).mean(1)
    middle = float(np.median(level[loud]))
    nuclei = _nuclei(level, voiced)

    step_level, step_pitch = _step(level), _step(pitch)
    share, pause = _step(voiced), 1 - _step(loud)
    return np.stack(
        (
            (step_level + 30) / 20,
            (step_level - middle) / 20,
            _step(periodicity),
            share,
            step_pitch,
            step_pitch - typical,
            np.clip(np.gradient(step_pitch) if len(step_pitch) > 1 else 0 * step_pitch, -0.5, 0.5) * _STEPS_A_SECOND,
            _step(tilt) / 10,
            _step(centroid),
            _step(change) / 10,
            _spread(step_level, 1.0) / 10,
            _spread(step_pitch, 1.0) * 4,
            (_around(step_level, 2.0) - middle) / 20,
            _around(step_pitch, 2.0) - typical,
            _around(_step(tilt), 2.0) / 10,
            _around(_step(change), 2.0) / 10,
            _around(share, 2.0),
            _around(pause, 2.0),
            _around(_step(nuclei) * FRAMES * _STEPS_A_SECOND, 2.0) / 5,
        ),
        axis=1,
    ).astype(np.float32)


def _carried(f0: Floats, voiced: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float64], float]:
    """Pitch in octaves from 150 Hz, interpolated over unvoiced frames, and its median; zeros if nothing is voiced."""
    where = np.flatnonzero(voiced)
    if not len(where):
        return np.zeros(len(f0)), 0.0
    octaves = np.log2(f0[where] / 150)
    return np.interp(np.arange(len(f0)), where, octaves), float(np.median(octaves))


def _nuclei(level: Floats, voiced: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """1 at voiced peaks of the loudness contour that stand out by 2 dB (after de Jong & Wempe 2009), else 0."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks

    contour = uniform_filter1d(level.astype(np.float64), 7)
    peaks, _ = find_peaks(contour, prominence=2.0, distance=8)
    marks = np.zeros(len(level))
    marks[peaks[voiced[peaks]]] = 1
    return marks


def _step(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Mean over the frames of each step."""
    means: npt.NDArray[np.float64] = values.reshape(-1, FRAMES).astype(np.float64).mean(1)
    return means


def _around(values: npt.NDArray[np.float64], seconds: float) -> npt.NDArray[np.float64]:
    """Mean over the ``seconds`` around each step, over fewer at the ends."""
    width = int(seconds * _STEPS_A_SECOND / 2)
    sums = np.concatenate(([0.0], np.cumsum(values)))
    steps = np.arange(len(values))
    low, high = np.maximum(steps - width, 0), np.minimum(steps + width + 1, len(values))
    means: npt.NDArray[np.float64] = (sums[high] - sums[low]) / (high - low)
    return means


def _spread(values: npt.NDArray[np.float64], seconds: float) -> npt.NDArray[np.float64]:
    """Standard deviation over the ``seconds`` around each step."""
    centred = values - values.mean()
    variance = _around(centred**2, seconds) - _around(centred, seconds) ** 2
    return np.sqrt(np.maximum(variance, 0))
