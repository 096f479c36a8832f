"""Short-time spectra: frames of 25 ms every 10 ms, mel bands, tilt, centroid and flux."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RATE = 16_000
FRAME = 400
HOP = 160
_FFT = 512
#: Power at which dB stop falling: far below the noise of any recording.
_FLOOR = 1e-10


def frames(samples: Floats, length: int, hop: int = HOP) -> Floats:
    """Frames of ``length`` samples centred on the middles of consecutive hops: (S,) -> (S // hop, length) view."""
    before = (length - hop) // 2
    count = len(samples) // hop
    padded = np.pad(samples, (before, length))
    view: Floats = np.lib.stride_tricks.sliding_window_view(padded, length)[: count * hop : hop]
    return view


def power(samples: Floats) -> Floats:
    """Power spectra (M, 257) of Hann-windowed frames; a full-scale sine reaches 0.25 in its bin."""
    from scipy.fft import rfft

    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    spectra = rfft(frames(samples, FRAME) * (window / window.sum()), _FFT, axis=1)
    return (spectra.real**2 + spectra.imag**2).astype(np.float32)  # type: ignore[no-any-return]


def decibels(values: Floats) -> Floats:
    """Power to dB, at least -100."""
    return (10 * np.log10(np.maximum(values, _FLOOR))).astype(np.float32)


@cache
def mel_filters(bands: int, low: float, high: float) -> Floats:
    """Triangular filters (257, bands) on the mel scale of O'Shaughnessy, each of sum 1."""

    def mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
        return 2595 * np.log10(1 + np.asarray(hertz, np.float64) / 700)

    edges = np.linspace(mel(low), mel(high), bands + 2)
    bins = mel(np.arange(_FFT // 2 + 1) * RATE / _FFT)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = np.clip(np.minimum(rising, falling), 0, None)
    nearest = np.abs(bins - edges[1:-1]).argmin(0)  # the lowest bands are narrower than one bin
    filters[nearest, np.arange(bands)] = np.maximum(filters[nearest, np.arange(bands)], 1e-3)
    return (filters / filters.sum(0)).astype(np.float32)  # type: ignore[no-any-return]


def tilt_and_centroid(spectra: Floats) -> tuple[Floats, Floats]:
    """Spectral slope in dB an octave (least squares over 100 Hz..6 kHz) and centroid in octaves from 1 kHz."""
    hertz = np.arange(spectra.shape[1]) * RATE / _FFT
    used = (hertz >= 100) & (hertz <= 6000)
    octaves = np.log2(hertz[used] / 1000)
    weight = 1 / hertz[used]  # every octave counts alike
    centred = octaves - np.average(octaves, weights=weight)
    slope = decibels(spectra[:, used]) @ (weight * centred) / (weight * centred**2).sum()
    total = spectra[:, used].sum(1)
    middle = spectra[:, used] @ hertz[used] / np.maximum(total, _FLOOR)
    centroid = np.where(total > _FLOOR, np.log2(np.maximum(middle, 100) / 1000), 0)
    return slope.astype(np.float32), centroid.astype(np.float32)
