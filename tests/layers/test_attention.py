from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from benchmark.layers.attention import MaskedAttention


def _attention(**changes: int | bool) -> MaskedAttention:
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


def _plain(layer: MaskedAttention, query: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
    """The same maps around torch's own attention, which knows no mask."""
    q, k, v = (
        x.unflatten(-1, (2, 4)).transpose(1, 2) for x in (layer.query(query), layer.key(memory), layer.value(memory))
    )
    result: torch.Tensor = layer.out(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
    return result


@pytest.mark.parametrize("queries", [1, 4, 33, 150])
@pytest.mark.parametrize("per_query", [False, True])
def test_without_a_masked_key_it_is_ordinary_attention_bit_for_bit(queries: int, per_query: bool) -> None:
    layer = _attention()
    query, memory = torch.randn(3, queries, 6), torch.randn(3, 41, 5)
    mask = torch.ones((3, queries, 41) if per_query else (3, 41), dtype=torch.bool)
    assert torch.equal(layer(query, memory, mask), _plain(layer, query, memory))


def test_each_query_may_have_its_own_keys() -> None:
    layer = _attention()
    query, memory = torch.randn(1, 3, 6), torch.randn(1, 5, 5)
    mask = torch.tensor([[[True] * 5, [False, True, False, True, False], [False] * 5]])
    got = layer(query, memory, mask)
    torch.testing.assert_close(got[:, :1], _plain(layer, query[:, :1], memory), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(got[:, 1:2], _plain(layer, query[:, 1:2], memory[:, [1, 3]]), atol=1e-6, rtol=1e-5)
    assert (got[:, 2] == 0).all()


def test_unsafe_attention_looks_at_absent_keys_where_there_are_no_others() -> None:
    layer, safe = _attention(safe=False), _attention()
    query, memory = torch.randn(2, 4, 6), torch.randn(2, 3, 5)
    mask = torch.tensor([[False] * 3, [True, False, True]])
    got = layer(query, memory, mask)
    assert torch.equal(got[1], safe(query, memory, mask)[1])
    torch.testing.assert_close(got[:1], _plain(layer, query[:1], memory[:1]), atol=1e-6, rtol=1e-5)
