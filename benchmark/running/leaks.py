"""The leak guard: no video of the scored split may have fed the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from benchmark.corpora.trials import Trial
from benchmark.errors import UserError
from benchmark.metrics import recording


def guard(
    lists: Mapping[str, Sequence[Trial]], scored: Sequence[Trial], allow: bool, own: str
) -> tuple[dict[str, list[Trial]], list[str]]:
    """Check every training list of a run, of this or another task, against the scored split.

    The run's own list is refused if it holds a scored trial itself. The splits of the tasks differ, so the list of
    another task may well hold some; they are taken out of it. Another person in a scored video (``_left`` and
    ``_right``) and another part of its recording (``video45_1`` and ``video45_2``), which the official expression lists
    put on two sides, share scene, light and sound with it; such trials are taken out of the list.

    Args:
        lists: "<task>/<split>" -> trials whose labels or media feed the run.
        scored: trials of the scored split.
        allow: keep everything; the second result then names each leak for the board.
        own: key of the run's own list.

    Returns:
        The lists to train on, and one sentence for each leak that was kept or taken out.

    Raises:
        UserError: the run's own list holds scored trials and ``allow`` is False.
    """
    names, scenes = {trial.name for trial in scored}, {recording(trial.name) for trial in scored}
    kept: dict[str, list[Trial]] = {}
    notes: list[str] = []
    for key, trials in lists.items():
        same = [trial for trial in trials if trial.name in names]
        siblings = [trial for trial in trials if trial.name not in names and recording(trial.name) in scenes]
        if same and key == own and not allow:
            raise UserError(
                f"leak: training list {key} holds {len(same)} trials of the scored split ({_some(same)}); "
                f"choose another list, or run with --allow-leak, which marks the row on the board."
            )
        kept[key] = list(trials) if allow else [trial for trial in trials if recording(trial.name) not in scenes]
        if same and allow:
            notes.append(f"LEAK: {key} holds {len(same)} trials of the scored split ({_some(same)})")
        elif same:
            notes.append(f"{key}: {len(same)} trials of the scored split taken out of training ({_some(same)})")
        if siblings and allow:
            notes.append(f"LEAK: {key} holds {len(siblings)} trials of scored videos ({_some(siblings)})")
        elif siblings:
            notes.append(f"{key}: {len(siblings)} trials of scored videos taken out of training ({_some(siblings)})")
    return kept, notes


def _some(trials: Iterable[Trial]) -> str:
    names = sorted(trial.name for trial in trials)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
