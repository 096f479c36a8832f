from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.contract import Stream
from benchmark.layers.align import Aligned, gaussian, linear, nearest


def _stream(times: list[list[float]], values: list[list[float]], mask: list[list[bool]] | None = None) -> Stream:
    t = torch.tensor(times)
    seen = torch.ones_like(t, dtype=torch.bool) if mask is None else torch.tensor(mask)
    return Stream(torch.tensor(values).unsqueeze(-1), t, seen)


def _all(stream: Stream, times: torch.Tensor, mask: torch.Tensor, max_gap: float) -> list[Aligned]:
    return [
        nearest(stream, times, mask, max_gap),
        linear(stream, times, mask, max_gap),
        gaussian(stream, times, mask, width=0.2, max_gap=max_gap),
    ]


def test_linear_is_numpy_interp_over_the_observed_steps_in_any_order() -> None:
    rng = np.random.default_rng(0)
    times, values = rng.uniform(0, 10, (3, 25)).astype(np.float32), rng.normal(size=(3, 25)).astype(np.float32)
    mask = rng.random((3, 25)) < 0.7
    frames = np.sort(rng.uniform(-1, 11, (3, 40)).astype(np.float32), axis=1)
    stream = Stream(torch.from_numpy(values).unsqueeze(-1), torch.from_numpy(times), torch.from_numpy(mask))
    got = linear(stream, torch.from_numpy(frames), torch.ones(3, 40, dtype=torch.bool), max_gap=100.0)
    for row in range(3):
        order = np.argsort(times[row][mask[row]])
        expected = np.interp(frames[row], times[row][mask[row]][order], values[row][mask[row]][order])
        np.testing.assert_allclose(got.values[row, :, 0].numpy(), expected, atol=2e-5)
        gap = np.abs(frames[row][:, None] - times[row][mask[row]]).min(1)
        np.testing.assert_allclose(got.gap[row].numpy(), gap, atol=1e-5)
    assert got.covered.all()


def test_frame_grid_passes_through_unchanged_where_observed() -> None:
    times = torch.arange(20).float().expand(2, 20) / 30
    values = torch.randn(2, 20, 5, generator=torch.Generator().manual_seed(1))
    mask = torch.rand(2, 20, generator=torch.Generator().manual_seed(2)) < 0.8
    got = linear(Stream(values, times, mask), times, torch.ones(2, 20, dtype=torch.bool), max_gap=1 / 60)
    assert torch.equal(got.covered, mask)
    assert torch.equal(got.values[mask], values[mask])
    assert (got.values[~mask] == 0).all()


def test_nearest_carries_a_word_over_its_frames() -> None:
    words = _stream([[1.0, 2.0]], [[10.0, 20.0]])
    frames = torch.tensor([[0.2, 0.8, 1.4, 1.6, 2.4, 3.2]])
    got = nearest(words, frames, torch.ones(1, 6, dtype=torch.bool), max_gap=0.5)
    assert got.values[0, :, 0].tolist() == [0, 10, 10, 20, 20, 0]
    assert got.covered[0].tolist() == [False, True, True, True, True, False]


def test_gaussian_weights_by_distance() -> None:
    stream = _stream([[0.0, 0.1, 0.3]], [[1.0, 2.0, 4.0]], [[True, True, True]])
    weights = np.exp(-0.5 * (np.array([0.1, 0.0, 0.2]) / 0.1) ** 2)
    got = gaussian(stream, torch.tensor([[0.1]]), torch.ones(1, 1, dtype=torch.bool), width=0.1, max_gap=1.0)
    assert got.values.item() == pytest.approx(float(weights @ [1, 2, 4] / weights.sum()), abs=1e-6)


def test_unobserved_steps_never_matter_whatever_they_hold() -> None:
    frames, mask = torch.tensor([[0.0, 0.5, 1.0]]), torch.tensor([[True, True, True]])
    clean = _stream([[0.2, 0.9]], [[1.0, 3.0]])
    dirty = _stream([[0.2, float("nan"), 0.9, 0.5]], [[1.0, float("nan"), 3.0, 1e9]], [[True, False, True, False]])
    for a, b in zip(_all(clean, frames, mask, 1.0), _all(dirty, frames, mask, 1.0), strict=True):
        torch.testing.assert_close(a.values, b.values)
        torch.testing.assert_close(a.gap, b.gap)


def test_empty_streams_and_padding_frames_are_zero_and_uncovered() -> None:
    stream = _stream([[0.0], [0.0]], [[7.0], [7.0]], [[False], [True]])
    times = torch.tensor([[0.0, 0.1], [0.0, float("nan")]])
    mask = torch.tensor([[True, True], [True, False]])
    for got in _all(stream, times, mask, 5.0):
        assert got.covered.tolist() == [[False, False], [True, False]]
        assert got.values[..., 0].tolist() == [[0, 0], [7, 0]]
        assert torch.isinf(got.gap[~got.covered]).all()
