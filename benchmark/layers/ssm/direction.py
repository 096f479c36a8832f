"""One direction of a selective state space block: short convolution, input-dependent parameters, scan."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmark.layers.ssm.backends import Backend
from benchmark.layers.ssm.causal_conv import causal_conv_silu
from benchmark.layers.ssm.selective_scan import selective_scan


class MambaState(NamedTuple):
    """What a stream carries from one call to the next."""

    conv: Tensor  # (B, d_conv - 1, D) the last inputs of the convolution
    ssm: Tensor  # (B, D, N)


class Direction(NamedTuple):
    """The parameters of one direction, for D channels and N states a channel."""

    conv1d: nn.Conv1d
    x_proj: nn.Linear
    dt_proj: nn.Linear
    A_log: nn.Parameter  # (D, N)
    D: nn.Parameter  # (D,)

    @classmethod
    def initial(cls, channels: int, d_state: int, d_conv: int, dt_rank: int) -> Direction:
        """Fresh parameters by Mamba's rules (2312.00752, sec. 3.6 and released code).

        A is S4D-real, -1 to -N in every channel. The bias of dt is the inverse softplus of step sizes drawn
        log-uniformly from 0.001 to 0.1 and its weights are uniform within dt_rank^-1/2. All else is torch's default.
        """
        dt_proj = nn.Linear(dt_rank, channels)
        steps = torch.exp(math.log(1e-3) + torch.rand(channels) * math.log(1e-1 / 1e-3)).clamp(min=1e-4)
        with torch.no_grad():
            dt_proj.weight.uniform_(-(dt_rank**-0.5), dt_rank**-0.5)
            dt_proj.bias.copy_(steps + torch.log(-torch.expm1(-steps)))
        return cls(
            nn.Conv1d(channels, channels, d_conv, groups=channels, padding=d_conv - 1),
            nn.Linear(channels, dt_rank + 2 * d_state, bias=False),
            dt_proj,
            nn.Parameter(torch.log(torch.arange(1.0, d_state + 1)).repeat(channels, 1)),
            nn.Parameter(torch.ones(channels)),
        )

    def run(
        self, x: Tensor, z: Tensor, mask: Tensor | None, state: MambaState | None, backend: Backend
    ) -> tuple[Tensor, MambaState]:
        """Convolve, scan and gate.

        Args:
            x: (B, L, D), zero where masked.
            z: (B, L, D) gate.
            mask: (B, L), True = present. An absent step leaves the state of the scan as it is.
            state: to go on from.
            backend: as in `selective_scan`.

        Returns:
            (B, L, D), of no meaning where masked, and the state to go on from.
        """
        memory = self.conv1d.kernel_size[0] - 1
        before = x.new_zeros(len(x), memory, x.shape[2]) if state is None else state.conv
        bias = self.conv1d.bias
        assert bias is not None  # noqa: S101 - built with one, for the type checker
        if state is None:
            u = causal_conv_silu(x, self.conv1d.weight, bias, backend)
        else:
            u = causal_conv_silu(torch.cat([before, x], 1), self.conv1d.weight, bias, backend)[:, memory:]
        rank, states = self.dt_proj.in_features, self.A_log.shape[1]
        dt, B, C = self.x_proj(u).split([rank, states, states], -1)
        delta = functional.linear(dt, self.dt_proj.weight)
        if mask is not None:
            delta = delta.masked_fill(~mask[..., None], -math.inf)  # softplus makes it a step of size zero
        A = -torch.exp(self.A_log.to(torch.promote_types(self.A_log.dtype, torch.float32)))
        y, last = selective_scan(
            u.transpose(1, 2),
            delta.transpose(1, 2),
            A,
            B.transpose(1, 2),
            C.transpose(1, 2),
            self.D,
            z.transpose(1, 2),
            self.dt_proj.bias,
            delta_softplus=True,
            return_last_state=True,
            initial_state=None if state is None else state.ssm,
            backend=backend,
        )
        recent = torch.cat([before, x[:, max(0, x.shape[1] - memory) :]], 1)
        return y.transpose(1, 2), MambaState(recent[:, recent.shape[1] - memory :], last)
