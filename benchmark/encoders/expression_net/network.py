"""The expression net with its published weights."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from benchmark.layers.expression_net import ExpressionNet


def load_network(path: Path) -> ExpressionNet:
    """Read weights that ``convert`` wrote.

    Raises:
        RuntimeError: a parameter of the net is missing from the file, or of another shape.
    """
    network = ExpressionNet()
    network.load_state_dict(load_state(path))
    return network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def load_state(path: Path) -> dict[str, torch.Tensor]:
    """Parameters by name from a file of ``convert``: 8-bit codes become ``code * scale + min``."""
    state = load_file(path)
    for name in [name for name in state if name.endswith(".affine")]:
        scale, low = state.pop(name).tolist()
        parameter = name.removesuffix(".affine")
        state[parameter] = (state[parameter].double() * scale + low).float()
    return state
