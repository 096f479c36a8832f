"""The layer of the face branch and of the released fusion: position in every layer, residuals normalised after."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from benchmark.layers.attention import MaskedAttention

Position = Literal["every", "once"]


class CrossingLayer(nn.Module):
    """Attention and a feed-forward part; the layer's own input comes back outside of it (see ``CrossingStack``).

    As released: dropout falls on the residual, not on what is added to it, and the positional encoding is part of the
    query that the residual carries.
    """

    def __init__(self, width: int, heads: int, feed_forward: int, dropout: float) -> None:
        """Build the layer for tokens of ``width``."""
        super().__init__()
        self.attention = MaskedAttention(width, width, heads, width, dropout)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, feed_forward), nn.GELU(), nn.Dropout(dropout), nn.Linear(feed_forward, width)
        )
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query: Tensor, memory: Tensor, memory_mask: Tensor, position: Tensor | None) -> Tensor:
        """Attend from (B, T, width) to (B, T, width) where ``memory_mask`` (B, T) is True.

        ``position`` (B, T, width) is added to queries, keys and values, or None if they carry it already.
        """
        if position is not None:
            query, memory = self.dropout(query + position), self.dropout(memory + position)
        x = self.attention_norm(self.attention(query, memory, memory_mask) + self.dropout(query))
        result: Tensor = self.feed_forward_norm(self.feed_forward(x) + self.dropout(x))
        return result


class CrossingStack(nn.Module):
    """Layers with an outer residual, ``x <- x + layer(x, memory)`` (code)."""

    def __init__(
        self, width: int, layers: int, heads: int, feed_forward: int, dropout: float, position: Position
    ) -> None:
        """Build the stack.

        Args:
            position: ``every`` adds the positional encoding in every layer (code), ``once`` before the first only.
        """
        super().__init__()
        self.every = position == "every"
        self.layers = nn.ModuleList(CrossingLayer(width, heads, feed_forward, dropout) for _ in range(layers))

    def forward(self, x: Tensor, memory: Tensor | None, mask: Tensor, position: Tensor) -> Tensor:
        """Transform (B, T, width); attention goes to ``memory``, or to the layer's own input where it is None.

        Args:
            mask: (B, T) bool, where memory (or x) may be attended to.
            position: (B, T, width).
        """
        if not self.every:
            x, memory = x + position, None if memory is None else memory + position
        for layer in self.layers:
            x = x + layer(x, x if memory is None else memory, mask, position if self.every else None)
        return x
