"""Which rows a submission must have, and in which order: the official sample file or test list decides."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmark.corpora.layout import find_layout
from benchmark.corpora.lists import ImageRows, read_images, read_names
from benchmark.corpora.places import find_places
from benchmark.corpora.release import release_rows
from benchmark.errors import UserError


def every_frame_of(trials_in_order: Iterable[tuple[str, int]]) -> ImageRows:
    """Rows of whole trials: (name, number of frames) each."""
    names: list[str] = []
    frames = [np.zeros(0, dtype=np.int64)]
    for name, count in trials_in_order:
        names += [name] * count
        frames.append(np.arange(1, count + 1, dtype=np.int64))
    return ImageRows(tuple(names), np.concatenate(frames))


def asked_rows(source: Path, task: str) -> ImageRows:
    """Rows of a test release.

    Args:
        source: root of a corpus, or an official sample file (for ``mtl`` also the list of test images).
        task: task key.

    Raises:
        UserError: there is no test list, or a list is damaged.
    """
    if not source.is_dir():
        return _of_sample(source)
    layout, places = find_layout(source), find_places(source, task)
    counted = release_rows(layout, places, task)  # checks the lists, and counts what the sample does not list
    names_file, sample_file = layout.test_names.get(task), layout.samples.get(task)
    listed = sample_file or (names_file if task == "mtl" else None)
    images = read_images(listed) if listed else every_frame_of([])
    if task == "mtl" or names_file is None:
        return images
    known = set(images.trials)
    rest = every_frame_of((name, len(counted[name][0])) for name in read_names(names_file) if name not in known)
    return ImageRows((*images.trials, *rest.trials), np.concatenate([images.frames, rest.frames]))


def _of_sample(source: Path) -> ImageRows:
    try:
        return read_images(source)
    except UserError as error:
        raise UserError(
            f"{str(error).rstrip('.')}. --sample takes the official sample file of the task, or the root of a corpus "
            "that has one."
        ) from None
