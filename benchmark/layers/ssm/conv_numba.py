"""Causal depthwise convolution with SiLU on the CPU, forward and backward each one compiled pass."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from benchmark.layers.ssm.conv_kernels import conv_backward, conv_forward
from benchmark.layers.ssm.lanes import LANES
from benchmark.layers.ssm.memory import array, rows, whole_blocks
from benchmark.layers.ssm.parallel import run_tasks


class _ConvSilu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight, bias)
        inputs = (*rows(x), array(whole_blocks(weight.T)), array(whole_blocks(bias)))
        batch, length, channels = x.shape
        y = x.new_empty(batch, length, inputs[-1].size)
        run_tasks(conv_forward, batch * y.shape[2] // LANES, y.numel() * weight.shape[1], *inputs, array(y))
        return y[..., :channels]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, weight, bias = ctx.saved_tensors
        inputs = (*rows(x), array(whole_blocks(weight.T)), array(whole_blocks(bias)))
        batch, length, channels = x.shape
        width, taps = inputs[-1].size, weight.shape[1]
        dx, dweight = x.new_empty(batch, length, width), x.new_empty(batch, taps, width)
        dbias = x.new_empty(batch, width)
        arrays = (array(g) for g in (whole_blocks(dy), dx, dweight, dbias))
        run_tasks(conv_backward, batch * width // LANES, dx.numel() * taps, *inputs, *arrays)
        return dx[..., :channels], dweight.sum(0).T[:channels], dbias.sum(0)[:channels]


def conv_silu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """silu of the convolution of x (B, L, D) with weight (D, K) plus bias (D,), one dtype, float32 or float64."""
    result: Tensor = _ConvSilu.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return result
