"""Sound to log-mel patches of 96 x 64, one a video frame, exactly as VGGish was trained on them.

Source: the parameters that AudioSet publishes with VGGish (16 kHz, periodic Hann of 25 ms every 10 ms, FFT 512,
magnitudes, 64 HTK mel bands of 125..7500 Hz without the zero-frequency bin, ``log(x + 0.01)``). One patch for each
video frame that begins at the frame: the extraction of sucv/ABAW2 and ABAW3, whose code `tcn_xattn` continues.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmark.encoders.logmel_patches.spec import BANDS, STEPS
from benchmark.encoders.sound import RATE, hear

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

Floats = npt.NDArray[np.float32]

FRAME, HOP, _FFT = 400, 160, 512
_LOW, _HIGH, _OFFSET = 125.0, 7500.0, 0.01
#: What silence is in log-mel.
SILENT = float(np.log(_OFFSET))


def log_mel(samples: Floats) -> Floats:
    """(S,) mono at 16 kHz -> (M, 64); step k covers the samples from 160 k on, a last incomplete step is left out."""
    from scipy.fft import rfft

    steps = max(0, 1 + (len(samples) - FRAME) // HOP)
    if not steps:
        return np.zeros((0, BANDS), np.float32)
    window = (0.5 - 0.5 * np.cos(2 * np.pi / FRAME * np.arange(FRAME))).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[: steps * HOP : HOP]
    magnitudes = np.abs(rfft(frames * window, _FFT, axis=1))
    bands: Floats = np.log(magnitudes @ mel_filters() + _OFFSET).astype(np.float32)
    return bands


@cache
def mel_filters() -> Floats:
    """Triangles (257, 64) that are straight on the HTK mel scale and reach 1; nothing of the zero-frequency bin."""

    def mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
        return 1127 * np.log(1 + np.asarray(hertz, np.float64) / 700)

    edges = np.linspace(mel(_LOW), mel(_HIGH), BANDS + 2)
    bins = mel(np.linspace(0, RATE / 2, _FFT // 2 + 1))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = np.clip(np.minimum(rising, falling), 0, None)
    filters[0] = 0
    return filters.astype(np.float32)


def patches(spectrum: Floats, first: npt.NDArray[np.int64]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Cut the patches that begin at the steps ``first`` (n,), which may lie outside the sound.

    Args:
        spectrum: (M, 64) log-mel.
        first: (n,) steps of 10 ms from the beginning of the sound.

    Returns:
        Read-only view (n, 96, 64) with silence beyond the sound, and (n,) bool, whether a patch holds any sound.
    """
    some = (first + STEPS > 0) & (first < len(spectrum))
    padded = np.pad(spectrum, ((STEPS, STEPS), (0, 0)), constant_values=SILENT)
    windows = np.lib.stride_tricks.sliding_window_view(padded, STEPS, axis=0).transpose(0, 2, 1)
    return windows[np.clip(first + STEPS, 0, len(windows) - 1)], some


def hear_patches(
    trial: Trial,
) -> tuple[Floats, npt.NDArray[np.int64], tuple[str, ...]] | tuple[None, None, tuple[str, ...]]:
    """A trial's log-mel (M, 64), the step at which each row's patch begins (N,), and notes; None without sound."""
    audio, notes = hear(trial)
    if audio is None:
        return None, None, notes
    first = np.rint((trial.frame_times() - audio.start_seconds) * RATE / HOP).astype(np.int64)
    return log_mel(audio.samples), first, notes
