from __future__ import annotations

import torch
from torch import nn

from benchmark.layers.norm import MaskedBatchNorm


def test_equals_batch_norm_over_the_present_frames_and_ignores_padding() -> None:
    torch.manual_seed(0)
    ours, theirs = MaskedBatchNorm(4), nn.BatchNorm1d(4)
    x, mask = torch.randn(3, 6, 4) * 3 + 1, torch.ones(3, 6, dtype=torch.bool)
    mask[0, 4:] = False
    x[~mask] = 1e6
    torch.testing.assert_close(ours(x, mask)[mask], theirs(x[mask]))
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    torch.testing.assert_close(ours.eval()(x, mask)[mask], theirs.eval()(x[mask]))


def test_an_empty_batch_leaves_the_statistics_alone() -> None:
    norm = MaskedBatchNorm(4)
    assert torch.isfinite(norm(torch.randn(2, 3, 4), torch.zeros(2, 3, dtype=torch.bool))).all()
    assert torch.equal(norm.running_mean, torch.zeros(4))
