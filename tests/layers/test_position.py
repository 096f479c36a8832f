from __future__ import annotations

import torch

from benchmark.layers.position import sinusoidal


def test_depends_on_seconds_since_the_first_real_frame_only() -> None:
    times = torch.tensor([[5.0, 5.5, 7.0]])
    mask = torch.ones(1, 3, dtype=torch.bool)
    code = sinusoidal(times, mask, 6)
    torch.testing.assert_close(sinusoidal(times + 32, mask, 6), code)
    padded = sinusoidal(
        torch.tensor([[0.0, 5.0, 5.5, 7.0, torch.nan]]), torch.tensor([[False, True, True, True, False]]), 6
    )
    torch.testing.assert_close(padded[:, 1:4], code)
    assert padded.isfinite().all()


def test_bounded_distinct_and_of_any_width() -> None:
    times, mask = torch.arange(150).float().unsqueeze(0) / 30, torch.ones(1, 150, dtype=torch.bool)
    code = sinusoidal(times, mask, 7)
    assert code.shape == (1, 150, 7)
    assert code.abs().max() <= 1
    apart = torch.cdist(code[0], code[0]) + torch.eye(150)
    assert apart.min() > 0.01
