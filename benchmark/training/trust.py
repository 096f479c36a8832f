"""How far a trained network's loss believes the labels of whole trials."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from benchmark.presets import Windows
from benchmark.training.module import trust
from benchmark.training.windows import TrialData, collate, cut


@torch.inference_mode()
def label_trust(
    module: nn.Module, data: Sequence[TrialData], head: str, windows: Windows, batch_size: int, device: torch.device
) -> dict[str, np.ndarray]:
    """Trial name -> (N,) float64, the mean over the windows that cover a frame; meaningless where not valid.

    Args:
        module: a ``MethodModule`` whose network has ``label_trust``; left in eval mode.
        head: key of the head whose labels are judged.
    """
    module.eval()
    sums = {item.trial.name: np.zeros(item.trial.n_frames) for item in data}
    counts = {name: np.zeros(len(values)) for name, values in sums.items()}
    pieces = cut(data, windows.length, windows.hop)
    for first in range(0, len(pieces), batch_size):
        group = pieces[first : first + batch_size]
        believed = trust(module, collate(group).to(device))[head].double().cpu().numpy()
        for row, window in enumerate(group):
            name, part = window.data.trial.name, slice(window.start, window.stop)
            sums[name][part] += believed[row, : window.stop - window.start]
            counts[name][part] += 1
    return {name: values / counts[name] for name, values in sums.items()}
