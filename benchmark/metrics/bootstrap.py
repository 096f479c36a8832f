"""Uncertainty of a score and of a difference of scores, by resampling base videos.

Frames of one video are not independent, so whole base videos are drawn with replacement; the two people of one video
move together. A resampled score needs only the per-video sums weighted by how often each video was drawn, which is
one matrix product for all resamples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UserError
from benchmark.metrics.headline import headline_values
from benchmark.metrics.tables import Table, label_marginals
from benchmark.metrics.video_stats import VideoStats

RESAMPLES = 10_000
LEVEL = 0.95

Float = NDArray[np.float64]

_CHUNK_CELLS = 1_000_000  # drawn video indices held at once: 8 MB


@dataclass(frozen=True, slots=True)
class Difference:
    """Score of a minus score of b on the same videos.

    Attributes:
        delta: difference of the headline scores.
        low, high: percentile interval of the difference.
        p: two-sided bootstrap p-value of "no difference", at least 1 / (resamples + 1).
    """

    delta: float
    low: float
    high: float
    p: float


def bootstrap_scores(stats: VideoStats, resamples: int = RESAMPLES, seed: int = 0) -> Float:
    """Headline score of each resample of the base videos.

    The drawn videos depend only on ``resamples``, ``seed`` and the number of base videos, so two methods scored on
    the same videos can be compared resample by resample.

    Returns:
        (resamples,) float64; a resample without a valid frame scores 0.

    Raises:
        UserError: there is no video.
    """
    names = sorted(set(stats.base_videos))
    if not names:
        raise UserError("no video to resample; expected at least one scored video.")
    position = {name: i for i, name in enumerate(names)}
    index = np.array([position[name] for name in stats.base_videos])
    tables = {head: _by_base_video(table, index, len(names)) for head, table in stats.heads.items()}
    chunks = []
    for weights in draws(len(names), resamples, seed):
        pooled = {
            head: (weights @ table.reshape(len(names), -1)).reshape(-1, *table.shape[1:])
            for head, table in tables.items()
        }
        chunks.append(headline_values(stats.task, pooled))
    return np.concatenate(chunks)


def interval(samples: Float, level: float = LEVEL) -> tuple[float, float]:
    """Percentile interval of bootstrap samples.

    Args:
        samples: (R,) bootstrap scores or differences.
        level: coverage in (0, 1).
    """
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(low), float(high)


def paired_bootstrap(
    a: VideoStats, b: VideoStats, resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL
) -> Difference:
    """Compare two sets of predictions on the same resamples of the same videos.

    Raises:
        UserError: the task, the base videos or the labels differ, so that a difference would mean nothing.
    """
    check_same_labels(a, b)
    samples = bootstrap_scores(a, resamples, seed) - bootstrap_scores(b, resamples, seed)
    return difference(a.score().value - b.score().value, samples, level)


def difference(delta: float, samples: Float, level: float = LEVEL) -> Difference:
    """Interval and two-sided p-value of a difference from its paired bootstrap samples, (R,)."""
    tail = min(np.count_nonzero(samples <= 0), np.count_nonzero(samples >= 0))
    p = min(1.0, 2 * (int(tail) + 1) / (len(samples) + 1))
    return Difference(delta, *interval(samples, level), p)


def check_same_labels(a: VideoStats, b: VideoStats) -> None:
    """Refuse to compare scores that were computed on different tasks, trials or labels.

    Raises:
        UserError: names the first difference.
    """
    if a.task != b.task:
        raise UserError(f"cannot compare task {a.task} with task {b.task}; expected the same task.")
    only = sorted(set(a.trials) ^ set(b.trials))
    if only:
        raise UserError(f"cannot compare: {only[0]} was scored on one side only ({len(only)} such trials).")
    for head, table in a.heads.items():
        mine, theirs = label_marginals(head, table), label_marginals(head, b.heads[head])
        differs = np.argwhere(~np.isclose(mine, theirs, rtol=1e-9, atol=1e-6))
        if len(differs):
            name = a.trials[differs[0, 0]]
            raise UserError(f"cannot compare: trial {name} was scored on different {head} labels or frames.")


def draws(videos: int, resamples: int, seed: int) -> Iterator[Float]:
    """How often each of ``videos`` is drawn in each resample, in chunks of (rows, videos) that add up to ``resamples``.

    The same arguments give the same draws, so that whatever is resampled with them is paired.
    """
    generator = np.random.default_rng(seed)
    step = max(1, _CHUNK_CELLS // videos)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(0, videos, size=(rows, videos))
        cells = drawn + np.arange(rows)[:, None] * videos
        yield np.bincount(cells.ravel(), minlength=rows * videos).reshape(rows, videos).astype(np.float64)


def _by_base_video(table: Table, index: NDArray[np.intp], videos: int) -> Float:
    summed = np.zeros((videos, *table.shape[1:]))
    np.add.at(summed, index, table)
    return summed
