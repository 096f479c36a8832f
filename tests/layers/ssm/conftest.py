"""Inputs of scans, and the definition they are held to."""

from __future__ import annotations

import pytest
import torch

import benchmark  # noqa: F401 - before transformers, which a torchvision without kernels would break


@pytest.fixture(autouse=True)
def _seeded_and_alone():
    """Seed, and use one thread: tensors this small only make threads wait for each other."""
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def scan_inputs():
    """Make every tensor `selective_scan` takes, leaves that require gradients."""

    def make(batch=2, channels=3, states=2, length=5, dtype=torch.float64):
        generator = torch.Generator().manual_seed(batch + 10 * channels + 100 * states + 1000 * length)

        def normal(*shape):
            return torch.randn(*shape, generator=generator, dtype=dtype)

        tensors = {
            "u": normal(batch, channels, length),
            "delta": normal(batch, channels, length),
            "A": -torch.rand(channels, states, generator=generator, dtype=dtype) - 0.1,
            "B": normal(batch, states, length),
            "C": normal(batch, states, length),
            "D": normal(channels),
            "z": normal(batch, channels, length),
            "delta_bias": normal(channels),
            "initial_state": normal(batch, channels, states),
        }
        return {name: tensor.requires_grad_() for name, tensor in tensors.items()}

    return make


@pytest.fixture
def definition():
    """The recurrence, written down step by step."""

    def scan(u, delta, A, B, C, D, z, delta_bias, initial_state):
        step = torch.log1p(torch.exp(delta + delta_bias[:, None]))
        state, out = initial_state, []
        for t in range(u.shape[2]):
            d, x = step[:, :, t, None], u[:, :, t, None]
            state = torch.exp(d * A) * state + d * B[:, None, :, t] * x
            out.append((state * C[:, None, :, t]).sum(2) + D * u[:, :, t])
        return torch.stack(out, 2) * z * torch.sigmoid(z), state

    return scan
