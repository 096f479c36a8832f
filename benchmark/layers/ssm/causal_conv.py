"""The short convolution before the scan."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from benchmark.layers.ssm.backends import Backend, choose


def causal_conv_silu(x: Tensor, weight: Tensor, bias: Tensor, backend: Backend = "auto") -> Tensor:
    """Depthwise convolution over the present and the K - 1 previous steps, then SiLU (Mamba, 2312.00752, fig. 3).

    Args:
        x: (B, L, D).
        weight: (D, 1, K), as `torch.nn.Conv1d` keeps it.
        bias: (D,).
        backend: as in `selective_scan`; "cuda" means plain torch here.

    Returns:
        (B, L, D) in the dtype of ``x``.
    """
    if choose("auto" if backend == "cuda" else backend, x.device) == "numba":
        from benchmark.layers.ssm.conv_numba import conv_silu

        dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
        return conv_silu(x.to(dtype), weight.squeeze(1).to(dtype), bias.to(dtype)).to(x.dtype)
    # As a picture one row high whose channels are neighbours in memory, which is what (B, L, D) is: conv1d would copy
    # to channels-first and takes four times as long on a CPU.
    padded = functional.pad(x, (0, 0, weight.shape[2] - 1, 0)).transpose(1, 2).unsqueeze(2)
    y = functional.conv2d(padded, weight.unsqueeze(2).to(x.dtype), bias.to(x.dtype), groups=weight.shape[0])
    return functional.silu(y.squeeze(2).transpose(1, 2))
