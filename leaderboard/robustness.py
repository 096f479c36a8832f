"""How a row scored on worse inputs, from the records of its seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

import numpy as np

from benchmark.degradations import KINDS, Degradation
from benchmark.metrics import VideoStats, bootstrap_scores, interval
from benchmark.metrics.bootstrap import LEVEL, RESAMPLES
from benchmark.records import DegradedScore
from leaderboard.compare import SEED
from leaderboard.grouping import Scored
from leaderboard.model import Curve, CurvePoint, Span


def robustness_curves(runs: Sequence[Scored]) -> tuple[Curve, ...]:
    """Curves of one row, in the order of ``degradations.KINDS``.

    Args:
        runs: its seeds; those that were not scored under a severity do not count there.
    """
    found: dict[Degradation, list[tuple[Scored, DegradedScore]]] = defaultdict(list)
    for run in runs:
        for one in {(one.kind, one.severity): one for one in run.record.robustness}.values():
            found[Degradation(one.kind, one.severity)].append((run, one))
    curves = []
    for kind in KINDS.values():
        here = sorted((one for one in found if one.kind == kind.key), key=lambda one: (one.gravity, one.severity))
        if here:
            curves.append(Curve(kind, tuple(_point(one.severity, found[one]) for one in here)))
    return tuple(curves)


def _point(severity: float, scores: Sequence[tuple[Scored, DegradedScore]]) -> CurvePoint:
    worse, change = np.zeros(RESAMPLES), np.zeros(RESAMPLES)
    for run, one in scores:
        drawn = bootstrap_scores(VideoStats.from_json(one.videos), RESAMPLES, SEED)
        worse += drawn / len(scores)
        change += (drawn - bootstrap_scores(run.stats, RESAMPLES, SEED)) / len(scores)
    return CurvePoint(
        severity=severity,
        score=fmean(one.value for _, one in scores),
        interval=Span(*interval(worse, LEVEL)),
        change=fmean(one.value - run.score.value for run, one in scores),
        change_span=Span(*interval(change, LEVEL)),
        seeds=len(scores),
        observed=scores[0][1].observed,
    )
