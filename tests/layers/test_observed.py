from __future__ import annotations

import torch

from benchmark.contract import Stream
from benchmark.layers.observed import ObservedFeatures

TIMES = torch.arange(6)[None] / 10
FRAMES = torch.ones(1, 6, dtype=torch.bool)


def _stream(seen: list[bool]) -> Stream:
    mask = torch.tensor([seen])
    return Stream(torch.arange(12.0).view(1, 6, 2) * mask.unsqueeze(-1), TIMES, mask)


def test_observed_frames_pass_unchanged_and_missing_ones_get_the_stand_in() -> None:
    block = ObservedFeatures(2, max_gap=0.05)
    with torch.no_grad():
        block.missing.copy_(torch.tensor([-7.0, -8.0]))
    values, covered = block(_stream([True, True, False, False, True, True]), TIMES, FRAMES)
    assert covered.tolist() == [[True, True, False, False, True, True]]
    assert values[0].tolist() == [[0, 1], [2, 3], [-7, -8], [-7, -8], [8, 9], [10, 11]]


def test_trust_falls_with_the_distance_to_the_nearest_observation() -> None:
    block = ObservedFeatures(2, max_gap=0.4)
    with torch.no_grad():
        block.missing.fill_(100)
    values, covered = block(_stream([True, True, False, False, True, True]), TIMES, FRAMES)
    assert covered.all()
    bridged = torch.arange(12.0).view(6, 2)  # a straight line, 0.1 s from its ends: three quarters of the trust
    expected = torch.where(torch.tensor([0, 0, 1, 1, 0, 0]).bool()[:, None], 0.75 * bridged + 25, bridged)
    torch.testing.assert_close(values[0], expected)


def test_deviations_stand_beside_the_features() -> None:
    block = ObservedFeatures(2, max_gap=0.05, deviations=True)
    values, _ = block(_stream([True, True, True, False, False, False]), TIMES, FRAMES)
    assert block.width == 4
    assert values[0, :3].tolist() == [[0, 1, -2, -2], [2, 3, 0, 0], [4, 5, 2, 2]]


def test_a_kernel_averages_steps_by_their_distance_in_time() -> None:
    steps = torch.arange(60)[None] / 100
    stream = Stream(torch.randn(1, 60, 1), steps, torch.ones(1, 60, dtype=torch.bool))
    values, _ = ObservedFeatures(1, max_gap=0.1, kernel=0.03)(stream, TIMES, FRAMES)
    weights = torch.exp(-((TIMES[0, 2] - steps[0]) ** 2) / (2 * 0.03**2))
    torch.testing.assert_close(values[0, 2, 0], (weights * stream.values[0, :, 0]).sum() / weights.sum())


def test_input_dropout_acts_in_training_alone_and_spares_the_stand_in() -> None:
    block = ObservedFeatures(2, max_gap=0.05, dropout=0.999)
    with torch.no_grad():
        block.missing.fill_(3)
    stream = _stream([True, False, True, True, True, True])
    torch.manual_seed(0)
    values, _ = block(stream, TIMES, FRAMES)
    assert values[0, 1].tolist() == [3, 3]
    assert not values[0, 2:].any()
    assert block.eval()(stream, TIMES, FRAMES)[0][0, 5].tolist() == [10, 11]
