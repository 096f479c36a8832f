"""Training a network method through its stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightning_fabric
import torch
from torch import nn

from benchmark.contract import Stage
from benchmark.errors import UserError
from benchmark.presets import Training
from benchmark.training.fit import Fit, Position, StageData
from benchmark.training.module import MethodModule


@dataclass(frozen=True, slots=True)
class Trained:
    """What training came to.

    Attributes:
        module: the network with the weights that were chosen, in eval mode, on the device.
        seconds, epochs, steps: over all stages and resumes.
        history: one entry an epoch, ``stage`` counts from 1.
    """

    module: MethodModule
    seconds: float
    epochs: int
    steps: int
    history: list[dict[str, float]]


def make_fabric(device: str, precision: str) -> lightning_fabric.Fabric:
    """A single-process Fabric on the given device.

    Args:
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: as in ``Training.precision``.

    Raises:
        UserError: the device is not there.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: this machine has no CUDA device that torch can use; try --device cpu")
    accelerator = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    return lightning_fabric.Fabric(accelerator=accelerator, devices=1, precision=precision)  # type: ignore[arg-type]


def stages_of(network: nn.Module) -> tuple[Stage, ...]:
    """The network's own stages, or the one called ``train``."""
    own = getattr(network, "stages", None)
    return tuple(own()) if own else (Stage("train"),)


def train_network(
    module: MethodModule,
    data: StageData,
    settings: Training,
    seed: int,
    fabric: lightning_fabric.Fabric,
    folder: Path,
    label: str,
) -> Trained:
    """Run every stage in order, each resumed from its own checkpoint in ``folder``."""
    network = module.network
    positions: list[Position] = []
    for number, stage in enumerate(stages_of(network)):
        if hasattr(network, "enter"):
            network.enter(stage.name)  # type: ignore[operator]
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(not stage.trainable or name.startswith(stage.trainable))
        stage_settings = Training.model_validate({**settings.model_dump(), **stage.training})
        fit = Fit(
            module,
            data,
            stage_settings,
            seed + 1000 * number,
            fabric,
            folder / f"{number}-{stage.name}.safetensors",
            label if stage.name == "train" else f"{label}, {stage.name}",
        )
        positions.append(fit.run())
    return Trained(
        module=module.eval(),
        seconds=sum(p.seconds for p in positions),
        epochs=sum(p.epoch for p in positions),
        steps=sum(p.steps for p in positions),
        history=_history(positions),
    )


def _history(positions: Sequence[Position]) -> list[dict[str, float]]:
    return [{"stage": number, **entry} for number, p in enumerate(positions, 1) for entry in p.history]
