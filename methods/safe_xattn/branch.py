"""One branch: a modality's features on the frames, and a Transformer encoder over them."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from benchmark.contract import Stream
from benchmark.layers.align import Aligned, gaussian, linear
from benchmark.layers.deviation import with_deviation
from benchmark.layers.position import sinusoidal
from benchmark.layers.transformer import TransformerEncoder

MAX_GAP: Final = 0.3
"""Seconds after which the last observation of a modality no longer speaks for a frame (inferred)."""


class Branch(nn.Module):
    """Features of one modality, aligned, projected and encoded; frames without an observation are never attended to."""

    def __init__(
        self,
        name: str,
        dim: int,
        width: int,
        layers: int,
        heads: int,
        feed_forward: int,
        dropout: float,
        input_dropout: float,
        deviations: bool,
    ) -> None:
        """Build the branch of modality ``name``, ``face`` or ``audio``; the other arguments as in ``SafeXattn``."""
        super().__init__()
        self.name, self.deviations = name, deviations
        self.drop = nn.Dropout(input_dropout)
        self.projection = nn.Linear(dim * (2 if deviations else 1), width)
        self.norm = nn.LayerNorm(width)
        self.place = nn.Parameter(torch.tensor(0.1))  # starts small: where in its window a frame lies says little
        self.encoder = TransformerEncoder(width, layers, heads, feed_forward, dropout)

    def forward(self, stream: Stream, times: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, T, width) of the frames and where they rest on an observation (B, T)."""
        aligned = self._align(stream, times, mask)
        values, observed = aligned.values, aligned.covered
        if self.deviations:
            values = with_deviation(values, observed)
        tokens = self.norm(self.projection(self.drop(values)))
        tokens = torch.where(observed.unsqueeze(-1), tokens, 0.0)
        tokens = tokens + self.place * sinusoidal(times, mask, tokens.shape[-1])
        return self.encoder(tokens, observed), observed

    def _align(self, stream: Stream, times: Tensor, mask: Tensor) -> Aligned:
        if self.name == "audio":  # denser than the frames: average its steps instead of picking two of them
            return gaussian(stream, times, mask, width=0.1, max_gap=MAX_GAP)
        return linear(stream, times, mask, max_gap=MAX_GAP)
