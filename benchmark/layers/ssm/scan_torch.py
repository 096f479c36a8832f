"""Selective scan in plain torch, on any device: parallel within a chunk but for one fused multiply-add a step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

#: Steps whose states exist at one time, forward and backward; only the states between chunks are kept.
_CHUNK = 32


def _states(step: Tensor, drive: Tensor, A: Tensor, B: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Decays and states (T, B, D, N) of one chunk given time first, from the state (B, D, N) before it."""
    decays = torch.exp(step[..., None] * A)
    states = drive[..., None] * B[:, :, None]
    for decay, here in zip(decays.unbind(), states.unbind(), strict=True):
        state = here.addcmul_(decay, state)
    return decays, states


class _Recurrence(torch.autograd.Function):
    """h = exp(step A) h + drive B and y = h C, time first: (L, B, D), (D, N), (L, B, N), (B, D, N)."""

    @staticmethod
    def forward(
        ctx: Any, step: Tensor, drive: Tensor, A: Tensor, B: Tensor, C: Tensor, start: Tensor
    ) -> tuple[Tensor, Tensor]:
        state, borders, outs = start, [], []
        for step_, drive_, B_, C_ in zip(*(x.split(_CHUNK) for x in (step, drive, B, C)), strict=True):
            borders.append(state)
            states = _states(step_, drive_, A, B_, state)[1]
            outs.append((states * C_[:, :, None]).sum(-1))
            state = states[-1].clone()  # lets the rest of the chunk go
        ctx.save_for_backward(step, drive, A, B, C, torch.stack(borders))
        return torch.cat(outs), state

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dout: Tensor, dfinal: Tensor) -> tuple[Tensor, ...]:
        step, drive, A, B, C, borders = ctx.saved_tensors
        dstep, ddrive, dB, dC = (torch.empty_like(x) for x in (step, drive, B, C))
        dA, dstate = torch.zeros_like(A), dfinal
        chunks = zip(*(x.split(_CHUNK) for x in (step, drive, B, C, dout, dstep, ddrive, dB, dC)), borders, strict=True)
        for step_, drive_, B_, C_, dout_, dstep_, ddrive_, dB_, dC_, border in reversed(list(chunks)):
            decays, states = _states(step_, drive_, A, B_, border)
            dstates = dout_[..., None] * C_[:, :, None]
            for decay, here in zip(reversed(decays.unbind()), reversed(dstates.unbind()), strict=True):
                dstate = here.add_(dstate) * decay
            torch.sum(states * dout_[..., None], 2, out=dC_)
            torch.sum(dstates * drive_[..., None], 2, out=dB_)
            torch.sum(dstates * B_[:, :, None], 3, out=ddrive_)
            dexponents = dstates.mul_(decays)
            dexponents[1:].mul_(states[:-1])
            dexponents[0].mul_(border)
            torch.sum(dexponents * A, 3, out=dstep_)
            dA += torch.einsum("tbdn,tbd->dn", dexponents, step_)
        return dstep, ddrive, dA, dB, dC, dstate


def scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None,
    z: Tensor | None,
    bias: Tensor | None,
    start: Tensor | None,
    positive: bool,
) -> tuple[Tensor, Tensor]:
    """Run the recurrence over tensors of one dtype.

    Args:
        u: (B, L, D).
        delta: (B, L, D).
        A: (D, N).
        B: (B, L, N).
        C: (B, L, N).
        D: (D,) skip weights.
        z: (B, L, D) gate.
        bias: (D,) added to delta.
        start: (B, D, N) state before the first step.
        positive: whether delta goes through softplus.

    Returns:
        y (B, L, D) and the state (B, D, N) after the last step.
    """
    step = delta if bias is None else delta + bias
    step = functional.softplus(step) if positive else step
    begin = u.new_zeros(u.shape[0], *A.shape) if start is None else start
    first = (x.transpose(0, 1) for x in (step, step * u))
    y, final = _Recurrence.apply(*first, A, B.transpose(0, 1), C.transpose(0, 1), begin)  # type: ignore[no-untyped-call]
    y = y.transpose(0, 1)
    y = y if D is None else y + u * D
    return y if z is None else y * functional.silu(z), final
