from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.layers.transformer import TransformerEncoder


@pytest.mark.parametrize("norm_first", [True, False])
def test_equals_torchs_own_layer(norm_first: bool) -> None:
    torch.manual_seed(0)
    ours = TransformerEncoder(8, layers=1, heads=2, feed_forward=12, norm_first=norm_first).eval()
    theirs = nn.TransformerEncoderLayer(8, 2, 12, activation="gelu", batch_first=True, norm_first=norm_first).eval()
    layer = ours.layers[0]
    attention = layer.attention
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(
            torch.cat([attention.query.weight, attention.key.weight, attention.value.weight])
        )
        theirs.self_attn.in_proj_bias.copy_(torch.cat([attention.query.bias, torch.zeros(8), attention.value.bias]))
        theirs.self_attn.out_proj.load_state_dict(attention.out.state_dict())
        theirs.linear1.load_state_dict(layer.feed_forward[0].state_dict())
        theirs.linear2.load_state_dict(layer.feed_forward[3].state_dict())
    x, mask = torch.randn(2, 7, 8), torch.ones(2, 7, dtype=torch.bool)
    mask[1, 5:] = False
    expected = ours.norm(theirs(x, src_key_padding_mask=~mask))
    torch.testing.assert_close(ours(x, mask)[mask], expected[mask], atol=1e-6, rtol=1e-5)


def test_a_window_with_nothing_in_it_is_finite() -> None:
    encoder = TransformerEncoder(8, layers=2, heads=2, feed_forward=12)
    x = torch.randn(2, 5, 8, requires_grad=True)
    encoder(x, torch.zeros(2, 5, dtype=torch.bool)).sum().backward()
    assert torch.isfinite(x.grad).all()
