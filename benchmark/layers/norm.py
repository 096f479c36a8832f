"""Batch norm whose statistics ignore what is not there."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MaskedBatchNorm(nn.Module):
    """Batch norm over the present frames of a batch; in eval mode by the running statistics, as ``BatchNorm1d``."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, width: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        """Build the norm for (B, T, width)."""
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Normalise (B, T, width) by the frames where ``mask`` (B, T) is True; with fewer than two, as in eval mode."""
        mean, variance = self.running_mean, self.running_var
        if self.training and int(mask.sum()) > 1:
            frames = x[mask]
            mean, variance = frames.mean(0), frames.var(0, correction=0)
            with torch.no_grad():
                unbiased = variance * len(frames) / (len(frames) - 1)
                self.running_mean.lerp_(mean.detach(), self.momentum)
                self.running_var.lerp_(unbiased.detach(), self.momentum)
        return (x - mean) * torch.rsqrt(variance + self.eps) * self.weight + self.bias
