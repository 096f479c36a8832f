"""Segments and seconds on the frame grid: which frames lie in which step, and back."""

from __future__ import annotations

import torch
from torch import Tensor


def members(centres: Tensor, step_mask: Tensor, times: Tensor, mask: Tensor, reach: float) -> Tensor:
    """Which frames lie in which steps.

    Args:
        centres: (B, S) seconds of the middle of each step.
        step_mask: (B, S) bool, True for steps that are there.
        times: (B, T) seconds of each frame.
        mask: (B, T) bool, True for real frames.
        reach: half the length of a step, seconds.

    Returns:
        (B, T, S) bool.
    """
    near = (times.unsqueeze(2) - centres.unsqueeze(1)).abs() <= reach
    return near & step_mask.unsqueeze(1) & mask.unsqueeze(2)


def nearest_member(centres: Tensor, step_mask: Tensor, times: Tensor, mask: Tensor, reach: float) -> Tensor:
    """The step nearest to each frame, if it is no further than ``reach`` seconds; (B, T, S) bool as in ``members``."""
    distance = (times.unsqueeze(2) - centres.unsqueeze(1)).abs().masked_fill(~step_mask.unsqueeze(1), torch.inf)
    least, index = distance.min(2, keepdim=True)
    chosen = torch.zeros_like(distance, dtype=torch.bool).scatter(2, index, least <= reach)
    return chosen & mask.unsqueeze(2)


def to_frames(values: Tensor, membership: Tensor) -> Tensor:
    """Mean over the steps that a frame lies in: (B, S, D) and (B, T, S) bool -> (B, T, D), zero where there is none."""
    weights = membership.to(values.dtype)
    return weights @ values / weights.sum(2, keepdim=True).clamp(min=1)


def to_steps(values: Tensor, valid: Tensor, membership: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over the valid frames of each step, as the entry makes labels of segments and seconds (code).

    Args:
        values: (B, T, D).
        valid: (B, T) bool.
        membership: (B, T, S) bool.

    Returns:
        (B, S, D) means and (B, S) bool where a step has a valid frame.
    """
    weights = (membership & valid.unsqueeze(2)).to(values.dtype).transpose(1, 2)
    count = weights.sum(2, keepdim=True)
    kept = torch.where(valid.unsqueeze(-1), values, 0.0)
    return weights @ kept / count.clamp(min=1), count.squeeze(-1) > 0
