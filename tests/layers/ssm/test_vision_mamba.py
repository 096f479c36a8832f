"""Both directions: what they are made of, and that padding reaches neither."""

from __future__ import annotations

import pytest
import torch

from benchmark.layers.ssm import BidirectionalMamba, Mamba, VisionMamba

WIDTH = 24


@pytest.fixture(params=["torch", "numba"])
def stack(request):
    return VisionMamba(WIDTH, n_layers=2, d_state=4, d_conv=3, expand=1, backend=request.param)


def test_is_two_blocks_between_shared_projections():
    mixer, ahead, back = BidirectionalMamba(WIDTH), Mamba(WIDTH), Mamba(WIDTH)
    state = mixer.state_dict()
    behind = {name: tensor for name, tensor in state.items() if "_b" in name.split(".")[0]}
    assert sorted({name.split(".")[0] for name in behind}) == ["A_b_log", "D_b", "conv1d_b", "dt_proj_b", "x_proj_b"]
    ahead.load_state_dict({name: tensor for name, tensor in state.items() if name not in behind})
    shared = {name: tensor for name, tensor in state.items() if name.startswith(("in_proj", "out_proj"))}
    back.load_state_dict(shared | {name.replace("_b", "", 1): tensor for name, tensor in behind.items()})
    x = torch.randn(2, 33, WIDTH)
    torch.testing.assert_close(mixer(x), ahead(x) + back(x.flip(1)).flip(1))


def test_every_output_sees_every_input(stack):
    x = torch.randn(1, 6, WIDTH, requires_grad=True)
    y = stack(x)
    for t in range(6):
        (gradient,) = torch.autograd.grad(y[0, t].square().sum(), x, retain_graph=True)
        assert (gradient[0].abs().sum(1) > 0).all()


@pytest.mark.parametrize("length", [1, 2, 3, 33])
@pytest.mark.parametrize("side", ["before", "after"])
def test_padding_changes_nothing_in_either_direction(stack, length, side):
    x = torch.randn(2, length, WIDTH, requires_grad=True)
    padding = torch.full((2, 6, WIDTH), torch.nan)
    parts = [x, padding] if side == "after" else [padding, x]
    mask = torch.cat([torch.full(part.shape[:2], part is x) for part in parts], 1)
    padded, plain = stack(torch.cat(parts, 1), mask), stack(x)
    assert torch.equal(padded[~mask], torch.zeros(12, WIDTH))
    torch.testing.assert_close(padded[mask].view_as(x), plain, rtol=1e-5, atol=1e-6)
    weights = torch.randn_like(plain)
    gradients = [
        torch.autograd.grad((y * weights).sum(), [x, *stack.parameters()])
        for y in (padded[mask].view_as(x), plain)
    ]  # fmt: skip
    for with_padding, without in zip(*gradients, strict=True):
        torch.testing.assert_close(with_padding, without, rtol=1e-4, atol=1e-5)


def test_rows_of_different_lengths_keep_apart(stack):
    stack.eval()
    x, mask = torch.randn(3, 12, WIDTH), torch.arange(12) < torch.tensor([[12], [5], [1]])
    together = stack(x, mask)
    for row in range(3):
        alone = stack(x[row : row + 1, mask[row]])
        torch.testing.assert_close(together[row, mask[row]], alone[0], rtol=1e-5, atol=1e-6)


def test_output_projections_shrink_with_depth():
    deep = VisionMamba(WIDTH, n_layers=16)
    bound = (2 * WIDTH) ** -0.5 / 4  # torch's uniform bound over the square root of the depth
    for layer in deep.layers:
        assert 0.9 * bound < layer.mixer.out_proj.weight.abs().max() <= bound


def test_every_parameter_learns(stack):
    stack(torch.randn(2, 9, WIDTH)).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in stack.parameters())
