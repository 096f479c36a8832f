"""Which windows an epoch sees, and in which order: a function of the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmark.presets import Training
from benchmark.training.windows import Window, has_valid_label


def epoch_windows(
    pools: Mapping[str, Sequence[Window]], shares: Mapping[str, float], settings: Training, seed: int, epoch: int
) -> list[Window]:
    """Draw the windows of one epoch.

    Args:
        pools: task key -> windows of its training list.
        shares: task key -> share of the epoch's windows; need not add up to one.
        settings: ``epoch_windows`` and ``sampling``.
        seed, epoch: fix the result.

    Returns:
        Windows in the order of training. From one list every window once, or ``epoch_windows`` of them; from several
        lists as many of each as its share says, a short list being gone through again as often as needed.
    """
    draw = np.random.default_rng([seed, 2, epoch])
    active = {key: share for key, share in shares.items() if share > 0}
    total = settings.epoch_windows or sum(len(pools[key]) for key in active)
    chosen: list[Window] = []
    for key, share in active.items():
        count = round(total * share / sum(active.values()))
        chosen += [pools[key][index] for index in _indices(len(pools[key]), count, draw)]
    if len(active) > 1:
        chosen = [chosen[index] for index in draw.permutation(len(chosen))]
    return [_moved(window, draw) for window in chosen] if settings.sampling == "random" else chosen


def _indices(available: int, count: int, draw: np.random.Generator) -> list[int]:
    rounds = -(-count // available) if available else 0
    return [int(index) for _ in range(rounds) for index in draw.permutation(available)][:count]


def _moved(window: Window, draw: np.random.Generator) -> Window:
    """A window of the same length at a random place of the trial; where that has no label, the window itself."""
    length = window.stop - window.start
    start = int(draw.integers(window.data.trial.n_frames - length + 1))
    moved = replace(window, start=start, stop=start + length)
    return moved if has_valid_label(moved) or not has_valid_label(window) else window
