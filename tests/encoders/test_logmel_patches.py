"""The front end of VGGish, against formulas written down anew, and the encoder that averages its patches."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from encoder_media import RATE, tone

from benchmark.corpora.trials import Trial
from benchmark.encoders.logmel_patches.encoder import LogmelPatchEncoder, cells
from benchmark.encoders.logmel_patches.front_end import SILENT, log_mel, mel_filters, patches


def test_one_step_is_the_log_of_mel_weighted_magnitudes() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 1200).astype(np.float32)
    step = 3
    piece = sound[160 * step : 160 * step + 400].astype(float)
    window = [0.5 - 0.5 * math.cos(2 * math.pi * n / 400) for n in range(400)]
    n = np.arange(400)
    magnitudes = [abs(np.sum(piece * window * np.exp(-2j * np.pi * k * n / 512))) for k in range(257)]

    def mel(hertz: float) -> float:
        return 1127.0 * math.log(1 + hertz / 700)

    edges = np.linspace(mel(125), mel(7500), 66)
    for band in (0, 20, 63):
        low, middle, high = edges[band : band + 3]
        total = 0.0
        for k in range(1, 257):
            at = mel(k * 8000 / 256)
            total += magnitudes[k] * max(0.0, min((at - low) / (middle - low), (high - at) / (high - middle)))
        assert log_mel(sound)[step, band] == pytest.approx(math.log(total + 0.01), abs=1e-4)


def test_steps_are_counted_without_padding() -> None:
    for samples, steps in ((0, 0), (399, 0), (400, 1), (559, 1), (560, 2), (16_000, 98)):
        assert log_mel(np.zeros(samples, np.float32)).shape == (steps, 64)
    assert (log_mel(np.zeros(800, np.float32)) == np.float32(SILENT)).all()


def test_filters_leave_out_what_the_model_never_heard() -> None:
    filters = mel_filters()
    hertz = np.arange(257) * RATE / 512
    assert not filters[(hertz <= 125) | (hertz >= 7500)].any()
    assert filters.max() <= 1
    assert filters[(hertz > 1000) & (hertz < 7000)].sum(1) == pytest.approx(1, abs=1e-5)  # neighbours add up to one


def test_patches_begin_where_asked_and_are_silent_beyond_the_sound() -> None:
    spectrum = np.arange(150 * 64, dtype=np.float32).reshape(150, 64)
    found, some = patches(spectrum, np.array([-96, -95, 0, 54, 100, 149, 150]))
    assert some.tolist() == [False, True, True, True, True, True, False]
    assert found.shape == (7, 96, 64)
    np.testing.assert_array_equal(found[1, 95], spectrum[0])
    np.testing.assert_array_equal(found[2], spectrum[:96])
    np.testing.assert_array_equal(found[3], spectrum[54:])
    np.testing.assert_array_equal(found[4, :50], spectrum[100:])
    assert (found[4, 50:] == np.float32(SILENT)).all()


def test_cells_are_means_of_120_ms_and_four_bands() -> None:
    patch = np.random.default_rng(1).normal(size=(2, 96, 64)).astype(np.float32)
    values = cells(patch)
    assert values.shape == (2, 128)
    assert values[1, 16 * 3 + 5] == pytest.approx(patch[1, 36:48, 20:24].mean(), abs=1e-6)


def test_each_frame_gets_the_sound_from_its_own_time_on(make_trial: Callable[..., Trial]) -> None:
    sound = np.concatenate([np.zeros(RATE, np.float32), tone(1.0), np.zeros(RATE, np.float32)])
    result = LogmelPatchEncoder().encode(make_trial(frames=30, sound=sound))
    assert result.values.shape == (30, 128)
    assert result.mask.sum() >= 29
    assert np.allclose(np.diff(result.times), 0.1)
    level = result.values.reshape(30, 8, 16)[:, 0].max(1)  # loudest band of the first 120 ms
    assert (level[12:18] > level[:8].max() + 1).all()
    assert (level[12:18] > level[22:26].max() + 1).all()


def test_frames_after_the_end_of_the_sound_are_masked(make_trial: Callable[..., Trial]) -> None:
    result = LogmelPatchEncoder().encode(make_trial(frames=40, sound=tone(2.0)))
    assert result.mask[:19].all()
    assert not result.mask[23:].any()
    assert not result.values[~result.mask].any()


def test_no_sound_is_masked_on_every_frame(make_trial: Callable[..., Trial]) -> None:
    result = LogmelPatchEncoder().encode(make_trial(frames=5, sound=None))
    assert result.values.shape == (5, 128)
    assert not result.mask.any()
