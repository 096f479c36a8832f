"""One run, from trials to record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import torch

from benchmark.corpora.trials import Trial
from benchmark.cost.environment import describe_environment
from benchmark.cost.memory import PeakMemory
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError
from benchmark.records import Cost, DataInfo, Record, RunInfo
from benchmark.running.building import build_module
from benchmark.running.costing import check_same, network_cost, sample_trials
from benchmark.running.data import Encoders
from benchmark.running.leaks import guard
from benchmark.running.request import RunRequest
from benchmark.running.scoring import score_predictions
from benchmark.training.checkpoints import save_state
from benchmark.training.decide import predictions_hash
from benchmark.training.estimators import predict_trials, trial_arrays
from benchmark.training.fit import StageData
from benchmark.training.folds import inner_split
from benchmark.training.networks import make_fabric, train_network
from benchmark.training.postprocessing import Smoothing
from benchmark.training.predict import predict
from benchmark.training.stitching import FramePredictions
from benchmark.training.windows import TrialData


@dataclass(frozen=True, slots=True)
class _Result:
    predictions: FramePredictions
    cost: Cost
    history: list[dict[str, float]]
    selection: Literal["inner", "validation", "none"]


def execute(request: RunRequest, store: FeatureStore) -> Record:
    """Encode what is missing, train, predict, score and cost one run.

    Weights go to ``out/weights/<run id>.safetensors``, predictions to ``out/predictions/<run id>.safetensors``.
    Interrupted training goes on from ``work/<run id>`` in ``out`` and ends in the same predictions.

    Raises:
        UserError: the corpus cannot serve the request.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    info = request.info()
    scored = _trials(request, "validation")
    training_list = f"{request.task.key}/train"
    lists, found = guard({training_list: _trials(request, "train")}, scored, request.allow_leak)
    train = lists[training_list]
    encoders = Encoders(request.preset.streams)
    report = store.ensure([*train, *scored], list(dict.fromkeys(encoders.keys.values())))
    train_data, scored_data = encoders.load(train, store), encoders.load(scored, store)
    run = _run_network if request.method.card.kind == "network" else _run_estimator
    result = run(request, info, encoders, train_data, scored_data)
    _save_predictions(request, info, result.predictions)
    filter_settings = request.preset.smoothing
    score = score_predictions(
        request.task,
        scored_data,
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
            labels_seen=[*lists, *([f"{request.task.key}/validation"] if result.selection == "validation" else [])],
            streams=encoders.describe(scored_data),
            leaks=found if request.allow_leak else [],
            notes=[*([] if request.allow_leak else found), *_trial_notes([*train, *scored]), *report.notes],
        ),
        score=score,
        cost=result.cost,
        environment=describe_environment(),
        predictions_sha256=predictions_hash(result.predictions),
        history=result.history,
        started_at=started,
    )


def _trials(request: RunRequest, split: str) -> tuple[Trial, ...]:
    trials = request.corpus.trials(request.task.key, split)
    if not trials:
        raise UserError(f"{request.corpus.root}: no {split} trials for task {request.task.key}.")
    return trials


def _trial_notes(trials: Sequence[Trial]) -> list[str]:
    """One sentence for each kind of oddity, with the trials it was found in."""
    found: dict[str, list[str]] = {}
    for trial in trials:
        for note in trial.notes:
            found.setdefault(note, []).append(trial.name)
    return [f"{note}: {names[0] if len(names) == 1 else f'{len(names)} trials'}" for note, names in found.items()]


def _run_network(
    request: RunRequest, info: RunInfo, encoders: Encoders, train: list[TrialData], scored: list[TrialData]
) -> _Result:
    preset = request.preset
    if preset.windows is None or preset.training is None:
        raise UserError(
            f"{request.method.package}/presets.yaml, {request.preset_name}: windows or training is missing."
        )
    module = build_module(request, encoders)
    fabric = make_fabric(request.device, preset.training.precision)
    inside, inner = (
        inner_split(train, preset.training.inner_folds, request.seed) if request.select == "inner" else (train, scored)
    )
    if module.standardiser is not None:
        module.standardiser.fit(inside)
    trained = train_network(
        module,
        StageData(inside, inner, request.task, preset.windows),
        preset.training,
        request.seed,
        fabric,
        request.out / "work" / info.id,
        f"Training {info.method}",
    )
    with PeakMemory(fabric.device) as memory:
        prediction = predict(
            trained.module,
            scored,
            request.task,
            preset.windows,
            preset.training.batch_size,
            fabric.device,
            label=f"Predicting with {info.method}",
        )
    save_state(request.out / "weights" / f"{info.id}.safetensors", trained.module.state_dict(), {"run": info.id})
    cost = network_cost(
        trained, prediction, memory, scored, encoders, request.task, preset.windows, preset.training, fabric.device
    )
    return _Result(prediction.frames, cost, trained.history, request.select)


def _run_estimator(
    request: RunRequest, info: RunInfo, encoders: Encoders, train: list[TrialData], scored: list[TrialData]
) -> _Result:
    estimator = request.method.build(request.task, encoders.dims, request.preset.model)
    began = time.perf_counter()
    estimator.fit([trial_arrays(item) for item in train])
    fitted = time.perf_counter()
    with PeakMemory(torch.device("cpu")) as memory:
        predictions = predict_trials(estimator, [trial_arrays(item) for item in scored])
    predicted = time.perf_counter()
    sample = sample_trials([item.trial for item in scored])
    fresh = predict_trials(estimator, [trial_arrays(item) for item in encoders.encode(sample)])
    done = time.perf_counter()
    check_same(fresh, predictions)
    frames = sum(item.trial.n_frames for item in scored)
    cost = Cost(
        device="cpu",
        precision="64-true",
        batch_size=1,
        parameters=estimator.parameters,
        trainable_parameters=estimator.parameters,
        flops_per_frame=2.0 * estimator.parameters,
        train_seconds=fitted - began,
        epochs=0,
        steps=0,
        predict_frames=frames,
        model_frames_per_second=frames / (predicted - fitted),
        end_to_end_frames_per_second=sum(trial.n_frames for trial in sample) / (done - predicted),
        latency=None,
        peak_memory_mib=memory.allocated_mib,
        peak_reserved_mib=None,
        memory_kind="resident set",
    )
    return _Result(predictions, cost, [], "none")


def _save_predictions(request: RunRequest, info: RunInfo, predictions: FramePredictions) -> None:
    tensors = {
        f"{name}/{key}": torch.from_numpy(values)
        for name, heads in sorted(predictions.items())
        for key, values in heads.items()
    }
    save_state(request.out / "predictions" / f"{info.id}.safetensors", tensors, {"run": info.id})
