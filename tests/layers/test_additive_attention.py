from __future__ import annotations

import torch

from benchmark.layers.additive_attention import AdditiveSelfAttention


def _naive(layer: AdditiveSelfAttention, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Eq. 21-24 frame by frame."""
    rows = []
    for h, keep in zip(hidden, mask, strict=True):
        frames = []
        for h_t in h:
            scores = [
                layer.score.weight[0]
                @ torch.tanh(layer.here.weight @ h_t + layer.there.weight @ h_other + layer.here.bias)
                for h_other in h[keep]
            ]
            frames.append(torch.stack(scores).softmax(0) @ h[keep])
        rows.append(torch.stack(frames))
    return torch.stack(rows)


def test_is_the_equation_for_any_chunk_and_so_are_its_gradients() -> None:
    torch.manual_seed(0)
    hidden, mask = torch.randn(2, 7, 4), torch.tensor([[True] * 7, [True, False, True, True, True, False, False]])
    layer = AdditiveSelfAttention(4, 3, chunk=2)
    expected = _naive(layer, hidden, mask)
    wanted = torch.autograd.grad(expected.square().sum(), list(layer.parameters()))
    for chunk in (1, 2, 7, 50):
        layer.chunk = chunk
        got = layer(hidden, mask)
        torch.testing.assert_close(got, expected, atol=1e-6, rtol=1e-5)
        gradients = torch.autograd.grad(got.square().sum(), list(layer.parameters()))
        for gradient, want in zip(gradients, wanted, strict=True):
            torch.testing.assert_close(gradient, want, atol=1e-5, rtol=1e-4)
    with torch.no_grad():
        torch.testing.assert_close(layer(hidden, mask), expected, atol=1e-6, rtol=1e-5)


def test_a_row_without_frames_is_zero_with_finite_gradients() -> None:
    layer = AdditiveSelfAttention(4, 3)
    hidden = torch.randn(2, 5, 4, requires_grad=True)
    got = layer(hidden, torch.tensor([[False] * 5, [True] * 5]))
    assert (got[0] == 0).all()
    got.sum().backward()
    assert hidden.grad is not None
    assert hidden.grad.isfinite().all()
