"""Where a frame lies in its window, as sines and cosines of seconds."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sinusoidal(times: Tensor, mask: Tensor, dim: int, shortest: float = 0.2, longest: float = 60.0) -> Tensor:
    """Encode the time since the first real frame, so that variable frame rates need no care.

    Args:
        times: (B, T) seconds.
        mask: (B, T) bool, True for real frames; the others are encoded as time zero.
        dim: width of the result; an odd width ends in a sine without its cosine.
        shortest: period of the fastest pair, seconds.
        longest: period of the slowest pair, seconds.

    Returns:
        (B, T, dim) float32 in [-1, 1].
    """
    first = torch.where(mask, times, torch.inf).amin(1, keepdim=True)
    elapsed = torch.where(mask, times - first, 0.0).float()
    pairs = (dim + 1) // 2
    steps = torch.linspace(math.log(shortest), math.log(longest), pairs, device=times.device)
    angle = elapsed.unsqueeze(-1) * (2 * math.pi / steps.exp())
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(2)[..., :dim]
