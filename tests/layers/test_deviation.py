"""Features beside their deviation from the window's mean."""

from __future__ import annotations

import numpy as np
import torch

from benchmark.layers.deviation import with_deviation


def test_deviation_is_from_the_mean_of_what_counts() -> None:
    values = torch.randn(3, 7, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    counted = torch.rand(3, 7, generator=torch.Generator().manual_seed(1)) < 0.6
    counted[2] = False
    found = with_deviation(values, counted).numpy()
    np.testing.assert_array_equal(found[..., :4], values.numpy())
    for row in range(3):
        own = values[row].numpy()
        mean = own[counted[row].numpy()].mean(0) if counted[row].any() else 0.0
        np.testing.assert_allclose(found[row, :, 4:], own - mean, atol=1e-12)


def test_a_level_that_all_frames_share_moves_the_first_half_only() -> None:
    values, counted = torch.randn(1, 5, 2, dtype=torch.float64), torch.ones(1, 5, dtype=torch.bool)
    shift = with_deviation(values + 3, counted) - with_deviation(values, counted)
    torch.testing.assert_close(shift[..., :2], torch.full((1, 5, 2), 3.0, dtype=torch.float64))
    torch.testing.assert_close(shift[..., 2:], torch.zeros(1, 5, 2, dtype=torch.float64))
