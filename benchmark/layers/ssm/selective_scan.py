"""The selective scan of Mamba: a linear recurrence whose step size and mixing depend on the input."""

from __future__ import annotations

from typing import Literal, overload

import torch
from torch import Tensor

from benchmark.layers.ssm.backends import Backend, choose, mamba_ssm


@overload
def selective_scan(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None, z: Tensor | None = None,
    delta_bias: Tensor | None = None, delta_softplus: bool = False, return_last_state: Literal[False] = False,
    initial_state: Tensor | None = None, backend: Backend = "auto",
) -> Tensor: ...  # fmt: skip


@overload
def selective_scan(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None, z: Tensor | None = None,
    delta_bias: Tensor | None = None, delta_softplus: bool = False, *, return_last_state: Literal[True],
    initial_state: Tensor | None = None, backend: Backend = "auto",
) -> tuple[Tensor, Tensor]: ...  # fmt: skip


def selective_scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None = None,
    z: Tensor | None = None,
    delta_bias: Tensor | None = None,
    delta_softplus: bool = False,
    return_last_state: bool = False,
    initial_state: Tensor | None = None,
    backend: Backend = "auto",
) -> Tensor | tuple[Tensor, Tensor]:
    """Run h_t = exp(d_t A) h_{t-1} + d_t B_t u_t and y_t = C_t h_t + D u_t, times silu(z_t) (Mamba, 2312.00752).

    d = delta + delta_bias, through softplus if so asked. A step with d = 0 leaves the state as it is: -infinity in
    delta, with softplus, marks a step as absent. Time and memory grow linearly with L, in the backward pass too.

    Args:
        u: (B, D, L) input, L >= 1; float64, float32, bfloat16 or float16. Below float64 it is computed in float32.
        delta: (B, D, L) step sizes.
        A: (D, N), negative for states that fade.
        B: (B, N, L) or (B, 1, N, L).
        C: (B, N, L) or (B, 1, N, L).
        D: (D,) skip weights.
        z: (B, D, L) gate.
        delta_bias: (D,).
        delta_softplus: see above.
        return_last_state: also give the state after the last step.
        initial_state: (B, D, N) before the first step, zeros if not given.
        backend: "torch" (anywhere), "numba" (CPU), "cuda" (mamba-ssm), or "auto", the fastest there is.

    Returns:
        y (B, D, L) in the dtype of ``u``; with ``return_last_state`` also the state (B, D, N) in the dtype computed in.

    Raises:
        ValueError: shapes do not fit together.
        UserError: the backend cannot be used here.
    """
    B, C = (x.squeeze(1) if x.ndim == 4 else x for x in (B, C))
    _check(u, delta, A, B, C, D, z, delta_bias, initial_state)
    dtype = torch.float64 if u.dtype == torch.float64 else torch.float32
    chosen = choose(backend, u.device, general=initial_state is not None or dtype == torch.float64)

    def same(x: Tensor | None) -> Tensor | None:
        return None if x is None else x.to(dtype)

    if chosen == "cuda":
        result: Tensor | tuple[Tensor, Tensor] = mamba_ssm().selective_scan_fn(
            u, delta, same(A), B, C, same(D), z, same(delta_bias), delta_softplus, return_last_state
        )
        return result
    if chosen == "numba":
        from benchmark.layers.ssm.scan_numba import scan
    else:
        from benchmark.layers.ssm.scan_torch import scan

    def steps_first(x: Tensor) -> Tensor:
        return x.transpose(1, 2).to(dtype)

    y, state = scan(
        steps_first(u),
        steps_first(delta),
        A.to(dtype),
        steps_first(B),
        steps_first(C),
        same(D),
        None if z is None else steps_first(z),
        same(delta_bias),
        same(initial_state),
        delta_softplus,
    )
    y = y.transpose(1, 2).to(u.dtype)
    return (y, state) if return_last_state else y


def _check(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None,
    z: Tensor | None,
    delta_bias: Tensor | None,
    initial_state: Tensor | None,
) -> None:
    if u.ndim != 3 or A.ndim != 2 or u.shape[2] < 1:
        raise ValueError(f"u must be (B, D, L) with L >= 1 and A (D, N); found {tuple(u.shape)} and {tuple(A.shape)}")
    batch, channels, length = u.shape
    states = A.shape[1]
    wanted = {
        "delta": (delta, (batch, channels, length)),
        "A": (A, (channels, states)),
        "B": (B, (batch, states, length)),
        "C": (C, (batch, states, length)),
        "D": (D, (channels,)),
        "z": (z, (batch, channels, length)),
        "delta_bias": (delta_bias, (channels,)),
        "initial_state": (initial_state, (batch, channels, states)),
    }
    for name, (tensor, shape) in wanted.items():
        if tensor is not None and tensor.shape != shape:
            raise ValueError(f"{name} must be {shape} to go with u {tuple(u.shape)}; found {tuple(tensor.shape)}")
