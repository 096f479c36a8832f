"""Holm's correction and tie tiers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_examples import example

from benchmark.errors import UserError
from benchmark.metrics import compare, holm, paired_bootstrap, tie_tiers


def test_holm_golden():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.4]) == [0.4]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=45))
def test_holm_is_monotone_bounded_and_between_the_input_and_bonferroni(p):
    adjusted = np.array(holm(p))
    assert ((adjusted >= np.array(p)) & (adjusted <= 1)).all()
    assert (adjusted <= np.minimum(1, len(p) * np.array(p)) + 1e-12).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


@pytest.mark.parametrize("bad", [[-0.1], [1.1], [float("nan")]])
def test_holm_refuses_what_is_no_p_value(bad):
    with pytest.raises(ValueError, match="p-values"):
        holm(bad)


def test_tiers_follow_the_leader_of_each_tier():
    p = {("a", "b"): 0.5, ("a", "c"): 0.01, ("a", "d"): 0.2, ("b", "c"): 0.3, ("b", "d"): 0.2, ("c", "d"): 0.04}
    # d is tied with a, but stands below c, which is not: tiers never contradict the order of the scores
    assert tie_tiers("abcd", p) == {"a": 1, "b": 1, "c": 2, "d": 3}
    assert tie_tiers("abcd", p, alpha=0.001) == dict.fromkeys("abcd", 1)
    assert tie_tiers([], {}) == {}


def test_compare_ranks_and_separates_clear_differences():
    stats = {f"skill{s}": example("au", 30, skill=s) for s in (0.3, 0.8, 0.55)}
    stats["twin"] = example("au", 30, skill=0.8)
    result = compare(stats, resamples=2000)
    assert result.names == ("skill0.8", "twin", "skill0.55", "skill0.3")
    assert result.tiers == {"skill0.8": 1, "twin": 1, "skill0.55": 2, "skill0.3": 3}
    pair = ("skill0.8", "skill0.55")
    assert result.differences[pair] == paired_bootstrap(stats[pair[0]], stats[pair[1]], resamples=2000)
    assert result.adjusted[pair] >= result.differences[pair].p
    assert len(result.differences) == 6
    for name in result.names:
        low, high = result.intervals[name]
        assert low < result.scores[name] < high


def test_compare_does_not_depend_on_the_order_given():
    stats = {f"skill{s}": example("va", 8, skill=s) for s in (0.3, 0.8, 0.55)}
    backwards = dict(reversed(stats.items()))
    assert compare(stats, resamples=100) == compare(backwards, resamples=100)
    assert compare({}).names == ()


def test_compare_refuses_other_labels():
    with pytest.raises(UserError, match="cannot compare"):
        compare({"a": example("va"), "b": example("va", seed=1)}, resamples=10)
