"""Many methods on the same videos: pairwise differences, correction for multiplicity, and tie tiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmark.metrics.bootstrap import (
    LEVEL,
    RESAMPLES,
    Difference,
    bootstrap_scores,
    check_same_labels,
    difference,
    interval,
)
from benchmark.metrics.video_stats import VideoStats

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All methods of one table.

    Attributes:
        names: method names, best score first (ties by name).
        scores: name -> headline score.
        intervals: name -> bootstrap interval of the score.
        differences: (better, worse) in the order of ``names`` -> difference, p not corrected.
        adjusted: the same pairs -> p after Holm's correction over all pairs.
        tiers: name -> 1 for the best tier, 2, ...
    """

    names: tuple[str, ...]
    scores: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    differences: dict[Pair, Difference]
    adjusted: dict[Pair, float]
    tiers: dict[str, int]


def compare(
    stats: Mapping[str, VideoStats], resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL
) -> Comparison:
    """Score, resample and rank methods that were scored on the same videos and labels.

    Args:
        stats: method name -> per-video sums.
        resamples: bootstrap resamples, shared by all methods.
        seed: of the resampling.
        level: coverage of the intervals; 1 - level is the error rate of the tiers.

    Raises:
        UserError: two methods were not scored on the same trials and labels.
    """
    scores = {name: one.score().value for name, one in stats.items()}
    names = tuple(sorted(scores, key=lambda name: (-scores[name], name)))
    for name in names[1:]:
        check_same_labels(stats[names[0]], stats[name])
    samples = {name: bootstrap_scores(stats[name], resamples, seed) for name in names}
    differences = {
        (a, b): difference(scores[a] - scores[b], samples[a] - samples[b], level) for a, b in combinations(names, 2)
    }
    adjusted = dict(zip(differences, holm([one.p for one in differences.values()]), strict=True))
    intervals = {name: interval(samples[name], level) for name in names}
    return Comparison(names, scores, intervals, differences, adjusted, tie_tiers(names, adjusted, 1 - level))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment: compare each result with the error rate wanted for the whole family.

    Args:
        p_values: m p-values in [0, 1], any order.

    Returns:
        m adjusted p-values in the same order, each at least its input and at most 1.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p-values must lie in [0, 1], got {p_values}")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]


def tie_tiers(ranking: Sequence[str], adjusted: Mapping[Pair, float], alpha: float = 1 - LEVEL) -> dict[str, int]:
    """Tiers of methods that cannot be told apart from the best of their tier.

    Going down the ranking, a new tier starts at the first method that differs from the best of the current tier with
    adjusted p < alpha. Tiers therefore never contradict the order of the scores; two methods in one tier are each tied
    with its best, not necessarily with each other.

    Args:
        ranking: method names, best first.
        adjusted: (better, worse) -> adjusted p-value.
        alpha: error rate.
    """
    tiers: dict[str, int] = {}
    leader, tier = "", 0
    for name in ranking:
        if not leader or adjusted[leader, name] < alpha:
            leader, tier = name, tier + 1
        tiers[name] = tier
    return tiers
