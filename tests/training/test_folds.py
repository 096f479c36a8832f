from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from toy import make_trial

from benchmark.training.folds import inner_split


@given(st.integers(2, 12), st.integers(2, 6), st.integers(0, 1000))
def test_no_base_video_is_on_both_sides(videos: int, folds: int, seed: int) -> None:
    data = [make_trial(f"v{i}{side}", 3, i) for i in range(videos) for side in ("_left", "_right")]
    inside, held = inner_split(data, folds, seed)
    assert {d.trial.base_video for d in inside}.isdisjoint(d.trial.base_video for d in held)
    assert held
    assert len(inside) + len(held) == len(data)


def test_the_seed_decides() -> None:
    data = [make_trial(f"v{i}", 3, i) for i in range(20)]
    held = [[d.trial.name for d in inner_split(data, 5, seed)[1]] for seed in (0, 0, 1)]
    assert held[0] == held[1] != held[2]
