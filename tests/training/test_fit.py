from __future__ import annotations

from pathlib import Path

import lightning_fabric
import pytest
import torch
from toy import SETTINGS, StagedNetwork, ToyNetwork, build_toy, make_world

from benchmark.contract import Batch, Losses, Outputs
from benchmark.presets import Training, Windows
from benchmark.tasks import get_task
from benchmark.training import fit as fit_module
from benchmark.training.artefacts import Artefacts
from benchmark.training.checkpoints import load_state
from benchmark.training.decide import predictions_hash
from benchmark.training.module import MethodModule
from benchmark.training.networks import Lists, Trained, make_fabric, train_network
from benchmark.training.predict import predict

WINDOWS = Windows(length=20, hop=15)
TASK = get_task("va")


@pytest.fixture(scope="module")
def fabric() -> lightning_fabric.Fabric:
    return make_fabric("cpu", "32-true")


def train(network: ToyNetwork, folder: Path, fabric: lightning_fabric.Fabric, settings: Training = SETTINGS) -> Trained:
    world = make_world()
    data = Lists({"va": world[:6]}, {"va": world[6:]}, TASK, WINDOWS)
    artefacts = Artefacts(folder / "stages", "toy", "tests", {})
    return train_network(MethodModule(network), data, settings, 7, fabric, folder, "Training", artefacts)


def outcome(trained: Trained) -> str:
    return predictions_hash(predict(trained.module, make_world(), TASK, WINDOWS, 4, torch.device("cpu")).frames)


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


class DyingNetwork(ToyNetwork):
    """Dies at the given call of its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.calls_left = 10**9

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        self.calls_left -= 1
        if self.calls_left < 0:
            raise Killed
        return super().loss(outputs, batch)


def test_training_learns(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    slow = SETTINGS.model_copy(update={"learning_rate": 0.001, "max_epochs": 12, "patience": 12})
    trained = train(build_toy(), tmp_path, fabric, slow)
    scores = [entry["inner_score"] for entry in trained.history]
    assert max(scores) > scores[0] + 0.15
    assert trained.history[-1]["loss_mse"] < trained.history[0]["loss_mse"]


def test_the_same_seed_gives_the_same_predictions(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    one, two = (train(build_toy(), tmp_path / name, fabric) for name in ("one", "two"))
    assert outcome(one) == outcome(two)
    assert one.history == two.history


@pytest.mark.parametrize("every_step", [False, True], ids=["checkpoint each epoch", "checkpoint each step"])
@pytest.mark.parametrize("death", [0, 5, 9, 22])
def test_killed_anywhere_and_resumed_is_as_if_nothing_happened(
    death: int, every_step: bool, tmp_path: Path, fabric: lightning_fabric.Fabric, monkeypatch: pytest.MonkeyPatch
) -> None:
    if every_step:
        monkeypatch.setattr(fit_module, "CHECKPOINT_SECONDS", 0.0)
    whole = train(build_toy(DyingNetwork), tmp_path / "whole", fabric)
    doomed = build_toy(DyingNetwork)
    assert isinstance(doomed, DyingNetwork)
    doomed.calls_left = death
    with pytest.raises(Killed):
        train(doomed, tmp_path / "killed", fabric)
    resumed = train(build_toy(DyingNetwork), tmp_path / "killed", fabric)
    assert outcome(resumed) == outcome(whole)
    assert resumed.history == whole.history
    assert resumed.steps == whole.steps


def test_a_broken_checkpoint_is_not_trusted(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    whole = outcome(train(build_toy(), tmp_path, fabric))
    checkpoint = next(tmp_path.glob("*.safetensors"))
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    assert load_state(checkpoint) is None
    assert outcome(train(build_toy(), tmp_path, fabric)) == whole


def test_early_stopping_keeps_the_best_epoch(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    diverging = SETTINGS.model_copy(update={"learning_rate": 5.0, "max_epochs": 30, "patience": 2})
    trained = train(build_toy(), tmp_path, fabric, diverging)
    scores = [entry["inner_score"] for entry in trained.history]
    assert trained.epochs < 30
    assert len(scores) - 1 - scores.index(max(scores)) == 2


def test_the_last_epoch_can_be_kept_without_asking_the_inner_folds(
    tmp_path: Path, fabric: lightning_fabric.Fabric
) -> None:
    changed = {"learning_rate": 0.5, "max_epochs": 5, "patience": 5}
    best = train(build_toy(), tmp_path / "best", fabric, SETTINGS.model_copy(update=changed))
    scores = [entry["inner_score"] for entry in best.history]
    assert max(scores) > scores[-1]
    last = train(
        build_toy(), tmp_path / "last", fabric, SETTINGS.model_copy(update=changed | {"patience": 1, "keep": "last"})
    )
    assert len(last.history) == 5
    assert not any("inner_score" in entry for entry in last.history)
    assert outcome(last) != outcome(best)


def test_stages_run_in_order_and_train_what_they_name(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    network = build_toy(StagedNetwork)
    assert isinstance(network, StagedNetwork)
    trained = train(network, tmp_path, fabric)
    assert network.entered == ["everything", "last"]
    assert [entry["stage"] for entry in trained.history] == [1, 1, 2, 2, 2]
    best_of_first, _ = load_state(tmp_path / "0-everything.safetensors") or ({}, {})
    assert torch.equal(network.first.weight, best_of_first["best.network.first.weight"])
    assert not torch.equal(network.last.weight, best_of_first["best.network.last.weight"])


def test_a_loss_that_is_not_finite_names_term_and_trials(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    class Broken(ToyNetwork):
        def loss(self, outputs: Outputs, batch: Batch) -> Losses:
            return {"mse": super().loss(outputs, batch)["mse"] * float("nan")}

    with pytest.raises(FloatingPointError, match=r"epoch 1 \(mse=nan\); trials: video"):
        train(build_toy(Broken), tmp_path, fabric)
