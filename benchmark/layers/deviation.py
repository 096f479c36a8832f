"""Features against their own mean, which tells a person's expression from the person."""

from __future__ import annotations

import torch
from torch import Tensor


def with_deviation(values: Tensor, counted: Tensor) -> Tensor:
    """Features beside their deviation from the window's mean: (B, T, D) to (B, T, 2 D).

    Args:
        values: (B, T, D).
        counted: (B, T) bool, True where a step counts for the mean; a row without any has a mean of zero.
    """
    weight = counted.unsqueeze(-1)
    mean = (values * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp(min=1)
    return torch.cat([values, values - mean], dim=-1)
