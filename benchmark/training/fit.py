"""Training of one stage: epochs, early stopping on inner folds, checkpoints, exact resume."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import lightning_fabric
import numpy as np
import torch
from torch import nn

from benchmark.contract import Batch
from benchmark.presets import Training, Windows
from benchmark.progress import progress
from benchmark.tasks import Task
from benchmark.training.checkpoints import (
    State,
    load_state,
    pack_optimizer,
    random_state,
    restore_random_state,
    save_state,
    unpack_optimizer,
)
from benchmark.training.decide import decide_all, video_stats
from benchmark.training.module import call
from benchmark.training.optimization import Schedule, make_optimizer
from benchmark.training.predict import predict
from benchmark.training.probe import linear_probe
from benchmark.training.sampling import epoch_windows
from benchmark.training.windows import TrialData, Window, collate, cut, has_valid_label

#: Seconds between checkpoints within an epoch; every epoch's end is a checkpoint too.
CHECKPOINT_SECONDS = 60.0


@dataclass
class Position:
    """Where training stands; with the tensors of a checkpoint it determines everything that follows.

    Attributes:
        epoch, step: next epoch (0-based) and next step within it.
        steps: optimiser steps so far.
        seconds: training time so far, over all resumes.
        sums: loss terms summed over the steps of the current epoch.
        best_score, best_epoch: best inner score and the epoch (1-based) it came from; where no score decides, the last
            epoch.
        history: one entry a finished epoch.
        finished: True once early stopping or ``max_epochs`` ended the stage.
    """

    epoch: int = 0
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    best_score: float = -float("inf")
    best_epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    finished: bool = False


@dataclass(frozen=True, slots=True)
class StageData:
    """What a stage trains on and is judged by.

    Attributes:
        train: task key or name of a folder of pictures -> trials of the list without the inner folds.
        shares: key of ``train`` -> share of an epoch's windows.
        learnt: the judged task's list without the inner folds; a linear probe is fitted on it.
        inner: trials of the judged task's list that the stage does not learn from.
        task: whose heads are judged.
        windows: how trials are cut.
        judge, probe_every, labels: as in ``Stage``.
    """

    train: Mapping[str, Sequence[TrialData]]
    shares: Mapping[str, float]
    learnt: Sequence[TrialData]
    inner: Sequence[TrialData]
    task: Task
    windows: Windows
    judge: Literal["heads", "probe", "none"] = "heads"
    probe_every: int = 1
    labels: bool = True


class Fit:
    """Trains one network for one stage and leaves the weights of its best epoch in it."""

    def __init__(
        self,
        module: nn.Module,
        data: StageData,
        settings: Training,
        seed: int,
        fabric: lightning_fabric.Fabric,
        checkpoint: Path,
        label: str,
    ) -> None:
        """
        Args:
            module: a bare ``MethodModule``; parameters with ``requires_grad`` learn.
            seed: fixes the order of windows and every random draw of an epoch.
            checkpoint: file that is resumed from, if it is there and whole.
            label: text of the progress bar.
        """
        self._bare = module
        self._data = data
        self._settings = settings
        self._seed = seed
        self._fabric = fabric
        self._checkpoint = checkpoint
        self._label = label
        self._schedule = Schedule(settings)
        learning = [p for p in module.parameters() if p.requires_grad]
        self._module, self._optimizer = fabric.setup(module, make_optimizer(learning, settings))
        self._pools = {key: _pieces(trials, data) for key, trials in data.train.items()}
        self._best: State = {}
        self._marked = 0.0

    def run(self) -> Position:
        """Train to the end of the stage, from the checkpoint if there is one."""
        position = self._resume()
        self._marked = time.monotonic()
        per_epoch = -(-len(self._windows(0)) // self._settings.batch_size)
        with progress("steps") as bar:
            total = per_epoch * self._settings.max_epochs
            shown = bar.add_task(self._label, total=total, completed=position.steps, note=_note(position))
            while not position.finished:
                self._epoch(position, lambda: bar.advance(shown))
                self._save(position)
                bar.update(shown, note=_note(position))
            bar.update(shown, completed=position.steps, total=position.steps)
        self._bare.load_state_dict(self._best)
        return position

    def _epoch(self, position: Position, advance: Callable[[], None]) -> None:
        epoch = position.epoch
        scores = [entry["inner_score"] for entry in position.history if "inner_score" in entry]
        rate = self._schedule.rate(epoch, scores)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        order = self._windows(epoch)
        size = self._settings.batch_size
        groups = [order[i : i + size] for i in range(0, len(order), size)]
        if position.step == 0:
            torch.manual_seed(int(np.random.default_rng([self._seed, 3, epoch]).integers(2**62)))
        _train_mode(self._module)
        if hasattr(self._bare.network, "progress"):
            self._bare.network.progress(epoch / self._settings.max_epochs)  # type: ignore[operator]
        for index in range(position.step, len(groups)):
            self._step(position, groups[index])
            advance()
            if time.monotonic() - self._marked > CHECKPOINT_SECONDS and index + 1 < len(groups):
                self._save(position)
        entry = {f"loss_{name}": total / len(groups) for name, total in position.sums.items()}
        judged = self._judge(epoch + 1)
        position.history.append({"epoch": epoch + 1, "learning_rate": rate, **entry, **judged})
        score = judged.get("inner_score", float("inf"))
        if score > position.best_score or self._data.judge != "heads":
            position.best_score, position.best_epoch = judged.get("inner_score", position.best_score), epoch + 1
            self._best = {name: tensor.detach().cpu().clone() for name, tensor in self._bare.state_dict().items()}
        position.epoch, position.step, position.sums = epoch + 1, 0, {}
        waited = position.epoch - position.best_epoch
        position.finished = position.epoch >= self._settings.max_epochs or waited >= self._settings.patience

    def _windows(self, epoch: int) -> list[Window]:
        return epoch_windows(self._pools, self._data.shares, self._settings, self._seed, epoch)

    def _judge(self, epoch: int) -> dict[str, float]:
        """The score of the epoch (1-based) that has just ended, by its name in the history; none where none is due."""
        data = self._data
        size = self._settings.batch_size
        if data.judge == "none":
            return {}
        if data.judge == "probe":
            if epoch % data.probe_every and epoch != self._settings.max_epochs:
                return {}
            device = self._fabric.device
            score = linear_probe(self._module, data.learnt, data.inner, data.task, data.windows, size, device)
            return {"probe_score": score}
        prediction = predict(self._module, data.inner, data.task, data.windows, size, self._fabric.device)
        decisions = decide_all(data.task, prediction.frames)
        return {"inner_score": video_stats(data.task, (i.trial for i in data.inner), decisions).score().value}

    def _step(self, position: Position, group: Sequence[Window]) -> None:
        batch: Batch = collate(group).to(self._fabric.device)
        _, losses = call(self._module, batch, with_loss=True)
        total = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            terms = ", ".join(f"{name}={value.item():g}" for name, value in losses.items())
            names = ", ".join(sorted(set(batch.trial)))
            raise FloatingPointError(f"loss is not finite at epoch {position.epoch + 1} ({terms}); trials: {names}")
        self._optimizer.zero_grad(set_to_none=True)
        self._fabric.backward(total)
        if self._settings.clip_norm is not None:
            self._fabric.clip_gradients(self._module, self._optimizer, max_norm=self._settings.clip_norm)
        self._optimizer.step()
        for name, value in losses.items():
            position.sums[name] = position.sums.get(name, 0.0) + value.item()
        position.step += 1
        position.steps += 1

    def _save(self, position: Position) -> None:
        now = time.monotonic()
        position.seconds += now - self._marked
        self._marked = now
        optimizer, facts = pack_optimizer(self._optimizer)
        tensors = {
            **{f"model.{name}": tensor for name, tensor in self._bare.state_dict().items()},
            **{f"best.{name}": tensor for name, tensor in self._best.items()},
            **optimizer,
            **random_state(),
        }
        save_state(self._checkpoint, tensors, {"position": asdict(position), "optimizer": facts})

    def _resume(self) -> Position:
        found = load_state(self._checkpoint)
        if found is None:
            return Position()
        tensors, facts = found
        self._bare.load_state_dict(_with_prefix(tensors, "model."))
        self._best = _with_prefix(tensors, "best.")
        unpack_optimizer(self._optimizer, tensors, facts["optimizer"])
        restore_random_state(tensors)
        return Position(**facts["position"])


def _pieces(trials: Sequence[TrialData], data: StageData) -> list[Window]:
    pieces = cut(trials, data.windows.length, data.windows.hop)
    return [window for window in pieces if has_valid_label(window)] if data.labels else pieces


def _train_mode(module: nn.Module) -> None:
    """Train mode, but for modules of which nothing learns: what is frozen shall not drop out nor count statistics."""
    module.train()
    for part in module.modules():
        parameters = list(part.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            part.eval()


def _with_prefix(tensors: State, prefix: str) -> State:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _note(position: Position) -> str:
    if not position.history:
        return ""
    last = position.history[-1]
    if "inner_score" in last:
        return f"epoch {position.epoch}, inner score {last['inner_score']:.3f}, best {position.best_score:.3f}"
    probes = [entry["probe_score"] for entry in position.history if "probe_score" in entry]
    return f"epoch {position.epoch}" + (f", linear probe {probes[-1]:.3f}" if probes else "")
