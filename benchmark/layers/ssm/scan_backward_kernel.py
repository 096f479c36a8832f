"""Compiled backward pass of the selective scan."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmark.layers.ssm.compiled import compiled
from benchmark.layers.ssm.lanes import LANES, exp2, like, load, sigmoid, softplus, spread, store, total
from benchmark.layers.ssm.scan_forward_kernel import CHUNK

_LN2 = math.log(2)


@compiled
def scan_backward(
    first: int, last: int, u: Any, delta: Any, A: Any, B: Any, C: Any, D: Any, bias: Any,
    z: Any, z_row: int, z_step: int, borders: Any, positive: bool, gated: bool,
    dy: Any, dfinal: Any,
    du: Any, ddelta: Any, dA: Any, dB: Any, dC: Any, dD: Any, dbias: Any, dz: Any, dstart: Any,
) -> None:  # fmt: skip
    """Gradients for tasks ``first`` to ``last``; a task is one sequence times one of G groups of channels.

    Args:
        first: first task, in ``range(B * G)``.
        last: the task to stop before.
        u: as in `scan_forward`, and so is all up to ``gated``.
        dy: (B, L, D) gradient of the result.
        dfinal: (B, N, D) gradient of the state after the last step.
        du: (B, L, D) out.
        ddelta: (B, L, D) out, of delta before bias and softplus.
        dA: (B, N, D) out, per sequence, of A itself (without the factor log2(e)).
        dB: (B, G, L, N) in zeros, out per group.
        dC: (B, G, L, N) in zeros, out per group.
        dD: (B, D) out, per sequence.
        dbias: (B, D) out, per sequence.
        dz: (B, L, D) out if ``gated``.
        dstart: (B, N, D) out.
    """
    length, width = u.shape[1:]
    states, groups, chunks = A.shape[0], dB.shape[1], borders.shape[1]
    blocks = width // LANES
    flat_dB, flat_dC = dB.reshape(-1), dC.reshape(-1)
    h = np.empty(states * LANES, u.dtype)
    dh = np.empty(states * LANES, u.dtype)
    drate = np.empty(states * LANES, u.dtype)
    decays = np.empty(CHUNK * states * LANES, u.dtype)
    carried = np.empty(CHUNK * states * LANES, u.dtype)
    steps = np.empty(CHUNK * LANES, u.dtype)
    dout = np.empty(CHUNK * LANES, u.dtype)
    for task in range(first, last):
        row, group = task // groups, task % groups
        for block in range(group * blocks // groups, (group + 1) * blocks // groups):
            channel = block * LANES
            skip, offset = load(D, channel), load(bias, channel)
            zero = like(skip, 0.0)
            one = like(skip, 1.0)
            dskip, doffset = zero, zero
            for n in range(states):
                store(dh, n * LANES, load(dfinal, (row * states + n) * width + channel))
                store(drate, n * LANES, zero)
            for chunk in range(chunks - 1, -1, -1):
                begin, end = chunk * CHUNK, min(length, (chunk + 1) * CHUNK)
                for n in range(states):
                    store(h, n * LANES, load(borders, ((row * chunks + chunk) * states + n) * width + channel))
                for t in range(begin, end):
                    m = t - begin
                    here = (row * length + t) * width + channel
                    mixing = (row * length + t) * states
                    x = load(u, here)
                    step = load(delta, here) + offset
                    if positive:
                        step = softplus(step)
                    drive = step * x
                    out = skip * x
                    for n in range(states):
                        decay = exp2(step * load(A, n * width + channel))
                        kept = decay * load(h, n * LANES)
                        state = kept + drive * spread(B, mixing + n)
                        store(decays, (m * states + n) * LANES, decay)
                        store(carried, (m * states + n) * LANES, kept)
                        store(h, n * LANES, state)
                        out = out + state * spread(C, mixing + n)
                    gradient = load(dy, here)
                    if gated:
                        gate = load(z, row * z_row + t * z_step + channel)
                        share = sigmoid(gate)
                        store(dz, here, gradient * out * share * (one + gate * (one - share)))
                        gradient = gradient * gate * share
                    store(steps, m * LANES, step)
                    store(dout, m * LANES, gradient)
                    dskip = dskip + gradient * x
                for t in range(end - 1, begin - 1, -1):
                    m = t - begin
                    here = (row * length + t) * width + channel
                    mixing = (row * length + t) * states
                    shared = ((row * groups + group) * length + t) * states
                    x = load(u, here)
                    step = load(steps, m * LANES)
                    gradient = load(dout, m * LANES)
                    drive = step * x
                    ddrive, dstep = zero, zero
                    for n in range(states):
                        kept = load(carried, (m * states + n) * LANES)
                        b = spread(B, mixing + n)
                        dstate = load(dh, n * LANES) + gradient * spread(C, mixing + n)
                        flat_dC[shared + n] += total(gradient * (kept + drive * b))
                        flat_dB[shared + n] += total(dstate * drive)
                        ddrive = ddrive + dstate * b
                        dexponent = dstate * kept
                        dstep = dstep + dexponent * load(A, n * width + channel)
                        store(drate, n * LANES, load(drate, n * LANES) + dexponent * step)
                        store(dh, n * LANES, dstate * load(decays, (m * states + n) * LANES))
                    dstep = ddrive * x + dstep * like(x, _LN2)
                    if positive:
                        dstep = dstep * sigmoid(load(delta, here) + offset)
                    doffset = doffset + dstep
                    store(du, here, ddrive * step + gradient * skip)
                    store(ddelta, here, dstep)
            for n in range(states):
                store(dstart, (row * states + n) * width + channel, load(dh, n * LANES))
                store(dA, (row * states + n) * width + channel, load(drate, n * LANES))
            store(dD, row * width + channel, dskip)
            store(dbias, row * width + channel, doffset)
