"""Area under the ROC curve from counts between base videos."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from benchmark.errors import UserError
from benchmark.metrics.separation import Separation


def example(seed: int, n: int = 60, videos: int = 6, ties: bool = True) -> tuple[np.ndarray, np.ndarray, list[str]]:
    draw = np.random.default_rng(seed)
    scores = draw.integers(0, 9, n).astype(float) if ties else draw.normal(size=n)
    flags = draw.random(n) < 0.3
    flags[:2] = True, False
    return scores, flags, [f"v{i}" for i in draw.integers(0, videos, n)]


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.booleans())
def test_the_area_is_that_of_scikit_learn(seed: int, ties: bool) -> None:
    scores, flags, videos = example(seed, ties=ties)
    found = Separation.of(scores, flags, videos)
    assert found.area == pytest.approx(roc_auc_score(flags, scores))
    assert Separation.of(-scores, flags, videos).area == pytest.approx(1 - found.area)
    assert Separation.of(np.exp(scores), flags, videos).area == pytest.approx(found.area)


def test_a_resample_is_the_area_of_its_frames() -> None:
    scores, flags, videos = example(3)
    found = Separation.of(scores, flags, videos)
    drawn = np.random.default_rng(5).integers(0, len(found.videos), size=(30, len(found.videos)))
    for row, area in zip(drawn, found.resampled(30, seed=5), strict=True):
        index = np.concatenate([np.flatnonzero(np.asarray(videos) == found.videos[v]) for v in row])
        assert area == pytest.approx(roc_auc_score(flags[index], scores[index]))


def test_a_resample_without_a_pair_tells_nothing() -> None:
    found = Separation.of(np.array([1.0, 0.0]), np.array([True, False]), ["a", "b"])
    assert set(np.round(found.resampled(100), 6)) == {0.5, 1.0}


def test_a_difference_is_paired() -> None:
    scores, flags, videos = example(1, n=400, ties=False)
    good = scores + 2 * flags
    one, other = Separation.of(good, flags, videos), Separation.of(good + 0.01 * scores, flags, videos)
    gap = one.minus(other)
    assert gap.delta == pytest.approx(one.area - other.area)
    assert gap.high - gap.low < 0.2 * np.ptp(one.interval())  # nearly the same score
    assert one.minus(Separation.of(scores, flags, videos)).low > 0
    low, high = one.interval()
    assert low < one.area < high


def test_scores_of_other_frames_are_refused() -> None:
    scores, flags, videos = example(1)
    with pytest.raises(UserError, match="same frames"):
        Separation.of(scores, flags, videos).minus(Separation.of(scores, ~flags, videos))
    for none in (np.zeros(3, bool), np.ones(3, bool)):
        with pytest.raises(UserError, match="flagged"):
            Separation.of(np.arange(3.0), none, ["a", "b", "c"])
