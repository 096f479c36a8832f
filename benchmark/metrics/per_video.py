"""The score of each trial alone, for looking at, not for ranking."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.metrics.headline import part_scores
from benchmark.metrics.tables import frames_per_trial
from benchmark.metrics.video_stats import VideoStats
from benchmark.tasks import get_task


@dataclass(frozen=True, slots=True)
class VideoScore:
    """One trial.

    Attributes:
        trial: trial name.
        valid: head key -> frames that counted.
        heads: head key -> score of the head, None where no frame counted.
        value: sum over the task's heads, None where a head has no frame.
    """

    trial: str
    valid: dict[str, int]
    heads: dict[str, float | None]
    value: float | None


def score_videos(stats: VideoStats) -> list[VideoScore]:
    """Score every trial by itself, in name order.

    A pooled CCC also counts the differences between videos, and a class that a short trial never shows has F1 = 0, so
    these values neither average to the headline score nor compare between trials of different content.
    """
    keys = get_task(stats.task).heads
    valid = {key: frames_per_trial(key, stats.heads[key]) for key in keys}
    scores = {key: part_scores(key, stats.heads[key]).mean(axis=-1) for key in keys}
    found = []
    for row, trial in enumerate(stats.trials):
        heads = {key: float(scores[key][row]) if valid[key][row] else None for key in keys}
        known = [one for one in heads.values() if one is not None]
        value = sum(known) if len(known) == len(keys) else None
        found.append(VideoScore(trial, {key: int(valid[key][row]) for key in keys}, heads, value))
    return found
