"""The short convolution against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from benchmark.layers.ssm.causal_conv import causal_conv_silu


def operands(length, channels, taps, dtype=torch.float64):
    x = torch.randn(2, length, 2 * channels, dtype=dtype)[..., :channels]  # half of a wider tensor, as in the block
    weight, bias = torch.randn(channels, 1, taps, dtype=dtype), torch.randn(channels, dtype=dtype)
    return [tensor.requires_grad_() for tensor in (x, weight, bias)]


@pytest.mark.parametrize("backend", ["torch", "numba"])
@pytest.mark.parametrize(("length", "channels", "taps"), [(1, 3, 4), (2, 3, 4), (33, 70, 5), (7, 64, 1)])
def test_is_a_causal_depthwise_convolution(backend, length, channels, taps):
    x, weight, bias = operands(length, channels, taps)
    expected = functional.conv1d(x.transpose(1, 2), weight, bias, padding=taps - 1, groups=channels)
    expected = functional.silu(expected[..., :length].transpose(1, 2))
    y = causal_conv_silu(x, weight, bias, backend)
    torch.testing.assert_close(y, expected)
    upstream = torch.randn_like(y)
    gradients = [torch.autograd.grad(out, [x, weight, bias], upstream) for out in (y, expected)]
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_gradients_are_those_of_finite_differences(backend):
    inputs = operands(6, 2, 4)
    assert torch.autograd.gradcheck(lambda *values: causal_conv_silu(*values, backend), inputs)


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_bfloat16_in_and_out(backend):
    x, weight, bias = operands(40, 6, 4, torch.float32)
    y = causal_conv_silu(x.bfloat16(), weight, bias, backend)
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), causal_conv_silu(x, weight, bias), rtol=0.03, atol=0.03)
