"""Seeded predictions and labels shared by the metric tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmark.metrics import VideoStats
from benchmark.tasks import HEADS, TASKS

Rows = tuple[Any, Any, Any]


def head_rows(head: str, frames: int, generator: np.random.Generator, skill: float = 0.6) -> Rows:
    """Prediction, label, valid of one head: predictions agree with the label with the given skill."""
    spec = HEADS[head]
    valid = generator.random(frames) < 0.9
    if spec.kind == "regression":
        video = generator.normal(0, 0.3, 2)
        label = np.clip(video + generator.normal(0, 0.2, (frames, 2)), -1, 1)
        prediction = np.clip(skill * label + generator.normal(0, 0.15, (frames, 2)), -1, 1)
    elif spec.kind == "classes":
        label = generator.choice(spec.width, frames, p=(w := 0.6 ** np.arange(spec.width)) / w.sum())
        prediction = np.where(generator.random(frames) < skill, label, generator.integers(0, spec.width, frames))
    else:
        label = (generator.random((frames, spec.width)) < np.linspace(0.05, 0.6, spec.width)).astype(np.int64)
        prediction = np.where(generator.random(label.shape) < skill, label, generator.integers(0, 2, label.shape))
    label = label.copy()
    label[~valid] = spec.invalid
    return prediction, label, valid


def items(
    task: str, videos: int, seed: int, skill: float = 0.6, frames: int = 60
) -> Iterator[tuple[str, dict[str, Rows]]]:
    """Trials of ``videos`` base videos; every third video has two annotated people. Labels depend on the seed alone."""
    for video in range(videos):
        for side in ("_left", "_right") if video % 3 == 0 else ("",):
            generator = np.random.default_rng([seed, video, len(side)])
            rows = {head: head_rows(head, frames + 7 * video, generator, skill) for head in TASKS[task].heads}
            yield f"video{video:02d}{side}", rows


def example(task: str, videos: int = 12, seed: int = 0, skill: float = 0.6) -> VideoStats:
    """Statistics of ``items``."""
    return VideoStats.from_trials(task, items(task, videos, seed, skill))


def pooled_rows(task: str, head: str, videos: int = 12, seed: int = 0) -> tuple[Any, Any]:
    """Valid predictions and labels of ``items``, all trials concatenated."""
    rows = [one[head] for _, one in items(task, videos, seed)]
    return (
        np.concatenate([prediction[valid] for prediction, _, valid in rows]),
        np.concatenate([label[valid] for _, label, valid in rows]),
    )


def va_stats(*trials: tuple[Any, Any]) -> VideoStats:
    """V/A statistics of trials whose valence and arousal are one and the same (prediction, label) series."""

    def both(values: Any) -> Any:
        return np.repeat(np.asarray(values, dtype=np.float64)[:, None], 2, axis=1)

    return VideoStats.from_trials(
        "va",
        ((f"t{i:02d}", {"va": (both(x), both(y), np.ones(len(x), bool))}) for i, (x, y) in enumerate(trials)),
    )


def class_stats(*trials: tuple[Any, Any], task: str = "expr") -> VideoStats:
    """Class statistics of trials given as (prediction, label) lists."""
    return VideoStats.from_trials(
        task,
        (
            (f"t{i:02d}", {task: (np.asarray(x), np.asarray(y), np.ones(len(x), bool))})
            for i, (x, y) in enumerate(trials)
        ),
    )
