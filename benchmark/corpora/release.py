"""Which rows the trials of a test split have: the official sample file says, else the media, else the crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmark.corpora.layout import Layout, expected_place
from benchmark.corpora.lists import read_images, read_names
from benchmark.corpora.media import frame_times
from benchmark.corpora.places import Places
from benchmark.corpora.trials import Frames, every_frame
from benchmark.errors import UserError

Rows = tuple[Frames, tuple[str, ...]]
"""Frame numbers of a trial, and notes on how they were found."""


def release_rows(layout: Layout, places: Places, task: str) -> dict[str, Rows]:
    """Frame numbers to predict for each test trial.

    Raises:
        UserError: there is no list of the task's test trials, a list is damaged, a sample does not number the frames
            of a trial 1..N, or the length of a trial cannot be known.
    """
    names, sample = layout.test_names.get(task), layout.samples.get(task)
    listed = sample or (names if task == "mtl" else None)
    images = read_images(listed) if listed else None
    rows = {trial: images.frames[found] for trial, found in images.by_trial().items()} if images else {}
    if task == "mtl" and images:
        return {trial: (frames, ()) for trial, frames in rows.items()}
    for trial, frames in rows.items():
        if not np.array_equal(frames, every_frame(len(frames))):
            gap = int(np.flatnonzero(frames != every_frame(len(frames)))[0]) + 1
            raise UserError(
                f"{sample}: trial {trial} has no frame {gap:05d} or has it twice; expected 1..N, each once."
            )
    trials: Sequence[str] = read_names(names) if names else tuple(rows)
    if not trials:
        raise UserError(f"{layout.root}: no test list for task {task}; expected {expected_place(task, 'test')}.")
    return {trial: (rows[trial], ()) if trial in rows else _counted(places, trial) for trial in trials}


def _counted(places: Places, trial: str) -> Rows:
    media = places.find_media(trial)
    if media is not None:
        return every_frame(len(frame_times(media))), ("warning: not in the official sample; rows = video frames",)
    numbers = [int(path.stem) for path in _numbered(places.crop_dir(trial))]
    if numbers:
        return every_frame(max(numbers)), ("warning: not in the official sample and no media; rows = last crop",)
    raise UserError(
        f"{places.root}: test trial {trial} has no row in the official sample, no video and no crop, so its length "
        f"is unknown; expected {expected_place('va', 'test')}."
    )


def _numbered(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.jpg") if path.stem.isdecimal()] if folder.is_dir() else []
