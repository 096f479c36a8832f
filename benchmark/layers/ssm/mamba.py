"""The Mamba block."""

from __future__ import annotations

import math

from torch import Tensor, nn

from benchmark.layers.ssm.backends import Backend
from benchmark.layers.ssm.direction import Direction, MambaState


class Mamba(nn.Module):
    """Selective state space block (Mamba, 2312.00752, fig. 3): (B, L, d_model) to the same shape, causal.

    Parameters have the names and shapes of ``mamba_ssm.Mamba``, so state dicts go both ways between it, transformers'
    ``MambaMixer``, mambapy's ``MambaBlock`` and this.
    """

    def __init__(
        self, d_model: int, d_state: int = 16, d_conv: int = 4, expand: int = 2, backend: Backend = "auto"
    ) -> None:
        """Build the block.

        Args:
            d_model: width of input and output.
            d_state: states per channel, N.
            d_conv: taps of the convolution.
            expand: inner channels per input channel.
            backend: as in `selective_scan`.
        """
        super().__init__()
        channels = expand * d_model
        self.backend: Backend = backend
        self.in_proj = nn.Linear(d_model, 2 * channels, bias=False)
        self.conv1d, self.x_proj, self.dt_proj, self.A_log, self.D = Direction.initial(
            channels, d_state, d_conv, math.ceil(d_model / 16)
        )
        self.out_proj = nn.Linear(channels, d_model, bias=False)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Transform (B, L, d_model), zero where masked.

        Args:
            x: (B, L, d_model), L >= 1.
            mask: (B, L) bool, True = present. Whatever ``x`` holds at an absent step is not looked at: the convolution
                sees zeros there and the state passes by unchanged, so padding before or after changes nothing.

        Returns:
            (B, L, d_model).
        """
        return self.step(x, None, mask)[0]

    def step(self, x: Tensor, state: MambaState | None = None, mask: Tensor | None = None) -> tuple[Tensor, MambaState]:
        """Go on with a stream: the outputs of successive calls are those of one `forward` over all their inputs.

        Args:
            x: (B, T, d_model), the next T >= 1 steps.
            state: what the call before returned, nothing at the start.
            mask: (B, T) as in `forward`.

        Returns:
            (B, T, d_model) and the state for the next call.
        """
        if mask is not None:
            x = x.masked_fill(~mask[..., None], 0.0)
        inner, gate = self.in_proj(x).chunk(2, -1)
        direction = Direction(self.conv1d, self.x_proj, self.dt_proj, self.A_log, self.D)
        y, state = direction.run(inner, gate, mask, state, self.backend)
        out: Tensor = self.out_proj(y)
        return out if mask is None else out.masked_fill(~mask[..., None], 0.0), state
