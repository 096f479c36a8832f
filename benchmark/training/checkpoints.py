"""Training state on disk: safetensors only, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from benchmark.files import whole

State = dict[str, Tensor]


def save_state(path: Path, tensors: State, facts: dict[str, Any]) -> None:
    """Write tensors and plain facts to one safetensors file, atomically and flushed to disk.

    Args:
        tensors: name -> tensor; copied to the CPU.
        facts: JSON-able; floats survive exactly.
    """
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with whole(path) as temporary:
        save_file(plain, temporary, metadata={"facts": json.dumps(facts)})


def load_state(path: Path) -> tuple[State, dict[str, Any]] | None:
    """Read what ``save_state`` wrote, or None where there is nothing that can be trusted."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {})["facts"])
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError, OSError):
        return None


def pack_optimizer(optimizer: torch.optim.Optimizer) -> tuple[State, dict[str, Any]]:
    """Split an optimiser's state into tensors and plain settings."""
    state = optimizer.state_dict()
    tensors: State = {}
    scalars: dict[str, dict[str, Any]] = {}
    for index, slots in state["state"].items():
        for slot, value in slots.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{index}.{slot}"] = value
            else:
                scalars.setdefault(str(index), {})[slot] = value
    return tensors, {"groups": state["param_groups"], "scalars": scalars}


def unpack_optimizer(optimizer: torch.optim.Optimizer, tensors: State, facts: dict[str, Any]) -> None:
    """Put back what ``pack_optimizer`` took apart."""
    slots: dict[int, dict[str, Any]] = {int(index): dict(values) for index, values in facts["scalars"].items()}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, slot = name.split(".", 2)
            slots.setdefault(int(index), {})[slot] = tensor
    optimizer.load_state_dict({"state": slots, "param_groups": facts["groups"]})


def random_state() -> State:
    """The state of torch's generators, as tensors."""
    state = {"random.cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["random.cuda"] = torch.cuda.get_rng_state()
    return state


def restore_random_state(tensors: State) -> None:
    """Set torch's generators to a saved state."""
    torch.set_rng_state(tensors["random.cpu"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])
