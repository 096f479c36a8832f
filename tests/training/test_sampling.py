from __future__ import annotations

from collections import Counter

from toy import SETTINGS, make_world

from benchmark.training.sampling import epoch_windows
from benchmark.training.windows import cut

POOLS = {"va": cut(make_world(6), 20, 15), "expr": cut(make_world(2), 20, 20)}


def test_one_list_gives_every_window_once_in_an_order_of_the_epoch() -> None:
    first, again, second = (epoch_windows(POOLS, {"va": 1.0}, SETTINGS, 5, epoch) for epoch in (0, 0, 1))
    assert first == again
    assert first != second
    for drawn in (first, second):
        assert Counter((w.data.trial.name, w.start) for w in drawn) == Counter(
            (w.data.trial.name, w.start) for w in POOLS["va"]
        )


def test_shares_decide_how_many_come_from_each_list() -> None:
    settings = SETTINGS.model_copy(update={"epoch_windows": 50})
    drawn = epoch_windows(POOLS, {"va": 0.2, "expr": 0.8}, settings, 5, 0)
    short = {id(w) for w in POOLS["expr"]}
    assert len(drawn) == 50
    assert sum(id(w) in short for w in drawn) == 40
    counts = Counter(id(w) for w in drawn if id(w) in short)
    assert max(counts.values()) - min(counts.values()) <= 1, "a short list is gone through evenly"
    assert all(id(w) not in short for w in epoch_windows(POOLS, {"va": 1.0, "expr": 0.0}, SETTINGS, 5, 0))


def test_random_clips_keep_their_length_and_move_within_their_trial() -> None:
    settings = SETTINGS.model_copy(update={"sampling": "random"})
    drawn = epoch_windows(POOLS, {"va": 1.0}, settings, 5, 0)
    assert all(0 <= w.start < w.stop <= w.data.trial.n_frames and w.stop - w.start == 20 for w in drawn)
    assert {w.start % 15 for w in drawn} != {0}
    assert any(
        w.start != p.start for w, p in zip(drawn, epoch_windows(POOLS, {"va": 1.0}, SETTINGS, 5, 0), strict=True)
    )
