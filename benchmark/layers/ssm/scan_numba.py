"""Selective scan on the CPU, forward and backward each one compiled pass."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from benchmark.layers.ssm.lanes import LANES
from benchmark.layers.ssm.memory import array, rows, split_evenly, whole_blocks
from benchmark.layers.ssm.parallel import run_tasks
from benchmark.layers.ssm.scan_backward_kernel import scan_backward
from benchmark.layers.ssm.scan_forward_kernel import CHUNK, scan_forward

_LOG2E = math.log2(math.e)


class _Inputs(NamedTuple):
    """Arrays in the order and layout that both kernels take, channels filled up to whole blocks."""

    u: Any
    delta: Any
    A: Any
    B: Any
    C: Any
    D: Any
    bias: Any
    z: Any
    z_row: int
    z_step: int


def _inputs(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None, bias: Tensor | None
) -> _Inputs:
    nothing = u.new_zeros(u.shape[2])
    return _Inputs(
        array(whole_blocks(u)),
        array(whole_blocks(delta)),
        array(whole_blocks(A.T * _LOG2E)),
        array(B),
        array(C),
        array(whole_blocks(nothing if D is None else D)),
        array(whole_blocks(nothing if bias is None else bias)),
        *((array(nothing), 0, 0) if z is None else rows(z)),
    )


def _state(state: Tensor | None, like: Tensor, shape: tuple[int, int, int]) -> Any:
    """(B, D, N) or nothing to (B, N, D) in whole blocks."""
    return array(like.new_zeros(shape) if state is None else whole_blocks(state.transpose(1, 2)))


class _Scan(torch.autograd.Function):
    """Everything in (B, L, D), (B, L, N), (D, N); states (B, D, N)."""

    @staticmethod
    def forward(
        ctx: Any,
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
        inputs = _inputs(u, delta, A, B, C, D, z, bias)
        batch, length, width = inputs.u.shape
        states = A.shape[1]
        y = u.new_empty(batch, length, width)
        final = u.new_empty(batch, states, width)
        borders = u.new_empty(batch, math.ceil(length / CHUNK), states, width)
        begin = _state(start, u, (batch, states, width))
        arguments = (*inputs, begin, positive, z is not None, array(y), array(borders), array(final))
        run_tasks(scan_forward, batch * width // LANES, y.numel() * states, *arguments)
        ctx.save_for_backward(u, delta, A, B, C, D, z, bias, borders)
        ctx.positive = positive
        ctx.set_materialize_grads(False)
        channels = u.shape[2]
        return y[..., :channels], final[..., :channels].transpose(1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor | None, dfinal: Tensor | None) -> tuple[Tensor | None, ...]:
        u, delta, A, B, C, D, z, bias, borders = ctx.saved_tensors
        inputs = _inputs(u, delta, A, B, C, D, z, bias)
        batch, length, width = inputs.u.shape
        states = A.shape[1]
        groups = split_evenly(batch, width // LANES)
        du, ddelta = u.new_empty(batch, length, width), u.new_empty(batch, length, width)
        dz = u.new_empty(batch, length, width) if z is not None else u.new_empty(1, 1, 1)
        dA, dstart = u.new_empty(batch, states, width), u.new_empty(batch, states, width)
        dD, dbias = u.new_empty(batch, width), u.new_empty(batch, width)
        dB, dC = u.new_zeros(batch, groups, length, states), u.new_zeros(batch, groups, length, states)
        upstream = (
            array(whole_blocks(torch.zeros_like(u) if dy is None else dy)),
            _state(dfinal, u, (batch, states, width)),
        )
        outputs = (array(g) for g in (du, ddelta, dA, dB, dC, dD, dbias, dz, dstart))
        switches = (ctx.positive, z is not None)
        arguments = (*inputs, array(borders), *switches, *upstream, *outputs)
        run_tasks(scan_backward, batch * groups, du.numel() * states, *arguments)
        channels = u.shape[2]
        return (
            du[..., :channels],
            ddelta[..., :channels],
            dA.sum(0)[:, :channels].T,
            dB.sum(1),
            dC.sum(1),
            None if D is None else dD.sum(0)[:channels],
            None if z is None else dz[..., :channels],
            None if bias is None else dbias.sum(0)[:channels],
            dstart[..., :channels].transpose(1, 2) if ctx.needs_input_grad[8] else None,
            None,
        )


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
    """As `scan_torch.scan`, for CPU tensors of one dtype, float32 or float64."""
    result: tuple[Tensor, Tensor] = _Scan.apply(  # type: ignore[no-untyped-call]
        u, delta, A, B, C, D, z, bias, start, positive
    )
    return result
