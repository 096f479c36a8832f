"""Bootstrap over base videos: determinism, pairing, agreement with a plain loop, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from metric_examples import class_stats, example, va_stats

from benchmark.errors import UserError
from benchmark.metrics import VideoStats, bootstrap, bootstrap_scores, interval, paired_bootstrap
from benchmark.tasks import TASKS

ALL_TASKS = sorted(TASKS)


@pytest.mark.parametrize("task", ALL_TASKS)
def test_a_resample_scores_like_the_same_videos_written_out(task):
    stats = example(task, videos=7)
    names = sorted(set(stats.base_videos))
    draws = np.random.default_rng(11).integers(0, len(names), size=(20, len(names)))
    samples = bootstrap_scores(stats, resamples=20, seed=11)
    for drawn, sample in zip(draws, samples, strict=True):
        heads = {
            head: np.sum([stats.select([names[i]]).heads[head].sum(0) for i in drawn], axis=0)[None]
            for head in stats.heads
        }
        assert VideoStats(task, ("resample",), heads).score().value == pytest.approx(sample, abs=1e-12)


@pytest.mark.parametrize("task", ALL_TASKS)
def test_same_seed_same_bits_other_seed_other_draws(task):
    stats = example(task)
    first = bootstrap_scores(stats, resamples=300, seed=5)
    assert first.tobytes() == bootstrap_scores(stats, resamples=300, seed=5).tobytes()
    assert not np.array_equal(first, bootstrap_scores(stats, resamples=300, seed=6))


def test_chunking_does_not_change_the_draws(monkeypatch):
    stats = example("va")
    whole = bootstrap_scores(stats, resamples=100, seed=1)
    monkeypatch.setattr(bootstrap, "_CHUNK_CELLS", 7 * 12)
    np.testing.assert_allclose(bootstrap_scores(stats, resamples=100, seed=1), whole, atol=1e-13)


def test_two_people_of_one_video_move_together():
    rng = np.random.default_rng(0)
    y = rng.uniform(-0.9, 0.9, (2, 50, 2))
    valid = np.ones(50, bool)
    rows = {"clip_left": y[0], "clip_right": y[1]}
    one = VideoStats.from_trials("va", ((name, {"va": (0.5 * v, v, valid)}) for name, v in rows.items()))
    assert np.ptp(bootstrap_scores(one, resamples=50)) == 0  # a single base video: nothing to vary
    two = VideoStats.from_trials(
        "va", ((name.replace("_", "-"), {"va": (0.5 * v, v, valid)}) for name, v in rows.items())
    )
    assert np.ptp(bootstrap_scores(two, resamples=50)) > 0


def test_interval_is_the_percentile_interval():
    samples = np.random.default_rng(0).permutation(np.arange(1001) / 1000)
    assert interval(samples) == pytest.approx((0.025, 0.975))
    assert interval(samples, level=0.5) == pytest.approx((0.25, 0.75))


def test_a_method_does_not_differ_from_itself():
    same = paired_bootstrap(example("expr"), example("expr"), resamples=200)
    assert (same.delta, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_pairing_finds_a_difference_that_two_intervals_hide():
    good, better = example("va", 30, skill=0.60), example("va", 30, skill=0.63)
    low = interval(bootstrap_scores(better))[0]
    assert low < interval(bootstrap_scores(good))[1]  # the intervals overlap
    difference = paired_bootstrap(better, good)
    assert difference.delta == better.score().value - good.score().value
    assert 0 < difference.low < difference.delta < difference.high
    assert difference.p == pytest.approx(2 / 10_001)
    swapped = paired_bootstrap(good, better)
    assert (swapped.delta, swapped.low, swapped.high) == (-difference.delta, -difference.high, -difference.low)
    assert swapped.p == difference.p


def test_what_must_not_be_compared_is_refused():
    one = example("va")
    with pytest.raises(UserError, match="cannot compare task va with task expr"):
        paired_bootstrap(one, example("expr"))
    with pytest.raises(UserError, match="video01 was scored on one side only"):
        paired_bootstrap(one, one.select(set(one.base_videos) - {"video01"}))
    with pytest.raises(UserError, match="different va labels"):
        paired_bootstrap(one, example("va", seed=1))
    with pytest.raises(UserError, match="trial t01 was scored on different expr labels"):
        paired_bootstrap(class_stats(([0], [0]), ([1], [1])), class_stats(([0], [0]), ([1], [2])))
    with pytest.raises(UserError, match="no video to resample"):
        bootstrap_scores(one.select([]))


def test_a_resample_without_any_valid_frame_scores_zero():
    stats = va_stats(([0.1, 0.4], [0.2, 0.5]), ([], []))
    samples = bootstrap_scores(stats, resamples=100)
    assert np.isfinite(samples).all()
    assert set(samples.round(9)) == {0.0, round(float(stats.score().value), 9)}


def test_the_interval_covers_the_true_score_about_as_often_as_it_says():
    """100 worlds of 40 videos with video effects; the truth is the score of 4,000 videos of the same process."""

    def world(videos: int, seed: int) -> VideoStats:
        rng = np.random.default_rng([99, seed])
        level = rng.normal(0, 0.25, (videos, 1))
        y = np.clip(level + rng.normal(0, 0.1, (videos, 20)), -1, 1)
        x = np.clip(0.8 * y + rng.normal(0, 0.12, (videos, 1)) + rng.normal(0, 0.1, y.shape), -1, 1)
        trials = ((f"v{i:04d}", np.stack([x[i]] * 2, 1), np.stack([y[i]] * 2, 1)) for i in range(videos))
        return VideoStats.from_trials("va", ((n, {"va": (a, b, np.ones(20, bool))}) for n, a, b in trials))

    truth = world(4000, seed=0).score().value
    hits = 0
    for seed in range(1, 101):
        low, high = interval(bootstrap_scores(world(40, seed), resamples=500, seed=seed))
        hits += low <= truth <= high
    assert 85 <= hits <= 100
