"""From stitched activations to the values that are scored, and their fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np

from benchmark.corpora.trials import Trial
from benchmark.metrics import VideoStats
from benchmark.metrics.decisions import decide
from benchmark.tasks import Task
from benchmark.training.stitching import FramePredictions

#: trial name -> head key -> (N, 2) float64, (N,) int64 or (N, 12) int64.
Decisions = dict[str, dict[str, np.ndarray]]


def decide_all(task: Task, predictions: FramePredictions) -> Decisions:
    """Decisions of every trial without any post-processing."""
    return {name: {key: decide(key, heads[key]) for key in task.heads} for name, heads in predictions.items()}


def video_stats(task: Task, trials: Iterable[Trial], decisions: Decisions) -> VideoStats:
    """Sums per video of a task's heads, over the frames whose label is valid."""
    return VideoStats.from_trials(
        task.key,
        (
            (
                trial.name,
                {key: (decisions[trial.name][key], trial.labels[key], trial.valid[key]) for key in task.heads},
            )
            for trial in trials
        ),
    )


def predictions_hash(predictions: Mapping[str, Mapping[str, np.ndarray]]) -> str:
    """SHA-256 over names, shapes and float32 bytes, in name order."""
    digest = hashlib.sha256()
    for name in sorted(predictions):
        for key in sorted(predictions[name]):
            array = np.ascontiguousarray(predictions[name][key], dtype="<f4")
            digest.update(f"{name}|{key}|{array.shape}|".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()
