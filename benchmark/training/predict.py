"""One prediction for every frame of every trial, timed while it is made."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from benchmark.contract import Batch
from benchmark.presets import Windows
from benchmark.progress import progress
from benchmark.tasks import HEADS, Task
from benchmark.training.diagnostics import Averages
from benchmark.training.module import observe
from benchmark.training.stitching import FramePredictions, Stitcher, activate, to_numpy
from benchmark.training.windows import TrialData, Window, collate, cut


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predictions and what it took to make them.

    Attributes:
        frames: per-frame activations of every trial.
        count: number of frames predicted.
        seconds: wall time of the forward passes and the stitching, features already in memory.
        diagnostics: mean over the frames of what the network lists in ``diagnostics()``.
    """

    frames: FramePredictions
    count: int
    seconds: float
    diagnostics: Mapping[str, float] = field(default_factory=dict)


def predict(
    module: nn.Module,
    data: Sequence[TrialData],
    task: Task,
    windows: Windows,
    batch_size: int,
    device: torch.device,
    label: str | None = None,
) -> Prediction:
    """Slide over every trial, encode nothing, and average the windows that overlap.

    Args:
        module: a ``MethodModule``, bare or wrapped; left in eval mode.
        label: text of a progress bar, or None for none.
    """
    module.eval()
    pieces = cut(data, windows.length, windows.hop)
    stitcher = Stitcher({item.trial.name: item.trial.n_frames for item in data}, task.heads)
    averages = Averages()
    seconds = 0.0
    with progress("windows") if label else nullcontext() as bar:
        shown = bar.add_task(label, total=len(pieces), note="") if bar and label else None
        for first in range(0, len(pieces), batch_size):
            group = pieces[first : first + batch_size]
            batch = collate(group)
            began = time.perf_counter()
            observed = _add(stitcher, group, module, batch.to(device))
            seconds += time.perf_counter() - began
            averages.add(observed, batch.frame_mask)
            if bar and shown is not None:
                bar.advance(shown, len(group))
    frames = sum(item.trial.n_frames for item in data)
    return Prediction(stitcher.result(), frames, seconds, averages.result())


@torch.inference_mode()
def _add(stitcher: Stitcher, group: Sequence[Window], module: nn.Module, batch: Batch) -> dict[str, Tensor]:
    heads, shown = observe(module, batch)
    arrays = {key: to_numpy(activate(HEADS[key], heads[key])) for key in stitcher.heads}  # waits for the device
    for row, window in enumerate(group):
        stitcher.add(
            window.data.trial.name,
            window.start,
            window.stop - window.start,
            {key: values[row] for key, values in arrays.items()},
        )
    return {name: values.cpu() for name, values in shown.items()}
