"""Whole modalities that a training window has to do without."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from benchmark.contract import Stream


def drop_modalities(streams: Mapping[str, Stream], probabilities: Mapping[str, float]) -> dict[str, Stream]:
    """Take at most one stream from each window, and never the last one that it has.

    Args:
        streams: stream name -> stream of B windows.
        probabilities: stream name -> how often it is taken; their sum is at most 1.

    Returns:
        The same streams; a stream that was taken looks exactly like one that was never recorded (mask all False).
    """
    has = {name: stream.mask.any(1) for name, stream in streams.items()}
    first = next(iter(has.values()))
    draw = torch.rand(first.shape, device=first.device)
    kept, low = dict(streams), 0.0
    for name, probability in probabilities.items():
        others = torch.stack([one for other, one in has.items() if other != name]).any(0)
        taken = (draw >= low) & (draw < low + probability) & others
        low += probability
        stream = streams[name]
        mask = stream.mask & ~taken.unsqueeze(1)
        kept[name] = Stream(_where(mask, stream.values), stream.times, mask)
    return kept


def _where(mask: Tensor, values: Tensor) -> Tensor:
    return torch.where(mask.unsqueeze(-1), values, 0.0)
