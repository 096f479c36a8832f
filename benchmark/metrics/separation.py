"""How well a score tells flagged frames from the others: area under the ROC curve, resampled over base videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UserError
from benchmark.metrics.bootstrap import LEVEL, RESAMPLES, Difference, Float, difference, draws, interval


@dataclass(frozen=True, slots=True)
class Separation:
    """Pairwise counts between base videos, from which the area of any resample follows.

    Attributes:
        videos: V base videos in name order.
        wins: (V, V) pairs of a flagged frame of the first video and another frame of the second in which the flagged
            one scores higher; a tie counts half (Mann and Whitney 1947).
        flagged: (V,) flagged frames of each video.
        others: (V,) frames that are not.
    """

    videos: tuple[str, ...]
    wins: Float
    flagged: Float
    others: Float

    @classmethod
    def of(cls, scores: NDArray[np.floating], flags: NDArray[np.bool_], videos: Sequence[str]) -> Separation:
        """Count the pairs.

        Args:
            scores: (n,) higher where a frame looks more like a flagged one.
            flags: (n,) True for flagged frames.
            videos: n base videos.

        Raises:
            UserError: no frame is flagged, or all are.
        """
        if not flags.any() or flags.all():
            raise UserError(f"{int(flags.sum())} of {len(flags)} frames are flagged; expected some, and not all.")
        names, index = np.unique(np.asarray(videos, dtype=np.str_), return_inverse=True)
        marked = scores[flags]
        wins = np.zeros((len(names), len(names)))
        for column in range(len(names)):
            others = np.sort(scores[~flags & (index == column)])
            below, upto = np.searchsorted(others, marked, "left"), np.searchsorted(others, marked, "right")
            np.add.at(wins[:, column], index[flags], (below + upto) / 2)
        size = len(names)
        flagged, rest = np.bincount(index[flags], minlength=size), np.bincount(index[~flags], minlength=size)
        return cls(tuple(names.tolist()), wins, flagged.astype(np.float64), rest.astype(np.float64))

    @property
    def area(self) -> float:
        """Probability that a flagged frame scores higher than another one; 0.5 for a score that tells nothing."""
        return float(self.wins.sum() / (self.flagged.sum() * self.others.sum()))

    def resampled(self, resamples: int = RESAMPLES, seed: int = 0) -> Float:
        """The area of each resample of the base videos, (resamples,); 0.5 for one without a pair."""
        chunks = []
        for weights in draws(len(self.videos), resamples, seed):
            won = ((weights @ self.wins) * weights).sum(1)
            pairs = (weights @ self.flagged) * (weights @ self.others)
            chunks.append(np.divide(won, pairs, out=np.full_like(won, 0.5), where=pairs > 0))
        return np.concatenate(chunks)

    def interval(self, resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL) -> tuple[float, float]:
        """Percentile interval of the area over base videos."""
        return interval(self.resampled(resamples, seed), level)

    def minus(self, other: Separation, resamples: int = RESAMPLES, seed: int = 0) -> Difference:
        """This area minus that of another score of the same frames, on the same resamples.

        Raises:
            UserError: the frames are not the same.
        """
        same = self.videos == other.videos and np.array_equal(self.flagged, other.flagged)
        if not same or not np.array_equal(self.others, other.others):
            raise UserError("cannot compare two scores of different frames; expected the same frames.")
        samples = self.resampled(resamples, seed) - other.resampled(resamples, seed)
        return difference(self.area - other.area, samples)
