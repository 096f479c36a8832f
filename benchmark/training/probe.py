"""What a linear map of a network's features scores: the usual measure of pretraining without labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from benchmark.presets import Windows
from benchmark.tasks import HEADS, Task
from benchmark.training.decide import decide_all, video_stats
from benchmark.training.module import embed
from benchmark.training.windows import TrialData, Window, collate, cut

#: Ridge penalty in units of the features' mean variance.
PENALTY = 1e-2


def linear_probe(
    module: nn.Module,
    train: Sequence[TrialData],
    inner: Sequence[TrialData],
    task: Task,
    windows: Windows,
    batch_size: int,
    device: torch.device,
) -> float:
    """Fit ridge regressions on the training trials' valid frames and score them on the inner trials.

    Classes are regressed as one-hot rows and decided by the largest value, units as 0 and 1 with the threshold 0.5.

    Returns:
        The task's score on the inner trials.
    """
    features = {item.trial.name: _features(module, item, windows, batch_size, device) for item in (*train, *inner)}
    predictions: dict[str, dict[str, np.ndarray]] = {item.trial.name: {} for item in inner}
    for key in task.heads:
        x, y = [], []
        for item in train:
            valid = item.trial.valid[key]
            labels = item.trial.labels[key][valid]
            x.append(features[item.trial.name][valid])
            y.append(np.eye(HEADS[key].width)[labels] if HEADS[key].kind == "classes" else labels)
        weights = _ridge(np.concatenate(x), np.concatenate(y).astype(np.float64))
        for item in inner:
            found = _with_one(features[item.trial.name]) @ weights
            predictions[item.trial.name][key] = found.clip(-1, 1) if HEADS[key].kind == "regression" else found
    return video_stats(task, (item.trial for item in inner), decide_all(task, predictions)).score().value


def _features(
    module: nn.Module, item: TrialData, windows: Windows, batch_size: int, device: torch.device
) -> np.ndarray:
    module.eval()
    pieces: list[Window] = cut([item], windows.length, windows.length)
    rows = np.zeros((item.trial.n_frames, 0))
    for first in range(0, len(pieces), batch_size):
        group = pieces[first : first + batch_size]
        with torch.inference_mode():
            found = embed(module, collate(group).to(device)).double().cpu().numpy()
        if not rows.shape[1]:
            rows = np.zeros((item.trial.n_frames, found.shape[-1]))
        for window, values in zip(group, found, strict=True):
            rows[window.start : window.stop] = values[: window.stop - window.start]
    return rows


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x = _with_one(x)
    gram = x.T @ x
    penalty = PENALTY * len(x) * max(float(x[:, :-1].var(0).mean()), 1e-12)
    gram[np.arange(len(gram) - 1), np.arange(len(gram) - 1)] += penalty
    return np.linalg.solve(gram + 1e-9 * np.eye(len(gram)), x.T @ y)


def _with_one(x: np.ndarray) -> np.ndarray:
    return np.hstack([x, np.ones((len(x), 1))])
