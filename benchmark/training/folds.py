"""Inner folds of the training videos, on which checkpoints are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from benchmark.training.windows import TrialData

T = TypeVar("T", bound=TrialData)


def inner_split(data: Sequence[TrialData], folds: int, seed: int) -> tuple[list[TrialData], list[TrialData]]:
    """Split training trials into (train, inner validation); all trials of a base video fall on one side.

    One fold of ``folds`` is held out, drawn from the seed; with a single base video it serves on both sides.
    """
    bases = sorted({item.trial.base_video for item in data})
    if len(bases) == 1:
        return list(data), list(data)
    order = np.random.default_rng([seed, 1]).permutation(len(bases))
    held = {bases[i] for i in order[: max(1, round(len(bases) / folds))]}
    inside = [item for item in data if item.trial.base_video not in held]
    return inside, [item for item in data if item.trial.base_video in held]
