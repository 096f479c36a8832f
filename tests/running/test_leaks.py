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
    lists, notes = guard({"va/train": [trial("c"), trial("d_left")]}, SCORED, allow=False, own="va/train")
    assert [t.name for t in lists["va/train"]] == ["c", "d_left"]
    assert notes == []


def test_a_scored_trial_in_the_own_list_is_refused_and_in_another_taken_out() -> None:
    lists, notes = guard(
        {"va/train": [trial("c")], "expr/train": [trial("b"), trial("c")]}, SCORED, allow=False, own="va/train"
    )
    assert [t.name for t in lists["expr/train"]] == ["c"]
    assert notes == ["expr/train: 1 trials of the scored split taken out of training (b)"]
    with pytest.raises(UserError, match=r"va/train holds 1 trials of the scored split \(b\).*--allow-leak"):
        guard({"va/train": [trial("c"), trial("b")]}, SCORED, allow=False, own="va/train")


def test_the_other_person_of_a_scored_video_is_taken_out_and_named() -> None:
    lists, notes = guard({"va/train": [trial("a_right"), trial("a"), trial("c")]}, SCORED, allow=False, own="va/train")
    assert [t.name for t in lists["va/train"]] == ["c"]
    assert notes == ["va/train: 2 trials of scored videos taken out of training (a, a_right)"]


@pytest.mark.parametrize(
    ("training", "scored"),
    [
        ("video45_2", "video45_1"),
        ("video45_2_left", "video45_1_right"),
        ("video45", "video45_7"),
        ("28-30-1280x720-2", "28-30-1280x720-3"),
        ("28-30-1280x720-2_left", "28-30-1280x720"),
    ],
)
def test_another_part_of_a_scored_recording_is_taken_out(training: str, scored: str) -> None:
    lists, notes = guard({"va/train": [trial(training), trial("c")]}, [trial(scored)], allow=False, own="va/train")
    assert [t.name for t in lists["va/train"]] == ["c"]
    assert notes == [f"va/train: 1 trials of scored videos taken out of training ({training})"]
    _, leaks = guard({"va/train": [trial(training)]}, [trial(scored)], allow=True, own="va/train")
    assert leaks == [f"LEAK: va/train holds 1 trials of scored videos ({training})"]


@pytest.mark.parametrize(
    ("training", "scored"),
    [
        ("5-60-1920x1080", "6-60-1920x1080"),
        ("5-60-1920x1080", "5-30-1920x1080"),
        ("video45", "video4"),
        ("video4_1", "video45_1"),
        ("212_1", "212_2"),
        ("07", "08"),
        ("28-30-1280x720", "28-30-1280x721"),
    ],
)
def test_numbers_that_count_no_parts_are_other_videos(training: str, scored: str) -> None:
    lists, notes = guard({"va/train": [trial(training)]}, [trial(scored)], allow=False, own="va/train")
    assert [t.name for t in lists["va/train"]] == [training]
    assert notes == []


def test_an_allowed_leak_is_kept_and_named() -> None:
    lists, notes = guard({"va/train": [trial("a_right"), trial("b"), trial("c")]}, SCORED, allow=True, own="va/train")
    assert len(lists["va/train"]) == 3
    assert all(note.startswith("LEAK: va/train holds 1 trials") for note in notes)
    assert len(notes) == 2
