"""Folders of face crops without labels, which pretraining may look at beside the corpus."""

from __future__ import annotations

import os
from pathlib import Path

from benchmark.corpora.names import base_video, is_plain_name
from benchmark.corpora.trials import Trial, every_frame
from benchmark.errors import UserError
from benchmark.tasks import TASKS

SUFFIXES = (".jpg", ".jpeg")


def picture_trials(name: str, root: Path) -> tuple[Trial, ...]:
    """Every folder in ``root`` (itself included) that holds JPEGs, as a trial without labels, media or words.

    A trial is called like its folder, so that the leak guard knows the crops of a scored video; folders further down
    are called by their path with ``__`` for the separator. Pictures are ordered by name, and 30 of them are a second.

    Args:
        name: of the list, in the place of a task key.
        root: the folder; hidden files and linked folders in it are left out.

    Raises:
        UserError: it is no folder, holds no JPEG, or a folder in it has a name that cannot be a trial's; or the list is
            called like a task.
    """
    if name in TASKS:
        raise UserError(f"pictures.{name}: {name} is a task; expected another name, such as pictures.faces.")
    found = [_trial(name, root, folder, files) for folder, files in _folders(name, root)]
    if not found:
        raise UserError(
            f"pictures.{name}: {root} holds no picture; expected face crops, .jpg or .jpeg, in any folders."
        )
    return tuple(found)


def picture_files(trials: tuple[Trial, ...]) -> list[Path]:
    """All pictures of the trials, in order."""
    return [trial.crop_path(row) for trial in trials for row in range(1, trial.n_frames + 1)]


def _folders(name: str, root: Path) -> list[tuple[Path, list[str]]]:
    def fail(error: OSError) -> None:
        raise UserError(
            f"pictures.{name}: {error.filename} cannot be read ({error.strerror}); expected a folder of face crops."
        )

    folders = []
    for place, inside, files in os.walk(root, onerror=fail):
        inside[:] = sorted(one for one in inside if not one.startswith("."))
        pictures = sorted(file for file in files if file.lower().endswith(SUFFIXES) and not file.startswith("."))
        if pictures:
            folders.append((Path(place), pictures))
    return folders


def _trial(name: str, root: Path, folder: Path, files: list[str]) -> Trial:
    called = "__".join(folder.relative_to(root).parts) or folder.resolve().name
    if not is_plain_name(called):
        raise UserError(f"pictures.{name}: {folder} cannot be the name of a trial; rename the folder.")
    return Trial(
        name=called,
        base_video=base_video(called),
        task=name,
        split="train",
        root=root,
        labels={},
        valid={},
        frames=every_frame(len(files)),
        crop_dir=folder,
        media=None,
        transcript=None,
        captions=None,
        pictures=tuple(files),
    )
