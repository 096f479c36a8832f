from __future__ import annotations

import pytest

from benchmark.presets import Training
from benchmark.training.optimization import Schedule


def settings(**changes: object) -> Training:
    return Training.model_validate({"learning_rate": 1.0, "batch_size": 1, "max_epochs": 10, **changes})


def test_cosine_falls_to_zero_after_the_warm_up() -> None:
    schedule = Schedule(settings(schedule="cosine", warmup_epochs=2))
    rates = [schedule.rate(epoch, []) for epoch in range(11)]
    assert rates[:2] == pytest.approx([1 / 3, 2 / 3])
    assert rates[2] == 1.0
    assert rates[6] == pytest.approx(0.5)
    assert rates[10] == pytest.approx(0.0, abs=1e-12)


def test_plateau_drops_after_more_than_five_epochs_without_gain() -> None:
    schedule = Schedule(settings(schedule="plateau"))
    assert schedule.rate(6, [0.5] + [0.4] * 5) == 1.0
    assert schedule.rate(7, [0.5] + [0.4] * 6) == pytest.approx(0.1)
    assert schedule.rate(8, [0.5] + [0.4] * 6 + [0.6]) == pytest.approx(0.1)


def test_no_schedule_keeps_the_rate() -> None:
    assert {Schedule(settings()).rate(epoch, []) for epoch in range(10)} == {1.0}
