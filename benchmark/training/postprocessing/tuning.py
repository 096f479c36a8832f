"""Settings chosen on some videos, to be used on others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.metrics.ccc import ccc_from_sums, ccc_sums
from benchmark.metrics.f1 import binary_counts, class_counts, confusion_counts, f1_from_counts
from benchmark.tasks import Head

#: Filter widths that tuning chooses from, in seconds; 0 is no smoothing.
WIDTHS = (0.0, 0.5, 1.0, 2.0, 4.0)
THRESHOLDS = np.round(np.arange(0.1, 0.91, 0.05), 2)
BIASES = (-1.5, -1.0, -0.5, -0.25, 0.25, 0.5, 1.0, 1.5)
_SWEEPS = 2


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning chose for one head.

    Attributes:
        seconds: width of the box filter.
        thresholds: (width,) for ``binary`` heads.
        biases: (width,) added to log probabilities of ``classes`` heads.
    """

    seconds: float
    thresholds: NDArray[np.float64] | None = None
    biases: NDArray[np.float64] | None = None

    def decide(self, values: NDArray[Any]) -> NDArray[Any]:
        """Decisions from smoothed activations, with the types of ``metrics.decisions.decide``.

        Args:
            values: (N, width), or (N, k) with the first k classes where a format knows no others.
        """
        if self.thresholds is not None:
            return (values >= self.thresholds).astype(np.int64)
        if self.biases is not None:
            decisions: NDArray[Any] = (_log(values) + self.biases[: values.shape[1]]).argmax(1)
            return decisions
        return values.astype(np.float64)


def tune(head: Head, smoothed: dict[float, NDArray[Any]], labels: NDArray[Any]) -> tuple[Tuned, float]:
    """Choose width and thresholds or biases that score best on the given frames.

    Args:
        head: the head.
        smoothed: filter width in seconds -> activations (n, width) of the valid frames, all tuning videos pooled.
        labels: their labels.

    Returns:
        The choice and its score there. Ties go to the narrower filter and to the official threshold or no bias.
    """
    chosen = [(_tune_at(head, seconds, values, labels)) for seconds, values in sorted(smoothed.items())]
    return max(chosen, key=lambda pair: pair[1])


def _tune_at(head: Head, seconds: float, values: NDArray[Any], labels: NDArray[Any]) -> tuple[Tuned, float]:
    if head.kind == "regression":
        sums = ccc_sums(values, labels, np.ones(len(values), dtype=bool))
        return Tuned(seconds), float(ccc_from_sums(sums).mean())
    if head.kind == "binary":
        return _thresholds(seconds, values, labels)
    return _biases(seconds, values, labels)


def _thresholds(seconds: float, values: NDArray[Any], labels: NDArray[Any]) -> tuple[Tuned, float]:
    order = sorted(THRESHOLDS, key=lambda t: abs(t - 0.5))  # so that ties go to 0.5
    everything = np.ones(len(values), dtype=bool)
    counts = [binary_counts((values >= t).astype(np.int64), labels, everything) for t in order]
    scores = f1_from_counts(np.stack(counts))
    best = scores.argmax(0)
    return Tuned(seconds, thresholds=np.array(order)[best]), float(scores.max(0).mean())


def _biases(seconds: float, values: NDArray[Any], labels: NDArray[Any]) -> tuple[Tuned, float]:
    classes = values.shape[1]
    logs = _log(values)
    biases = np.zeros(classes)
    best = _macro_f1(logs.argmax(1), labels, classes)
    for _ in range(_SWEEPS):  # coordinate ascent; two sweeps change little after the first
        for index in range(classes):
            for bias in BIASES:
                trial = biases.copy()
                trial[index] = bias
                score = _macro_f1((logs + trial).argmax(1), labels, classes)
                if score > best:
                    biases, best = trial, score
    return Tuned(seconds, biases=biases), best


def _macro_f1(decisions: NDArray[Any], labels: NDArray[Any], classes: int) -> float:
    confusion = confusion_counts(decisions, labels, np.ones(len(labels), dtype=bool), classes)
    return float(f1_from_counts(class_counts(confusion)).mean())


def _log(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.log(np.maximum(values.astype(np.float64), 1e-12))
