from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.corpora.trials import Trial
from benchmark.errors import UserError
from benchmark.metrics import base_video
from benchmark.running.leaks import guard


def trial(name: str) -> Trial:
    return Trial(
        name=name,
        base_video=base_video(name),
        task="va",
        split="train",
        root=Path(),
        labels={},
        valid={},
        frames=np.arange(1, 3),
        crop_dir=Path(name),
        media=None,
        transcript=None,
        captions=None,
    )


SCORED = [trial("a_left"), trial("b")]


def test_disjoint_lists_pass_untouched() -> None:
    lists, notes = guard({"va/train": [trial("c"), trial("d_left")]}, SCORED, allow=False)
    assert [t.name for t in lists["va/train"]] == ["c", "d_left"]
    assert notes == []


def test_a_scored_trial_in_any_list_is_refused() -> None:
    with pytest.raises(UserError, match=r"expr/train holds 1 trials of the scored split \(b\).*--allow-leak"):
        guard({"va/train": [trial("c")], "expr/train": [trial("b")]}, SCORED, allow=False)


def test_the_other_person_of_a_scored_video_is_taken_out_and_named() -> None:
    lists, notes = guard({"va/train": [trial("a_right"), trial("a"), trial("c")]}, SCORED, allow=False)
    assert [t.name for t in lists["va/train"]] == ["c"]
    assert notes == ["va/train: 2 trials of scored videos taken out of training (a, a_right)"]


def test_an_allowed_leak_is_kept_and_named() -> None:
    lists, notes = guard({"va/train": [trial("a_right"), trial("b"), trial("c")]}, SCORED, allow=True)
    assert len(lists["va/train"]) == 3
    assert all(note.startswith("LEAK: va/train holds 1 trials") for note in notes)
    assert len(notes) == 2
