"""The entry's sample for every frame: a few steps of the last seconds before it."""

from __future__ import annotations

import torch
from torch import Tensor


def clip_rows(times: Tensor, mask: Tensor, seconds: float, steps: int, causal: bool) -> Tensor:
    """Frames that make up the clip of each frame: (B, T, steps) row indices, oldest first.

    Steps are spread evenly over ``[t - seconds, t]``, or around ``t`` if not ``causal``. Where the clip reaches beyond
    the window, its first (or last) frame stands in, as the entry pads the start of a video.

    Args:
        times: (B, T) seconds, ascending over real frames.
        mask: (B, T) bool, True for real frames, which come before all padding.
        seconds: length of the clip.
        steps: frames in a clip.
        causal: whether the clip ends with its frame.
    """
    known = torch.where(mask, times, torch.inf)
    last = (mask.sum(1, keepdim=True) - 1).clamp(min=0)
    offsets = torch.linspace(-seconds, 0.0, steps, device=times.device, dtype=times.dtype)
    if not causal:
        offsets = offsets + seconds / 2
    wanted = (torch.where(mask, times, 0.0).unsqueeze(2) + offsets).flatten(1)
    after = torch.minimum(torch.searchsorted(known, wanted.contiguous()), last)
    before = (after - 1).clamp(min=0)
    nearer = (known.gather(1, after) - wanted).abs() < (wanted - known.gather(1, before)).abs()
    rows: Tensor = torch.where(nearer, after, before).unflatten(1, (-1, steps))
    return rows


def take(sequence: Tensor, rows: Tensor) -> Tensor:
    """Steps of (B, T, D) at ``rows`` (B, T, steps) as one clip a row: (B * T, steps, D)."""
    batch, frames, steps = rows.shape
    index = rows.flatten(1).unsqueeze(-1).expand(-1, -1, sequence.shape[-1])
    return sequence.gather(1, index).reshape(batch * frames, steps, -1)
