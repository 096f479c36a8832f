"""Raw, smoothed, tuned: the same predictions, scored on every rung."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.metrics.decisions import decide
from benchmark.tasks import HEADS, Task
from benchmark.training.decide import Decisions
from benchmark.training.postprocessing.smoothing import Smoothing, fill_gaps, smooth
from benchmark.training.postprocessing.tuning import WIDTHS, Tuned, tune

RUNGS = ("raw", "smoothed", "tuned")
#: Folds over base videos for the tuned rung; each video is decided with settings chosen on the other folds.
FOLDS = 5


@dataclass(frozen=True, slots=True)
class LadderTrial:
    """What post-processing needs to know of a trial.

    Attributes:
        name, base_video: as in ``Trial``.
        frame_times: (N,) seconds.
        present: (N,) True where the crop was there.
        activations: head key -> (N, width).
        labels, valid: head key -> as in ``Trial``.
    """

    name: str
    base_video: str
    frame_times: NDArray[np.float64]
    present: NDArray[np.bool_]
    activations: Mapping[str, NDArray[Any]]
    labels: Mapping[str, NDArray[Any]]
    valid: Mapping[str, NDArray[np.bool_]]


def climb(task: Task, trials: Sequence[LadderTrial], smoothing: Smoothing, seed: int) -> dict[str, Decisions]:
    """Decisions of every trial on every rung.

    ``raw`` decides on the activations as they are. ``smoothed`` fills gaps and filters with the declared width.
    ``tuned`` chooses width and thresholds or biases by folds over base videos, so that no video is decided with
    settings that its own labels chose; with a single base video it equals ``smoothed``.

    Args:
        seed: deals the base videos into folds.
    """
    rungs = {rung: decide_rung(task, trials, rung, smoothing, {}) for rung in ("raw", "smoothed")}
    folds = _folds(trials, seed)
    tuned = {name: dict(heads) for name, heads in rungs["smoothed"].items()}
    if len(folds) > 1:
        for key in task.heads:
            filtered = _at_widths(trials, key)
            for held in folds:
                chosen = _tune_on([t for t in trials if t.base_video not in held], key, filtered)
                for trial in trials:
                    if trial.base_video in held:
                        tuned[trial.name][key] = chosen.decide(filtered[trial.name][chosen.seconds])
    return {**rungs, "tuned": tuned}


def tune_heads(task: Task, trials: Sequence[LadderTrial]) -> dict[str, Tuned]:
    """For each head the settings that score best on the given trials, to be used on the videos of another split."""
    return {key: _tune_on(trials, key, _at_widths(trials, key)) for key in task.heads}


def decide_rung(
    task: Task, trials: Sequence[LadderTrial], rung: str, smoothing: Smoothing, tuned: Mapping[str, Tuned]
) -> Decisions:
    """Decisions of trials on one rung; their labels are not read.

    Args:
        rung: one of ``RUNGS``.
        smoothing: filter of the ``smoothed`` rung.
        tuned: head key -> settings of the ``tuned`` rung, from ``tune_heads`` on other videos.
    """

    def one(trial: LadderTrial, key: str) -> NDArray[Any]:
        if rung == "tuned":
            return tuned[key].decide(_filtered(trial, key, Smoothing("box", tuned[key].seconds)))
        return decide(key, trial.activations[key] if rung == "raw" else _filtered(trial, key, smoothing))

    return {trial.name: {key: one(trial, key) for key in task.heads} for trial in trials}


def _at_widths(trials: Sequence[LadderTrial], key: str) -> dict[str, dict[float, NDArray[Any]]]:
    return {t.name: {w: _filtered(t, key, Smoothing("box", w)) for w in WIDTHS} for t in trials}


def _filtered(trial: LadderTrial, key: str, smoothing: Smoothing) -> NDArray[Any]:
    filled = fill_gaps(trial.activations[key], trial.present)
    return smooth(filled, smoothing, trial.frame_times, votes=HEADS[key].kind == "classes")


def _folds(trials: Sequence[LadderTrial], seed: int) -> list[set[str]]:
    bases = sorted({trial.base_video for trial in trials})
    order = np.random.default_rng([seed, 4]).permutation(len(bases))
    return [{bases[i] for i in part} for part in np.array_split(order, min(FOLDS, len(bases)))]


def _tune_on(trials: Sequence[LadderTrial], key: str, filtered: Mapping[str, Mapping[float, NDArray[Any]]]) -> Tuned:
    labels = np.concatenate([trial.labels[key][trial.valid[key]] for trial in trials])
    pooled = {w: np.concatenate([filtered[trial.name][w][trial.valid[key]] for trial in trials]) for w in WIDTHS}
    return tune(HEADS[key], pooled, labels)[0]
