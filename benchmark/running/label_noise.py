"""Whether a trained run tells the wrong labels that it learnt from, on a corpus that knows which they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmark.contract import Stage
from benchmark.corpora.wrong_labels import wrong_expressions
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError
from benchmark.metrics.separation import Separation
from benchmark.running.lists import training_lists
from benchmark.running.restore import Restored
from benchmark.training.folds import held_out
from benchmark.training.module import MethodModule
from benchmark.training.networks import chooses, stages_of
from benchmark.training.stitching import FramePredictions
from benchmark.training.trust import label_trust
from benchmark.training.windows import TrialData

HEAD = "expr"
#: Smallest probability whose logarithm is taken.
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class LabelJudgement:
    """How well two scores tell the wrong labels of some training trials.

    Attributes:
        trials, frames, wrong: how many there are; frames with a label that counts, wrong ones among them.
        loss: by the plain loss, ``-log p`` of the label.
        distrust: by one minus what ``label_trust`` says, or None for a method that has none.
    """

    trials: int
    frames: int
    wrong: int
    loss: Separation
    distrust: Separation | None


@dataclass(slots=True)
class _Frames:
    """Frames with a label that counts, of all trials so far."""

    videos: list[str] = field(default_factory=list)
    wrong: list[np.ndarray] = field(default_factory=list)
    loss: list[np.ndarray] = field(default_factory=list)
    distrust: list[np.ndarray] = field(default_factory=list)


def judge_labels(restored: Restored, store: FeatureStore) -> dict[str, LabelJudgement]:
    """Judge the labels of the training list: ``learnt`` for those that training used, ``held_out`` for the others.

    The inner folds, which choose the checkpoint but teach nothing, are held out; a floor learns from everything.

    Raises:
        UserError: the run is of another task, or the corpus does not know which labels are wrong.
    """
    request = restored.request
    if request.task.key != HEAD:
        raise UserError(
            f"{restored.record.run.id}: is of task {request.task.key}; expected {HEAD}, whose wrong labels are known."
        )
    known = wrong_expressions(request.corpus.root)
    stages = stages_of(restored.model.network) if isinstance(restored.model, MethodModule) else ()
    lists = training_lists(request, request.corpus.trials(HEAD, "validation"), stages)
    held = _held(restored, stages, {key: [t.base_video for t in trials] for key, trials in lists.trials.items()})
    data = restored.load(lists.trials[HEAD], store)
    predictions = restored.predict(data)
    trusted = _trust(restored, data)
    sides = {"learnt": [i for i in data if i.trial.base_video not in held]}
    if held:
        sides["held_out"] = [item for item in data if item.trial.base_video in held]
    return {name: _judge(items, predictions, trusted, known) for name, items in sides.items() if items}


def _held(restored: Restored, stages: Sequence[Stage], bases: Mapping[str, Sequence[str]]) -> frozenset[str]:
    training = restored.request.preset.training
    if training is None or restored.request.select != "inner" or not chooses(stages, training):
        return frozenset()
    return held_out(bases, training.inner_folds, restored.request.seed)


def _trust(restored: Restored, data: Sequence[TrialData]) -> dict[str, np.ndarray]:
    """Trial name -> (N,), empty for a method without ``label_trust``."""
    model = restored.model
    if not isinstance(model, MethodModule) or not hasattr(model.network, "label_trust"):
        return {}
    windows, training = restored.request.network_settings()
    return label_trust(model, restored.prepare(data), HEAD, windows, training.batch_size, restored.device)


def _judge(
    items: Sequence[TrialData],
    predictions: FramePredictions,
    trusted: Mapping[str, np.ndarray],
    known: Mapping[str, np.ndarray],
) -> LabelJudgement:
    found = _Frames()
    for item in items:
        trial = item.trial
        valid = np.flatnonzero(trial.valid[HEAD])
        found.videos += [trial.base_video] * len(valid)
        found.wrong.append(np.isin(valid, known.get(trial.name, np.zeros(0, np.int64))))
        p = predictions[trial.name][HEAD][valid, trial.labels[HEAD][valid]].astype(np.float64)
        found.loss.append(-np.log(np.maximum(p, _TINY)))
        if trial.name in trusted:
            found.distrust.append(1 - trusted[trial.name][valid])
    wrong = np.concatenate(found.wrong)
    return LabelJudgement(
        trials=len(items),
        frames=len(wrong),
        wrong=int(wrong.sum()),
        loss=Separation.of(np.concatenate(found.loss), wrong, found.videos),
        distrust=Separation.of(np.concatenate(found.distrust), wrong, found.videos) if trusted else None,
    )
