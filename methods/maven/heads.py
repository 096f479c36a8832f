"""From the pooled representation to valence and arousal (eq. 27-31)."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor, nn

_EPSILON = 1e-6  # bounds the gradient of the direction at the origin by 1e3
_START = 1.5  # most frames are mild: training starts at less than a fifth of the way to the border
_REACH_FLOOR = math.sqrt(0.5)  # the larger of |cos| and |sin| is never smaller


class PolarHead(nn.Module):
    """Three fully connected layers, then intensity and angle, then ``V = I cos(theta)``, ``A = I sin(theta)``.

    Two things differ from eq. 29, which lets one linear unit be I and another theta:

    - the angle comes from a 2-vector scaled to length 1, so that there is no jump at pi and -pi and no second angle
      2 pi away that means the same;
    - the intensity is a share in (0, 1) of the way from the centre to the border of the square [-1, 1]^2 in that
      direction, so that it cannot be negative and every label can be reached, corners included.
    """

    def __init__(self, width: int, hidden: tuple[int, int], dropout: float) -> None:
        """Build the layers from ``width`` over the two ``hidden`` widths d_1 and d_2."""
        super().__init__()
        self.layers = _layers(width, hidden, dropout, outputs=3)

    def forward(self, pooled: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """V and A (B, T, 2) in [-1, 1], with ``intensity`` (B, T) and ``angle`` (B, T) in (-pi, pi]."""
        raw = self.layers(pooled)
        direction = raw[..., 1:] / (raw[..., 1:].square().sum(-1, keepdim=True) + _EPSILON).sqrt()
        reach = 1 / direction.abs().amax(-1, keepdim=True).clamp(min=_REACH_FLOOR)
        affect = (raw[..., :1] - _START).sigmoid() * reach * direction
        still = affect.detach()
        return affect, {"intensity": still.norm(dim=-1), "angle": torch.atan2(still[..., 1], still[..., 0])}


class CartesianHead(nn.Module):
    """The same layers with V and A as direct outputs, as the released BEiT variant has them, bounded by tanh."""

    def __init__(self, width: int, hidden: tuple[int, int], dropout: float) -> None:
        """Build the layers from ``width`` over the two ``hidden`` widths d_1 and d_2."""
        super().__init__()
        self.layers = _layers(width, hidden, dropout, outputs=2)

    def forward(self, pooled: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """V and A (B, T, 2) in (-1, 1); no extras."""
        return self.layers(pooled).tanh(), {}


HEADS: Final[dict[str, type[PolarHead] | type[CartesianHead]]] = {"polar": PolarHead, "cartesian": CartesianHead}


def _layers(width: int, hidden: tuple[int, int], dropout: float, outputs: int) -> nn.Sequential:
    first, second = hidden
    return nn.Sequential(
        nn.Linear(width, first),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(second, outputs),
    )
