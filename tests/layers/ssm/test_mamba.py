"""The block against two independent implementations, with the same weights."""

from __future__ import annotations

import math

import pytest
import torch
from mambapy.mamba import MambaBlock
from mambapy.mamba import MambaConfig as MambapyConfig
from transformers import MambaConfig
from transformers.models.mamba.modeling_mamba import MambaMixer

from benchmark.layers.ssm import Mamba

WIDTH, STATES, TAPS, EXPAND = 40, 8, 5, 3


def ours(backend="auto"):
    block = Mamba(WIDTH, STATES, TAPS, EXPAND, backend)
    with torch.no_grad():
        block.D.normal_()  # ones would hide a mixed-up channel
    return block


def transformers_block():
    config = MambaConfig(
        hidden_size=WIDTH, state_size=STATES, conv_kernel=TAPS, expand=EXPAND, num_hidden_layers=1, use_bias=False
    )
    return MambaMixer(config, layer_idx=0)


def mambapy_block():
    return MambaBlock(MambapyConfig(WIDTH, n_layers=1, d_state=STATES, d_conv=TAPS, expand_factor=EXPAND))


PEERS = pytest.mark.parametrize("peer", [transformers_block, mambapy_block])


@PEERS
def test_state_dicts_go_both_ways(peer):
    block, other = ours(), peer()
    other.load_state_dict(block.state_dict(), strict=True)
    block.load_state_dict(peer().state_dict(), strict=True)
    assert {name: p.shape for name, p in block.named_parameters()} == {n: p.shape for n, p in other.named_parameters()}


@PEERS
@pytest.mark.parametrize("backend", ["torch", "numba"])
@pytest.mark.parametrize("length", [1, 2, 3, 33])
def test_same_weights_same_numbers_and_gradients(peer, backend, length):
    block, other = ours(backend), peer()
    other.load_state_dict(block.state_dict())
    x, upstream = torch.randn(2, length, WIDTH), torch.randn(2, length, WIDTH)
    results = []
    for module in (block, other):
        leaf = x.clone().requires_grad_()
        y = module(leaf)
        y.backward(upstream)
        gradients = {name: parameter.grad for name, parameter in module.named_parameters()}
        results.append((y.detach(), gradients | {"x": leaf.grad}))
    (y, gradients), (y_peer, gradients_peer) = results
    assert (y - y_peer).abs().max() <= 1e-5
    for name, gradient in gradients_peer.items():
        assert (gradients[name] - gradient).norm() <= 1e-5 * gradient.norm(), name


def test_starts_as_published():
    block = Mamba(256)
    torch.testing.assert_close(block.A_log.exp(), torch.arange(1.0, 17).repeat(512, 1))
    assert torch.equal(block.D.detach(), torch.ones(512))
    steps = torch.nn.functional.softplus(block.dt_proj.bias.detach())
    assert 0.001 <= steps.min() < 0.0015
    assert 0.07 < steps.max() <= 0.1
    assert abs(steps.log().mean() - (math.log(0.001) + math.log(0.1)) / 2) < 0.2  # log-uniform
    assert block.dt_proj.weight.abs().max() <= 16**-0.5
    assert block.dt_proj.weight.std().item() == pytest.approx(16**-0.5 / 3**0.5, rel=0.05)


@pytest.mark.parametrize("backend", ["torch", "numba"])
@pytest.mark.parametrize("pieces", [[1] * 9, [4, 1, 4], [9]])
def test_a_stream_in_pieces_is_one_forward(backend, pieces):
    block, x = ours(backend), torch.randn(2, 9, WIDTH)
    mask = torch.rand(2, 9) < 0.7
    state, out = None, []
    for piece, present in zip(x.split(pieces, 1), mask.split(pieces, 1), strict=True):
        y, state = block.step(piece, state, present)
        out.append(y)
    torch.testing.assert_close(torch.cat(out, 1), block(x, mask))
    assert state.conv.shape == (2, TAPS - 1, EXPAND * WIDTH)
    assert state.ssm.shape == (2, EXPAND * WIDTH, STATES)


@pytest.mark.parametrize("backend", ["torch", "numba"])
@pytest.mark.parametrize("length", [1, 2, 3, 33])
@pytest.mark.parametrize("side", ["before", "after"])
def test_padding_changes_nothing(backend, length, side):
    block = ours(backend)
    x = torch.randn(2, length, WIDTH, requires_grad=True)
    padding = torch.full((2, 6, WIDTH), torch.nan)
    parts = [x, padding] if side == "after" else [padding, x]
    mask = torch.cat([torch.full(part.shape[:2], part is x) for part in parts], 1)
    padded = block(torch.cat(parts, 1), mask)
    assert torch.equal(padded[~mask], torch.zeros(12, WIDTH))
    plain = block(x)
    torch.testing.assert_close(padded[mask].view_as(x), plain, rtol=1e-5, atol=1e-6)
    gradients = [torch.autograd.grad(y.square().sum(), [x, *block.parameters()]) for y in (padded, plain)]
    for with_padding, without in zip(*gradients, strict=True):
        torch.testing.assert_close(with_padding, without, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_nothing_present_gives_zeros_and_finite_gradients(backend):
    block = ours(backend)
    y = block(torch.full((2, 4, WIDTH), torch.nan), torch.zeros(2, 4, dtype=torch.bool))
    assert torch.equal(y, torch.zeros(2, 4, WIDTH))
    y.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in block.parameters())


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_bfloat16_autocast_is_near_float32(backend):
    block, x = ours(backend), torch.randn(2, 50, WIDTH)
    exact = block(x)
    with torch.autocast("cpu", torch.bfloat16):
        y = block(x)
    assert y.dtype == torch.bfloat16
    assert (y - exact).norm() < 0.02 * exact.norm()
    y.float().square().sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in block.parameters())


def test_builds_and_runs_on_the_meta_device():
    with torch.device("meta"):
        assert Mamba(WIDTH)(torch.empty(2, 7, WIDTH)).shape == (2, 7, WIDTH)
