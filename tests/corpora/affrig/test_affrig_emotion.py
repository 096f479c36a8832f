"""What is felt, and how far each channel can be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.corpora.affrig.clock import FRAME_RATES, TICKS, frame_ticks
from benchmark.corpora.affrig.display import display
from benchmark.corpora.affrig.emotion import Emotion, Episode, feel, feel_compound
from benchmark.corpora.affrig.face_behaviour import behave
from benchmark.corpora.affrig.feelings import DOMINANT_SHARES, FEELINGS
from benchmark.corpora.affrig.modes import MODES, mode_shares
from benchmark.corpora.affrig.people import make_person
from benchmark.corpora.affrig.rig.actions import ACTIONS
from benchmark.corpora.affrig.signals import RATE, at, delayed, drift, low_pass, time_grid


def steady(mode: str, valence: float, arousal: float) -> Emotion:
    """Ten seconds of one feeling, shown in one way."""
    times = time_grid(10.0)
    feeling = "happiness" if valence > 0 else "sadness"
    ones = np.ones_like(times)
    episode = Episode(feeling, None, 4, mode, 0.9, valence, arousal, ones)
    return Emotion(times, valence * ones, arousal * ones, np.full(len(times), 4), (episode,))


@pytest.mark.parametrize("seed", range(6))
def test_latent_is_bounded_and_smooth(seed: int) -> None:
    emotion = feel(np.random.default_rng(seed), 12.0, "anger")
    for signal in (emotion.valence, emotion.arousal):
        assert np.abs(signal).max() <= 1
        assert np.abs(np.diff(signal)).max() < 0.2  # in 40 ms
    assert set(np.unique(emotion.expression)) <= set(range(8))


def test_shares_and_distributions_are_whole() -> None:
    assert sum(DOMINANT_SHARES.values()) == pytest.approx(1.0)
    assert set(DOMINANT_SHARES) == set(FEELINGS)
    for feeling in FEELINGS.values():
        assert sum(feeling.names.values()) == pytest.approx(1.0)
        assert all(action in ACTIONS for face in feeling.faces for action in face)
    for valence in (-0.6, 0.0, 0.6):
        assert sum(mode_shares(valence).values()) == pytest.approx(1.0)
        assert set(mode_shares(valence)) <= set(MODES)


def mean_display(mode: str, valence: float, arousal: float) -> dict[str, float]:
    """Mean displayed valence of each channel over many people."""
    shown: dict[str, list[float]] = {"face": [], "voice": [], "words": []}
    for i in range(40):
        who = make_person(0, f"x{i}").temperament
        for channel in shown:
            signal = display(np.random.default_rng(i), steady(mode, valence, arousal), who, channel)
            shown[channel].append(float(signal[0].mean()))
    return {channel: float(np.mean(values)) for channel, values in shown.items()}


def test_a_mask_smiles_and_only_the_voice_tells() -> None:
    shown = mean_display("mask", -0.6, -0.2)
    assert shown["face"] > 0.3
    assert shown["words"] > 0.1
    assert shown["voice"] < -0.3


@pytest.mark.parametrize("valence", [-0.6, 0.6])
def test_irony_says_the_opposite(valence: float) -> None:
    assert mean_display("irony", valence, 0.2)["words"] * valence < -0.2
    assert mean_display("honest", valence, 0.2)["words"] * valence > 0.2


def test_a_social_smile_leaves_the_cheeks_down() -> None:
    cheeks = {}
    for mode, valence in (("mask", -0.6), ("honest", 0.6)):
        levels = []
        for i in range(30):
            who = make_person(0, f"x{i}").temperament
            emotion = steady(mode, valence, 0.2)
            shown = display(np.random.default_rng(i), emotion, who, "face")
            face = behave(np.random.default_rng(i), emotion, shown, who, np.zeros(len(emotion.times)))
            smile, cheek = (face.actions[:, ACTIONS.index(name)].mean() for name in ("AU12", "AU6"))
            assert face.actions.min() >= 0
            assert face.actions.max() <= 1
            levels.append((smile, cheek))
        cheeks[mode] = np.mean(levels, axis=0)
    assert cheeks["mask"][0] > 0.4
    assert cheeks["mask"][1] < 0.5 * cheeks["honest"][1]


def test_compound_blends_both_faces() -> None:
    episode = feel_compound(np.random.default_rng(1), 3.0, 0).episodes[0]
    assert (episode.feeling, episode.second, episode.mode) == ("fear", "surprise", "honest")


def test_signals() -> None:
    rng = np.random.default_rng(0)
    wandering = drift(rng, (200, 2000), tau=0.5, sigma=0.3)
    assert wandering.std() == pytest.approx(0.3, rel=0.05)
    step = np.concatenate([np.zeros(10), np.ones(200)])
    smooth = low_pass(step, 0.2)
    assert smooth[9] == 0
    assert smooth[-1] == pytest.approx(1.0, abs=1e-6)
    assert np.all(np.diff(smooth) >= -1e-12)
    ramp = np.arange(50.0)
    assert delayed(ramp, 0.2)[10] == pytest.approx(10 - 0.2 * RATE)
    assert at(np.array([0.5, 1.0]), time_grid(3.0), ramp) == pytest.approx([0.5 * RATE, RATE])


@pytest.mark.parametrize("rate", list(FRAME_RATES))
@pytest.mark.parametrize("variable", [False, True])
def test_frame_times_rise_and_keep_the_mean_rate(rate: float, variable: bool) -> None:
    ticks = frame_ticks(np.random.default_rng(2), 400, rate, variable)
    assert ticks[0] == 0
    assert np.diff(ticks).min() > 0
    assert 399 * TICKS / ticks[-1] == pytest.approx(rate, rel=0.05)
    spread = np.diff(ticks).std() / np.diff(ticks).mean()
    assert (spread > 0.15) == variable
