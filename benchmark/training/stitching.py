"""Overlapping window outputs back to one row a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from benchmark.tasks import HEADS, Head

#: trial name -> head key -> (N, width) float32: V and A in [-1, 1], probabilities for the other heads.
FramePredictions = dict[str, dict[str, np.ndarray]]


def activate(head: Head, raw: Tensor) -> Tensor:
    """Turn a model's output into what is averaged over windows: clipped V/A, or probabilities (soft voting)."""
    raw = raw.float()
    if head.kind == "regression":
        return raw.clamp(-1.0, 1.0)
    return raw.softmax(-1) if head.kind == "classes" else raw.sigmoid()


class Stitcher:
    """Collects window outputs and averages them frame by frame."""

    def __init__(self, frames: Mapping[str, int], heads: Iterable[str]) -> None:
        """
        Args:
            frames: trial name -> number of frames N.
            heads: head keys.
        """
        self.heads = tuple(heads)
        self._sums = {name: {h: np.zeros((n, HEADS[h].width)) for h in self.heads} for name, n in frames.items()}
        self._counts = {name: np.zeros((n, 1)) for name, n in frames.items()}

    def add(self, trial: str, start: int, frames: int, heads: Mapping[str, np.ndarray]) -> None:
        """Add the first ``frames`` rows of one window's activated outputs, (T, width) each."""
        part = slice(start, start + frames)
        self._counts[trial][part] += 1
        for key, values in heads.items():
            self._sums[trial][key][part] += values[:frames]

    def result(self) -> FramePredictions:
        """Mean over the windows that cover each frame.

        Raises:
            RuntimeError: some frame was covered by no window.
            FloatingPointError: some prediction is not finite, so that a method that diverged is a failed run.
        """
        for name, counts in self._counts.items():
            if not counts.all():
                raise RuntimeError(f"{name}: frame {int(np.argmin(counts)) + 1} was covered by no window")
        for name, heads in self._sums.items():
            for key, total in heads.items():
                if not np.isfinite(total).all():
                    raise FloatingPointError(f"{name}: predictions for {key} are not finite")
        return {
            name: {key: (total / self._counts[name]).astype(np.float32) for key, total in heads.items()}
            for name, heads in self._sums.items()
        }


def to_numpy(tensor: Tensor) -> np.ndarray:
    """Detach and copy to a numpy array."""
    array: np.ndarray = tensor.detach().to(torch.float32).cpu().numpy()
    return array
