from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.corpora.pictures import picture_files, picture_trials
from benchmark.errors import UserError


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


def test_every_folder_with_pictures_is_a_trial_and_their_order_is_fixed(tmp_path: Path) -> None:
    touch(tmp_path, "b.jpg", "a.JPEG", "notes.txt", "video1/2.jpg", "video1/10.jpg", "set/angry/x.jpg", ".hidden/y.jpg")
    touch(tmp_path, "set/.z.jpg", "empty/readme.md")
    trials = picture_trials("faces", tmp_path)
    assert [(t.name, t.pictures) for t in trials] == [
        (tmp_path.name, ("a.JPEG", "b.jpg")),
        ("set__angry", ("x.jpg",)),
        ("video1", ("10.jpg", "2.jpg")),
    ]
    assert picture_files(trials)[-1] == tmp_path / "video1" / "2.jpg"
    assert all(t.crops_present().all() and len(t.crops_present()) == t.n_frames for t in trials)
    assert not any(t.labels for t in trials)
    assert np.allclose(trials[0].frame_times(), [0, 1 / 30])


def test_a_folder_is_called_as_the_leak_guard_calls_its_video(tmp_path: Path) -> None:
    touch(tmp_path, "video45_1_left/00001.jpg")
    (trial,) = picture_trials("faces", tmp_path)
    assert (trial.name, trial.base_video) == ("video45_1_left", "video45_1")


@pytest.mark.parametrize("place", ["missing", "empty", "file.jpg"])
def test_a_place_without_pictures_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    touch(tmp_path, "file.jpg")
    with pytest.raises(UserError, match=f"{place}.*expected"):
        picture_trials("faces", tmp_path / place)


def test_linked_folders_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.jpg", "elsewhere/b.jpg")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert [t.name for t in picture_trials("faces", tmp_path / "in")] == ["in"]


def test_a_list_cannot_be_called_like_a_task(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    with pytest.raises(UserError, match=r"pictures\.va: va is a task"):
        picture_trials("va", tmp_path)
