"""Rows of one table resampled over the same videos: intervals, paired differences, Holm correction and tie tiers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    pairs = len(competing) * (len(competing) - 1) // 2
    pair_resamples = max(RESAMPLES, _RESAMPLES_PER_PAIR * pairs)
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
