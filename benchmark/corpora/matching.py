"""Predictions beside labels, row by row: every labelled frame must have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.corpora.predictions import Predicted
from benchmark.corpora.truth import LabelledTrial, Truth
from benchmark.errors import UserError
from benchmark.metrics.video_stats import Rows
from benchmark.tasks import Task


@dataclass(frozen=True, slots=True)
class Matched:
    """Predictions that have labels.

    Attributes:
        trials: trial -> head key -> (prediction, label, valid); rows without label or prediction are not valid.
        rows: number of annotated rows.
        valid: head key -> rows with a label that counts.
        unlabelled_missing: rows without a label that were not predicted, which costs nothing here but makes a
            submission incomplete.
        extra_rows: predicted frames beyond the annotated ones, in annotated trials.
        extra_trials: predicted trials that are not annotated.
    """

    trials: Mapping[str, Mapping[str, Rows]]
    rows: int
    valid: Mapping[str, int]
    unlabelled_missing: int
    extra_rows: int
    extra_trials: tuple[str, ...]


def match(path: Path, task: Task, truth: Truth, predictions: Mapping[str, Predicted]) -> Matched:
    """Put predictions beside labels.

    Args:
        path: the prediction file, for error messages.
        task: the task.
        truth: labels.
        predictions: trial -> predictions.

    Raises:
        UserError: a labelled frame has no prediction; names the first and counts all.
    """
    _refuse_missing_trials(path, truth, predictions)
    trials: dict[str, dict[str, Rows]] = {}
    missing = extra = 0
    for trial in truth.trials:
        answer = predictions.get(trial.name)
        if answer is None:
            missing += len(trial.frames)
            continue
        position = np.minimum(np.searchsorted(answer.frames, trial.frames), len(answer.frames) - 1)
        answered = answer.frames[position] == trial.frames
        extra += len(answer.frames) - len(np.intersect1d(answer.frames, trial.frames))
        predicted = np.ones(len(trial.frames), dtype=bool)
        trials[trial.name] = {}
        for key in task.heads:
            given = answered & answer.heads[key].valid[position]
            predicted &= given
            _refuse_missing_rows(path, trial, key, given)
            values = answer.heads[key].labels[position].copy()
            values[~given] = 0
            trials[trial.name][key] = (values, trial.heads[key].labels, trial.heads[key].valid)
        missing += int((~predicted).sum())
    known = {trial.name for trial in truth.trials}
    return Matched(
        trials=trials,
        rows=sum(len(trial.frames) for trial in truth.trials),
        valid={key: sum(int(trial.heads[key].valid.sum()) for trial in truth.trials) for key in task.heads},
        unlabelled_missing=missing,
        extra_rows=extra,
        extra_trials=tuple(sorted(set(predictions) - known)),
    )


def _refuse_missing_trials(path: Path, truth: Truth, predictions: Mapping[str, Predicted]) -> None:
    missing = [
        trial.name
        for trial in truth.trials
        if trial.name not in predictions and any(one.valid.any() for one in trial.heads.values())
    ]
    if missing:
        raise UserError(
            f"{path}: no prediction for trial {missing[0]} ({len(missing)} of {len(truth.trials)} labelled trials of "
            f"{truth.source} are missing); expected one for every labelled frame."
        )


def _refuse_missing_rows(path: Path, trial: LabelledTrial, head: str, given: np.ndarray) -> None:
    missing = np.flatnonzero(trial.heads[head].valid & ~given)
    if len(missing):
        raise UserError(
            f"{path}: no {head} prediction for {trial.name}/{trial.frames[missing[0]]:05d}.jpg ({len(missing)} "
            f"labelled frames of this trial are missing); expected one for every labelled frame."
        )
