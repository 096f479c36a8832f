"""How long one window takes alone."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from benchmark.records import Latency
from benchmark.training.module import call
from benchmark.training.stitching import to_numpy
from benchmark.training.windows import Window, collate

WARM_UP = 3
SAMPLES = 40


@torch.inference_mode()
def window_latency(module: nn.Module, windows: Sequence[Window], device: torch.device) -> Latency:
    """Median and 95th percentile of the time from a collated window to its predictions in host memory, batch of one."""
    chosen = [windows[i * len(windows) // SAMPLES] for i in range(SAMPLES)] if len(windows) > SAMPLES else windows
    batches = [collate([window]).without_labels() for window in chosen]
    times = []
    for number, batch in enumerate([*batches[:1] * WARM_UP, *batches]):
        began = time.perf_counter()
        heads, _ = call(module, batch.to(device), with_loss=False)
        for raw in heads.values():
            to_numpy(raw)
        if number >= WARM_UP:
            times.append(1000 * (time.perf_counter() - began))
    return Latency(p50_ms=float(np.percentile(times, 50)), p95_ms=float(np.percentile(times, 95)))
