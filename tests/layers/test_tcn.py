from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.layers.tcn import TCN


def _network(causal: bool = False) -> TCN:
    torch.manual_seed(0)
    return TCN(3, [4, 5], kernel=3, causal=causal).eval()


@pytest.mark.parametrize("causal", [False, True])
def test_equals_plain_convolutions_where_nothing_is_masked(causal: bool) -> None:
    network, x = _network(causal), torch.randn(2, 11, 3)
    expected = x.transpose(1, 2)
    for block, dilation in zip(network.blocks, (1, 2), strict=True):
        reach = 2 * dilation
        sides = (reach, 0) if causal else (dilation, dilation)
        y = expected
        for layer in (block.first, block.second):
            y = nn.functional.conv1d(nn.functional.pad(y, sides), layer.weight, layer.bias, dilation=dilation).relu()
        expected = (y + block.shortcut(expected)).relu()
    torch.testing.assert_close(network(x, torch.ones(2, 11, dtype=torch.bool)), expected.transpose(1, 2))


def test_padding_at_either_end_changes_nothing() -> None:
    network, x = _network(), torch.randn(2, 9, 3)
    whole = network(x, torch.ones(2, 9, dtype=torch.bool))
    padded = torch.full((2, 16, 3), torch.nan)
    padded[:, 4:13] = x
    mask = torch.zeros(2, 16, dtype=torch.bool)
    mask[:, 4:13] = True
    got = network(padded, mask)
    torch.testing.assert_close(got[:, 4:13], whole)
    assert not got[~mask].any()


def test_a_causal_network_never_looks_ahead() -> None:
    network, x = _network(causal=True), torch.randn(1, 12, 3)
    mask = torch.ones(1, 12, dtype=torch.bool)
    changed = x.clone()
    changed[:, 7:] += 1
    torch.testing.assert_close(network(x, mask)[:, :7], network(changed, mask)[:, :7])
    assert not torch.equal(network(x, mask)[:, 7:], network(changed, mask)[:, 7:])
