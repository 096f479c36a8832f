"""The training lists that a run learns from, which may be those of several tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.contract import Stage
from benchmark.corpora.trials import Trial
from benchmark.errors import UserError
from benchmark.running.leaks import guard
from benchmark.running.request import RunRequest


@dataclass(frozen=True, slots=True)
class TrainingLists:
    """What feeds a run.

    Attributes:
        trials: task key -> trials of its training list, without those that the leak guard has taken out.
        labelled: task keys whose labels are learnt from; of the others only frames, sound and words are.
        found: what the leak guard says.
    """

    trials: Mapping[str, list[Trial]]
    labelled: frozenset[str]
    found: list[str]

    def seen(self, labels: bool) -> list[str]:
        """``<task>/train`` of the lists that were seen with, or only without, their labels."""
        return [f"{key}/train" for key in self.trials if (key in self.labelled) == labels]


def training_lists(request: RunRequest, scored: Sequence[Trial], stages: Sequence[Stage]) -> TrainingLists:
    """Read the lists of every stage and guard them against the scored split.

    Raises:
        UserError: a list is missing or empty, or the run's own holds scored trials.
    """
    own = request.task.key
    uses = [(key, stage.labels) for stage in stages for key in (stage.lists or {own: 1.0})]
    keys = list(dict.fromkeys([own, *(key for key, _ in uses)]))
    lists, found = guard(
        {f"{key}/train": trials_of(request, key, "train") for key in keys},
        scored,
        request.allow_leak,
        f"{own}/train",
    )
    for key in keys:
        if not lists[f"{key}/train"]:
            raise UserError(
                f"{request.corpus.root}: every trial of {key}/train is of a scored video, so that nothing is left to "
                "learn from; expected other trials, or --allow-leak."
            )
    labelled = frozenset(key for key, labels in uses if labels)
    return TrainingLists({key: lists[f"{key}/train"] for key in keys}, labelled, found)


def trials_of(request: RunRequest, task: str, split: str) -> tuple[Trial, ...]:
    """All trials of a split.

    Raises:
        UserError: there are none.
    """
    trials = request.corpus.trials(task, split)
    if not trials:
        raise UserError(f"{request.corpus.root}: no {split} trials for task {task}.")
    return trials
