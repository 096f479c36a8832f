"""Temporal convolutions at several scales side by side, one group for each modality."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchmark.layers.tcn import TCN


class ParallelTCN(nn.Module):
    """One TCN for each kernel on the same input, concatenated and projected: (B, T, width_in) to (B, T, width_out)."""

    def __init__(
        self, width_in: int, widths: Sequence[int], kernels: Sequence[int], width_out: int, dropout: float, causal: bool
    ) -> None:
        """Build the networks.

        Args:
            width_in: width of the input.
            widths: width of each level; dilation doubles from one to the next.
            kernels: taps of each of the parallel networks.
            width_out: width of the projection.
            dropout: after each convolution.
            causal: whether a frame sees only frames before it.
        """
        super().__init__()
        self.networks = nn.ModuleList(
            TCN(width_in, widths, kernel, dropout, causal, activation=nn.LeakyReLU) for kernel in kernels
        )
        self.projection = nn.Linear(len(kernels) * widths[-1], width_out)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Convolve over the frames where ``mask`` (B, T) is True; the others get the projection's bias."""
        result: Tensor = self.projection(torch.cat([network(x, mask) for network in self.networks], dim=-1))
        return result
