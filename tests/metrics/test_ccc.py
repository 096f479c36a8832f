"""CCC from sums: goldens, an independent formula, degenerate input, and pitfalls that changed published numbers."""

from __future__ import annotations

from fractions import Fraction

import audmetric
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_examples import example, pooled_rows, va_stats

from benchmark.metrics.ccc import ccc_from_sums, ccc_sums

RNG = np.random.default_rng(7)


def two_pass(x, y):
    """Centred float64 formula, nothing shared with the code under test."""
    dx, dy = x - x.mean(), y - y.mean()
    return 2 * (dx * dy).mean() / ((dx * dx).mean() + (dy * dy).mean() + (x.mean() - y.mean()) ** 2)


def ccc(x, y):
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    return float(ccc_from_sums(ccc_sums(x[:, None], y[:, None], np.ones(len(x), bool)))[0])


def test_golden_in_exact_arithmetic():
    x = [Fraction(k, 8) for k in (-8, -3, 0, 1, 4, 7)]
    y = [Fraction(k, 16) for k in (-16, -2, 3, 1, 9, 10)]
    n = len(x)
    mx, my = sum(x) / n, sum(y) / n
    cov = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / n
    var = sum((a - mx) ** 2 for a in x) / n + sum((b - my) ** 2 for b in y) / n
    exact = 2 * cov / (var + (mx - my) ** 2)
    assert ccc([float(v) for v in x], [float(v) for v in y]) == pytest.approx(float(exact), abs=1e-15)


def test_golden_of_a_printed_example():
    assert ccc([0, 0.5, 0.5], [0, 0.5, 1]) == pytest.approx(2 / 3, abs=1e-15)


@pytest.mark.parametrize("spread", [0.3, 1e-2, 1e-3])
def test_raw_sums_are_as_good_as_centred_ones_on_a_whole_split(spread):
    y = np.clip(0.4 + RNG.normal(0, 0.3, 400_000), -1, 1)
    x = np.clip(0.7 + spread * (y + RNG.normal(0, 0.5, y.size)), -1, 1)
    assert ccc(x, y) == pytest.approx(two_pass(x, y), abs=1e-12)
    assert ccc(x, y) == pytest.approx(audmetric.concordance_cc(y, x), abs=1e-12)


def test_sums_of_videos_give_the_score_of_all_frames_pooled():
    stats = example("va")
    x, y = pooled_rows("va", "va")
    score = stats.score()
    for column, name in enumerate(("valence", "arousal")):
        assert score.parts[name] == pytest.approx(two_pass(x[:, column], y[:, column]), abs=1e-12)
        assert score.parts[name] == pytest.approx(audmetric.concordance_cc(y[:, column], x[:, column]), abs=1e-12)
    assert score.value == pytest.approx((score.parts["valence"] + score.parts["arousal"]) / 2, abs=1e-15)


def test_float32_input_is_summed_in_float64():
    y = np.clip(RNG.normal(0.2, 0.3, 300_000), -1, 1).astype(np.float32)
    x = np.clip(y + RNG.normal(0, 0.2, y.size), -1, 1).astype(np.float32)
    assert ccc(x, y) == pytest.approx(two_pass(x.astype(np.float64), y.astype(np.float64)), abs=1e-12)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([0.1] * 1000, [0.1] * 1000),  # Sxx/n - mean^2 is not exactly 0 here
        ([1 / 3] * 7, [1 / 3] * 7),
        ([0.3], [0.3]),
        ([0.0, 0.0], [0.0, 0.0]),
        ([], []),
    ],
)
def test_zero_denominator_scores_zero(x, y):
    assert ccc(x, y) == 0.0


@pytest.mark.parametrize(("x", "y"), [([0.3], [-0.4]), ([0.3] * 9, [0.7] * 9), ([0.3] * 9, np.linspace(-1, 1, 9))])
def test_a_constant_prediction_scores_nothing(x, y):
    assert ccc(x, y) == pytest.approx(0, abs=1e-15)


unit = st.floats(-1, 1, allow_nan=False, width=32)


@given(st.lists(st.tuples(unit, unit), min_size=2, max_size=50))
def test_bounds_symmetry_and_agreement_with_the_two_pass_formula(pairs):
    x, y = np.array(pairs, dtype=np.float64).T
    value = ccc(x, y)
    assert -1 - 1e-9 <= value <= 1 + 1e-9
    assert ccc(y, x) == pytest.approx(value, abs=1e-9)
    assert ccc(-x, -y) == pytest.approx(value, abs=1e-9)
    spread = ((x - x.mean()) ** 2).mean() + ((y - y.mean()) ** 2).mean() + (x.mean() - y.mean()) ** 2
    if spread > 1e-6:
        assert value == pytest.approx(two_pass(x, y), abs=1e-9)


def test_rows_left_at_the_marker_would_ruin_the_score():
    """protocol B.1: 1.5 % of the rows left at -5 take .615 to .194; masked rows change nothing."""
    y = np.clip(RNG.normal(0, 0.35, (20_000, 1)), -1, 1)
    x = np.clip(0.7 * y + RNG.normal(0, 0.2, y.shape), -1, 1)
    valid = RNG.random(len(y)) > 0.015
    marked = np.where(valid[:, None], y, -5.0)
    clean = ccc(x[valid, 0], y[valid, 0])
    assert ccc_from_sums(ccc_sums(x, marked, valid))[0] == clean
    unmasked = ccc_from_sums(ccc_sums(x, marked, np.ones(len(y), bool)))[0]
    assert unmasked < clean / 2


def test_pooled_and_per_video_scores_differ_when_videos_differ():
    """protocol B.1: between-video variance counts in the pooled score and vanishes in a mean of per-video scores."""
    trials = []
    for _ in range(40):
        level = RNG.uniform(-0.7, 0.7)
        y = level + RNG.normal(0, 0.05, 200)
        trials.append((level + RNG.normal(0, 0.05, 200), y))
    pooled = va_stats(*trials).score().value
    alone = [ccc(x, y) for x, y in trials]
    assert pooled > 0.9
    assert abs(np.mean(alone)) < 0.1
