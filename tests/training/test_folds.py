from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from toy import make_trial

from benchmark.training.folds import held_out, inner_split


@given(st.integers(2, 12), st.integers(2, 6), st.integers(0, 1000))
def test_no_base_video_is_on_both_sides(videos: int, folds: int, seed: int) -> None:
    data = [make_trial(f"v{i}{side}", 3, i) for i in range(videos) for side in ("_left", "_right")]
    inside, outside = inner_split(data, held_out({"va": [d.trial.base_video for d in data]}, folds, seed))
    assert {d.trial.base_video for d in inside}.isdisjoint(d.trial.base_video for d in outside)
    assert outside
    assert len(inside) + len(outside) == len(data)


@given(st.sets(st.integers(0, 30), min_size=2), st.sets(st.integers(0, 30), min_size=2), st.integers(0, 100))
def test_what_is_held_out_is_held_out_of_every_list(one: set[int], two: set[int], seed: int) -> None:
    lists = {"va": [f"v{i}" for i in one], "expr": [f"v{i}" for i in two]}
    held = held_out(lists, 5, seed)
    for bases in lists.values():
        assert held & set(bases)


def test_the_seed_decides() -> None:
    bases = [f"v{i}" for i in range(20)]
    held = [held_out({"va": bases}, 5, seed) for seed in (0, 0, 1)]
    assert held[0] == held[1] != held[2]


def test_a_single_video_serves_on_both_sides() -> None:
    data = [make_trial("v_left", 3, 0), make_trial("v_right", 3, 1)]
    inside, outside = inner_split(data, held_out({"va": ["v", "v"]}, 5, 0))
    assert inside == outside == data
