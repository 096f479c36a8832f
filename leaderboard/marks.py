"""What a reader must know before trusting or comparing a row, read off its records."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.tasks import TASKS
from leaderboard.grouping import Scored
from leaderboard.model import Mark


def leaked(run: Scored) -> bool:
    """True where scored videos were in a training list, or the labels that score the run among those that trained it.

    Choosing a checkpoint on the scored split is another matter and has its own mark.
    """
    data, task = run.data, TASKS[run.record.run.task]
    if data.leaks or data.scored_split in data.train_split.split("+"):
        return True
    own = {f"{key}/{data.scored_split}" for key in (task.key, *task.heads)}
    return run.score.selection != "validation" and not own.isdisjoint(data.labels_seen)


def row_marks(runs: Sequence[Scored]) -> tuple[Mark, ...]:
    """Marks of one row, the gravest first.

    Args:
        runs: the seeds of the row; they differ by nothing that is marked but notes and uncommitted changes.
    """
    first = runs[0]
    info, data = first.record.run, first.data
    own_labels = {info.task, *TASKS[info.task].heads}
    foreign = [name for name in sorted(data.labels_seen) if name.split("/")[0] not in own_labels]
    marks: list[Mark] = []
    if data.synthetic:
        marks.append(Mark("synthetic", "synthetic", "Scored on rendered faces; says nothing about real people."))
    if leaked(first):
        text = f"The labels of {info.task}/{data.scored_split} that score this run also trained it."
        marks.append(Mark("leak", "leak", f"{_joined(data.leaks) if data.leaks else text} It is not ranked."))
    if first.score.selection == "validation":
        text = (
            "Its checkpoint was chosen on the scored videos, as many papers do; the score is too high by that choice."
        )
        marks.append(Mark("selection", "chosen on validation", text))
    if foreign:
        text = f"Labels of other tasks fed this run too: {', '.join(foreign)}. The splits of the tasks differ."
        marks.append(Mark("labels", "other labels", text))
    if info.overrides:
        marks.append(Mark("override", "changed preset", f"Options set by hand: {', '.join(info.overrides)}."))
    if any(run.record.run.git_dirty for run in runs):
        marks.append(Mark("source", "uncommitted code", "Made by code with changes that no commit holds."))
    notes = list(dict.fromkeys(note for run in runs for note in run.data.notes))
    if notes:
        marks.append(Mark("note", "notes", _joined(notes)))
    return tuple(marks)


def _joined(notes: Sequence[str], shown: int = 3) -> str:
    rest = f" And {len(notes) - shown} more, in the details of the run." if len(notes) > shown else ""
    return " ".join(note if note.endswith(".") else f"{note}." for note in notes[:shown]) + rest


def stopped_seeds(seeds: list[int], done: int) -> Mark:
    """The mark of a row some of whose seeds have no score.

    Args:
        seeds: the seeds without a score.
        done: number of seeds that have one.
    """
    named = ", ".join(str(seed) for seed in seeds)
    text = (
        f"Mean over {done} seed{'s' if done != 1 else ''}; no score from seed {named}, see the list of runs set aside."
    )
    return Mark("seed", f"{len(seeds)} of {len(seeds) + done} seeds missing", text)
