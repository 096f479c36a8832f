"""The encoders that the paper calls BEiT-based, and the temporal pooling after them (eq. 21-26)."""

from __future__ import annotations

from torch import Tensor, nn

from benchmark.layers.additive_attention import AdditiveSelfAttention


class AdditiveEncoder(nn.Module):
    """One encoder: additive self-attention (eq. 21-24) and a feed-forward part, each with a residual.

    The equations stop at the attention. Residuals, norms before each part and the GELU feed-forward part are those of
    the BEiT layer that the paper cites (inferred).
    """

    def __init__(self, width: int, attention_dim: int, expansion: int, dropout: float) -> None:
        """Build an encoder for (B, T, width) with a feed-forward part of ``expansion * width``."""
        super().__init__()
        self.attention_norm, self.forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = AdditiveSelfAttention(width, attention_dim)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, expansion * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(expansion * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Contextualise (B, T, width) over the frames where ``mask`` (B, T) is True."""
        hidden = hidden + self.dropout(self.attention(self.attention_norm(hidden), mask))
        result: Tensor = hidden + self.dropout(self.feed_forward(self.forward_norm(hidden)))
        return result


def local_mean(hidden: Tensor, times: Tensor, mask: Tensor, seconds: float) -> Tensor:
    """Mean over the frames within ``seconds / 2`` of each frame: eq. 26 on a segment that moves with the frame.

    Args:
        hidden: (B, T, width).
        times: (B, T) seconds.
        mask: (B, T) bool, True for real frames.
        seconds: length of the segment; longer than the window gives eq. 26 itself.
    """
    near = (times.unsqueeze(2) - times.unsqueeze(1)).abs() <= seconds / 2
    weights = (near & mask.unsqueeze(1)).to(hidden.dtype)
    return weights @ hidden / weights.sum(2, keepdim=True).clamp(min=1)
