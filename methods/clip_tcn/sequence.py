"""What reads the frozen features: TCN, then Transformer encoder, then one head."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from benchmark.layers.norm import MaskedBatchNorm
from benchmark.layers.tcn import TCN
from benchmark.layers.transformer import TransformerEncoder


class SequenceModel(nn.Module):
    """Features of frames (B, T, D) to hidden states (B, T, width); either half can be left out, as in the ablation."""

    def __init__(
        self,
        features: int,
        widths: Sequence[int],
        kernel: int,
        width: int,
        layers: int,
        heads: int,
        feed_forward: int,
        dropout: float,
    ) -> None:
        """Build both halves.

        Args:
            features: width of the input.
            widths: channels of each TCN level; none leaves the TCN out.
            kernel: taps of its convolutions.
            width: width of the Transformer encoder.
            layers: its layers; 0 leaves it out.
            heads, feed_forward: of each layer.
            dropout: in both.
        """
        super().__init__()
        self.tcn = TCN(features, widths, kernel, dropout, activation=nn.PReLU) if widths else None
        self.widen = nn.Linear(widths[-1] if widths else features, width)  # the convolution with one tap
        self.encoder = (
            TransformerEncoder(width, layers, heads, feed_forward, dropout, norm_first=False) if layers else None
        )

    def forward(self, features: Tensor, seen: Tensor) -> Tensor:
        """Read (B, T, D) where ``seen`` (B, T) is True."""
        hidden = features if self.tcn is None else self.tcn(features, seen)
        hidden = self.widen(hidden)
        result: Tensor = hidden if self.encoder is None else self.encoder(hidden, seen)
        return result


class Head(nn.Module):
    """Linear, batch norm over the real frames, linear."""

    def __init__(self, width: int, hidden: int, outputs: int) -> None:
        """Build from ``width`` over ``hidden`` to ``outputs``."""
        super().__init__()
        self.first, self.norm, self.second = (
            nn.Linear(width, hidden),
            MaskedBatchNorm(hidden),
            nn.Linear(hidden, outputs),
        )

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(B, T, width) with real frames ``mask`` (B, T) -> (B, T, outputs)."""
        result: Tensor = self.second(self.norm(self.first(hidden), mask))
        return result
