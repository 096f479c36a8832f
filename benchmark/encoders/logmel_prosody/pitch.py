"""Fundamental frequency by the cumulative mean normalised difference (YIN, de Cheveigne & Kawahara 2002)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmark.encoders.logmel_prosody.spectrum import RATE, Floats, frames

LOWEST, HIGHEST = 60.0, 500.0
_WINDOW = 480  # 30 ms: two periods at the lowest pitch that talk reaches
_LAGS = int(RATE / LOWEST) + 2
_FIRST = int(RATE / HIGHEST)
#: Aperiodicity below which a dip counts at once, and above which a frame counts as unvoiced.
_DIP, _UNVOICED = 0.12, 0.35
#: Frames worked on at once: bounds memory for long recordings.
_BLOCK = 4096


def track(samples: Floats) -> tuple[Floats, Floats]:
    """Pitch of every 10 ms frame.

    Args:
        samples: (S,) mono at 16 kHz.

    Returns:
        f0 in Hz (M,), 0 where unvoiced, and periodicity (M,) in 0..1, both with M = S // 160.
    """
    view = frames(samples, _WINDOW + _LAGS)
    parts = [_block(np.ascontiguousarray(view[i : i + _BLOCK])) for i in range(0, len(view), _BLOCK)]
    f0 = np.concatenate([part[0] for part in parts])
    periodicity = np.concatenate([part[1] for part in parts])
    return _without_jumps(f0), periodicity


def _block(signal: Floats) -> tuple[Floats, Floats]:
    normalised = _normalised_difference(signal)
    search = normalised[:, _FIRST : _LAGS - 1]
    dips = (search < _DIP) & (search <= normalised[:, _FIRST - 1 : _LAGS - 2]) & (search <= normalised[:, _FIRST + 1 :])
    lag = np.where(dips.any(1), dips.argmax(1), search.argmin(1)) + _FIRST
    row = np.arange(len(signal))
    before, at, after = (normalised[row, lag + step] for step in (-1, 0, 1))
    bend = before - 2 * at + after
    shift = np.where(bend > 1e-6, 0.5 * (before - after) / np.maximum(bend, 1e-6), 0)
    f0 = RATE / (lag + np.clip(shift, -0.5, 0.5))
    periodicity = np.clip(1 - at, 0, 1)
    voiced = periodicity > 1 - _UNVOICED
    return np.where(voiced, f0, 0).astype(np.float32), periodicity.astype(np.float32)


def _normalised_difference(signal: Floats) -> npt.NDArray[np.float64]:
    """d'(lag) of every row: (M, window + lags) -> (M, lags), 1 at lag 0 and for silence."""
    from scipy.fft import irfft, rfft

    size = 1024
    head = rfft(signal[:, :_WINDOW].astype(np.float64), size, axis=1)
    whole = rfft(signal.astype(np.float64), size, axis=1)
    products = irfft(np.conj(head) * whole, size, axis=1)[:, :_LAGS]
    squares = np.cumsum(np.pad(signal.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
    energy = squares[:, _WINDOW : _WINDOW + _LAGS] - squares[:, :_LAGS]
    difference = np.maximum(energy[:, :1] + energy - 2 * products, 0)
    total = np.cumsum(difference[:, 1:], axis=1)
    result: npt.NDArray[np.float64] = np.ones_like(difference)
    lags = np.arange(1, _LAGS)
    # a constant far below one step of 16-bit sound keeps digital silence aperiodic
    result[:, 1:] = (difference[:, 1:] + 1e-9) * lags / (total + 1e-9)
    return result


def _without_jumps(f0: Floats) -> Floats:
    """Replace a frame that is half an octave or more off its neighbours' median (an octave error) by that median."""
    padded = np.pad(f0, 2, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 5)
    median = np.median(around, axis=1)
    both = (f0 > 0) & (median > 0)
    off = np.abs(np.log2(np.where(both, f0, 1) / np.where(both, median, 1))) > 0.5
    return np.where(off, median, f0).astype(np.float32)
