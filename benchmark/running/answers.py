"""What a finished run answers to a test list: restored, shown to be the scored run, and on its declared rung."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from benchmark.corpora.submission.stored import read_stored
from benchmark.corpora.trials import Trial
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError
from benchmark.running.costing import check_same, sample_trials
from benchmark.running.leaks import guard
from benchmark.running.restore import Restored
from benchmark.running.scoring import ladder_trial
from benchmark.training.decide import Decisions, predictions_hash
from benchmark.training.postprocessing import Smoothing, decide_rung, tune_heads
from benchmark.training.postprocessing.tuning import Tuned
from benchmark.training.stitching import FramePredictions


@dataclass(frozen=True, slots=True)
class Answers:
    """Decisions on a test list.

    Attributes:
        decisions: trial -> head key -> one decision a row.
        rung: the rung of the ladder they stand on.
        tuned: head key -> what was tuned on the whole validation split; empty on other rungs.
        leaks: one sentence for each training list that holds test trials or other trials of their videos.
    """

    decisions: Decisions
    rung: str
    tuned: Mapping[str, Tuned]
    leaks: tuple[str, ...]


def answer(
    restored: Restored, test: Sequence[Trial], classes: Mapping[str, int], allow_leak: bool, store: FeatureStore
) -> Answers:
    """Predict test trials with a restored run.

    The ``tuned`` rung takes its settings from the run's own predictions of the whole validation split, whose videos
    are others than the test ones.

    Args:
        test: the test trials.
        classes: head key -> number of classes that the edition knows; the first ones are chosen from.
        allow_leak: answer although a label list that fed the run holds test trials.

    Raises:
        UserError: a training list holds test trials, the run's stored predictions are missing or not those of the
            record, or the restored run predicts something else.
    """
    leaks = _leaks(restored, test, allow_leak)
    scored = _stored(restored)
    validation = restored.request.corpus.trials(restored.request.task.key, "validation")
    _same_run(restored, validation, scored, store)
    task, preset = restored.request.task, restored.request.preset
    rung = preset.postprocessing
    tuned = {}
    if rung == "tuned":
        tuned = tune_heads(task, [ladder_trial(item, scored) for item in restored.load(validation, store)])
    data = restored.load(test, store)
    predicted = {name: _known(heads, classes) for name, heads in restored.predict(data).items()}
    decisions = decide_rung(
        task,
        [ladder_trial(item, predicted) for item in data],
        rung,
        Smoothing(preset.smoothing.kind, preset.smoothing.seconds),
        tuned,
    )
    return Answers(decisions, rung, tuned, tuple(leaks))


def _leaks(restored: Restored, test: Sequence[Trial], allow: bool) -> list[str]:
    corpus, data = restored.request.corpus, restored.record.data
    seen = {name: corpus.trials(*name.split("/")) for name in (data.labels_seen if data else [])}
    names = {trial.name for trial in test}
    for name, trials in seen.items():
        held = sorted(trial.name for trial in trials if trial.name in names)
        if held and not allow:
            raise UserError(
                f"{restored.record.run.id}: {name}, whose labels fed the run, holds {len(held)} of the test trials "
                f"({held[0]} first); submit a run that did not see them, or say that it did with --allow-leak."
            )
    return guard(seen, test, allow=True, own=f"{restored.record.run.task}/train")[1]


def _stored(restored: Restored) -> FramePredictions:
    run = restored.record.run
    path = restored.request.out / "predictions" / f"{run.id}.safetensors"
    stored = read_stored(path)
    if predictions_hash(stored) != restored.record.predictions_sha256:
        raise UserError(
            f"{path}: not the predictions that the record of {run.id} was scored on; run it again: "
            f"abaw bench {run.method} --task {run.task} --fresh"
        )
    return stored


def _same_run(restored: Restored, validation: Sequence[Trial], scored: FramePredictions, store: FeatureStore) -> None:
    """What predicts the test set must be what was scored, up to rounding."""
    try:
        check_same(restored.predict(restored.load(sample_trials(validation), store)), scored)
    except RuntimeError as error:
        run = restored.record.run
        raise UserError(
            f"{run.id}: the restored run does not predict what was scored ({error}); other package versions than the "
            f"record's are the likely reason. Install those, or run it again: abaw bench {run.method} --task "
            f"{run.task} --fresh"
        ) from None


def _known(heads: Mapping[str, NDArray[Any]], classes: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    return {key: values[:, : classes.get(key)] for key, values in heads.items()}
