"""Opening a corpus in the Aff-Wild2 layout, real or synthetic, and reading the trials of a task and split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmark.corpora.annotations import Annotation, read_annotation
from benchmark.corpora.identity import Identity, manifest_fingerprint, read_identity
from benchmark.corpora.layout import SPLITS, Layout, expected_place, find_layout
from benchmark.corpora.mtl import read_mtl
from benchmark.corpora.names import base_video, is_plain_name
from benchmark.corpora.places import Places, find_places
from benchmark.corpora.release import release_rows
from benchmark.corpora.trials import Frames, Trial, every_frame
from benchmark.errors import UserError, unknown_name
from benchmark.tasks import TASKS, get_task

__all__ = ["Corpus", "base_video", "open_corpus", "open_named"]


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk.

    Attributes:
        root: its folder.
        layout: which annotations and lists it has.
        identity: what the sidecar of a synthetic corpus says; None for a real one.
    """

    root: Path
    layout: Layout
    identity: Identity | None

    @property
    def name(self) -> str:
        """``affrig`` for the synthetic corpus, else the name of the folder."""
        return "affrig" if self.identity else self.root.resolve().name

    @property
    def synthetic(self) -> bool:
        """Whether scores on it say nothing about real people."""
        return self.identity is not None

    @property
    def size(self) -> str | None:
        """Size of the synthetic corpus; None for a real one."""
        return self.identity.size if self.identity else None

    @cached_property
    def fingerprint(self) -> str:
        """Hash that tells whether two runs saw the same data; counts all crops of a real corpus on first use."""
        if self.identity:
            return self.identity.fingerprint
        layout = self.layout
        lists = [*layout.annotations.values(), *layout.test_names.values(), *layout.samples.values()]
        crops = [folder for task in TASKS for folder in find_places(self.root, task).crops]
        return manifest_fingerprint(self.root, lists, crops)

    def trials(self, task: str, split: str) -> tuple[Trial, ...]:
        """All trials of a task and split, sorted by name.

        Raises:
            UserError: the task or split is unknown, the corpus has no annotations for it, or an annotation is bad.
        """
        get_task(task)
        if split not in SPLITS:
            raise unknown_name("split", split, SPLITS)
        places = find_places(self.root, task)
        if split == "test":
            rows = release_rows(self.layout, places, task)
            return tuple(
                _trial(places, task, split, name, frames, {}, notes) for name, (frames, notes) in sorted(rows.items())
            )
        path = self.layout.annotations.get((task, split))
        if path is None:
            raise _missing(self.layout, task, split)
        labelled = _mtl_trials(path) if task == "mtl" else read_trial_files(path, task)
        trials = tuple(_trial(places, task, split, name, frames, heads) for name, frames, heads in labelled)
        if not trials:
            raise UserError(f"{path}: holds no annotation file; expected {expected_place(task, split)}.")
        return trials


def open_corpus(root: Path) -> Corpus:
    """Open the corpus in ``root``; reads the sidecar and looks at folder names only.

    Raises:
        UserError: ``root`` is no corpus; the message names what was expected.
    """
    return Corpus(root, find_layout(root), read_identity(root))


def open_named(corpus: str, size: str) -> Corpus:
    """Open ``affrig``, made on first use in the given size, or the corpus at a path."""
    if corpus != "affrig":
        return open_corpus(Path(corpus).expanduser())
    from benchmark.corpora.affrig.make import make_corpus

    return open_corpus(make_corpus(size))


def read_trial_files(folder: Path, head: str) -> Iterator[tuple[str, Frames, dict[str, Annotation]]]:
    """Name, frame numbers and labels of each annotation file of a folder, sorted by name.

    Raises:
        UserError: a file name is no trial name, or a row is bad.
    """
    for path in sorted(folder.glob("[!.]*.txt"), key=lambda path: path.stem):
        if not is_plain_name(path.stem):
            raise UserError(f"{path}: the file name is no trial name; rename or remove the file.")
        found = read_annotation(path, head)
        yield path.stem, every_frame(len(found.valid)), {head: found}


def _mtl_trials(path: Path) -> Iterator[tuple[str, Frames, dict[str, Annotation]]]:
    table = read_mtl(path)
    for name, rows in table.images.by_trial().items():
        heads = {key: Annotation(one.labels[rows], one.valid[rows]) for key, one in table.heads.items()}
        yield name, table.images.frames[rows], heads


def _trial(
    places: Places,
    task: str,
    split: str,
    name: str,
    frames: Frames,
    heads: dict[str, Annotation],
    notes: tuple[str, ...] = (),
) -> Trial:
    return Trial(
        name=name,
        base_video=base_video(name),
        task=task,
        split=split,
        root=places.root,
        labels={key: one.labels for key, one in heads.items()},
        valid={key: one.valid for key, one in heads.items()},
        frames=frames,
        crop_dir=places.crop_dir(name),
        media=places.find_media(name),
        transcript=places.transcript(name),
        captions=places.captions(name),
        reader_notes=notes,
    )


def _missing(layout: Layout, task: str, split: str) -> UserError:
    has = sorted({f"{t} {s}" for t, s in layout.annotations})
    return UserError(
        f"{layout.root}: no {split} annotations for task {task}; expected {expected_place(task, split)}. "
        f"The corpus has: {', '.join(has) or 'test lists only'}."
    )
