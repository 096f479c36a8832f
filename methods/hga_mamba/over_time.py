"""The model over time: Vision Mamba, or what it replaced."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from benchmark.layers.ssm import VisionMamba
from benchmark.layers.tcn import TCN

Temporal = Literal["mamba", "tcn", "none"]


class OverTime(nn.Module):
    """(B, T, width) to the same shape over the real frames."""

    def __init__(
        self, kind: Temporal, width: int, layers: int, d_state: int, d_conv: int, expand: int, dropout: float
    ) -> None:
        """Build the model.

        Args:
            kind: ``mamba`` (both directions, linear in T), ``tcn`` (as many levels, kernel 3) or ``none``.
            width: of every frame.
            layers: Vision Mamba mixers, or levels of the TCN.
            d_state, d_conv, expand: of the mixers.
            dropout: after the model, and within the TCN.
        """
        super().__init__()
        self.model: nn.Module | None = None
        if kind == "mamba":
            self.model = VisionMamba(width, layers, d_state, d_conv, expand)
        elif kind == "tcn":
            self.model = TCN(width, [width] * layers, kernel=3, dropout=dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Transform (B, T, width) where ``mask`` (B, T) is True."""
        if self.model is None:
            return x
        result: Tensor = self.dropout(self.model(x, mask))
        return result
