"""Constant predictions learned from the valid training labels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmark.contract import TrialArrays
from benchmark.errors import UserError
from benchmark.tasks import HEADS, Head, Task

_ON = 1.0  # logit of an action unit that is always predicted; anything above the threshold 0


def build(task: Task, dims: Mapping[str, int]) -> ConstantFloor:
    """Make the floor for ``task``; ``dims`` does not matter and there are no options."""
    del dims
    return ConstantFloor(tuple(HEADS[key] for key in task.heads))


class ConstantFloor:
    """One row of outputs for each head, repeated for every frame."""

    def __init__(self, heads: tuple[Head, ...]) -> None:
        """Prepare for ``heads``; nothing is known before ``fit``."""
        self.heads = heads
        self.rows: dict[str, NDArray[np.float32]] = {}

    def fit(self, trials: list[TrialArrays]) -> None:
        """Take the constants from the valid frames of all trials.

        Raises:
            UserError: no trial has a valid frame for one of the heads.
        """
        for head in self.heads:
            labels = np.concatenate([trial.labels[head.key][trial.valid[head.key]] for trial in trials])
            if not len(labels):
                raise UserError(
                    f'no training frame has a valid "{head.key}" label; find the reason with: abaw corpus check PATH'
                )
            self.rows[head.key] = _constant(head, labels)

    @property
    def parameters(self) -> int:
        """Number of constants after ``fit``."""
        return sum(row.size for row in self.rows.values())

    def predict(self, trial: TrialArrays) -> Mapping[str, NDArray[np.float32]]:
        """Repeat the constants: head key -> (N, width), log priors for classes, positive logits for action units."""
        frames = len(next(iter(trial.observed.values())))
        return {key: np.tile(row, (frames, 1)) for key, row in self.rows.items()}


def _constant(head: Head, labels: NDArray[np.generic]) -> NDArray[np.float32]:
    if head.kind == "regression":
        mean: NDArray[np.float32] = labels.astype(np.float64).mean(axis=0).astype(np.float32)
        return mean
    if head.kind == "binary":
        return np.full(head.width, _ON, dtype=np.float32)
    counts = np.bincount(labels.astype(np.int64), minlength=head.width)
    log_prior: NDArray[np.float32] = np.log((counts + 1) / (counts.sum() + head.width)).astype(np.float32)
    return log_prior
