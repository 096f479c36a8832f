"""Training a network method through its stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import lightning_fabric
import numpy as np
import torch
from torch import nn

from benchmark.contract import Stage
from benchmark.errors import UserError
from benchmark.presets import Training, Windows
from benchmark.tasks import TASKS, Task, get_task
from benchmark.training.artefacts import Artefacts
from benchmark.training.fit import Fit, StageData
from benchmark.training.made import Keep, Maker
from benchmark.training.module import MethodModule
from benchmark.training.windows import TrialData, collate, cut

#: Inner windows that a stage's picture is drawn from.
SHEET_WINDOWS = 8


@dataclass(frozen=True, slots=True)
class Lists:
    """The training lists of a run, split for every stage alike.

    Attributes:
        train: task key or name of a folder of pictures -> trials that stages may learn from.
        inner: task key -> trials that judge them; none of pictures.
        task: the run's own.
        windows: of the preset.
    """

    train: Mapping[str, Sequence[TrialData]]
    inner: Mapping[str, Sequence[TrialData]]
    task: Task
    windows: Windows


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one stage took when it was trained, which may have been in an earlier run.

    Attributes:
        key: hash of all that decided it; "" for the last stage, whose result is the run's.
    """

    name: str
    seconds: float
    epochs: int
    steps: int
    key: str


@dataclass(frozen=True, slots=True)
class Trained:
    """What training came to.

    Attributes:
        module: the network with the weights that were chosen, in eval mode, on the device.
        history: one entry an epoch, ``stage`` counts from 1.
        stages: cost of each stage.
        makers: what turns raw streams into those that the last stage reads.
        reads: streams that predictions need.
    """

    module: MethodModule
    history: list[dict[str, float]]
    stages: list[StageCost]
    makers: list[Maker] = field(default_factory=list)
    reads: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Training time over all stages and resumes."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def epochs(self) -> int:
        """Epochs over all stages."""
        return sum(stage.epochs for stage in self.stages)

    @property
    def steps(self) -> int:
        """Optimiser steps over all stages."""
        return sum(stage.steps for stage in self.stages)


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


def chooses(stages: Sequence[Stage], training: Training) -> bool:
    """Whether any stage keeps the epoch that the inner folds like best."""
    return any(_judge(stage, _settings(stage, training)) == "heads" for stage in stages)


def stage_windows(stage: Stage, windows: Windows) -> Windows:
    """The preset's windows with what the stage changes."""
    return Windows.model_validate({**windows.model_dump(), **stage.windows})


def prepare(
    module: MethodModule,
    makers: Sequence[Maker],
    reads: Sequence[str],
    data: Sequence[TrialData],
    device: torch.device,
    method: str,
    keep: Keep | None = None,
) -> list[TrialData]:
    """Trials as the trained network reads them: with the streams that its stages made, without those it does not read.

    Args:
        module: trained; left in its last stage.
        keep: as in ``Maker.extend``.
    """
    prepared = list(data)
    last = stages_of(module.network)[-1].name
    for maker in makers:
        enter(module.network, maker.stage.name)
        prepared = maker.extend(module, prepared, device, method, keep)
    enter(module.network, last)
    return [item.reading(reads) for item in prepared]


def makers_of(network: nn.Module, windows: Windows, training: Training) -> list[Maker]:
    """The makers of a network that was trained before; their streams are not stored."""
    return [
        Maker(stage, stage_windows(stage, windows), _settings(stage, training).batch_size, "")
        for stage in stages_of(network)
        if stage.makes
    ]


def enter(network: nn.Module, stage: str) -> None:
    """Tell a network which stage it is in, if it wants to know."""
    if hasattr(network, "enter"):
        network.enter(stage)  # type: ignore[operator]


def train_network(
    module: MethodModule,
    lists: Lists,
    settings: Training,
    seed: int,
    fabric: lightning_fabric.Fabric,
    folder: Path,
    label: str,
    artefacts: Artefacts,
    keep: Keep | None = None,
    show: Callable[[str, np.ndarray], None] | None = None,
) -> Trained:
    """Run every stage in order, each resumed from its own checkpoint in ``folder``.

    Args:
        artefacts: results of all stages but the last are taken from there and put there.
        keep: as in ``Maker.extend``.
        show: gets (stage name, picture (H, W, 3) uint8) of every stage that draws one.
    """
    network = module.network
    stages = stages_of(network)
    train: Mapping[str, Sequence[TrialData]] = lists.train
    inner: Mapping[str, Sequence[TrialData]] = lists.inner
    costs: list[StageCost] = []
    history: list[dict[str, float]] = []
    keys: dict[str, str] = {}
    makers: list[Maker] = []
    for number, stage in enumerate(stages):
        enter(network, stage.name)
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(not stage.trainable or name.startswith(stage.trainable))
        stage_settings = _settings(stage, settings)
        data = _stage_data(stage, stage_settings, train, inner, lists)
        last = stage is stages[-1]
        key = "" if last else artefacts.key(stage, module, _facts(data, stage_settings), keys)
        position = None if last else artefacts.load(stage, key, module)
        if position is None:
            fit = Fit(
                module,
                data,
                stage_settings,
                seed,
                fabric,
                folder / f"{number}-{stage.name}.safetensors",
                label if stage.name == "train" else f"{label}, {stage.name}",
            )
            position = fit.run()
            if not last:
                artefacts.save(stage, key, module, position)
        module.to(fabric.device)
        keys[stage.name] = key
        history += [{"stage": number + 1, **entry} for entry in position.history]
        costs.append(StageCost(stage.name, position.seconds, position.epoch, position.steps, key))
        if show:
            _show(module, stage, data, fabric.device, show)
        if stage.makes:
            maker = Maker(stage, data.windows, stage_settings.batch_size, key)
            makers.append(maker)
            train, inner = (
                {
                    name: maker.extend(module, trials, fabric.device, artefacts.method, keep)
                    for name, trials in side.items()
                    if _needed(name, stages[number + 1 :], lists.task)
                }
                for side in (train, inner)
            )
    return Trained(module.eval(), history, costs, makers, stages[-1].reads)


def _settings(stage: Stage, training: Training) -> Training:
    return Training.model_validate({**training.model_dump(), **stage.training})


def _shares(stage: Stage, task: Task) -> dict[str, float]:
    return dict(stage.lists) or {task.key: 1.0}


def _needed(task: str, later: Sequence[Stage], own: Task) -> bool:
    return any(task in _shares(stage, own) for stage in later)


def _judge(stage: Stage, settings: Training) -> Literal["heads", "probe", "none"]:
    return "none" if stage.judge == "heads" and settings.keep == "last" else stage.judge


def _stage_data(
    stage: Stage,
    settings: Training,
    train: Mapping[str, Sequence[TrialData]],
    inner: Mapping[str, Sequence[TrialData]],
    lists: Lists,
) -> StageData:
    shares = _shares(stage, lists.task)
    tasks = [key for key in shares if key in TASKS]
    judged = lists.task.key if lists.task.key in shares or not tasks else tasks[0]
    judges = {item.trial.name for item in inner[judged]}
    learnt = [item for item in train[judged] if item.trial.name not in judges] or train[judged]
    return StageData(
        train={key: [item.reading(stage.reads) for item in train[key]] for key in shares},
        shares=shares,
        learnt=[item.reading(stage.reads) for item in learnt],
        inner=[item.reading(stage.reads) for item in inner[judged]],
        task=get_task(judged),
        windows=stage_windows(stage, lists.windows),
        judge=_judge(stage, settings),
        probe_every=stage.probe_every,
        labels=stage.labels,
    )


def _facts(data: StageData, settings: Training) -> list[object]:
    return [
        settings.model_dump(),
        data.windows.model_dump(),
        {key: [item.trial.name for item in trials] for key, trials in data.train.items()},
        [item.trial.name for item in data.inner],
    ]


def _show(
    module: MethodModule,
    stage: Stage,
    data: StageData,
    device: torch.device,
    show: Callable[[str, np.ndarray], None],
) -> None:
    if not hasattr(module.network, "sheet"):
        return
    module.eval()
    pieces = cut(data.inner, data.windows.length, data.windows.hop)
    batch = collate(pieces[:: -(-len(pieces) // SHEET_WINDOWS)]).to(device)
    with torch.inference_mode():
        picture = module.network.sheet(batch.without_labels())  # type: ignore[operator]
    if picture is not None:
        show(stage.name, picture.cpu().numpy())
