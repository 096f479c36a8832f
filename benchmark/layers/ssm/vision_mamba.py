"""Vision Mamba: state space layers that look both ways."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from benchmark.layers.ssm.backends import Backend
from benchmark.layers.ssm.direction import Direction


class BidirectionalMamba(nn.Module):
    """One Vim mixer (2401.09417, algorithm 1): two scans, forward and backward in time, between shared projections.

    Parameters are named as in the released code: those of the backward direction carry ``_b``.
    """

    def __init__(
        self, d_model: int, d_state: int = 16, d_conv: int = 4, expand: int = 2, backend: Backend = "auto"
    ) -> None:
        """Build the mixer; arguments as in `Mamba`."""
        super().__init__()
        channels, dt_rank = expand * d_model, math.ceil(d_model / 16)
        self.backend: Backend = backend
        self.in_proj = nn.Linear(d_model, 2 * channels, bias=False)
        self.conv1d, self.x_proj, self.dt_proj, self.A_log, self.D = Direction.initial(
            channels, d_state, d_conv, dt_rank
        )
        self.conv1d_b, self.x_proj_b, self.dt_proj_b, self.A_b_log, self.D_b = Direction.initial(
            channels, d_state, d_conv, dt_rank
        )
        self.out_proj = nn.Linear(channels, d_model, bias=False)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Transform (B, L, d_model), zero where ``mask`` (B, L) is False; padding changes nothing in either direction.

        The two directions are summed, as in the paper (some released configurations halve the sum).
        """
        if mask is not None:
            x = x.masked_fill(~mask[..., None], 0.0)
        xz = self.in_proj(x)
        inner, gate = xz.chunk(2, -1)
        ahead = Direction(self.conv1d, self.x_proj, self.dt_proj, self.A_log, self.D)
        y, _ = ahead.run(inner, gate, mask, None, self.backend)
        # Padding at the end comes first in the reversed sequence, where zeros are what the convolution starts from and
        # steps of size zero leave the empty state empty: the same as if it were not there.
        inner, gate = xz.flip(1).chunk(2, -1)
        back = Direction(self.conv1d_b, self.x_proj_b, self.dt_proj_b, self.A_b_log, self.D_b)
        y_back, _ = back.run(inner, gate, None if mask is None else mask.flip(1), None, self.backend)
        out: Tensor = self.out_proj(y + y_back.flip(1))
        return out if mask is None else out.masked_fill(~mask[..., None], 0.0)


class _Layer(nn.Module):
    """x + mixer(norm(x))."""

    def __init__(self, mixer: BidirectionalMamba, d_model: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.mixer = mixer

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        mixed: Tensor = self.mixer(self.norm(x), mask)
        return x + mixed


class VisionMamba(nn.Module):
    """Stack of pre-norm residual Vim mixers with a norm at the end (2401.09417, sec. 3.2)."""

    def __init__(
        self,
        d_model: int,
        n_layers: int,
        d_state: int = 16,
        d_conv: int = 4,
        expand: int = 2,
        backend: Backend = "auto",
    ) -> None:
        """Build the stack; ``n_layers`` mixers, the other arguments as in `Mamba`.

        Output projections start smaller by the square root of ``n_layers``, as in the released code of Mamba.
        """
        super().__init__()
        mixers = (BidirectionalMamba(d_model, d_state, d_conv, expand, backend) for _ in range(n_layers))
        self.layers = nn.ModuleList(_Layer(mixer, d_model) for mixer in mixers)
        self.norm_f = nn.LayerNorm(d_model)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.endswith("out_proj.weight"):
                    parameter.div_(math.sqrt(n_layers))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Transform (B, L, d_model), zero where ``mask`` (B, L) is False.

        Args:
            x: (B, L, d_model), L >= 1; anything, even NaN, where masked.
            mask: (B, L) bool, True = present.

        Returns:
            (B, L, d_model).
        """
        if mask is not None:
            x = x.masked_fill(~mask[..., None], 0.0)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.norm_f(x)
        return x if mask is None else x.masked_fill(~mask[..., None], 0.0)
