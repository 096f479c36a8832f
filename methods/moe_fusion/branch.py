"""What every branch exports to the fusion, and the parts that all of them have."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Exported:
    """A branch's embeddings and predictions, on its own steps and on the frames.

    Attributes:
        embedding: (B, T, W) on frames, zero where not covered.
        affect: (B, T, 2) valence and arousal on frames, zero where not covered.
        covered: (B, T) bool, True where the branch has something to say about a frame.
        step_embedding, step_affect, step_mask: (B, S, W), (B, S, 2) and (B, S) bool on the branch's own steps.
        membership: (B, T, S) bool, True where a frame lies in a step; the labels of a step are those of its frames.
    """

    embedding: Tensor
    affect: Tensor
    covered: Tensor
    step_embedding: Tensor
    step_affect: Tensor
    step_mask: Tensor
    membership: Tensor


class Inputs(nn.Module):
    """Linear, LayerNorm, Dropout: how all branches of the entry begin (code).

    Two options serve small corpora and are off in the preset paper: features that a training step does not see, and
    the features' deviations from their mean over the window beside them, which tell an expression from a face.
    """

    def __init__(self, dim: int, width: int, dropout: float, deviations: bool, input_dropout: float) -> None:
        """Build the projection from ``dim`` features to ``width``."""
        super().__init__()
        self.deviations = deviations
        self.unseen = nn.Dropout(input_dropout)
        self.projection = nn.Linear(dim * (2 if deviations else 1), width)
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Project (B, L, dim) to (B, L, width); means are taken over the steps where ``mask`` (B, L) is True."""
        if self.deviations:
            values = with_deviations(values, mask)
        projected: Tensor = self.dropout(self.norm(self.projection(self.unseen(values))))
        return projected


class AffectHead(nn.Module):
    """Linear, LayerNorm, GELU, Dropout, Linear to valence and arousal, without a bound (code)."""

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        """Build the head from ``width`` over ``hidden``."""
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(width, hidden), nn.LayerNorm(hidden), nn.GELU(), nn.Dropout(dropout))
        self.out = nn.Linear(hidden, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The layer before the last (B, L, hidden), and valence and arousal (B, L, 2)."""
        hidden = self.hidden(x)
        return hidden, self.out(hidden)


def with_deviations(values: Tensor, mask: Tensor) -> Tensor:
    """(B, L, D) -> (B, L, 2 D): the values, and the values less their mean where ``mask`` (B, L) is True."""
    counted = mask.unsqueeze(-1)
    mean = (values * counted).sum(1, keepdim=True) / counted.sum(1, keepdim=True).clamp(min=1)
    return torch.cat([values, (values - mean) * counted], dim=-1)
