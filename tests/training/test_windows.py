from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy import make_trial, make_world

from benchmark.encoders.base import Encoded
from benchmark.training.windows import MARGIN, Window, collate, cut, has_valid_label, window_starts


@given(st.integers(1, 400), st.integers(1, 120), st.integers(1, 150))
def test_windows_cover_every_frame_when_the_hop_fits(frames: int, length: int, hop: int) -> None:
    hop = min(hop, length)
    starts = window_starts(frames, length, hop)
    covered = np.zeros(frames, dtype=bool)
    for start in starts:
        assert 0 <= start < frames
        covered[start : start + length] = True
    assert covered.all()
    assert starts == sorted(set(starts))
    assert frames <= length or starts[-1] + length == frames


def test_collate_pads_to_the_longest_and_masks_the_rest() -> None:
    short, long = make_trial("short", 7, 0), make_trial("long", 30, 1)
    batch = collate([Window(short, 0, 7), Window(long, 5, 25)])
    assert batch.frame_mask.sum(1).tolist() == [7, 20]
    assert batch.streams["face"].values.shape == (2, 20, 6)
    assert batch.labels["va"].shape == (2, 20, 2)
    assert not batch.valid["va"][0, 7:].any()
    assert batch.trial == ("short", "long")
    assert batch.start == (0, 5)
    expected = torch.from_numpy(long.trial.labels["va"][5:25]) * batch.valid["va"][1, :, None]
    assert torch.equal(batch.labels["va"][1], expected)


def test_unobserved_steps_and_invalid_labels_are_zero() -> None:
    batch = collate(cut(make_world(3), 20, 10))
    for stream in batch.streams.values():
        assert not stream.values[~stream.mask].any()
    assert not batch.labels["va"][~batch.valid["va"]].any()


def test_free_running_streams_are_cut_by_time_with_a_margin() -> None:
    data = make_trial("video", 100, 3)  # ten frames and two words a second
    batch = collate([Window(data, 40, 60)])
    seen = batch.streams["text"].times[0]
    assert seen.min() >= 4.0 - MARGIN
    assert seen.max() <= 5.9 + MARGIN
    assert len(seen) == 8


def test_a_window_without_words_has_one_masked_step() -> None:
    data = make_trial("video", 100, 3)
    data.streams["text"].times[:] = 1000.0 + np.arange(len(data.streams["text"].times))
    stream = collate([Window(data, 0, 10)]).streams["text"]
    assert stream.values.shape == (1, 1, 3)
    assert not stream.mask.any()


def test_windows_without_labels_are_recognised() -> None:
    data = make_trial("video", 30, 0)
    data.trial.valid["va"][:15] = False
    assert not has_valid_label(Window(data, 0, 15))
    assert has_valid_label(Window(data, 0, 30))


def test_images_stay_bytes_and_tokens_keep_their_grid() -> None:
    draw = np.random.default_rng(0)
    data = make_trial("video", 12, 0)
    mask = draw.random(12) < 0.7
    images = draw.integers(0, 256, (12, 3, 4, 4)).astype(np.uint8)
    tokens = draw.normal(size=(12, 5, 2)).astype(np.float16)
    data = data.adding(
        {"crops": Encoded(images, data.frame_times, mask), "grid": Encoded(tokens, data.frame_times, mask)}
    )
    batch = collate([Window(data, 2, 9), Window(data, 0, 12)])
    assert batch.streams["crops"].values.dtype == torch.uint8
    assert batch.streams["crops"].values.shape == (2, 12, 3, 4, 4)
    assert batch.streams["grid"].values.shape == (2, 12, 5, 2)
    assert not batch.streams["crops"].values[~batch.streams["crops"].mask].any()
    np.testing.assert_array_equal(batch.streams["crops"].values[1][mask].numpy(), images[mask])
    assert set(collate([Window(data.reading(("grid",)), 0, 12)]).streams) == {"grid"}


def test_windows_of_two_lists_count_only_where_they_are_labelled() -> None:
    first, second = make_trial("a", 6, 0), make_trial("b", 6, 1)
    other = replace(
        second, trial=replace(second.trial, labels={"expr": np.arange(6)}, valid={"expr": np.ones(6, dtype=bool)})
    )
    batch = collate([Window(first, 0, 6), Window(other, 0, 6)])
    assert set(batch.labels) == {"va", "expr"}
    assert not batch.valid["va"][1].any()
    assert batch.valid["expr"].tolist() == [[False] * 6, [True] * 6]
    assert batch.labels["expr"][1].tolist() == list(range(6))
