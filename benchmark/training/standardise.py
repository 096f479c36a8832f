"""Features with mean 0 and deviation 1, by the statistics of the training trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.training.windows import TrialData

#: Features that hardly vary keep their scale instead of being blown up.
_SMALLEST = 1e-4


class Standardiser(nn.Module):
    """Subtracts a mean and divides by a deviation for every feature of every stream; part of the saved weights.

    Tokens of a frame share the statistics of their features. Streams that it was not built for pass unchanged.
    """

    def __init__(self, dims: Mapping[str, int]) -> None:
        """
        Args:
            dims: stream name -> feature width; the identity until ``fit``.
        """
        super().__init__()
        self._names = tuple(dims)
        for name, width in dims.items():
            self.register_buffer(f"{name}_mean", torch.zeros(width))
            self.register_buffer(f"{name}_scale", torch.ones(width))

    def fit(self, data: Iterable[TrialData]) -> None:
        """Take mean and deviation over the observed steps of all trials; a stream never observed stays as it is."""
        trials = list(data)
        for name in self._names:
            count, total, squares = 0, np.zeros(1), np.zeros(1)
            for trial in trials:
                stream = trial.streams[name]
                observed = np.asarray(stream.values)[np.asarray(stream.mask)]
                rows = observed.reshape(-1, observed.shape[-1]).astype(np.float64)
                count, total, squares = count + len(rows), total + rows.sum(0), squares + np.square(rows).sum(0)
            if count:
                mean = total / count
                deviation = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
                scale = np.where(deviation > _SMALLEST, deviation, 1.0)
                self.get_buffer(f"{name}_mean").copy_(torch.from_numpy(mean))
                self.get_buffer(f"{name}_scale").copy_(torch.from_numpy(scale))

    def forward(self, name: str, values: Tensor, mask: Tensor) -> Tensor:
        """Standardise (B, L, D) or (B, L, P, D) values of one stream; steps that were not observed stay zero."""
        if name not in self._names:
            return values
        scaled = (values - self.get_buffer(f"{name}_mean")) / self.get_buffer(f"{name}_scale")
        return scaled * mask.view(*mask.shape, *[1] * (values.ndim - 2))
