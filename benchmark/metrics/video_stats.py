"""Sums and counts per trial: all that is needed to score, resample and compare, and nothing that identifies a frame."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UserError
from benchmark.metrics.base_video import base_video
from benchmark.metrics.checks import check_rows
from benchmark.metrics.headline import Score, score_pooled
from benchmark.metrics.stats_json import parse_stats
from benchmark.metrics.tables import Table, frames_per_trial, table_dtype, table_shape, trial_table
from benchmark.tasks import get_task

Rows = tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]
"""Prediction, label and valid mask of one head: (N, 2) floats, (N,) ints or (N, 12) of 0 and 1; valid is (N,) bool."""


@dataclass(frozen=True, eq=False)
class VideoStats:
    """Sufficient statistics of one set of predictions, per trial, sorted by trial name.

    Attributes:
        task: task key.
        trials: V trial names, sorted, each once.
        heads: head key -> (V, 2, 6) float64 sums (n, Sx, Sy, Sxx, Syy, Sxy; x = prediction, y = label),
            (V, C, C) int64 confusion counts (row = label) or (V, 12, 4) int64 counts (tp, fp, fn, tn). Read-only.
    """

    task: str
    trials: tuple[str, ...]
    heads: Mapping[str, Table]

    def __post_init__(self) -> None:
        if list(self.trials) != sorted(set(self.trials)):
            raise ValueError("trials must be sorted and unique")
        if set(self.heads) != set(get_task(self.task).heads):
            raise ValueError(f"task {self.task} needs heads {get_task(self.task).heads}, got {tuple(self.heads)}")
        for head, table in self.heads.items():
            expected = (len(self.trials), *table_shape(head))
            if table.shape != expected or table.dtype != table_dtype(head):
                raise ValueError(f"{head}: expected {expected} {table_dtype(head)}, got {table.shape} {table.dtype}")
            table.setflags(write=False)

    @property
    def base_videos(self) -> tuple[str, ...]:
        """Base video of each trial (V names, with repetitions where two people of one video were annotated)."""
        return tuple(base_video(trial) for trial in self.trials)

    @property
    def valid_frames(self) -> dict[str, int]:
        """Head key -> number of frames that counted."""
        return {head: int(frames_per_trial(head, table).sum()) for head, table in self.heads.items()}

    @classmethod
    def from_trials(cls, task: str, items: Iterable[tuple[str, Mapping[str, Rows]]]) -> VideoStats:
        """Accumulate predictions and labels, one trial at a time.

        Args:
            task: task key.
            items: yields trial name and head key -> (prediction, label, valid), see ``Rows``.

        Raises:
            UserError: a value is NaN, infinite or out of range (names trial and row), or a trial comes twice.
            ValueError: a shape or dtype is wrong.
        """
        keys = get_task(task).heads
        tables: dict[str, dict[str, Table]] = {}
        for trial, rows in items:
            if trial in tables:
                raise UserError(f"trial {trial} was given twice; expected every trial once.")
            tables[trial] = {}
            for head in keys:
                check_rows(trial, head, *rows[head])
                tables[trial][head] = trial_table(head, *rows[head])
        names = sorted(tables)
        stacked = {
            head: np.array([tables[name][head] for name in names], dtype=table_dtype(head)).reshape(
                len(names), *table_shape(head)
            )
            for head in keys
        }
        return cls(task, tuple(names), stacked)

    def score(self) -> Score:
        """Headline score over all frames of all trials pooled.

        Raises:
            UserError: a head has no valid frame at all.
        """
        for head, count in self.valid_frames.items():
            if not count:
                raise UserError(f"{head}: no frame with a valid label in {len(self.trials)} trials; nothing to score.")
        return score_pooled(self.task, {head: table.sum(axis=0) for head, table in self.heads.items()})

    def merge(self, other: VideoStats) -> VideoStats:
        """Statistics of the trials of both; the order of merging does not change a bit of the result.

        Raises:
            ValueError: the tasks differ or a trial is in both.
        """
        shared = set(self.trials) & set(other.trials)
        if self.task != other.task or shared:
            raise ValueError(f"cannot merge {self.task} with {other.task}; trials in both: {sorted(shared)[:3]}")
        names = self.trials + other.trials
        order = sorted(range(len(names)), key=names.__getitem__)
        heads = {head: np.concatenate([table, other.heads[head]])[order] for head, table in self.heads.items()}
        return VideoStats(self.task, tuple(names[i] for i in order), heads)

    def select(self, base_videos: Collection[str]) -> VideoStats:
        """Statistics of the trials of the given base videos; names without a trial are ignored."""
        wanted = set(base_videos)
        index = [i for i, name in enumerate(self.base_videos) if name in wanted]
        heads = {head: table[index] for head, table in self.heads.items()}
        return VideoStats(self.task, tuple(self.trials[i] for i in index), heads)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a record; ``from_json`` gives back every bit."""
        heads = {head: self.heads[head].tolist() for head in get_task(self.task).heads}
        return {"task": self.task, "trials": list(self.trials), "heads": heads}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VideoStats:
        """Read back what ``to_json`` wrote, and check that the numbers can be sums of real predictions.

        Raises:
            UserError: a key is missing or unknown, a shape is wrong, or a number is impossible; names the trial.
        """
        return cls(*parse_stats(data))
