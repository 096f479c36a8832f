"""One run of an estimator: fit, predict, cost."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch

from benchmark.contract import Stage
from benchmark.corpora.trials import Trial
from benchmark.cost.memory import PeakMemory
from benchmark.encoders.store import FeatureStore
from benchmark.records import Cost
from benchmark.running.costing import check_same, sample_trials
from benchmark.running.data import Encoders
from benchmark.running.lists import training_lists
from benchmark.running.request import RunRequest
from benchmark.running.result import Fed, Result
from benchmark.training.estimators import predict_trials, trial_arrays


def run_estimator(request: RunRequest, scored: Sequence[Trial], store: FeatureStore) -> Result:
    """Fit on the whole training list of the run's task and predict the scored trials.

    Raises:
        UserError: the corpus or the preset cannot serve the request.
    """
    encoders = Encoders(request.preset.streams)
    fed = training_lists(request, scored, [Stage("fit")])
    train = fed.trials[request.task.key]
    report = store.ensure([*train, *scored], encoders.distinct)
    data = encoders.load(scored, store)
    estimator = request.method.build(request.task, encoders.dims, request.preset.model)
    began = time.perf_counter()
    estimator.fit([trial_arrays(item) for item in encoders.load(train, store)])
    fitted = time.perf_counter()
    with PeakMemory(torch.device("cpu")) as memory:
        predictions = predict_trials(estimator, [trial_arrays(item) for item in data])
    predicted = time.perf_counter()
    sample = sample_trials(scored)
    fresh = predict_trials(estimator, [trial_arrays(item) for item in encoders.encode(sample)])
    done = time.perf_counter()
    check_same(fresh, predictions)
    frames = sum(trial.n_frames for trial in scored)
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
    return Result(predictions, cost, data, Fed(fed, report.notes))
