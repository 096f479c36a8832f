"""Rows of one table resampled over the same videos: intervals, paired differences, Holm correction and tie tiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from benchmark.metrics import VideoStats, bootstrap_scores, holm, interval, tie_tiers
from benchmark.metrics.bootstrap import LEVEL, RESAMPLES, Difference, difference
from leaderboard.model import Gap, Span

SEED = 0  #: of the resampling; the same one that the runs use, so that a board repeats the records' intervals

#: A pair's p value is at least 2 / (resamples + 1). Holm multiplies it by up to the number of pairs, so fewer
#: resamples than this for each pair could never call any difference real at the 5 % level.
_RESAMPLES_PER_PAIR = 50


@dataclass(frozen=True, slots=True)
class Compared:
    """What the resampling says of a set of rows.

    Attributes:
        scores: row -> mean over its seeds.
        intervals: row -> interval of that mean.
        tiers: row -> 1 for the best tier; rows out of competition have none.
        pair_resamples: resamples behind the differences.
    """

    scores: dict[str, float]
    intervals: dict[str, Span]
    tiers: dict[str, int]
    pair_resamples: int
    _differences: dict[tuple[str, str], Difference]
    _adjusted: dict[tuple[str, str], float]

    def gap(self, row: str, other: str) -> Gap:
        """Score of ``row`` minus score of ``other``, both in competition."""
        if (row, other) in self._differences:
            found = self._differences[row, other]
            return Gap(found.delta, Span(found.low, found.high), self._adjusted[row, other])
        back = self.gap(other, row)
        return Gap(-back.delta, Span(-back.span.high, -back.span.low), back.p)


def resamples_for(pairs: int) -> int:
    """Resamples that let any of ``pairs`` differences be called real after Holm's correction."""
    return max(RESAMPLES, _RESAMPLES_PER_PAIR * pairs)


def compare_with_default(
    default: Mapping[int, VideoStats], others: Sequence[Mapping[int, VideoStats]], step: Callable[[], None]
) -> tuple[Span, list[tuple[Span, Gap | None]]]:
    """Resample one row and others that are held against it alone.

    Args:
        default: seed -> sums; on the same trials and labels as the others.
        others: the same for each other row.
        step: called after each run.

    Returns:
        The default's interval, and for each other row its own interval and its score minus the default's over the
        seeds that both have (None where there is none), Holm-corrected over ``others``.
    """
    resamples = resamples_for(len(others))

    def sample(seeds: Mapping[int, VideoStats]) -> dict[int, NDArray[np.float64]]:
        drawn = {}
        for seed, stats in seeds.items():
            drawn[seed] = bootstrap_scores(stats, resamples, SEED)
            step()
        return drawn

    base = sample(default)
    values = {seed: stats.score().value for seed, stats in default.items()}
    spans: list[Span] = []
    found: dict[int, Difference] = {}
    for index, seeds in enumerate(others):
        drawn = sample(seeds)
        spans.append(_span(drawn.values()))
        shared = [seed for seed in seeds if seed in default]
        if shared:
            delta = float(np.mean([seeds[seed].score().value - values[seed] for seed in shared]))
            found[index] = difference(delta, np.mean([drawn[seed] - base[seed] for seed in shared], axis=0), LEVEL)
    adjusted = dict(zip(found, holm([one.p for one in found.values()]), strict=True))
    gaps = {i: Gap(one.delta, Span(one.low, one.high), adjusted[i]) for i, one in found.items()}
    return _span(base.values()), [(span, gaps.get(index)) for index, span in enumerate(spans)]


def _span(samples: Iterable[NDArray[np.float64]]) -> Span:
    """Interval of the mean over seeds, from as many resamples as the runs use."""
    return Span(*interval(np.mean([one[:RESAMPLES] for one in samples], axis=0), LEVEL))


def compare_rows(
    seeds: Mapping[str, Sequence[VideoStats]], competing: Sequence[str], step: Callable[[], None]
) -> Compared:
    """Resample every row and compare the competing ones.

    A row with several seeds is the mean of its seeds in every resample, so that its interval speaks of the videos and
    not of the seeds.

    Args:
        seeds: row -> sums of each of its seeds; all on the same trials and labels.
        competing: rows that are compared; the others get a score and an interval only.
        step: called after each run.
    """
    pair_resamples = resamples_for(len(competing) * (len(competing) - 1) // 2)
    scores = {row: float(np.mean([one.score().value for one in stats])) for row, stats in seeds.items()}
    samples: dict[str, NDArray[np.float64]] = {}
    for row, stats in seeds.items():
        total = np.zeros(pair_resamples)
        for one in stats:
            total += bootstrap_scores(one, pair_resamples, SEED)
            step()
        samples[row] = total / len(stats)
    ranking = sorted(competing, key=lambda row: (-scores[row], row))
    differences = {
        (a, b): difference(scores[a] - scores[b], samples[a] - samples[b], LEVEL) for a, b in combinations(ranking, 2)
    }
    adjusted = dict(zip(differences, holm([one.p for one in differences.values()]), strict=True))
    return Compared(
        scores,
        {row: Span(*interval(drawn[:RESAMPLES], LEVEL)) for row, drawn in samples.items()},
        tie_tiers(ranking, adjusted, 1 - LEVEL),
        pair_resamples,
        differences,
        adjusted,
    )
