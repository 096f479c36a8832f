"""Scoring and resampling a whole validation split: `pytest tests/perf/test_metrics_perf.py --benchmark-enable`."""

from __future__ import annotations

import statistics
import time

import audmetric
import numpy as np
import pytest
from sklearn.metrics import f1_score

from benchmark.metrics import VideoStats, bootstrap_scores, interval

FRAMES, VIDEOS, RESAMPLES = 382_021, 76, 10_000


@pytest.fixture(scope="module")
def split():
    """Frames of a whole validation split, by video, with predictions and labels of three tasks."""
    generator = np.random.default_rng(0)
    cuts = np.sort(generator.choice(np.arange(1, FRAMES), VIDEOS - 1, replace=False))
    trials = []
    for video, frames in enumerate(np.diff([0, *cuts, FRAMES])):
        y = generator.integers(0, 8, frames)
        va = np.clip(generator.normal(0, 0.3, (frames, 2)), -1, 1)
        valid = np.ones(frames, bool)
        expr = (np.where(generator.random(frames) < 0.5, y, 0), y, valid)
        units = generator.integers(0, 2, (2, frames, 12))
        heads = {"expr": expr, "va": (0.5 * va, va, valid), "au": (units[0], units[1], valid)}
        trials.append((f"video{video:02d}", heads))
    return trials


@pytest.mark.parametrize("task", ["va", "expr", "au"])
def test_sums_of_a_split(benchmark, split, task):
    assert benchmark(VideoStats.from_trials, task, split).valid_frames[task] == FRAMES


@pytest.mark.parametrize("task", ["va", "expr", "au"])
def test_ten_thousand_resamples_of_a_split(benchmark, split, task):
    assert benchmark(bootstrap_scores, VideoStats.from_trials(task, split), RESAMPLES).shape == (RESAMPLES,)


def drawn_by_scikit_learn(task, split, draws):
    """What the matrix product replaces: concatenate the drawn videos and score each resample on its frames."""
    rows = [one[task] for _, one in split]
    scores = []
    for drawn in draws:
        x, y = (np.concatenate([rows[i][side] for i in drawn]) for side in (0, 1))
        if task == "va":  # scikit-learn has no CCC: audmetric's, which is numpy throughout
            scores.append(np.mean([audmetric.concordance_cc(y[:, k], x[:, k]) for k in (0, 1)]))
        else:
            labels = range(8) if task == "expr" else None
            scores.append(f1_score(y, x, labels=labels, average="macro", zero_division=0))
    return scores


def scored(task, split):
    """All that `abaw score` computes after reading: sums, score, resamples, interval."""
    stats = VideoStats.from_trials(task, split)
    samples = bootstrap_scores(stats, RESAMPLES)
    return stats.score().value, samples, interval(samples)


@pytest.mark.parametrize("task", ["expr", "au", "va"])
def test_score_and_interval_of_a_split_against_a_loop_of_library_calls(benchmark, split, task):
    """Ours and the loop take turns; the loop does a few resamples, which cost the same each, and is scaled up."""
    few = 3 if benchmark.enabled else 1
    draws = np.random.default_rng(0).integers(0, VIDEOS, size=(few, VIDEOS))
    mine, theirs = [], []
    for _ in range(3 if benchmark.enabled else 1):
        began = time.perf_counter()
        _, samples, _ = scored(task, split)
        mine.append(time.perf_counter() - began)
        began = time.perf_counter()
        expected = drawn_by_scikit_learn(task, split, draws)
        theirs.append((time.perf_counter() - began) / few * RESAMPLES)
    np.testing.assert_allclose(bootstrap_scores(VideoStats.from_trials(task, split), few), expected, atol=1e-12)
    assert samples.shape == (RESAMPLES,)
    seconds, loop = statistics.median(mine), statistics.median(theirs)
    benchmark.extra_info["times_as_fast_as_a_loop"] = loop / seconds
    peer = "audmetric" if task == "va" else "scikit-learn"
    print(
        f"\n{task}: {FRAMES:,} frames, {VIDEOS} videos, {RESAMPLES:,} resamples: {seconds:.3f} s; a loop of {peer} "
        f"{loop:,.0f} s ({few} resamples timed, scaled): {loop / seconds:,.0f} times as fast"
    )
    if benchmark.enabled and task != "va":
        assert loop / seconds >= 500
    benchmark.pedantic(scored, (task, split), rounds=3)
