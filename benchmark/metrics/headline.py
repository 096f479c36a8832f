"""The headline score of each task from pooled sums and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.metrics.ccc import ccc_from_sums
from benchmark.metrics.f1 import class_counts, f1_from_counts
from benchmark.tasks import HEADS, get_task

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Score:
    """A headline score and what it is made of.

    Attributes:
        value: the task's metric as ``tasks.Task.metric`` names it.
        parts: name -> score: ``valence`` and ``arousal`` CCC, F1 of each class or of each action unit. For ``mtl`` the
            three terms ``va``, ``expr``, ``au``, each followed by its own parts as ``va/valence``, ``au/AU1``.
    """

    value: float
    parts: dict[str, float]


def part_scores(head: str, pooled: NDArray[np.number]) -> Float:
    """Score of every output of a head: CCC of V and A, F1 of each class over *all* classes, F1 of each action unit.

    Args:
        head: head key.
        pooled: (..., 2, 6) sums for ``va``, (..., C, C) confusion counts, or (..., 12, 4) binary counts.

    Returns:
        (..., width) float64; an absent class or action unit has F1 = 0.
    """
    kind = HEADS[head].kind
    if kind == "regression":
        return ccc_from_sums(np.asarray(pooled, dtype=np.float64))
    return f1_from_counts(class_counts(pooled) if kind == "classes" else pooled)


def headline_values(task: str, pooled: Mapping[str, NDArray[np.number]]) -> Float:
    """Headline score for each leading index: the mean of a head's parts, added up over the task's heads.

    Args:
        task: task key.
        pooled: head key -> (..., rows, columns) as in ``part_scores``, same leading shape for every head.

    Returns:
        (...) float64.
    """
    terms = [part_scores(head, pooled[head]).mean(axis=-1) for head in get_task(task).heads]
    return np.asarray(np.sum(terms, axis=0), dtype=np.float64)


def score_pooled(task: str, pooled: Mapping[str, NDArray[np.number]]) -> Score:
    """Headline score and parts of one set of pooled sums (no leading axes)."""
    heads = get_task(task).heads
    parts: dict[str, float] = {}
    for head in heads:
        values = part_scores(head, pooled[head])
        prefix = ""
        if len(heads) > 1:
            parts[head] = float(values.mean())
            prefix = f"{head}/"
        parts |= {f"{prefix}{name}": float(value) for name, value in zip(HEADS[head].names, values, strict=True)}
    return Score(float(headline_values(task, pooled)), parts)
