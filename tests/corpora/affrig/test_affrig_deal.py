"""Dealing conditions over trials."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.corpora.affrig.deal import deal

SHARES = {"often": 0.8, "rare": 0.15, "very rare": 0.05}


@pytest.mark.parametrize(("count", "numbers"), [(100, (80, 15, 5)), (20, (16, 3, 1)), (3, (1, 1, 1)), (6, (4, 1, 1))])
def test_shares_hold_and_nothing_is_left_out(count: int, numbers: tuple[int, ...]) -> None:
    assert Counter(deal(np.random.default_rng(0), SHARES, count)) == dict(zip(SHARES, numbers, strict=True))


@given(st.integers(0, 60), st.lists(st.floats(0.01, 1.0), min_size=1, max_size=9), st.integers(0, 99))
def test_always_as_many_as_asked(count: int, weights: list[float], seed: int) -> None:
    dealt = deal(np.random.default_rng(seed), dict(enumerate(weights)), count)
    assert len(dealt) == count
    if count >= len(weights):
        assert set(dealt) == set(range(len(weights)))
