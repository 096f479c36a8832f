"""A small world for tests of the engine: trials whose labels follow from their features, and a network to learn it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmark.contract import Batch, Losses, Outputs, Stage
from benchmark.corpora.trials import Trial
from benchmark.encoders.base import Encoded
from benchmark.presets import Training
from benchmark.training.windows import TrialData

WIDTH = 6
SETTINGS = Training(learning_rate=0.02, batch_size=4, max_epochs=4, patience=4)


def make_trial(name: str, frames: int, seed: int) -> TrialData:
    """V and A are the first two face features; a tenth of the frames has no label, a tenth no face."""
    draw = np.random.default_rng(seed)
    face = draw.normal(0, 0.4, (frames, WIDTH)).astype(np.float16)
    words = max(frames // 5, 1)
    trial = Trial(
        name=name,
        base_video=name.removesuffix("_left").removesuffix("_right"),
        task="va",
        split="train",
        root=Path(),
        labels={"va": np.clip(face[:, :2].astype(np.float32), -1, 1)},
        valid={"va": draw.random(frames) < 0.9},
        frames=np.arange(1, frames + 1),
        crop_dir=Path(name),
        media=None,
        transcript=None,
        captions=None,
    )
    return TrialData(
        trial=trial,
        streams={
            "face": Encoded(face, np.arange(frames) / 10.0, draw.random(frames) < 0.9),
            "text": Encoded(
                draw.normal(size=(words, 3)).astype(np.float16), np.arange(words) / 2.0, np.ones(words, dtype=bool)
            ),
        },
        on_frames=frozenset({"face"}),
        frame_times=np.arange(frames) / 10.0,
    )


def make_world(trials: int = 8, frames: int = 45) -> list[TrialData]:
    """Trials of unequal length."""
    return [make_trial(f"video{i}", frames + 3 * i, seed=i) for i in range(trials)]


class ToyNetwork(nn.Module):
    """A frame-wise linear map with dropout, so that resuming must restore the random state to be exact."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(WIDTH, 16)
        self.drop = nn.Dropout(0.3)
        self.last = nn.Linear(16, 2)

    def forward(self, batch: Batch) -> Outputs:
        return Outputs({"va": self.last(self.drop(torch.tanh(self.first(batch.streams["face"].values))))})

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        error = (outputs.heads["va"] - batch.labels["va"]).square().mean(-1)
        return {"mse": (error * batch.valid["va"]).sum() / batch.valid["va"].sum().clamp(min=1)}


class StagedNetwork(ToyNetwork):
    """The same in two stages, the second of which trains the last layer alone."""

    def __init__(self) -> None:
        super().__init__()
        self.entered: list[str] = []

    def stages(self) -> tuple[Stage, ...]:
        return Stage("everything", {"max_epochs": 2}), Stage("last", {"max_epochs": 3}, trainable=("last.",))

    def enter(self, name: str) -> None:
        self.entered.append(name)


def build_toy(kind: type[ToyNetwork] = ToyNetwork) -> ToyNetwork:
    """The network with weights that depend on nothing but this line."""
    torch.manual_seed(11)
    return kind()
