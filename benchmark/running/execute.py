"""One run, from trials to record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import torch

from benchmark.corpora.trials import Trial
from benchmark.cost.environment import describe_environment
from benchmark.encoders.store import FeatureStore
from benchmark.records import DataInfo, Record, RunInfo
from benchmark.running.data import Encoders
from benchmark.running.estimator_run import run_estimator
from benchmark.running.lists import trials_of
from benchmark.running.network_run import run_network
from benchmark.running.request import RunRequest
from benchmark.running.scoring import score_predictions
from benchmark.training.checkpoints import save_state
from benchmark.training.decide import predictions_hash
from benchmark.training.postprocessing import Smoothing
from benchmark.training.stitching import FramePredictions


def execute(request: RunRequest, store: FeatureStore) -> Record:
    """Encode what is missing, train, predict, score and cost one run.

    Weights go to ``out/weights/<run id>.safetensors``, predictions to ``out/predictions/<run id>.safetensors``.
    Interrupted training goes on from ``work/<run id>`` in ``out`` and ends in the same predictions.

    Raises:
        UserError: the corpus cannot serve the request.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    info = request.info()
    scored = trials_of(request, request.task.key, "validation")
    if request.method.card.kind == "network":
        result = run_network(request, info, scored, store)
    else:
        result = run_estimator(request, scored, store)
    lists = result.fed.lists
    train = list({trial.name: trial for trials in lists.trials.values() for trial in trials}.values())
    _save_predictions(request, info, result.predictions)
    filter_settings = request.preset.smoothing
    score = score_predictions(
        request.task,
        result.scored,
        result.predictions,
        request.preset.postprocessing,
        Smoothing(filter_settings.kind, filter_settings.seconds),
        result.selection,
    )
    return Record(
        status="finished",
        run=info,
        data=DataInfo(
            corpus=request.corpus.name,
            synthetic=request.corpus.synthetic,
            size=request.corpus.size,
            fingerprint=request.corpus.fingerprint,
            train_split="train",
            scored_split="validation",
            train_trials=len(train),
            scored_trials=len(scored),
            scored_frames=sum(trial.n_frames for trial in scored),
            labels_seen=[
                *lists.seen(labels=True),
                *([f"{request.task.key}/validation"] if result.selection == "validation" else []),
            ],
            media_seen=lists.seen(labels=False),
            streams=Encoders(request.preset.streams).describe(result.scored),
            leaks=lists.found if request.allow_leak else [],
            notes=[
                *([] if request.allow_leak else lists.found),
                *_trial_notes([*train, *scored]),
                *result.fed.notes,
            ],
        ),
        score=score,
        cost=result.cost,
        environment=describe_environment(),
        predictions_sha256=predictions_hash(result.predictions),
        history=result.history,
        diagnostics=dict(result.diagnostics),
        started_at=started,
    )


def _trial_notes(trials: Sequence[Trial]) -> list[str]:
    """One sentence for each kind of oddity, with the trials it was found in."""
    found: dict[str, list[str]] = {}
    for trial in trials:
        for note in trial.notes:
            found.setdefault(note, []).append(trial.name)
    return [f"{note}: {names[0] if len(names) == 1 else f'{len(names)} trials'}" for note, names in found.items()]


def _save_predictions(request: RunRequest, info: RunInfo, predictions: FramePredictions) -> None:
    tensors = {
        f"{name}/{key}": torch.from_numpy(values)
        for name, heads in sorted(predictions.items())
        for key, values in heads.items()
    }
    save_state(request.out / "predictions" / f"{info.id}.safetensors", tensors, {"run": info.id})
