from __future__ import annotations

import numpy as np
import torch
from toy import make_trial, make_world

from benchmark.encoders.base import Encoded
from benchmark.training.standardise import Standardiser
from benchmark.training.windows import collate, cut


def test_observed_steps_have_mean_zero_and_deviation_one() -> None:
    world = make_world(5)
    standardiser = Standardiser({"face": 6, "text": 3})
    standardiser.fit(world)
    batch = collate(cut(world, 1000, 1000))
    for name, stream in batch.streams.items():
        scaled = standardiser(name, stream.values, stream.mask)
        observed = scaled[stream.mask].numpy()
        np.testing.assert_allclose(observed.mean(0), 0, atol=1e-3)
        np.testing.assert_allclose(observed.std(0), 1, atol=1e-3)
        assert not scaled[~stream.mask].any()


def test_a_constant_feature_is_not_blown_up_and_an_unseen_stream_stays() -> None:
    world = make_world(2)
    for item in world:
        item.streams["face"].values[:, 0] = 0.5
        item.streams["text"].mask[:] = False
    standardiser = Standardiser({"face": 6, "text": 3})
    standardiser.fit(world)
    values = torch.full((1, 1, 6), 0.5)
    assert standardiser("face", values, torch.ones(1, 1, dtype=torch.bool))[0, 0, 0] == 0
    assert torch.equal(standardiser.get_buffer("text_scale"), torch.ones(3))


def test_tokens_share_the_statistics_of_their_features_and_images_pass() -> None:
    draw = np.random.default_rng(0)
    data = make_trial("video", 20, 0)
    mask = draw.random(20) < 0.7
    grid = draw.normal(3, 2, (20, 5, 2)).astype(np.float32)
    data = data.adding({"grid": Encoded(grid, data.frame_times, mask)})
    standardiser = Standardiser({"grid": 2})
    standardiser.fit([data])
    values = torch.from_numpy(grid)[None] * torch.from_numpy(mask)[None, :, None, None]
    scaled = standardiser("grid", values, torch.from_numpy(mask)[None])
    torch.testing.assert_close(scaled[0][mask].mean((0, 1)), torch.zeros(2), atol=1e-5, rtol=0)
    assert not scaled[0][~mask].any()
    images = torch.zeros(1, 3, 3, 2, 2, dtype=torch.uint8)
    assert standardiser("crops", images, torch.ones(1, 3, dtype=torch.bool)) is images
