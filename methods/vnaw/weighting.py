"""Noise-aware adaptive weights: how much a frame's label is worth, judged by where its probabilities lie."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

#: Centre and spread (variance, covariance) of (p of the label, p of its nearest negative) where the label wins and
#: where it does not; the covariance of the first grows with training. Source: the released code.
_WON: Final = ((0.50, 0.50), 0.75, -0.5)
_LOST: Final = ((0.30, 0.15), 0.85, 0.80)


def growth(share: float) -> float:
    """How far the spread has turned, 0..1: ``1 - exp(-15 share)`` with ``share`` of the epochs over (code)."""
    return 1 - math.exp(-15 * share)


def noise_aware_weights(logits: Tensor, target: Tensor, grown: float) -> Tensor:
    """Weight of each label, (...) in (0, 1].

    An unnormalised Gaussian over (p of the label, highest other p): about .8 where the label is sure to be right, 1
    where both are even, and next to nothing where another class is sure to be right (code, ``Integrated_Co_GA_Loss``).

    Args:
        logits: (..., classes).
        target: (...) int64.
        grown: result of ``growth``.
    """
    p = logits.float().softmax(-1)
    index = target.unsqueeze(-1)
    label = p.gather(-1, index).squeeze(-1)
    negative = p.scatter(-1, index, -1.0).amax(-1)
    (x, y), variance, covariance = _WON
    won = _gaussian(label - x, negative - y, variance, covariance * grown)
    (x, y), variance, covariance = _LOST
    lost = _gaussian(label - x, negative - y, variance, covariance)
    return torch.where(label >= negative, won, lost)


def _gaussian(x: Tensor, y: Tensor, variance: float, covariance: float) -> Tensor:
    """``exp(-d' S^-1 d / 2)`` for ``d = (x, y)`` and a spread ``S`` of equal variances."""
    distance = (variance * (x.square() + y.square()) - 2 * covariance * x * y) / (variance**2 - covariance**2)
    return (-0.5 * distance).exp()
