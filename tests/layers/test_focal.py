from __future__ import annotations

import pytest
import torch

from benchmark.layers.losses import masked_cross_entropy, masked_focal


@pytest.fixture
def frames() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    logits, valid = 2 * torch.randn(3, 20, 4, generator=draw), torch.rand(3, 20, generator=draw) < 0.6
    return logits, torch.randint(0, 4, (3, 20), generator=draw), valid


@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 2.0, 0.5, 3.0])])
@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_is_the_formula_frame_by_frame(
    frames: tuple[torch.Tensor, torch.Tensor, torch.Tensor], weight: torch.Tensor | None, gamma: float
) -> None:
    logits, target, valid = frames
    total, shares = 0.0, 0.0
    for row, column in valid.nonzero().tolist():
        scores = logits[row, column].double().exp()
        p = float(scores[target[row, column]] / scores.sum())
        share = 1.0 if weight is None else float(weight[target[row, column]])
        total -= share * (1 - p) ** gamma * float(torch.tensor(p).log())
        shares += share
    assert masked_focal(logits, target, valid, weight, gamma).item() == pytest.approx(total / shares, rel=1e-5)


def test_without_gamma_it_is_cross_entropy(frames: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    weight = torch.tensor([1.0, 2.0, 0.5, 3.0])
    torch.testing.assert_close(masked_focal(*frames, weight, gamma=0.0), masked_cross_entropy(*frames, weight))


def test_easy_frames_count_less() -> None:
    logits, target = torch.tensor([[[3.0, 0.0], [0.0, 0.0]]]), torch.zeros(1, 2, dtype=torch.int64)
    easy, hard = (torch.tensor([[first, not first]]) for first in (True, False))
    ratios = [
        float(masked_focal(logits, target, easy, gamma=g) / masked_focal(logits, target, hard, gamma=g))
        for g in (0.0, 1.0, 2.0)
    ]
    assert ratios[0] > 5 * ratios[1] > 25 * ratios[2]


@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_certain_frames_have_finite_gradients(scale: float) -> None:
    logits = torch.tensor([[[scale, 0.0, 0.0]]], requires_grad=True)
    loss = masked_focal(logits, torch.zeros(1, 1, dtype=torch.int64), torch.ones(1, 1, dtype=torch.bool), gamma=0.5)
    loss.backward()
    assert logits.grad is not None
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


def test_no_valid_frame_is_a_connected_nothing() -> None:
    logits = torch.randn(2, 3, 4, requires_grad=True)
    loss = masked_focal(logits, torch.full((2, 3), -1), torch.zeros(2, 3, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()
