"""Inner folds of the training videos, on which checkpoints are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from benchmark.training.windows import TrialData


def held_out(lists: Mapping[str, Iterable[str]], folds: int, seed: int) -> frozenset[str]:
    """Base videos that no stage of a run learns from, whichever list it trains on.

    Args:
        lists: task key -> base videos of its training list.
        folds: one of ``folds`` parts of all base videos is held out, drawn from the seed; at least one of each list.
        seed: of the run.

    Returns:
        The base videos; none of a list that has only one, which then serves on both sides.
    """
    bases = sorted({base for one in lists.values() for base in one})
    if len(bases) == 1:
        return frozenset()
    order = [bases[i] for i in np.random.default_rng([seed, 1]).permutation(len(bases))]
    held = set(order[: max(1, round(len(bases) / folds))])
    for one in lists.values():
        own = set(one)
        if not own & held and len(own) > 1:
            held.add(next(base for base in order if base in own))
    return frozenset(held)


def inner_split(data: Sequence[TrialData], held: frozenset[str]) -> tuple[list[TrialData], list[TrialData]]:
    """Split trials into (train, inner validation); all trials of a base video fall on one side.

    A list too small for that serves on both sides: one of which nothing or everything is held out, or whose labels of
    some head are all on one side.
    """
    inside = without(data, held)
    outside = [item for item in data if item.trial.base_video in held]
    enough = inside and outside and _labelled(inside) == _labelled(outside) == _labelled(data)
    return (inside, outside) if enough else (list(data), list(data))


def without(data: Sequence[TrialData], held: frozenset[str]) -> list[TrialData]:
    """The trials of other base videos than those that are held out."""
    return [item for item in data if item.trial.base_video not in held]


def _labelled(data: Iterable[TrialData]) -> set[str]:
    """Heads that any frame of the trials has a valid label of."""
    return {key for item in data for key, valid in item.trial.valid.items() if valid.any()}
