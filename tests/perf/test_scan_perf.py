"""A Mamba block, forward and backward, against mambapy in the same run: `make perf ARGS=-k mamba`.

The two take turns, so that whatever else the machine does hits both; what is printed are ratios.
"""

from __future__ import annotations

import gc
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
import torch
from mambapy.mamba import MambaBlock, MambaConfig

from benchmark.cost.memory import PeakMemory
from benchmark.layers.ssm import Mamba

WIDTH, BATCH, LENGTH, ROUNDS, THREADS = 256, 4, 4096, 5, 2


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(before)


def blocks(backend="auto"):
    """Our block and mambapy's with the same weights."""
    torch.manual_seed(0)
    ours, peer = Mamba(WIDTH, backend=backend), MambaBlock(MambaConfig(WIDTH, n_layers=1))
    peer.load_state_dict(ours.state_dict())
    return ours, peer


def forward_backward(block, x):
    block.zero_grad(set_to_none=True)
    y = block(x)
    y.backward(x.detach())
    return y.detach()


def seconds(block, x):
    gc.collect()
    start = time.perf_counter()
    forward_backward(block, x)
    return time.perf_counter() - start


def added_mib(which, length):
    """Peak resident memory that one pass adds, in a process of its own."""
    torch.set_num_threads(THREADS)
    block = blocks()[which]
    forward_backward(block, torch.randn(BATCH, 64, WIDTH, requires_grad=True))  # compiled and warm
    x = torch.randn(BATCH, length, WIDTH, requires_grad=True)
    gc.collect()
    with PeakMemory(torch.device("cpu")) as nothing:
        pass
    with PeakMemory(torch.device("cpu")) as peak:
        forward_backward(block, x)
    return peak.allocated_mib - nothing.allocated_mib


def both_added_mib():
    """Ours and mambapy's, one after the other, each in a fresh process."""
    found = []
    for which in range(2):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            found.append(pool.submit(added_mib, which, LENGTH).result())
    return found


@pytest.mark.parametrize("backend", ["auto", "torch"])
@pytest.mark.usefixtures("two_threads")
def test_mamba_block_against_mambapy(benchmark, backend):
    length, rounds = (LENGTH, ROUNDS) if benchmark.enabled else (16, 1)
    ours, peer = blocks(backend)
    x = torch.randn(BATCH, length, WIDTH, requires_grad=True)
    torch.testing.assert_close(forward_backward(ours, x), forward_backward(peer, x), rtol=1e-4, atol=1e-4)
    pairs = [(seconds(ours, x), seconds(peer, x)) for _ in range(rounds)]
    ratios = [theirs / mine for mine, theirs in pairs]
    benchmark.extra_info["times_as_fast_as_mambapy"] = statistics.median(ratios)
    print(
        f"\nL={length} backend={backend}: {statistics.median(ratios):.1f}x as fast as mambapy "
        f"(each round: {', '.join(f'{ratio:.1f}' for ratio in ratios)}; "
        f"{statistics.median(m for m, _ in pairs):.2f} s and {statistics.median(t for _, t in pairs):.2f} s)"
    )
    benchmark.pedantic(forward_backward, (ours, x), rounds=rounds)


def test_mamba_memory_against_mambapy(benchmark):
    if not benchmark.enabled:
        pytest.skip("starts processes of several GiB; runs with --benchmark-enable")
    mine, theirs = benchmark.pedantic(both_added_mib, rounds=1)
    benchmark.extra_info["share_of_mambapys_memory"] = mine / theirs
    print(f"\nL={LENGTH}: {mine:.0f} MiB added where mambapy adds {theirs:.0f}: 1/{theirs / mine:.1f}")
    assert 0 < mine < theirs


@pytest.mark.usefixtures("two_threads")
def test_mamba_cost_is_linear_in_length(benchmark):
    lengths = (4096, 16_384, 65_536) if benchmark.enabled else (16, 64)
    block = blocks()[0]
    per_step: dict[int, list[float]] = {length: [] for length in lengths}
    forward_backward(block, torch.randn(1, 16, WIDTH, requires_grad=True))
    for _ in range(3 if benchmark.enabled else 1):
        for length in lengths:
            x = torch.randn(1, length, WIDTH, requires_grad=True)
            per_step[length].append(seconds(block, x) / length * 1e6)
    medians = {length: statistics.median(found) for length, found in per_step.items()}
    benchmark.extra_info["microseconds_per_step"] = medians
    print("\nmicroseconds per step: " + ", ".join(f"L={length} {found:.1f}" for length, found in medians.items()))
    y = benchmark.pedantic(forward_backward, (block, x), rounds=1)
    assert y.shape == (1, lengths[-1], WIDTH)
    assert y.isfinite().all()
