"""Transformer encoder over frames that survives absent frames and sequences with nothing in them."""

from __future__ import annotations

from torch import Tensor, nn

from benchmark.layers.attention import MaskedAttention


class TransformerLayer(nn.Module):
    """Self-attention and a feed-forward part, each with a residual (Vaswani et al. 2017, sec. 3.1)."""

    def __init__(self, width: int, heads: int, feed_forward: int, dropout: float, norm_first: bool = True) -> None:
        """Build the layer; arguments as in ``TransformerEncoder``."""
        super().__init__()
        self.norm_first = norm_first
        self.attention = MaskedAttention(width, width, heads, width=width, dropout=dropout)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, feed_forward), nn.GELU(), nn.Dropout(dropout), nn.Linear(feed_forward, width)
        )
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Transform (B, T, width) over the frames where ``mask`` (B, T) is True."""
        if self.norm_first:
            y = self.attention_norm(x)
            x = x + self.dropout(self.attention(y, y, mask))
            x = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        else:
            x = self.attention_norm(x + self.dropout(self.attention(x, x, mask)))
            x = self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))
        return x


class TransformerEncoder(nn.Module):
    """A stack of layers: (B, T, width) to the same shape."""

    def __init__(
        self, width: int, layers: int, heads: int, feed_forward: int, dropout: float = 0.1, norm_first: bool = True
    ) -> None:
        """Build the stack.

        Args:
            width: width of every frame.
            layers: number of layers.
            heads: attention heads; divides ``width``.
            feed_forward: hidden width of the feed-forward part.
            dropout: on attention weights, in the feed-forward part and before each residual.
            norm_first: norm before each part and once at the end, or after each residual as in the first paper.
        """
        super().__init__()
        self.layers = nn.ModuleList(
            TransformerLayer(width, heads, feed_forward, dropout, norm_first) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width) if norm_first else nn.Identity()

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Transform (B, T, width); frames where ``mask`` (B, T) is False are never attended to."""
        for layer in self.layers:
            x = layer(x, mask)
        result: Tensor = self.norm(x)
        return result
