"""The temporal convergence module: what turns the features of a sequence into features in context [released code]."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchmark.contract import Batch
from benchmark.errors import unknown_name
from benchmark.layers.position import sinusoidal
from benchmark.layers.tcn import TCN
from benchmark.layers.transformer import TransformerEncoder

TEMPORAL = ("none", "transformer", "lstm", "tcn")


class _Transformer(nn.Module):
    def __init__(self, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.encoder = TransformerEncoder(width, layers, heads, 4 * width, dropout, norm_first=False)

    def forward(self, x: Tensor, batch: Batch) -> Tensor:
        times = torch.where(batch.frame_mask, batch.frame_times, 0.0)
        result: Tensor = self.encoder(x + sinusoidal(times, batch.frame_mask, x.shape[-1]), batch.frame_mask)
        return result


class _Lstm(nn.Module):
    def __init__(self, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, width, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)

    def forward(self, x: Tensor, batch: Batch) -> Tensor:
        result: Tensor = self.lstm(x)[0]  # one direction, so that padding at the end changes nothing
        return result


class _Convolutions(nn.Module):
    def __init__(self, width: int, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.tcn = TCN(width, widths, kernel=2, dropout=dropout, causal=True)
        self.back = nn.Linear(widths[-1], width)  # released: the last width, which its heads do not take

    def forward(self, x: Tensor, batch: Batch) -> Tensor:
        result: Tensor = self.back(self.tcn(x, batch.frame_mask))
        return result


def make_temporal(
    kind: str, width: int, layers: int, heads: int, dropout: float, tcn_widths: Sequence[int]
) -> nn.Module | None:
    """Build the module that maps (B, T, width) and the batch to (B, T, width), or None for ``none``.

    Args:
        kind: one of ``TEMPORAL``.
        width: of the features.
        layers: of transformer and LSTM.
        heads: of the transformer.
        dropout: in all of them.
        tcn_widths: width of each block of the TCN.

    Raises:
        UserError: there is no such kind.
    """
    if kind not in TEMPORAL:
        raise unknown_name("value of model.temporal", kind, TEMPORAL)
    if kind == "transformer":
        return _Transformer(width, layers, heads, dropout)
    if kind == "lstm":
        return _Lstm(width, layers, dropout)
    return _Convolutions(width, tcn_widths, dropout) if kind == "tcn" else None
