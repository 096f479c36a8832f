"""Means of what a network shows: over real frames, where it applies, in the record's order."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toy import ToyNetwork, make_world

from benchmark.contract import Batch, Outputs
from benchmark.presets import Windows
from benchmark.tasks import get_task
from benchmark.training.diagnostics import Averages
from benchmark.training.module import MethodModule
from benchmark.training.predict import predict


class ShowingNetwork(ToyNetwork):
    """Shows the time of each frame, and of those before second 2 alone; says nothing of a third quantity here."""

    def diagnostics(self) -> tuple[str, ...]:
        return ("time", "early time", "elsewhere")

    def forward(self, batch: Batch) -> Outputs:
        early = torch.where(batch.frame_times < 2, batch.frame_times, torch.nan)
        return Outputs(super().forward(batch).heads, {"time": batch.frame_times, "early time": early, "secret": early})


def test_averages_leave_out_padding_and_frames_that_do_not_apply() -> None:
    averages = Averages()
    values = torch.tensor([[1.0, torch.nan, 3.0, 100.0]])
    mask = torch.tensor([[True, True, True, False]])
    averages.add({"gate": values, "never": torch.full((1, 4), torch.nan)}, mask)
    averages.add({"gate": torch.tensor([[8.0]])}, torch.tensor([[True]]))
    assert averages.result() == {"gate": 4.0}


def test_predictions_carry_the_means_over_all_frames() -> None:
    world = make_world(trials=5)
    module = MethodModule(ShowingNetwork())
    found = predict(module, world, get_task("va"), Windows(length=100, hop=50), 2, torch.device("cpu")).diagnostics
    times = np.concatenate([item.frame_times for item in world])
    assert found == {
        "time": pytest.approx(times.mean(), rel=1e-6),
        "early time": pytest.approx(times[times.astype(np.float32) < 2].mean(), rel=1e-6),
    }


def test_a_network_that_shows_nothing_has_no_diagnostics() -> None:
    module = MethodModule(ToyNetwork())
    prediction = predict(module, make_world(2), get_task("va"), Windows(length=30, hop=15), 2, torch.device("cpu"))
    assert prediction.diagnostics == {}
