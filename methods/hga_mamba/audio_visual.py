"""Audio into the visual stream, and only there: asymmetric cross-attention with a gated residual."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.layers.attention import MaskedAttention


class GatedCrossAttention(nn.Module):
    """``x + g * attention(norm(x), norm(y), y)``; queries of one modality, keys and values of the other."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        """Build the layer for two modalities of ``width``."""
        super().__init__()
        self.query_norm, self.memory_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = MaskedAttention(width, width, heads, width, dropout)
        self.gate = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor, memory_mask: Tensor) -> Tensor:
        """(B, T, width) and (B, T, width) to the first's shape; exactly x where no step of memory is there.

        Args:
            x: the modality that asks.
            memory: the modality that is asked.
            memory_mask: (B, T) bool, where memory was observed.
        """
        said = self.attention(self.query_norm(x), self.memory_norm(memory), memory_mask)
        gate = self.gate(torch.cat([x, said], dim=-1)).sigmoid()
        result: Tensor = x + self.dropout(gate * said)
        return result
