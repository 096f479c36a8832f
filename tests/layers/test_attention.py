from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from benchmark.layers.attention import MaskedAttention


def _attention(**changes: int) -> MaskedAttention:
    torch.manual_seed(0)
    sizes = {"query_dim": 6, "memory_dim": 5, "heads": 2, "width": 8} | changes
    return MaskedAttention(**sizes).eval()


def test_equals_scaled_dot_product_attention_over_the_kept_keys() -> None:
    layer = _attention()
    query, memory = torch.randn(2, 4, 6), torch.randn(2, 7, 5)
    mask = torch.tensor([[True] * 7, [True, False, True, True, False, False, True]])
    got = layer(query, memory, mask)
    for row in range(2):
        kept = memory[row : row + 1, mask[row]]
        q, k, v = (
            x.unflatten(-1, (2, 4)).transpose(1, 2)
            for x in (layer.query(query[row : row + 1]), layer.key(kept), layer.value(kept))
        )
        expected = layer.out(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        torch.testing.assert_close(got[row : row + 1], expected, atol=1e-6, rtol=1e-5)


def test_all_keys_masked_gives_exact_zero_and_finite_gradients() -> None:
    layer = _attention()
    query = torch.randn(2, 4, 6, requires_grad=True)
    memory = torch.randn(2, 3, 5, requires_grad=True)
    mask = torch.tensor([[False, False, False], [True, False, True]])
    got = layer(query, memory, mask)
    assert (got[0] == 0).all()
    assert (got[1] != 0).any()
    got.square().sum().backward()
    for gradient in (query.grad, memory.grad):
        assert gradient is not None
        assert gradient.isfinite().all()
        assert (gradient[0] == 0).all()
        assert (gradient[1] != 0).any()


def test_out_dim_sets_the_width_of_the_result() -> None:
    assert _attention(out_dim=3)(torch.randn(1, 4, 6), torch.randn(1, 2, 5), torch.ones(1, 2).bool()).shape == (1, 4, 3)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="not divisible by 3 heads"):
        _attention(heads=3)
