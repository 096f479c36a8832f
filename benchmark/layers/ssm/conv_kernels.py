"""Compiled causal depthwise convolution with SiLU."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmark.layers.ssm.compiled import compiled
from benchmark.layers.ssm.lanes import LANES, like, load, sigmoid, store


@compiled
def conv_forward(
    first: int, last: int, x: Any, x_row: int, x_step: int, weight: Any, bias: Any, y: Any
) -> None:  # fmt: skip
    """y_t = silu(bias + sum over k of weight_k x_{t-K+1+k}) for tasks ``first`` to ``last``.

    Args:
        first: first task, in ``range(B * D // LANES)``: a sequence of the batch times `LANES` channels.
        last: the task to stop before.
        x: memory of (B, L, D) from its first element on.
        x_row: distance in it between sequences.
        x_step: distance between steps.
        weight: (K, D).
        bias: (D,).
        y: (B, L, D) out.
    """
    length, width = y.shape[1:]
    taps = weight.shape[0]
    blocks = width // LANES
    for task in range(first, last):
        row, channel = task // blocks, task % blocks * LANES
        offset = load(bias, channel)
        for t in range(length):
            total = offset
            for k in range(max(0, taps - 1 - t), taps):
                place = row * x_row + (t - taps + 1 + k) * x_step + channel
                total = total + load(weight, k * width + channel) * load(x, place)
            store(y, (row * length + t) * width + channel, total * sigmoid(total))


@compiled
def conv_backward(
    first: int, last: int, x: Any, x_row: int, x_step: int, weight: Any, bias: Any, dy: Any,
    dx: Any, dweight: Any, dbias: Any,
) -> None:  # fmt: skip
    """Gradients for tasks ``first`` to ``last``.

    Args:
        first: as in `conv_forward`, and so is all up to ``bias``.
        dy: (B, L, D) gradient of the result.
        dx: (B, L, D) out.
        dweight: (B, K, D) out, per sequence.
        dbias: (B, D) out, per sequence.
    """
    length, width = dy.shape[1:]
    taps = weight.shape[0]
    blocks = width // LANES
    later = np.empty(taps * LANES, dy.dtype)  # gradients before silu of steps t .. t + K - 1, by step modulo K
    slope = np.empty(taps * LANES, dy.dtype)
    for task in range(first, last):
        row, channel = task // blocks, task % blocks * LANES
        offset = load(bias, channel)
        zero, one = like(offset, 0.0), like(offset, 1.0)
        doffset = zero
        for k in range(taps):
            store(later, k * LANES, zero)
            store(slope, k * LANES, zero)
        for t in range(length - 1, -1, -1):
            here = (row * length + t) * width + channel
            reach = max(0, taps - 1 - t)
            total = offset
            for k in range(reach, taps):
                place = row * x_row + (t - taps + 1 + k) * x_step + channel
                total = total + load(weight, k * width + channel) * load(x, place)
            share = sigmoid(total)
            gradient = load(dy, here) * share * (one + total * (one - share))
            store(later, t % taps * LANES, gradient)
            doffset = doffset + gradient
            back = zero
            for k in range(taps):
                back = back + load(weight, k * width + channel) * load(later, (t + taps - 1 - k) % taps * LANES)
            store(dx, here, back)
            for k in range(reach, taps):
                place = row * x_row + (t - taps + 1 + k) * x_step + channel
                store(slope, k * LANES, load(slope, k * LANES) + gradient * load(x, place))
        for k in range(taps):
            store(dweight, (row * taps + k) * width + channel, load(slope, k * LANES))
        store(dbias, row * width + channel, doffset)
