"""What runs along a clip: the paper's GRU or the released code's TCN, the same kind for face and sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from torch import Tensor, nn

from benchmark.layers.tcn import TCN


class RecurrentEncoder(nn.Module):
    """Bidirectional GRU of one layer and a linear map of both directions (abstract; option "gru" of the code)."""

    def __init__(self, width: int, hidden: int, levels: int, kernel: int, dropout: float) -> None:
        """Build for (N, K, width) with ``hidden`` units a direction; the other arguments belong to the TCN."""
        super().__init__()
        del levels, kernel, dropout
        self.gru = nn.GRU(width, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, width)

    def forward(self, clip: Tensor, observed: Tensor) -> Tensor:
        """Encode (N, K, width); steps not ``observed`` (N, K) are zeros on the way in."""
        states, _ = self.gru(clip * observed.unsqueeze(-1))
        result: Tensor = self.out(states)
        return result


class ConvolutionalEncoder(nn.Module):
    """Causal TCN with dilations 1, 2, ... and a linear map (option "tcn" of the code, its released choice)."""

    def __init__(self, width: int, hidden: int, levels: int, kernel: int, dropout: float) -> None:
        """Build for (N, K, width) with ``levels`` blocks of ``hidden`` channels and convolutions of ``kernel`` taps."""
        super().__init__()
        self.tcn = TCN(width, [hidden] * levels, kernel, dropout, causal=True)
        self.out = nn.Linear(hidden, width)

    def forward(self, clip: Tensor, observed: Tensor) -> Tensor:
        """Encode (N, K, width); steps not ``observed`` (N, K) are zeros on the way in."""
        result: Tensor = self.out(self.tcn(clip, observed))
        return result


TEMPORAL: Final[dict[str, type[RecurrentEncoder] | type[ConvolutionalEncoder]]] = {
    "gru": RecurrentEncoder,
    "tcn": ConvolutionalEncoder,
}


def make_temporal(kind: str, sizes: Sequence[int], dropout: float) -> nn.Module:
    """An encoder of ``kind``; ``sizes`` are width, hidden units, levels and kernel."""
    width, hidden, levels, kernel = sizes
    return TEMPORAL[kind](width, hidden, levels, kernel, dropout)
