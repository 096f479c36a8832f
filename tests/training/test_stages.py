from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import lightning_fabric
import numpy as np
import pytest
import torch
from test_fit import Killed
from torch import Tensor, nn
from toy import SETTINGS, WIDTH, make_world

from benchmark.contract import Batch, Losses, Outputs, Stage, Stream
from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.presets import Windows
from benchmark.tasks import get_task
from benchmark.training.artefacts import Artefacts
from benchmark.training.decide import predictions_hash
from benchmark.training.module import MethodModule
from benchmark.training.networks import Lists, Trained, make_fabric, makers_of, prepare, train_network
from benchmark.training.predict import predict

WINDOWS = Windows(length=20, hop=15)
TASK = get_task("va")
CPU = torch.device("cpu")


class Pipeline(nn.Module):
    """Reconstructs faces without labels, makes a stream of what it learnt, then reads that stream alone."""

    def __init__(self, first_epochs: int = 2, width: int = 4, died: bool = False) -> None:
        super().__init__()
        self.first_epochs, self.died = first_epochs, died
        self.encode = nn.Linear(WIDTH, 5)
        self.decode = nn.Linear(5, WIDTH)
        self.head = nn.Sequential(nn.Linear(5, width), nn.Dropout(0.2), nn.Linear(width, 2))
        self.stage, self.shares, self.steps = "", [], 0

    def stages(self) -> tuple[Stage, ...]:
        return (
            Stage(
                "pretrain",
                {"max_epochs": self.first_epochs},
                trainable=("encode.", "decode."),
                judge="probe",
                labels=False,
                reads=("face",),
                makes=("code",),
                options=("first_epochs",),
            ),
            Stage("head", trainable=("head.",), reads=("code",)),
        )

    def enter(self, name: str) -> None:
        self.stage = name

    def progress(self, share: float) -> None:
        self.shares.append(share)

    def _code(self, batch: Batch) -> Tensor:
        return torch.tanh(self.encode(batch.streams["face"].values))

    def embed(self, batch: Batch) -> Tensor:
        return self._code(batch)

    def extract(self, batch: Batch) -> Mapping[str, Stream]:
        face = batch.streams["face"]
        return {"code": Stream(self._code(batch), face.times, face.mask)}

    def sheet(self, batch: Batch) -> Tensor | None:
        return torch.full((4, 6, 3), 7, dtype=torch.uint8) if self.stage == "pretrain" else None

    def forward(self, batch: Batch) -> Outputs:
        if self.stage == "pretrain":
            return Outputs({}, {"face": self.decode(self._code(batch))})
        assert set(batch.streams) == {"code"}
        return Outputs({"va": self.head(batch.streams["code"].values)})

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        self.steps += 1
        if self.died and self.steps > 9:
            raise Killed
        if self.stage == "pretrain":
            return {"rebuild": (outputs.extras["face"] - batch.streams["face"].values).square().mean()}
        error = (outputs.heads["va"] - batch.labels["va"]).square().mean(-1)
        return {"mse": (error * batch.valid["va"]).sum() / batch.valid["va"].sum().clamp(min=1)}


@pytest.fixture(scope="module")
def fabric() -> lightning_fabric.Fabric:
    return make_fabric("cpu", "32-true")


def train(
    network: Pipeline, folder: Path, fabric: lightning_fabric.Fabric, reuse: bool = True, **more: object
) -> Trained:
    world = make_world()
    lists = Lists({"va": world[:6]}, {"va": world[6:]}, TASK, WINDOWS)
    options = {"first_epochs": network.first_epochs, "width": network.head[0].out_features}
    artefacts = Artefacts(folder / "stages", "toy", "tests", options, reuse)
    work = folder / f"work-{network.first_epochs}-{options['width']}"
    return train_network(MethodModule(network), lists, SETTINGS, 7, fabric, work, "Training", artefacts, **more)  # type: ignore[arg-type]


def build(**options: object) -> Pipeline:
    torch.manual_seed(3)
    return Pipeline(**options)  # type: ignore[arg-type]


def outcome(trained: Trained) -> str:
    ready = prepare(trained.module, trained.makers, trained.reads, make_world(), CPU, "toy")
    return predictions_hash(predict(trained.module, ready, TASK, WINDOWS, 4, CPU).frames)


def test_a_stage_without_labels_is_probed_and_makes_a_stream_for_the_next(
    tmp_path: Path, fabric: lightning_fabric.Fabric
) -> None:
    shown: list[tuple[str, tuple[int, ...]]] = []
    network = build()
    trained = train(network, tmp_path, fabric, show=lambda stage, picture: shown.append((stage, picture.shape)))
    first, second = trained.history[:2], trained.history[2:]
    assert all("probe_score" in entry and "inner_score" not in entry for entry in first)
    assert all("inner_score" in entry for entry in second)
    assert first[1]["loss_rebuild"] < first[0]["loss_rebuild"]
    assert shown == [("pretrain", (4, 6, 3))]
    assert network.shares == [0.0, 0.5, 0.0, 0.25, 0.5, 0.75]
    assert [stage.name for stage in trained.stages] == ["pretrain", "head"]
    assert trained.stages[0].key
    assert trained.stages[1].key == ""


def test_changed_options_train_again_what_depends_on_them_and_nothing_else(
    tmp_path: Path, fabric: lightning_fabric.Fabric
) -> None:
    whole = train(build(), tmp_path, fabric)
    again = build(width=6)
    train(again, tmp_path, fabric)
    assert again.shares == [0.0, 0.25, 0.5, 0.75], "only the head's four epochs"
    longer = build(first_epochs=3)
    assert train(longer, tmp_path, fabric).stages[0].key != whole.stages[0].key
    assert len(longer.shares) == 7
    anew = build(width=6)
    train(anew, tmp_path / "other", fabric, reuse=False)
    assert len(anew.shares) == 6


def test_a_kept_stage_gives_the_same_predictions_as_a_trained_one(
    tmp_path: Path, fabric: lightning_fabric.Fabric
) -> None:
    one = train(build(), tmp_path, fabric)
    for file in tmp_path.glob("work*/*"):
        file.unlink()
    two = train(build(), tmp_path, fabric)
    assert outcome(one) == outcome(two)
    assert one.history == two.history
    assert [s.seconds for s in one.stages[:1]] == [s.seconds for s in two.stages[:1]], "as it was when it was trained"


def test_killed_in_a_stage_and_resumed_is_as_if_nothing_happened(
    tmp_path: Path, fabric: lightning_fabric.Fabric
) -> None:
    whole = outcome(train(build(), tmp_path / "whole", fabric))
    with pytest.raises(Killed):
        train(build(died=True), tmp_path / "killed", fabric)
    assert outcome(train(build(), tmp_path / "killed", fabric)) == whole


def test_a_damaged_artefact_is_made_again(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    whole = outcome(train(build(), tmp_path, fabric))
    artefact = next((tmp_path / "stages").glob("toy-pretrain-*.safetensors"))
    artefact.write_bytes(artefact.read_bytes()[:-30])
    for file in tmp_path.glob("work*/*"):
        file.unlink()
    network = build()
    assert outcome(train(network, tmp_path, fabric)) == whole
    assert len(network.shares) == 6


def test_a_restored_network_makes_its_streams_itself(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    trained = train(build(), tmp_path, fabric)
    other = MethodModule(build())
    other.load_state_dict(trained.module.state_dict())
    makers = makers_of(other.network, WINDOWS, SETTINGS)
    ready = prepare(other, makers, ("code",), make_world(), CPU, "toy")
    found = predictions_hash(predict(other, ready, TASK, WINDOWS, 4, CPU).frames)
    assert found == outcome(trained)


def test_made_streams_are_asked_of_the_store_by_the_stages_key(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    asked: list[tuple[str, str, str]] = []

    def keep(item, spec: EncoderSpec, make) -> Encoded:  # type: ignore[no-untyped-def]
        asked.append((item.trial.name, spec.key, str(spec.settings["stage"])))
        made: Encoded = make()
        assert np.asarray(made.values).shape == (item.trial.n_frames, spec.dim)
        assert not np.asarray(made.values)[~made.mask].any()
        return made

    trained = train(build(), tmp_path, fabric, keep=keep)
    assert {key for _, key, _ in asked} == {"toy.pretrain.code"}
    assert {stage for _, _, stage in asked} == {trained.stages[0].key}
    assert len(asked) == 8


def test_what_is_frozen_does_not_drop_out(tmp_path: Path, fabric: lightning_fabric.Fabric) -> None:
    modes: dict[str, list[bool]] = {"pretrain": [], "head": []}

    class Watched(Pipeline):
        def loss(self, outputs: Outputs, batch: Batch) -> Losses:
            modes[self.stage].append(self.head.training)
            return super().loss(outputs, batch)

    torch.manual_seed(3)
    train(Watched(), tmp_path, fabric)
    assert not any(modes["pretrain"])
    assert all(modes["head"])
