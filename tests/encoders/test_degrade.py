"""Damage to crops and sound, and that it never gets into the features of undamaged trials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from encoder_media import tone
from hypothesis import given
from hypothesis import strategies as st

from benchmark.corpora.trials import Trial
from benchmark.degradations import Degradation
from benchmark.encoders.crops import read_crop
from benchmark.encoders.degrade import add_noise, blur, occlude
from benchmark.encoders.sound import hear
from benchmark.encoders.store import FeatureStore


@given(st.floats(0.02, 1), st.integers(0, 2**32))
def test_an_occluder_covers_its_share_with_one_colour(share: float, seed: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    covered = occlude(image, share, np.random.default_rng(seed))
    changed = (covered != image).any(-1)
    rows, columns = (np.flatnonzero(changed.any(axis)) for axis in (1, 0))
    box = covered[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert (box == box[0, 0]).all()
    assert box[..., 0].size / 112**2 == pytest.approx(share, abs=0.011)  # rounding of both sides
    assert max(box.shape[:2]) == 112 or max(box.shape[:2]) <= 2.1 * min(box.shape[:2]) + 1
    assert not np.shares_memory(covered, image)


def test_blur_keeps_flat_pictures_and_spreads_a_point_by_sigma() -> None:
    flat = np.full((112, 112, 3), 77, np.uint8)
    np.testing.assert_array_equal(blur(flat, 5), flat)
    point = np.zeros((113, 113, 3), np.uint8)
    point[51:62, 51:62] = 255
    spread = blur(point, 4).astype(float)[..., 0]
    x = np.arange(113) - 56
    profile = spread.sum(0) / spread.sum()
    assert np.sqrt((profile * x**2).sum()) == pytest.approx(np.hypot(4, 10**0.5), rel=0.05)


def test_blur_is_relative_to_the_size_of_the_crop() -> None:
    point = np.zeros((224, 224, 3), np.uint8)
    point[101:123, 101:123] = 255
    spread = blur(point, 4).astype(float)[..., 0]
    x = np.arange(224) - 111.5
    profile = spread.sum(0) / spread.sum()
    assert np.sqrt((profile * x**2).sum()) == pytest.approx(np.hypot(8, (22**2 / 12) ** 0.5), rel=0.05)


@pytest.mark.parametrize("decibels", [20.0, 0.0, -10.0])
def test_noise_has_the_asked_ratio_and_falls_with_frequency(decibels: float) -> None:
    sound = 0.05 * tone(4)
    noise = add_noise(sound, decibels, np.random.default_rng(1)).astype(float) - sound
    ratio = 10 * np.log10(np.mean(np.square(sound, dtype=float)) / np.mean(noise**2))
    assert ratio == pytest.approx(decibels, abs=0.05)
    power = np.abs(np.fft.rfft(noise)) ** 2
    low, high = power[200:400].mean(), power[20000:30000].mean()
    assert low / high == pytest.approx(25000 / 300, rel=0.3)


def test_silence_stays_silence() -> None:
    assert not add_noise(np.zeros(1000, np.float32), 0, np.random.default_rng(1)).any()


@pytest.fixture
def trial(make_trial: Callable[..., Trial]) -> Trial:
    return make_trial(sound=tone(0.6), words=[("happy", 0.1, 0.3)], missing=(2,))


def worse(trial: Trial, kind: str, severity: float) -> Trial:
    return replace(trial, degradation=Degradation(kind, severity))


def test_encoders_see_and_hear_the_damage(trial: Trial) -> None:
    clean = read_crop(trial, 1)
    assert (read_crop(worse(trial, "blur", 4), 1) != clean).any()
    np.testing.assert_array_equal(read_crop(worse(trial, "audio_snr", 4), 1), clean)
    first, second = (read_crop(worse(trial, "occlusion", 0.5), 1) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    audio, noisy = hear(trial)[0], hear(worse(trial, "audio_snr", 0))[0]
    assert audio is not None
    assert noisy is not None
    assert noisy.start_seconds == audio.start_seconds
    assert (noisy.samples != audio.samples).any()


def test_hidden_frames_have_no_crop(trial: Trial) -> None:
    assert trial.crops_present().tolist() == [True, False, True, True, True, True]
    assert not worse(trial, "video_missing", 1.0).crops_present().any()
    assert worse(trial, "fps", 5).crops_present().tolist() == [True, False, True, False, True, False]
    assert worse(trial, "audio_missing", 1.0).crops_present().sum() == 5


def test_the_store_keeps_clean_and_damaged_features_apart(trial: Trial, tmp_path: Path) -> None:
    store = FeatureStore(tmp_path / "features")
    keys = ["expression_logits", "logmel_prosody", "lexicon_words"]
    assert store.ensure([trial], keys).encoded == 3
    blurred, harder = worse(trial, "blur", 3), worse(trial, "blur", 6)
    assert store.ensure([blurred], keys).encoded == 1  # sound and words are as they were
    assert store.ensure([harder], keys).encoded == 1
    assert store.ensure([worse(trial, "audio_snr", 0)], keys).encoded == 1
    again = FeatureStore(store.root)
    for one in (trial, blurred, harder):
        assert again.ensure([one], keys).encoded == 0
    values = [np.asarray(again.load(one, "expression_logits").values) for one in (trial, blurred, harder)]
    assert (values[0] != values[1]).any()
    assert (values[1] != values[2]).any()


def test_crops_that_are_read_again_each_time_are_damaged_too(trial: Trial, tmp_path: Path) -> None:
    store = FeatureStore(tmp_path / "features")
    clean, covered = (store.load(one, "crops_48") for one in (trial, worse(trial, "occlusion", 1.0)))
    np.testing.assert_array_equal(clean.mask, covered.mask)
    for step in np.flatnonzero(covered.mask):
        image = np.asarray(covered.values[step : step + 1])[0]
        assert (image == image[:, :1, :1]).all()
        assert np.asarray(clean.values[step : step + 1]).std() > 5
