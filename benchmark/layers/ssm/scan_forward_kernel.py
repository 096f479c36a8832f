"""Compiled forward pass of the selective scan."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmark.layers.ssm.compiled import compiled
from benchmark.layers.ssm.lanes import LANES, exp2, load, sigmoid, softplus, spread, store

#: Steps between two stored states. The backward pass recomputes the states in between.
CHUNK = 64


@compiled
def scan_forward(
    first: int, last: int, u: Any, delta: Any, A: Any, B: Any, C: Any, D: Any, bias: Any,
    z: Any, z_row: int, z_step: int, start: Any, positive: bool, gated: bool,
    y: Any, borders: Any, final: Any,
) -> None:  # fmt: skip
    """Run the recurrence for tasks ``first`` to ``last``; a task is one sequence of the batch times `LANES` channels.

    Args:
        first: first task, in ``range(B * D // LANES)``.
        last: the task to stop before.
        u: (B, L, D), D a multiple of `LANES`.
        delta: (B, L, D) before bias and softplus.
        A: (N, D) times log2(e).
        B: (B, L, N).
        C: (B, L, N).
        D: (D,).
        bias: (D,) of delta.
        z: memory of the gate (B, L, D) from its first element on, if ``gated``.
        z_row: distance in it between sequences.
        z_step: distance between steps.
        start: (B, N, D) state before the first step.
        positive: whether delta goes through softplus.
        gated: whether the result is multiplied by silu(z).
        y: (B, L, D) out.
        borders: (B, ceil(L / CHUNK), N, D) out, the state before each chunk.
        final: (B, N, D) out, the state after the last step.
    """
    length, width = u.shape[1:]
    states = A.shape[0]
    blocks = width // LANES
    h = np.empty(states * LANES, u.dtype)
    for task in range(first, last):
        row, channel = task // blocks, task % blocks * LANES
        for n in range(states):
            store(h, n * LANES, load(start, (row * states + n) * width + channel))
        skip, offset = load(D, channel), load(bias, channel)
        for t in range(length):
            if t % CHUNK == 0:
                border = (row * borders.shape[1] + t // CHUNK) * states
                for n in range(states):
                    store(borders, (border + n) * width + channel, load(h, n * LANES))
            here = (row * length + t) * width + channel
            x = load(u, here)
            step = load(delta, here) + offset
            if positive:
                step = softplus(step)
            drive = step * x
            out = skip * x
            mixing = (row * length + t) * states
            for n in range(states):
                decay = exp2(step * load(A, n * width + channel))
                state = decay * load(h, n * LANES) + drive * spread(B, mixing + n)
                store(h, n * LANES, state)
                out = out + state * spread(C, mixing + n)
            if gated:
                gate = load(z, row * z_row + t * z_step + channel)
                out = out * gate * sigmoid(gate)
            store(y, here, out)
        for n in range(states):
            store(final, (row * states + n) * width + channel, load(h, n * LANES))
