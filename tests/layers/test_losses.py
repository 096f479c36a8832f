from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.layers.losses import (
    ccc_loss,
    masked_bce,
    masked_ccc,
    masked_cross_entropy,
    masked_mse,
    windowed_ccc_loss,
)


@pytest.fixture
def frames() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    target = torch.randn(3, 20, 2, generator=generator)
    prediction = 0.5 * target + 0.3 * torch.randn(3, 20, 2, generator=generator) + 0.1
    return prediction, target, torch.rand(3, 20, generator=generator) < 0.6


def test_ccc_is_the_population_form_over_all_valid_frames(
    frames: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> None:
    prediction, target, valid = frames
    x, y = prediction[valid].double().numpy(), target[valid].double().numpy()
    expected = 2 * ((x - x.mean(0)) * (y - y.mean(0))).mean(0) / (x.var(0) + y.var(0) + (x.mean(0) - y.mean(0)) ** 2)
    np.testing.assert_allclose(masked_ccc(prediction, target, valid).numpy(), expected, atol=1e-6)
    assert ccc_loss(prediction, target, valid).item() == pytest.approx(1 - expected.mean(), abs=1e-6)
    assert masked_mse(prediction, target, valid).item() == pytest.approx(((x - y) ** 2).mean(), abs=1e-6)


def test_what_is_not_valid_does_not_matter(frames: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    prediction, target, valid = frames
    dirty = torch.where(valid.unsqueeze(-1), target, torch.nan)
    for loss in (ccc_loss, masked_mse):
        leaf = prediction.clone().requires_grad_()
        loss(leaf, dirty, valid).backward()
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()
        assert (leaf.grad[~valid] == 0).all()
        assert loss(prediction, dirty, valid) == loss(prediction, target, valid)


@pytest.mark.parametrize("loss", [ccc_loss, masked_mse])
def test_no_valid_frame_is_a_connected_zero(loss: object) -> None:
    leaf = torch.randn(2, 5, 2, requires_grad=True)
    value = loss(leaf, torch.full((2, 5, 2), torch.nan), torch.zeros(2, 5, dtype=torch.bool))  # type: ignore[operator]
    assert value.item() == 0
    value.backward()
    assert leaf.grad is not None
    assert (leaf.grad == 0).all()


def test_ccc_of_constants_is_zero_with_a_finite_gradient() -> None:
    leaf = torch.full((1, 6, 2), 0.25, requires_grad=True)
    valid = torch.ones(1, 6, dtype=torch.bool)
    assert masked_ccc(leaf, torch.full((1, 6, 2), 0.25), valid).tolist() == [0, 0]
    ccc_loss(leaf, torch.full((1, 6, 2), 0.25), valid).backward()
    assert leaf.grad is not None
    assert leaf.grad.isfinite().all()


def test_perfect_and_mirrored_predictions() -> None:
    target, valid = torch.randn(2, 30, 2), torch.ones(2, 30, dtype=torch.bool)
    centred = target - target.mean((0, 1))
    assert ccc_loss(target, target, valid).item() == pytest.approx(0, abs=1e-6)
    assert ccc_loss(-centred, centred, valid).item() == pytest.approx(2, abs=1e-6)


def test_classes_and_units_cost_what_torch_says_over_the_valid_frames() -> None:
    generator = torch.Generator().manual_seed(1)
    logits, valid = torch.randn(3, 20, 4, generator=generator), torch.rand(3, 20, generator=generator) < 0.6
    classes = torch.randint(0, 4, (3, 20), generator=generator)
    units = (torch.rand(3, 20, 4, generator=generator) < 0.3).float()
    weight = torch.tensor([1.0, 2.0, 0.5, 3.0])
    picked = -logits.log_softmax(-1).gather(-1, classes.unsqueeze(-1)).squeeze(-1)[valid]
    shares = weight[classes[valid]]
    expected = (picked * shares).sum() / shares.sum()
    torch.testing.assert_close(masked_cross_entropy(logits, classes, valid, weight), expected)
    p = logits.sigmoid()
    each = -(weight * units * p.log() + (1 - units) * (1 - p).log())
    torch.testing.assert_close(masked_bce(logits, units, valid, weight), each[valid].mean())
    both = -weight * (units * p.log() + (1 - units) * (1 - p).log())
    torch.testing.assert_close(masked_bce(logits, units, valid, unit_weight=weight), both[valid].mean())


def test_without_a_valid_frame_classes_and_units_cost_a_connected_nothing() -> None:
    logits = torch.randn(2, 3, 4, requires_grad=True)
    nothing = torch.zeros(2, 3, dtype=torch.bool)
    total = masked_cross_entropy(logits, torch.zeros(2, 3, dtype=torch.int64), nothing)
    total = total + masked_bce(logits, torch.zeros(2, 3, 4), nothing)
    total.backward()
    assert total.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_ccc_of_each_window_is_averaged_over_the_windows_that_can_have_one(
    frames: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> None:
    prediction, target, valid = frames
    valid[1, 1:] = False  # one frame at most: no CCC
    expected = []
    for row in (0, 2):
        x, y = prediction[row][valid[row]].double().numpy(), target[row][valid[row]].double().numpy()
        covariance = ((x - x.mean(0)) * (y - y.mean(0))).mean(0)
        expected.append(1 - 2 * covariance / (x.var(0) + y.var(0) + (x.mean(0) - y.mean(0)) ** 2))
    leaf = prediction.clone().requires_grad_()
    loss = windowed_ccc_loss(leaf, torch.where(valid.unsqueeze(-1), target, torch.nan), valid)
    np.testing.assert_allclose(loss.detach().numpy(), np.mean(expected, 0), atol=1e-6)
    loss.sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.isfinite().all()
    assert not leaf.grad[1].any()
    nothing = windowed_ccc_loss(leaf, target, torch.zeros_like(valid))
    assert nothing.tolist() == [0, 0]
    nothing.sum().backward()
