"""From predictions to the score part of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from benchmark.corpora.trials import Trial
from benchmark.metrics import bootstrap_scores, interval
from benchmark.records import Coverage, Interval, Rung, ScoreInfo
from benchmark.tasks import Task
from benchmark.training.decide import video_stats
from benchmark.training.stitching import FramePredictions

RESAMPLES = 10_000
LEVEL = 0.95
BOOTSTRAP_SEED = 0


def score_predictions(
    task: Task,
    trials: Sequence[Trial],
    predictions: FramePredictions,
    rung: str,
    selection: Literal["inner", "validation", "none"],
) -> ScoreInfo:
    """Score, interval over base videos, and the sums per video from which both can be computed again."""
    stats = video_stats(task, trials, predictions)
    score = stats.score()
    low, high = interval(bootstrap_scores(stats, resamples=RESAMPLES, seed=BOOTSTRAP_SEED), level=LEVEL)
    return ScoreInfo(
        metric=task.metric,
        value=score.value,
        parts=dict(score.parts),
        interval=Interval(low=low, high=high, level=LEVEL, resamples=RESAMPLES, seed=BOOTSTRAP_SEED),
        rung=rung,
        ladder=[Rung(name="raw", value=score.value, parts=dict(score.parts))],
        coverage=_coverage(task, trials),
        videos=stats.to_json(),
        selection=selection,
    )


def _coverage(task: Task, trials: Sequence[Trial]) -> Coverage:
    valid = predicted = 0
    for trial in trials:
        counts = np.logical_or.reduce([trial.valid[key] for key in task.heads])
        valid += int(counts.sum())
        predicted += int((counts & trial.crops_present()).sum())
    return Coverage(valid=valid, predicted=predicted, filled=valid - predicted)
