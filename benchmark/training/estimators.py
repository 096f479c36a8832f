"""Trials as whole arrays, for methods that fit and predict without gradients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from benchmark.contract import Estimator, TrialArrays
from benchmark.tasks import HEADS
from benchmark.training.stitching import FramePredictions, activate, to_numpy
from benchmark.training.windows import TrialData

#: Seconds before and after a frame from which free-running streams (audio, words) are averaged onto it.
REACH = 1.0


def trial_arrays(data: TrialData) -> TrialArrays:
    """Put every stream of a trial onto its frames."""
    streams: dict[str, np.ndarray] = {}
    observed: dict[str, np.ndarray] = {}
    for name, stream in data.streams.items():
        values, mask = np.asarray(stream.values, dtype=np.float32), np.asarray(stream.mask)
        if name not in data.on_frames:
            values, mask = average_around(values, np.asarray(stream.times), mask, data.frame_times, REACH)
        streams[name] = np.where(mask[:, None], values, np.float32(0))
        observed[name] = mask
    return TrialArrays(data.trial.name, streams, observed, data.trial.labels, data.trial.valid)


def average_around(
    values: np.ndarray, times: np.ndarray, mask: np.ndarray, frame_times: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the observed steps within ``reach`` seconds of each frame.

    Args:
        values: (L, D); times: (L,) ascending seconds; mask: (L,) bool.
        frame_times: (N,) seconds.
        reach: half width of the window in seconds.

    Returns:
        (N, D) float32 means, zero where nothing was observed, and (N,) bool where something was.
    """
    seen = mask[:, None] * values.astype(np.float64)
    sums = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(seen, axis=0)])
    counts = np.concatenate([[0], np.cumsum(mask)])
    first = np.searchsorted(times, frame_times - reach, side="left")
    last = np.searchsorted(times, frame_times + reach, side="right")
    number = counts[last] - counts[first]
    means = (sums[last] - sums[first]) / np.maximum(number, 1)[:, None]
    return means.astype(np.float32), number > 0


def predict_trials(estimator: Estimator, trials: Sequence[TrialArrays]) -> FramePredictions:
    """Per-frame activations of every trial."""
    return {
        trial.name: {
            key: to_numpy(activate(HEADS[key], torch.from_numpy(values)))
            for key, values in estimator.predict(trial).items()
        }
        for trial in trials
    }
