from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from toy import make_trial

from benchmark.training.estimators import average_around, trial_arrays


@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 10**6))
def test_average_around_equals_the_plain_loop(steps: int, frames: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    values, mask = draw.normal(size=(steps, 3)), draw.random(steps) < 0.6
    times, frame_times = np.sort(draw.random(steps) * 10), np.sort(draw.random(frames) * 10)
    means, seen = average_around(values, times, mask, frame_times, 0.8)
    for row, time in enumerate(frame_times):
        near = mask & (np.abs(times - time) <= 0.8)
        assert seen[row] == near.any()
        np.testing.assert_allclose(means[row], values[near].mean(0) if near.any() else np.zeros(3), atol=1e-6)


def test_streams_come_on_frames_and_unobserved_frames_are_zero() -> None:
    data = make_trial("video", 40, 0)
    arrays = trial_arrays(data)
    assert {name: values.shape for name, values in arrays.streams.items()} == {"face": (40, 6), "text": (40, 3)}
    for name, values in arrays.streams.items():
        assert not values[~arrays.observed[name]].any()
