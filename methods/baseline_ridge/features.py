"""From the streams of a trial to one standardised row a frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from benchmark.contract import TrialArrays

Matrix = NDArray[np.float32]


class FrameFeatures:
    """All streams of a frame side by side: standardised features, zero where missing, and one flag a stream."""

    def __init__(self, streams: tuple[str, ...]) -> None:
        """Prepare for ``streams``, in this order."""
        self.streams = streams
        self.scalers: Mapping[str, StandardScaler] = {name: StandardScaler() for name in streams}

    def fit(self, trials: list[TrialArrays]) -> None:
        """Learn mean and deviation of each feature over the frames where its stream was observed."""
        for trial in trials:
            for name in self.streams:
                rows = trial.streams[name][trial.observed[name]]
                if len(rows):
                    self.scalers[name].partial_fit(rows.astype(np.float64))

    def rows(self, trial: TrialArrays, frames: NDArray[np.bool_] | slice = slice(None)) -> Matrix:
        """(n, sum of widths + number of streams) float32 for the chosen ``frames`` of a trial."""
        parts: list[Matrix] = []
        for name in self.streams:
            values, seen = trial.streams[name][frames], trial.observed[name][frames]
            scaled = np.zeros(values.shape, dtype=np.float32)
            if seen.any() and hasattr(self.scalers[name], "mean_"):
                scaled[seen] = self.scalers[name].transform(values[seen].astype(np.float64))
            parts += [scaled, seen.astype(np.float32)[:, None]]
        return np.concatenate(parts, axis=1)


def spread(valid: list[NDArray[np.bool_]], limit: int) -> list[NDArray[np.bool_]]:
    """Thin the valid frames of all trials evenly until at most ``limit`` remain, the same ones every time."""
    total = int(sum(mask.sum() for mask in valid))
    if total <= limit:
        return valid
    kept = np.zeros(total, dtype=np.bool_)
    kept[np.linspace(0, total - 1, limit).round().astype(np.int64)] = True
    thinned, start = [], 0
    for mask in valid:
        chosen = np.zeros_like(mask)
        count = int(mask.sum())
        chosen[mask] = kept[start : start + count]
        thinned.append(chosen)
        start += count
    return thinned
