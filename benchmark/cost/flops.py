"""Arithmetic of one prediction, counted by torch on the operators that really run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmark.contract import Batch
from benchmark.training.module import call


@torch.no_grad()
def flops_per_frame(module: nn.Module, batch: Batch, run: Callable[[nn.Module, Batch], object] | None = None) -> float:
    """Floating-point operations per frame of one forward pass over a single window.

    Matrix products, convolutions and attention count (two per multiply-add); element-wise work does not.

    Args:
        module: a bare ``MethodModule`` in eval mode.
        batch: one window on the module's device.
        run: another pass than that of prediction.
    """
    with _nothing_learning(module), FlopCounterMode(display=False) as counter:
        if run:
            run(module, batch.without_labels())
        else:
            call(module, batch.without_labels(), with_loss=False)
    return float(counter.get_total_flops()) / int(batch.frame_mask.sum())


@contextmanager
def _nothing_learning(module: nn.Module) -> Iterator[None]:
    """Torch's counter trips over a learned tensor that one module hands to another, because no graph is recorded."""
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
