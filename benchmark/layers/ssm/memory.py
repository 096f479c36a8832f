"""Torch tensors as the arrays that compiled kernels work on."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from benchmark.layers.ssm.lanes import LANES


def whole_blocks(x: Tensor) -> Tensor:
    """Fill the last dimension with zeros up to a multiple of `LANES` (no copy if it is one)."""
    missing = -x.shape[-1] % LANES
    return functional.pad(x, (0, missing)) if missing else x


def rows(x: Tensor) -> tuple[NDArray[Any], int, int]:
    """Memory of ``x`` (B, L, D) from its first element on, and the distances between sequences and between steps.

    Half of a wider tensor is so read in place. A tensor whose channels are not neighbours is copied.
    """
    x = whole_blocks(x)
    if x.stride(2) != 1:
        x = x.contiguous()
    span = 1 + sum((size - 1) * stride for size, stride in zip(x.shape, x.stride(), strict=True))
    return x.detach().as_strided((span,), (1,)).numpy(), x.stride(0), x.stride(1)


def array(x: Tensor) -> NDArray[Any]:
    """The same numbers as a C-ordered array, without a copy where possible."""
    return x.detach().contiguous().numpy()


def split_evenly(batch: int, blocks: int, tasks: int = 16) -> int:
    """Groups of channel blocks per sequence that give about ``tasks`` tasks, whatever the number of threads."""
    return min(blocks, math.ceil(tasks / batch))
