"""Sound features: known pitch, loudness and times of known sounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from encoder_media import RATE, tone

from benchmark.corpora.trials import Trial
from benchmark.encoders.catalogue import get_encoder
from benchmark.encoders.logmel_prosody.encoder import STEP, features
from benchmark.encoders.logmel_prosody.pitch import track
from benchmark.encoders.logmel_prosody.spec import BANDS, PROSODY, SPEC
from benchmark.encoders.logmel_prosody.spectrum import decibels, frames, mel_filters, power

T = np.arange(2 * RATE) / RATE


def sine(hertz: float, amplitude: float = 0.3) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hertz * T)).astype(np.float32)


def column(values: np.ndarray, name: str) -> np.ndarray:
    return values[:, 3 * BANDS + PROSODY.index(name)]


# --------------------------------------------------------------------------- pitch
@pytest.mark.parametrize("hertz", [80, 110, 220, 330, 440])
@pytest.mark.parametrize("make", [sine, lambda hertz: tone(2.0, hertz)], ids=["sine", "harmonic"])
def test_pitch_of_a_tone(hertz: float, make: Callable[[float], np.ndarray]) -> None:
    f0, periodicity = track(make(hertz))
    inner = f0[5:-8]
    assert (inner > 0).all()
    assert np.abs(inner / hertz - 1).max() < 0.01
    assert periodicity[5:-8].min() > 0.9


def test_noise_and_silence_have_no_pitch() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    assert (track(noise)[0] > 0).mean() < 0.02
    f0, periodicity = track(np.zeros(RATE, np.float32))
    assert not f0.any()
    assert periodicity.max() < 0.5


def test_pitch_follows_a_glide() -> None:
    glide = 120 * 2 ** (T / 2)  # one octave in two seconds
    f0, _ = track((0.3 * np.sin(2 * np.pi * np.cumsum(glide) / RATE)).astype(np.float32))
    middle = glide[80 + 160 * np.arange(len(f0))]
    assert np.abs(f0[5:-8] / middle[5:-8] - 1).max() < 0.02


# --------------------------------------------------------------------------- spectrum
def test_a_tone_lights_its_own_band() -> None:
    bands = power(sine(1000)) @ mel_filters(BANDS, 60.0, 7600.0)
    edges = np.linspace(2595 * np.log10(1 + 60 / 700), 2595 * np.log10(1 + 7600 / 700), BANDS + 2)
    centres = 700 * (10 ** (edges[1:-1] / 2595) - 1)
    assert np.abs(centres[bands.mean(0).argmax()] - 1000) < 100


def test_filters_are_weighted_means() -> None:
    filters = mel_filters(BANDS, 60.0, 7600.0)
    np.testing.assert_allclose(filters.sum(0), 1, rtol=1e-5)
    assert (filters >= 0).all()


def test_frames_are_centred_on_their_hops() -> None:
    click = np.zeros(1600, np.float32)
    click[5 * 160 + 80] = 1
    found = frames(click, 400)
    assert found.shape == (10, 400)
    assert np.abs(found[5]).argmax() == 200


def test_ten_times_the_amplitude_is_20_db() -> None:
    quiet, loud = (decibels(power(sine(500, a)).sum(1)).mean() for a in (0.03, 0.3))
    assert loud - quiet == pytest.approx(20, abs=0.01)


# --------------------------------------------------------------------------- features
def test_dimension_and_names() -> None:
    assert SPEC.dim == 3 * BANDS + len(PROSODY) <= 128
    assert len(set(PROSODY)) == len(PROSODY)
    assert features(tone(2.0)).shape == (25, SPEC.dim)


def test_relative_features_ignore_loudness_and_voice_but_absolute_ones_do_not() -> None:
    low, high = features(tone(2.0, 150)), features(0.1 * tone(2.0, 300))
    inner = slice(2, -2)
    assert column(low, "level")[inner].mean() - column(high, "level")[inner].mean() == pytest.approx(1, abs=0.1)
    assert column(high, "f0")[inner].mean() - column(low, "f0")[inner].mean() == pytest.approx(1, abs=0.02)
    for name in ("level_relative", "f0_relative"):
        assert np.abs(column(low, name)[inner]).max() < 0.05
        assert np.abs(column(high, name)[inner]).max() < 0.05


def test_tilt_tells_a_dark_sound_from_a_bright_one() -> None:
    rng = np.random.default_rng(1)
    bright = 0.1 * rng.standard_normal(2 * RATE)
    dark = 0.05 * np.cumsum(bright)
    dark -= dark.mean()
    assert column(features(dark.astype(np.float32)), "tilt").mean() < -0.4
    assert abs(column(features(bright.astype(np.float32)), "tilt").mean()) < 0.1


def test_syllables_are_counted() -> None:
    for rate in (2, 4):
        envelope = np.clip(np.sin(2 * np.pi * rate * np.arange(4 * RATE) / RATE), 0.01, 1)
        counted = 5 * column(features((tone(4.0, 150) * envelope).astype(np.float32)), "nuclei_per_second")
        assert counted[15:-15].mean() == pytest.approx(rate, abs=0.5)


def test_pauses_are_seen() -> None:
    sound = tone(4.0)
    sound[RATE : 3 * RATE] = 0
    share = column(features(sound), "pause_share_2s")
    assert share[25] > 0.9
    assert share[0] < 0.1


@pytest.mark.parametrize("samples", [1, 500, 1279, 1920, 5000])
def test_short_and_silent_sounds_give_finite_features(samples: int) -> None:
    for sound in (np.zeros(samples, np.float32), sine(200)[:samples]):
        values = features(sound)
        assert len(values) == max(1, round(samples / 1280))
        assert np.isfinite(values).all()


# --------------------------------------------------------------------------- trials
def test_times_are_the_medias_own(make_trial: Callable[..., Trial]) -> None:
    sound = np.zeros(3 * RATE, np.float32)
    sound[int(1.2 * RATE) :] = tone(1.8)
    result = get_encoder("logmel_prosody").encode(make_trial(frames=30, sound=sound))
    assert result.mask.all()
    assert np.allclose(np.diff(result.times), STEP)
    loud = column(result.values, "level") > -1
    assert result.times[loud.argmax()] == pytest.approx(1.2, abs=0.1)
    voiced = result.values[(result.times > 1.5) & (result.times < 2.7)]
    assert np.abs(150 * 2 ** column(voiced, "f0") / 220 - 1).max() < 0.01


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ({"media": False}, None),
        ({"sound": None}, "audio masked: video1.mp4 has no sound"),
        ({"sound": np.zeros(RATE, np.float32)}, "audio masked: video1.mp4 holds only silence"),
    ],
)
def test_nothing_to_hear_is_masked(make_trial: Callable[..., Trial], options: dict, note: str | None) -> None:
    result = get_encoder("logmel_prosody").encode(make_trial(**options))
    assert result.values.shape == (1, SPEC.dim)
    assert not result.mask.any()
    assert result.notes == ((note,) if note else ())


def test_a_broken_video_is_masked_and_named(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(sound=tone(1.0))
    assert trial.media is not None
    trial.media.write_bytes(b"no video at all")
    result = get_encoder("logmel_prosody").encode(trial)
    assert not result.mask.any()
    assert result.notes[0].startswith(f"audio masked: {trial.media}")
