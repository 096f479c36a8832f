"""The statistics of a table against the metrics package and against first principles."""

from __future__ import annotations

import numpy as np
import pytest
from sample_records import simulated_stats

from benchmark.metrics import VideoStats, bootstrap_scores, compare, interval
from leaderboard.compare import compare_rows


def nothing() -> None:
    """No progress to show."""


@pytest.fixture(scope="module")
def stats() -> dict[str, VideoStats]:
    return {name: simulated_stats("va", name, skill, 1) for name, skill in [("a", 0.7), ("b", 0.69), ("c", 0.4)]}


def test_single_seeds_agree_with_the_metrics_package(stats: dict[str, VideoStats]) -> None:
    mine = compare_rows({name: [one] for name, one in stats.items()}, list(stats), nothing)
    theirs = compare(stats)
    assert mine.scores == theirs.scores
    assert mine.tiers == theirs.tiers
    assert {name: (s.low, s.high) for name, s in mine.intervals.items()} == theirs.intervals
    for (better, worse), expected in theirs.differences.items():
        gap = mine.gap(better, worse)
        assert (gap.delta, gap.span.low, gap.span.high) == (expected.delta, expected.low, expected.high)
        assert gap.p == theirs.adjusted[better, worse]
        back = mine.gap(worse, better)
        assert (back.delta, back.span.low, back.span.high) == (-expected.delta, -expected.high, -expected.low)


def test_several_seeds_are_averaged_in_every_resample(stats: dict[str, VideoStats]) -> None:
    seeds = [simulated_stats("va", "a", 0.7, seed) for seed in (1, 2, 3)]
    mine = compare_rows({"a": seeds, "c": [stats["c"]]}, ["a", "c"], nothing)
    samples = np.mean([bootstrap_scores(one) for one in seeds], axis=0)
    assert (mine.intervals["a"].low, mine.intervals["a"].high) == pytest.approx(interval(samples), abs=1e-12)
    gap = mine.gap("a", "c")
    assert (gap.span.low, gap.span.high) == pytest.approx(interval(samples - bootstrap_scores(stats["c"])), abs=1e-12)


def test_rows_out_of_competition_do_not_weigh_on_the_others(stats: dict[str, VideoStats]) -> None:
    rows = {name: [one] for name, one in stats.items()}
    alone = compare_rows({name: rows[name] for name in ("a", "b")}, ["a", "b"], nothing)
    beside = compare_rows(rows, ["a", "b"], nothing)
    assert beside.gap("a", "b") == alone.gap("a", "b")
    assert "c" not in beside.tiers
    assert beside.scores["c"] == stats["c"].score().value


def test_many_rows_can_still_be_told_apart() -> None:
    """With 10,000 resamples no p value times 435 pairs could fall below 0.05."""
    good, bad = simulated_stats("va", "good", 0.9, 1, videos=8), simulated_stats("va", "bad", 0.1, 1, videos=8)
    rows = {f"row{k:02d}": [good if k < 15 else bad] for k in range(30)}
    compared = compare_rows(rows, list(rows), nothing)
    assert compared.pair_resamples > 10_000
    assert {compared.tiers[row] for row in list(rows)[:15]} == {1}
    assert {compared.tiers[row] for row in list(rows)[15:]} == {2}
