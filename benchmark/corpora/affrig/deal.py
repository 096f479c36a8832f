"""Dealing conditions over trials so that shares hold even in small corpora."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


def deal(rng: np.random.Generator, shares: Mapping[Item, float], count: int) -> list[Item]:
    """``count`` items in random order, as close to ``shares`` as whole numbers allow.

    Every item is dealt at least once where ``count`` allows, at the cost of the most frequent ones; otherwise the
    items are drawn at random.
    """
    items = list(shares)
    weights = np.array([shares[item] for item in items], dtype=np.float64)
    weights /= weights.sum()
    if count < len(items):
        return [items[int(i)] for i in rng.choice(len(items), count, p=weights)]
    numbers = np.maximum(1, np.floor(weights * count)).astype(int)
    while numbers.sum() != count:
        step = 1 if numbers.sum() < count else -1
        gap = step * (weights * count - numbers)
        gap[numbers + step < 1] = -np.inf
        numbers[int(np.argmax(gap))] += step
    deck = [item for item, number in zip(items, numbers, strict=True) for _ in range(number)]
    return [deck[int(i)] for i in rng.permutation(count)]
