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
from benchmark.training.postprocessing import LadderTrial, Smoothing, climb
from benchmark.training.stitching import FramePredictions
from benchmark.training.windows import TrialData

RESAMPLES = 10_000
LEVEL = 0.95
BOOTSTRAP_SEED = 0


def score_predictions(
    task: Task,
    data: Sequence[TrialData],
    predictions: FramePredictions,
    declared: str,
    smoothing: Smoothing,
    selection: Literal["inner", "validation", "none"],
) -> ScoreInfo:
    """Score every rung of the ladder; the declared one with its interval and its sums per video.

    Args:
        declared: the rung that is the headline.
        smoothing: filter of the ``smoothed`` rung.
    """
    trials = [item.trial for item in data]
    rungs = climb(task, [ladder_trial(item, predictions) for item in data], smoothing, BOOTSTRAP_SEED)
    stats = {name: video_stats(task, trials, decisions) for name, decisions in rungs.items()}
    scores = {name: rung.score() for name, rung in stats.items()}
    samples = bootstrap_scores(stats[declared], resamples=RESAMPLES, seed=BOOTSTRAP_SEED)
    low, high = interval(samples, level=LEVEL)
    return ScoreInfo(
        metric=task.metric,
        value=scores[declared].value,
        parts=dict(scores[declared].parts),
        interval=Interval(low=low, high=high, level=LEVEL, resamples=RESAMPLES, seed=BOOTSTRAP_SEED),
        rung=declared,
        ladder=[Rung(name=name, value=score.value, parts=dict(score.parts)) for name, score in scores.items()],
        coverage=_coverage(task, trials),
        videos=stats[declared].to_json(),
        selection=selection,
    )


def ladder_trial(item: TrialData, predictions: FramePredictions) -> LadderTrial:
    """What post-processing needs to know of a trial."""
    trial = item.trial
    return LadderTrial(
        name=trial.name,
        base_video=trial.base_video,
        frame_times=item.frame_times,
        present=trial.crops_present(),
        activations=predictions[trial.name],
        labels=trial.labels,
        valid=trial.valid,
    )


def _coverage(task: Task, trials: Sequence[Trial]) -> Coverage:
    valid = predicted = 0
    for trial in trials:
        counts = np.logical_or.reduce([trial.valid[key] for key in task.heads])
        valid += int(counts.sum())
        predicted += int((counts & trial.crops_present()).sum())
    return Coverage(valid=valid, predicted=predicted, filled=valid - predicted)
