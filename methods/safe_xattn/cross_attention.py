"""Cross-attention that leaves a frame alone where the other modality has nothing to say."""

from __future__ import annotations

from torch import Tensor, nn

from benchmark.layers.attention import MaskedAttention


class SafeCrossAttention(nn.Module):
    """``x + attention(norm(x), norm(y), y)`` over the observed frames of y; exactly x where there are none."""

    def __init__(self, width: int, heads: int, dropout: float, safe: bool) -> None:
        """Build the layer; without ``safe``, a frame with no key looks at the absent ones as if they were there."""
        super().__init__()
        self.query_norm, self.memory_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = MaskedAttention(width, width, heads, width, dropout, safe=safe)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor, allowed: Tensor) -> Tensor:
        """(B, T, width) and (B, T, width) to the first's shape.

        Args:
            x: the modality that asks.
            memory: the modality that is asked.
            allowed: (B, T, T) bool, [b, i, j] True where frame i of x may look at frame j of memory.
        """
        result: Tensor = x + self.dropout(self.attention(self.query_norm(x), self.memory_norm(memory), allowed))
        return result


def within_reach(times: Tensor, frames: Tensor, observed: Tensor, reach: float) -> Tensor:
    """Which frame may look at which: (B, T, T) bool.

    Args:
        times: (B, T) seconds.
        frames: (B, T) bool, True for real frames; the others may look like any real one would.
        observed: (B, T) bool, where the other modality was observed.
        reach: seconds between a frame and what it may look at; 0 for the whole window.
    """
    keys = (observed & frames).unsqueeze(1).expand(-1, times.shape[1], -1)
    if reach <= 0:
        return keys
    near = (times.unsqueeze(2) - times.unsqueeze(1)).abs() <= reach
    return keys & near
