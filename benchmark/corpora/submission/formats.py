"""What a prediction file of each task and edition looks like; sources and doubts: docs/protocol.md."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.corpora.mtl import HEADER as MTL_HEADER
from benchmark.corpora.predictions import prediction_header
from benchmark.errors import UserError
from benchmark.tasks import HEADS, TASKS, get_task

#: Tracks of each edition that this harness has a task for. Which three the ninth had is not known for certain.
TRACKS: dict[int, tuple[str, ...]] = {
    1: ("va", "expr", "au"),
    2: ("va", "expr", "au"),
    3: ("va", "expr", "au", "mtl"),
    4: ("mtl",),
    5: ("va", "expr", "au"),
    6: ("va", "expr", "au", "ce"),
    7: ("mtl", "ce"),
    8: ("va", "expr", "au", "ce"),
    9: ("va", "expr", "au", "ce"),
    10: ("va", "expr", "au"),
    11: ("mtl",),
}
_SEVEN_CLASSES = 7


@dataclass(frozen=True, slots=True)
class Format:
    """The format of one task and edition.

    Attributes:
        task: task key.
        edition: number of the challenge.
        header: first line.
        per_trial: whether there is one file for each trial, with rows that carry no image location.
        decimals: of valence and arousal.
        classes: head key -> number of classes, for heads of classes.
    """

    task: str
    edition: int
    header: str
    per_trial: bool
    decimals: int
    classes: dict[str, int]

    @property
    def heads(self) -> tuple[str, ...]:
        """Heads of a row, in the order of its fields."""
        return TASKS[self.task].heads

    @property
    def fields(self) -> int:
        """Number of fields that hold values, without the image location."""
        return sum(1 if HEADS[head].kind == "classes" else HEADS[head].width for head in self.heads)


def get_format(task: str, edition: int) -> Format:
    """The format of a task and edition.

    Raises:
        UserError: there is no such task or edition, the edition had no such track, or predicted other units than this
            harness does.
    """
    get_task(task)
    if edition not in TRACKS:
        raise UserError(f"--edition {edition}: expected an edition of 1..{max(TRACKS)}.")
    if task not in TRACKS[edition]:
        had = [str(number) for number, tracks in TRACKS.items() if task in tracks]
        raise UserError(f"--edition {edition}: had no {task} track, expected one of {', '.join(had)}.")
    if task == "au" and edition == 1:
        raise UserError(
            "--edition 1: its eight action units include AU20, which no method here predicts; give 2 or more."
        )
    per_trial = edition <= 3 and task != "mtl"
    seven = task == "expr" and edition <= 2
    if task == "mtl":
        names: tuple[str, ...] = MTL_HEADER
    elif per_trial:
        names = HEADS[task].names[: _SEVEN_CLASSES if seven else None]
    else:
        names = prediction_header(task)
    heads = TASKS[task].heads
    return Format(
        task=task,
        edition=edition,
        header=",".join(names),
        per_trial=per_trial,
        decimals=3 if per_trial else 4 if edition == 3 else 6,
        classes={
            head: _SEVEN_CLASSES if seven else HEADS[head].width for head in heads if HEADS[head].kind == "classes"
        },
    )


def usual_edition(task: str, per_trial: bool) -> int:
    """The newest edition with the track; if the files are per trial, the newest that had such files."""
    editions = [edition for edition, tracks in TRACKS.items() if task in tracks]
    return max((edition for edition in editions if per_trial and edition <= 3), default=max(editions))
