"""Functions of the vector arithmetic against numpy's in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from benchmark.layers.ssm.lanes import LANES, exp2, larger, load, sigmoid, softplus, store, total


def over(function):
    """``function`` of lanes as a function of arrays, any multiple of `LANES` long."""

    @njit
    def run(x, out):
        for start in range(0, x.size, LANES):
            store(out, start, function(load(x, start)))

    def call(x):
        out = np.empty_like(x)
        run(x, out)
        return out

    return call


def error_in_last_places(ours, exact):
    return np.max(np.abs(ours - exact) / np.spacing(np.abs(exact).astype(ours.dtype)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exp2_is_right_to_the_last_place(dtype):
    x = np.linspace(-120, 120, LANES * 2000, dtype=dtype)
    assert error_in_last_places(over(exp2)(x), np.exp2(x.astype(np.longdouble))) < 1.1


def test_exp2_of_zero_is_one_and_its_ends_are_held():
    x = np.zeros(LANES, np.float32)
    x[:6] = 0, -1e9, 1e9, -np.inf, np.inf, np.nan
    y = over(exp2)(x)
    assert y[0] == y[6] == 1
    assert 0 < y[1] == y[3] < 1e-37
    assert 1e38 < y[2] == y[4] < np.inf
    assert np.isnan(y[5])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 4e-6), (np.float64, 1e-14)])
def test_softplus_and_sigmoid_are_relatively_exact(dtype, tolerance):
    x = np.linspace(-60, 60, LANES * 500, dtype=dtype)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(over(softplus)(x), np.logaddexp(0, exact), rtol=tolerance)
    np.testing.assert_allclose(over(sigmoid)(x), 1 / (1 + np.exp(-exact)), rtol=tolerance)


def test_softplus_of_minus_infinity_is_nothing():
    assert over(softplus)(np.full(LANES, -np.inf, np.float32)).max() < 1e-37


def test_larger_and_total():
    @njit
    def run(x, y, out):
        largest = larger(load(x, 0), load(y, 0))
        store(out, 0, largest)
        return total(largest)

    x, y = np.arange(LANES, dtype=np.float32), np.full(LANES, 5, np.float32)
    out = np.empty_like(x)
    assert run(x, y, out) == np.maximum(x, y).sum()
    np.testing.assert_array_equal(out, np.maximum(x, y))
