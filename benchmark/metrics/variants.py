"""Metric conventions of other teams, computed from the same sums, so that a published number can be explained.

None of these is a score of this benchmark. Which team uses which was read in public code; docs/protocol.md lists it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import unknown_name
from benchmark.metrics.ccc import moments_ccc
from benchmark.metrics.f1 import class_counts, f1_from_counts
from benchmark.metrics.headline import part_scores
from benchmark.metrics.tables import Table, frames_per_trial
from benchmark.metrics.video_stats import VideoStats
from benchmark.tasks import HEADS, get_task

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Variant:
    """One convention.

    Attributes:
        summary: how it differs from the headline.
        compute: per-trial table of one head -> score of that head.
    """

    summary: str
    compute: Callable[[str, Table], float]


def _pooled_moments(covariance_ddof: int, variance_ddof: int) -> Callable[[str, Table], float]:
    return lambda head, table: float(moments_ccc(table.sum(0), covariance_ddof, variance_ddof).mean())


def _per_video(head: str, table: Table) -> float:
    scored = table[frames_per_trial(head, table) > 0]
    return float(part_scores(head, scored).mean(-1).mean())


def _counts(head: str, table: Table) -> Float:
    """One-vs-rest or per-unit counts pooled over trials, (width, 4)."""
    pooled = table.sum(0)
    return class_counts(pooled) if HEADS[head].kind == "classes" else np.asarray(pooled, dtype=np.float64)


def _absent_one(head: str, table: Table) -> float:
    return float(f1_from_counts(_counts(head, table), undefined=1.0).mean())


def _absent_skipped(head: str, table: Table) -> float:
    f1 = f1_from_counts(_counts(head, table), undefined=np.nan)
    return float(np.nanmean(f1)) if not np.isnan(f1).all() else 0.0


def _micro_f1(head: str, table: Table) -> float:
    return float(f1_from_counts(_counts(head, table).sum(0)))


def _weighted_f1(head: str, table: Table) -> float:
    counts = _counts(head, table)
    return float(np.average(f1_from_counts(counts), weights=counts[:, 0] + counts[:, 2]))


def _accuracy(head: str, table: Table) -> float:
    pooled = table.sum(0)
    if HEADS[head].kind == "classes":
        return float(np.trace(pooled) / pooled.sum())
    return float((pooled[:, 0] + pooled[:, 3]).sum() / pooled.sum())


def _f1_and_accuracy(f1_weight: float) -> Callable[[str, Table], float]:
    def compute(head: str, table: Table) -> float:
        f1 = float(part_scores(head, table.sum(0)).mean())
        return f1_weight * f1 + (1 - f1_weight) * _accuracy(head, table)

    return compute


def _without_other(_head: str, table: Table) -> float:
    pooled = table.sum(0)
    pooled[-1] = 0  # frames labelled Other leave the set; Other stays a wrong answer on the rest
    return float(f1_from_counts(class_counts(pooled))[:-1].mean())


def _both_classes(_head: str, table: Table) -> float:
    pooled = table.sum(0)
    return float((f1_from_counts(pooled) + f1_from_counts(pooled[:, ::-1])).mean() / 2)


_SHARED_F1 = {
    "per_video": Variant("macro F1 of each video, then the mean over videos", _per_video),
    "absent_one": Variant("a class neither labelled nor predicted counts as F1 = 1 (zero_division=1)", _absent_one),
    "absent_skipped": Variant("a class neither labelled nor predicted is left out of the mean", _absent_skipped),
    "micro": Variant("F1 of the counts summed over classes", _micro_f1),
    "accuracy": Variant("share of correct decisions", _accuracy),
}

VARIANTS: dict[str, dict[str, Variant]] = {
    "va": {
        "sample_variance": Variant("covariance / n, variances / (n - 1): a factor below 1", _pooled_moments(0, 1)),
        "sample_covariance": Variant("covariance / (n - 1), variances / n: can exceed 1", _pooled_moments(1, 0)),
        "sample_both": Variant("covariance and variances / (n - 1)", _pooled_moments(1, 1)),
        "per_video": Variant("CCC of each video, then the mean over videos", _per_video),
    },
    "expr": _SHARED_F1
    | {
        "weighted": Variant("mean of the class F1 weighted by label counts", _weighted_f1),
        "without_other": Variant("seven classes: frames labelled Other are left out", _without_other),
        "edition_2": Variant("0.67 macro F1 + 0.33 accuracy, on eight classes", _f1_and_accuracy(0.67)),
    },
    "au": _SHARED_F1
    | {
        "both_classes": Variant('per unit the mean of F1(0) and F1(1) ("macro" of scikit-learn)', _both_classes),
        "edition_2": Variant("0.5 F1 + 0.5 accuracy", _f1_and_accuracy(0.5)),
    },
    "ce": _SHARED_F1 | {"weighted": Variant("mean of the class F1 weighted by label counts", _weighted_f1)},
}


def variant_names(task: str) -> dict[str, str]:
    """Names of the variants of a task -> how each differs from the headline.

    For ``mtl`` a name is ``<head>/<variant>``: P with that one term replaced.
    """
    heads = get_task(task).heads
    prefix = "{}/" if len(heads) > 1 else ""
    return {prefix.format(head) + name: one.summary for head in heads for name, one in VARIANTS[head].items()}


def variant_scores(stats: VideoStats, names: list[str] | None = None) -> dict[str, float]:
    """The score of the same predictions under other conventions.

    Args:
        stats: per-video sums.
        names: names out of ``variant_names``; None for all.

    Raises:
        UserError: there is no variant of that name for the task, or a head has no valid frame.
    """
    known = variant_names(stats.task)
    for name in names or ():
        if name not in known:
            raise unknown_name(f"variant of task {stats.task}", name, known)
    headline = stats.score()
    scores = {}
    for name in known if names is None else names:
        head, _, variant = name.rpartition("/")
        only = head or stats.task
        replaced = VARIANTS[only][variant].compute(only, stats.heads[only])
        scores[name] = headline.value - headline.parts[head] + replaced if head else replaced
    return scores
