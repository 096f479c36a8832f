"""The lists that a run learns from: of its own task, of others, and folders of pictures without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.contract import Stage
from benchmark.corpora.pictures import picture_trials
from benchmark.corpora.trials import Trial
from benchmark.errors import UserError, unknown_name
from benchmark.running.leaks import guard
from benchmark.running.request import RunRequest
from benchmark.tasks import TASKS


@dataclass(frozen=True, slots=True)
class TrainingLists:
    """What feeds a run.

    Attributes:
        trials: task key or name of a folder of pictures -> its trials, without those that the leak guard has taken
            out.
        labelled: task keys whose labels are learnt from; of the others only frames, sound and words are.
        found: what the leak guard says.
    """

    trials: Mapping[str, list[Trial]]
    labelled: frozenset[str]
    found: list[str]

    def seen(self, labels: bool) -> list[str]:
        """``<task>/train`` or ``<name>/pictures`` of the lists that were seen with, or only without, their labels."""
        return [_called(key) for key in self.trials if (key in self.labelled) == labels]


def training_lists(request: RunRequest, scored: Sequence[Trial], stages: Sequence[Stage]) -> TrainingLists:
    """Read the lists of every stage and guard them against the scored split.

    Raises:
        UserError: a list is missing or empty, a stage wants labels of pictures, or the run's own list holds scored
            trials.
    """
    own = request.task.key
    uses = [(key, stage.labels) for stage in stages for key in (stage.lists or {own: 1.0})]
    keys = list(dict.fromkeys([own, *(key for key, _ in uses)]))
    labelled = frozenset(key for key, labels in uses if labels)
    if bare := sorted(labelled & request.preset.pictures.keys()):
        raise UserError(
            f"pictures.{bare[0]} has no labels, but a stage learns from labels on it; choose a task's list."
        )
    lists, found = guard(
        {_called(key): _read(request, key) for key in keys},
        scored,
        request.allow_leak,
        f"{own}/train",
    )
    for key in keys:
        if not lists[_called(key)]:
            raise UserError(
                f"{request.corpus.root}: every trial of {_called(key)} is of a scored video, so that nothing is left "
                "to learn from; expected other trials, or --allow-leak."
            )
    return TrainingLists({key: lists[_called(key)] for key in keys}, labelled, found)


def _called(key: str) -> str:
    return f"{key}/train" if key in TASKS else f"{key}/pictures"


def _read(request: RunRequest, key: str) -> tuple[Trial, ...]:
    if key in TASKS:
        return trials_of(request, key, "train")
    if key not in request.preset.pictures:
        raise unknown_name("list of a stage", key, [*TASKS, *request.preset.pictures])
    return picture_trials(key, Path(request.preset.pictures[key]).expanduser())


def trials_of(request: RunRequest, task: str, split: str) -> tuple[Trial, ...]:
    """All trials of a split.

    Raises:
        UserError: there are none.
    """
    trials = request.corpus.trials(task, split)
    if not trials:
        raise UserError(f"{request.corpus.root}: no {split} trials for task {task}.")
    return trials
