"""The scan on a GPU against the CPU."""

from __future__ import annotations

import pytest
import torch

from benchmark.layers.ssm import VisionMamba, selective_scan

pytestmark = pytest.mark.gpu


def results(inputs, device, backend, dtype=torch.float32):
    leaves = {name: tensor.detach().to(device, dtype).requires_grad_() for name, tensor in inputs.items()}
    y, last = selective_scan(**leaves, delta_softplus=True, return_last_state=True, backend=backend)
    gradients = torch.autograd.grad(y.float().square().sum(), list(leaves.values()))
    return [tensor.detach().cpu().double() for tensor in (y, last, *gradients)]


def test_torch_backend_is_the_same_on_both(scan_inputs):
    inputs = scan_inputs(channels=70, states=16, length=150, dtype=torch.float32)
    for ours, theirs in zip(results(inputs, "cuda", "torch"), results(inputs, "cpu", "numba"), strict=True):
        assert (ours - theirs).norm() <= 1e-5 * theirs.norm()


@pytest.mark.parametrize("length", [1, 3, 33, 2050])
def test_mamba_ssm_agrees(scan_inputs, length):
    pytest.importorskip("mamba_ssm.ops.selective_scan_interface", exc_type=ImportError)
    inputs = scan_inputs(channels=64, states=16, length=length, dtype=torch.float32)
    del inputs["initial_state"]
    for ours, theirs in zip(results(inputs, "cuda", "cuda"), results(inputs, "cpu", "numba"), strict=True):
        assert (ours - theirs).norm() <= 1e-4 * theirs.norm()


def test_blocks_are_the_same_on_both():
    torch.manual_seed(0)
    stack, x = VisionMamba(32, n_layers=2), torch.randn(2, 40, 32)
    mask = torch.arange(40) < torch.tensor([[40], [25]])
    expected = stack(x, mask)
    moved = stack.cuda()(x.cuda(), mask.cuda())
    torch.testing.assert_close(moved.cpu(), expected, rtol=1e-4, atol=1e-5)
