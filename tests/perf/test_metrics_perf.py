"""Scoring and resampling a whole validation split: `pytest tests/perf/test_metrics_perf.py --benchmark-enable`."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from benchmark.metrics import VideoStats, bootstrap_scores

FRAMES, VIDEOS, RESAMPLES = 382_021, 76, 10_000


@pytest.fixture(scope="module")
def split():
    """Frames of a whole validation split, by video: expressions and valence/arousal."""
    generator = np.random.default_rng(0)
    cuts = np.sort(generator.choice(np.arange(1, FRAMES), VIDEOS - 1, replace=False))
    trials = []
    for video, frames in enumerate(np.diff([0, *cuts, FRAMES])):
        y = generator.integers(0, 8, frames)
        va = np.clip(generator.normal(0, 0.3, (frames, 2)), -1, 1)
        valid = np.ones(frames, bool)
        expr = (np.where(generator.random(frames) < 0.5, y, 0), y, valid)
        trials.append((f"video{video:02d}", {"expr": expr, "va": (0.5 * va, va, valid)}))
    return trials


@pytest.mark.parametrize("task", ["va", "expr"])
def test_sums_of_a_split(benchmark, split, task):
    assert benchmark(VideoStats.from_trials, task, split).valid_frames[task] == FRAMES


@pytest.mark.parametrize("task", ["va", "expr"])
def test_ten_thousand_resamples_of_a_split(benchmark, split, task):
    assert benchmark(bootstrap_scores, VideoStats.from_trials(task, split), RESAMPLES).shape == (RESAMPLES,)


def test_three_resamples_by_a_loop_of_scikit_learn(benchmark, split):
    """What the matrix product replaces: concatenate the drawn videos and call scikit-learn for each resample."""
    rows = [one["expr"] for _, one in split]
    draws = np.random.default_rng(0).integers(0, VIDEOS, size=(3, VIDEOS))

    def loop():
        scores = []
        for drawn in draws:
            x, y = (np.concatenate([rows[i][side] for i in drawn]) for side in (0, 1))
            scores.append(f1_score(y, x, labels=range(8), average="macro", zero_division=0))
        return scores

    scores = benchmark.pedantic(loop, rounds=1)
    np.testing.assert_allclose(scores, bootstrap_scores(VideoStats.from_trials("expr", split), 3), atol=1e-12)
