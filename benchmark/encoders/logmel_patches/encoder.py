"""The log-mel patch of each frame, averaged to a few cells: what VGGish sees, without VGGish."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.logmel_patches.front_end import Floats, hear_patches, patches
from benchmark.encoders.logmel_patches.spec import BANDS, CELLS, SPEC, STEPS

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

#: Patches at a time; 256 are 6 MB.
BATCH = 256


class LogmelPatchEncoder:
    """128 features a frame: means over cells of 120 ms by four mel bands, rows of bands in order of time."""

    def __init__(self, spec: EncoderSpec = SPEC) -> None:
        self.spec = spec

    def encode(self, trial: Trial) -> Encoded:
        """Encode the sound at every frame of a trial: (N, 128) on the trial's frame times."""
        return encode_patches(trial, self.spec.dim, cells)


def cells(patch: Floats) -> Floats:
    """(n, 96, 64) -> (n, 128)."""
    long, high = CELLS
    split = patch.reshape(len(patch), long, STEPS // long, high, BANDS // high)
    means: Floats = split.mean((2, 4)).reshape(len(patch), -1)
    return means


def encode_patches(trial: Trial, dim: int, features: Callable[[Floats], Floats]) -> Encoded:
    """Apply ``features``, (n, 96, 64) -> (n, dim), to every frame's patch; frames without sound are masked."""
    spectrum, first, notes = hear_patches(trial)
    values, mask = np.zeros((trial.n_frames, dim), np.float32), np.zeros(trial.n_frames, np.bool_)
    if spectrum is not None and first is not None:
        for start in range(0, trial.n_frames, BATCH):
            rows = np.arange(start, min(start + BATCH, trial.n_frames))
            cut, some = patches(spectrum, first[rows])
            if some.any():
                values[rows[some]] = features(cut[some])
            mask[rows] = some
    return Encoded(values, trial.frame_times(), mask, notes)
