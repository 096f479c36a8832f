"""Averages of what a network shows of its inside: gates, router weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


class Averages:
    """Means over frames; a frame in two windows counts twice, a frame where a value is NaN not at all."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def add(self, shown: Mapping[str, Tensor], frame_mask: Tensor) -> None:
        """Add the real frames of a batch.

        Args:
            shown: name -> (B, T), NaN where it does not apply.
            frame_mask: (B, T) bool.
        """
        for name, values in shown.items():
            counted = frame_mask & ~values.isnan()
            total = torch.where(counted, values, 0.0).double().sum().item()
            self._sums[name] = self._sums.get(name, 0.0) + total
            self._counts[name] = self._counts.get(name, 0) + int(counted.sum())

    def result(self) -> dict[str, float]:
        """Name -> mean, without those that never applied."""
        return {name: self._sums[name] / count for name, count in self._counts.items() if count}
