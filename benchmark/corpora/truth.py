"""The labels that a prediction file is scored against, from whatever the user has of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.annotations import Annotation
from benchmark.corpora.identity import SIDECAR
from benchmark.corpora.layout import find_layout
from benchmark.corpora.mtl import read_mtl
from benchmark.corpora.reader import open_corpus, read_trial_files
from benchmark.corpora.trials import Frames
from benchmark.errors import UserError
from benchmark.tasks import Task


@dataclass(frozen=True, slots=True)
class LabelledTrial:
    """Labels of one trial.

    Attributes:
        name: trial name.
        frames: (N,) frame number of each row, ascending; the multi-task track lists some frames twice.
        heads: head key -> labels of the N rows.
        faces: (N,) True where the face crop exists; None where the crops are not known.
    """

    name: str
    frames: Frames
    heads: Mapping[str, Annotation]
    faces: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Truth:
    """Labelled trials, where they come from in words, and whether they are synthetic (None: not known)."""

    trials: tuple[LabelledTrial, ...]
    source: str
    synthetic: bool | None


def read_truth(path: Path, task: Task, split: str | None) -> Truth:
    """Read the labels of a task.

    Args:
        path: folder of per-trial annotation files, multi-task file, or root of a corpus.
        task: the task.
        split: split of the corpus; None for ``validation``. Only for a corpus root.

    Raises:
        UserError: there are no such labels at ``path``, or a row is bad.
    """
    plain = path.is_file() or (not _is_corpus(path) and path.is_dir() and any(path.glob("[!.]*.txt")))
    if plain and split is not None:
        raise UserError(f"--split {split}: {path} is no corpus root; leave the option out.")
    if path.is_file():
        return Truth(_from_mtl(path, task), str(path), _synthetic(path))
    if plain:
        if len(task.heads) > 1:
            raise UserError(f"{path}: is a folder; task {task.key} needs its annotation file or a corpus root.")
        trials = tuple(LabelledTrial(*found, faces=None) for found in read_trial_files(path, task.heads[0]))
        return Truth(trials, str(path), _synthetic(path))
    return _from_corpus(path, task, split or "validation")


def _synthetic(path: Path) -> bool | None:
    """True for labels that lie inside a synthetic corpus; a copy elsewhere cannot be told from real ones."""
    return True if any((parent / SIDECAR).is_file() for parent in path.resolve().parents) else None


def _is_corpus(path: Path) -> bool:
    try:
        find_layout(path)
    except UserError:
        return False
    return True


def _from_mtl(path: Path, task: Task) -> tuple[LabelledTrial, ...]:
    if task.key == "ce":
        raise UserError(f"{path}: is a file; task ce needs a folder of annotation files or a corpus root.")
    table = read_mtl(path)
    return tuple(
        LabelledTrial(
            name,
            table.images.frames[rows],
            {key: Annotation(table.heads[key].labels[rows], table.heads[key].valid[rows]) for key in task.heads},
            faces=None,
        )
        for name, rows in table.images.by_trial().items()
    )


def _from_corpus(root: Path, task: Task, split: str) -> Truth:
    corpus = open_corpus(root)
    if split == "test":
        raise UserError("--split test: the test split has no labels; expected train or validation.")
    trials = tuple(
        LabelledTrial(
            trial.name,
            trial.frames,
            {key: Annotation(trial.labels[key], trial.valid[key]) for key in task.heads},
            trial.crops_present(),
        )
        for trial in corpus.trials(task.key, split)
    )
    return Truth(trials, f"{root} ({split})", corpus.synthetic)
