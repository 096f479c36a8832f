"""Temporal convolution network: dilated residual blocks over frames (Bai, Kolter and Koltun 2018, 1803.01271)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.parametrizations import weight_norm


class TemporalBlock(nn.Module):
    """Two dilated convolutions with weight norm, activation and dropout, and a residual around both."""

    def __init__(
        self,
        width_in: int,
        width: int,
        kernel: int,
        dilation: int,
        dropout: float,
        causal: bool,
        activation: Callable[[], nn.Module],
    ) -> None:
        """Build the block; arguments as in ``TCN``."""
        super().__init__()
        reach = (kernel - 1) * dilation
        self.sides = (reach, 0) if causal else (reach // 2, reach - reach // 2)
        self.first = weight_norm(nn.Conv1d(width_in, width, kernel, dilation=dilation))
        self.second = weight_norm(nn.Conv1d(width, width, kernel, dilation=dilation))
        self.between, self.after, self.last = activation(), activation(), activation()
        self.dropout = nn.Dropout(dropout)
        self.shortcut = nn.Conv1d(width_in, width, 1) if width_in != width else nn.Identity()

    def forward(self, x: Tensor, keep: Tensor) -> Tensor:
        """(B, width_in, T) and (B, 1, T) bool -> (B, width, T), zero where not kept."""
        y = self.dropout(self.between(self.first(pad(x, self.sides)))).masked_fill(~keep, 0.0)
        y = self.dropout(self.after(self.second(pad(y, self.sides))))
        result: Tensor = self.last(y + self.shortcut(x)).masked_fill(~keep, 0.0)
        return result


class TCN(nn.Module):
    """Blocks whose dilation doubles from one to the next: (B, T, width_in) to (B, T, widths[-1])."""

    def __init__(
        self,
        width_in: int,
        widths: Sequence[int],
        kernel: int,
        dropout: float = 0.0,
        causal: bool = False,
        activation: Callable[[], nn.Module] = nn.ReLU,
    ) -> None:
        """Build the blocks.

        Args:
            width_in: width of the input.
            widths: width of each block, first to last.
            kernel: taps of every convolution.
            dropout: probability after each convolution.
            causal: whether a frame sees only frames before it; else as many on both sides (one more after it where
                the reach is odd).
            activation: makes the non-linearity (ReLU in the paper; entries use PReLU or LeakyReLU).
        """
        super().__init__()
        before = [width_in, *widths[:-1]]
        self.blocks = nn.ModuleList(
            TemporalBlock(a, b, kernel, 2**i, dropout, causal, activation)
            for i, (a, b) in enumerate(zip(before, widths, strict=True))
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Convolve (B, T, width_in) where ``mask`` (B, T) is True; absent frames count as zeros and come out as zeros.

        Padding at either end changes nothing, because a convolution sees zeros beyond the ends too.
        """
        keep = mask.unsqueeze(1)
        y = x.transpose(1, 2).masked_fill(~keep, 0.0)
        for block in self.blocks:
            y = block(y, keep)
        return y.transpose(1, 2)
