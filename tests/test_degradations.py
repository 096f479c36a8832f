"""Kinds and severities as users write them, and which frames go missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.degradations import KINDS, Degradation, bursts, hidden_frames, parse_degradations
from benchmark.errors import UserError

TIMES = np.cumsum(np.r_[0.0, np.random.default_rng(5).uniform(0.02, 0.05, 299)])


def runs(mask: Any) -> list[int]:
    """Lengths of the stretches of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(int)))
    return [int(length) for length in edges[1::2] - edges[0::2]]


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0.3, 60), st.integers(0, 2**32))
def test_exactly_the_asked_number_goes_missing_in_as_many_stretches_as_fit(
    length: int, share: float, burst: float, seed: int
) -> None:
    count = round(share * length)
    mask = bursts(np.random.default_rng(seed), length, count, burst)
    assert mask.shape == (length,)
    assert mask.sum() == count
    expected = max(1, min(round(count / burst), count, length - count + 1)) if count else 0
    assert len(runs(mask)) == expected


def test_stretches_last_about_a_second_whatever_the_frame_rate() -> None:
    for rate in (10, 30, 60):
        times = np.arange(rate * 600) / rate
        mask = hidden_frames(Degradation("video_missing", 0.3), "a", times)
        assert mask.mean() == pytest.approx(0.3, abs=1e-3)
        assert np.mean(runs(mask)) / rate == pytest.approx(1, rel=0.05)
        assert np.std(runs(mask)) / rate > 0.5  # long and short ones, as for a person who turns away


def test_the_whole_may_go_missing() -> None:
    assert hidden_frames(Degradation("video_missing", 1.0), "a", TIMES).all()
    assert hidden_frames(Degradation("video_missing", 1.0), "a", TIMES[:1]).all()


def test_damage_depends_on_trial_kind_and_severity_and_on_nothing_else() -> None:
    def mask(kind: str = "video_missing", severity: float = 0.5, trial: str = "a") -> bytes:
        return hidden_frames(Degradation(kind, severity), trial, TIMES).tobytes()

    assert mask() == mask()
    others = [mask(trial="b"), mask(severity=0.4), mask(kind="audio_missing")]
    assert len({mask(), *others}) == 4
    draw = Degradation("occlusion", 0.3).generator("a", 1).integers(1 << 40)
    assert draw == Degradation("occlusion", 0.3).generator("a", 1).integers(1 << 40)
    assert draw != Degradation("occlusion", 0.3).generator("a", 2).integers(1 << 40)


@given(st.lists(st.floats(0.001, 0.3), min_size=1, max_size=80), st.floats(0.5, 100))
def test_a_slower_clock_shows_the_frame_nearest_to_each_tick(steps: list[float], rate: float) -> None:
    times = np.cumsum(np.r_[0.0, steps])
    seen = ~hidden_frames(Degradation("fps", rate), "a", times)
    ticks = np.arange(0, times[-1] + 0.5 / rate, 1 / rate)
    for tick in ticks:
        nearest = np.abs(times - tick).min()
        assert np.abs(times[seen] - tick).min() == pytest.approx(nearest, abs=1e-12)
    assert seen.sum() <= len(ticks)
    assert seen[0]


def test_a_clock_as_fast_as_the_video_hides_nothing() -> None:
    times = np.arange(90) / 30
    assert not hidden_frames(Degradation("fps", 30), "a", times).any()
    assert hidden_frames(Degradation("fps", 15), "a", times).sum() == 45


@pytest.mark.parametrize("kind", ["occlusion", "blur", "audio_snr", "audio_shift"])
def test_other_kinds_hide_no_frame(kind: str) -> None:
    assert not hidden_frames(Degradation(kind, 0.5), "a", TIMES).any()


def test_options_are_read_with_the_mildest_severity_first() -> None:
    options = ["video_missing=1.0,0.3", "audio_snr=0,20", "video_missing=0.3,0.6", "fps=5,10", "audio_shift=-2,0.5"]
    found = [str(one) for one in parse_degradations(options)]
    assert found == [
        "video_missing=0.3", "video_missing=0.6", "video_missing=1", "audio_snr=20", "audio_snr=0", "fps=10", "fps=5",
        "audio_shift=0.5", "audio_shift=-2",
    ]  # fmt: skip
    assert parse_degradations([]) == ()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("video_mising=0.3", 'unknown degradation "video_mising". Did you mean "video_missing"'),
        ("video_missing", "expected video_missing=SEVERITY"),
        ("video_missing=", '"" is no severity of video_missing; expected more than 0 and at most 1'),
        ("video_missing=0.3,x", '"x" is no severity'),
        ("video_missing=1.5", "expected more than 0 and at most 1 (share of the frames"),
        ("video_missing=0", "expected more than 0"),
        ("blur=-2", "expected more than 0 and at most 56"),
        ("audio_snr=nan", '"nan" is no severity'),
        ("audio_snr=-90", "expected -40 to 60"),
        ("audio_shift=0", "a shift of 0 changes nothing"),
        ("fps=inf", '"inf" is no severity'),
    ],
)
def test_a_wrong_option_is_a_users_mistake(option: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_degradations([option])
    assert message in str(caught.value)


def test_the_help_names_every_kind() -> None:
    from typer.testing import CliRunner

    from benchmark.cli import app

    text = CliRunner().invoke(app, ["bench", "--help"], env={"COLUMNS": "200"}).output
    assert all(kind in text for kind in KINDS)
