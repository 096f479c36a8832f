from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.training.postprocessing.smoothing import Smoothing, fill_gaps, smooth

TIMES = np.arange(40) / 10.0


def test_the_width_follows_the_frame_rate_and_is_odd() -> None:
    assert Smoothing("box", 1.0).frames(np.arange(100) / 30) == 31
    assert Smoothing("box", 1.0).frames(np.arange(100) / 10) == 11
    assert Smoothing("box", 0.0).frames(TIMES) == 1
    assert Smoothing("box", 100.0).frames(TIMES) == 41
    assert Smoothing("box", 1.0).frames(TIMES[:1]) == 1


def test_gaps_are_interpolated_from_frames_with_a_face_only() -> None:
    values = np.array([[0.0], [9.0], [9.0], [3.0], [9.0]])
    present = np.array([True, False, False, True, False])
    np.testing.assert_allclose(fill_gaps(values, present)[:, 0], [0, 1, 2, 3, 3])


def test_without_any_face_nothing_is_invented() -> None:
    values = np.ones((3, 2))
    assert fill_gaps(values, np.zeros(3, dtype=bool)) is values


@pytest.mark.parametrize("kind", ["box", "gaussian", "median", "mode"])
@given(seed=st.integers(0, 10**6))
def test_filters_keep_range_constants_and_shape(kind: str, seed: int) -> None:
    values = np.random.default_rng(seed).random((40, 3)).astype(np.float32)
    result = smooth(values, Smoothing(kind, 0.7), TIMES, votes=False)  # type: ignore[arg-type]
    assert result.shape == values.shape
    assert values.min() - 1e-6 <= result.min() <= result.max() <= values.max() + 1e-6
    constant = np.full((40, 2), 0.25, np.float32)
    np.testing.assert_allclose(smooth(constant, Smoothing(kind, 0.7), TIMES, votes=False), constant, atol=1e-6)  # type: ignore[arg-type]


def test_box_is_the_plain_moving_average() -> None:
    values = np.random.default_rng(0).random((40, 2))
    padded = np.vstack([values[:1]] * 2 + [values] + [values[-1:]] * 2)
    expected = np.stack([padded[i : i + 5].mean(0) for i in range(40)])
    np.testing.assert_allclose(smooth(values, Smoothing("box", 0.4), TIMES, votes=False), expected, atol=1e-12)


def test_mode_replaces_a_lone_class_by_its_neighbours() -> None:
    classes = np.array([0] * 10 + [2] + [0] * 9 + [1] * 20)
    smoothed = smooth(np.eye(3)[classes], Smoothing("mode", 0.5), TIMES, votes=True).argmax(1)
    assert smoothed.tolist() == [0] * 20 + [1] * 20
