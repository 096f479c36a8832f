"""From a finished record back to the trained thing, ready to predict any trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmark.contract import Estimator, Stage
from benchmark.corpora.reader import Corpus
from benchmark.corpora.trials import Trial
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError
from benchmark.presets import Preset
from benchmark.records import Record
from benchmark.registry import get_method
from benchmark.running.building import build_module
from benchmark.running.data import Encoders
from benchmark.running.lists import training_lists
from benchmark.running.request import RunRequest, source_hash
from benchmark.tasks import get_task
from benchmark.training.checkpoints import load_state
from benchmark.training.estimators import predict_trials, trial_arrays
from benchmark.training.module import MethodModule
from benchmark.training.networks import enter, make_fabric, makers_of, prepare, stages_of
from benchmark.training.predict import predict
from benchmark.training.stitching import FramePredictions
from benchmark.training.windows import TrialData


@dataclass(frozen=True, slots=True)
class Restored:
    """A trained run, as it was when it was scored.

    Attributes:
        record: what it was restored from.
        request: the request that led to the record, rebuilt; ``task``, ``preset`` and ``corpus`` are in it.
        encoders: the encoders of its streams.
        model: the network in eval mode on ``device``, or the estimator, fitted.
        device: where the network runs; always the CPU for estimators.
        predict: per-frame activations of every given trial.
        prepare: trials as the network's last stage reads them; as they are for an estimator.
    """

    record: Record
    request: RunRequest
    encoders: Encoders
    model: MethodModule | Estimator
    device: torch.device
    predict: Callable[[Sequence[TrialData]], FramePredictions]
    prepare: Callable[[Sequence[TrialData]], list[TrialData]]

    def load(self, trials: Sequence[Trial], store: FeatureStore) -> list[TrialData]:
        """Any trials with the streams that the run reads; encodes what the store lacks, with progress."""
        return _load(self.encoders, trials, store)


def restore(record: Record, out: Path, corpus: Corpus, device: str, store: FeatureStore) -> Restored:
    """Rebuild a run: a network from its config and its weights, an estimator by fitting it again.

    Args:
        record: a finished record.
        out: the run's ``--out`` folder, which holds ``weights/<run id>.safetensors``.
        corpus: the corpus that the run was trained on.
        device: ``auto``, ``cpu`` or ``cuda``.
        store: features of the training trials, for estimators.

    Raises:
        UserError: the run did not finish; code or corpus are no longer those of the run; the weights are missing,
            damaged or of another run.
    """
    request = request_of(record, out, corpus, device)
    encoders = Encoders(request.preset.streams)
    if request.method.card.kind == "network":
        return _network(record, request, encoders)
    return _estimator(record, request, encoders, store)


def request_of(record: Record, out: Path, corpus: Corpus, device: str) -> RunRequest:
    """The request that led to a record, checked against today's code and the given corpus.

    Raises:
        UserError: the run did not finish, or code or corpus are no longer those of the run.
    """
    run = record.run
    if record.status != "finished" or record.data is None or record.score is None:
        raise UserError(
            f"{run.id}: the run is {record.status}, expected a finished one; see its reason, and run again."
        )
    method = get_method(run.method)
    source = source_hash(method.package)
    if source != run.source_hash:
        at = f" (git {run.git_commit[:10]}{', with changes' if run.git_dirty else ''})" if run.git_commit else ""
        raise UserError(
            f"{run.id}: its code has source hash {run.source_hash[:16]}{at}, today's code has {source[:16]}; expected "
            f"the same code. Check that commit out, or run it again: abaw bench {run.method} --task {run.task}"
        )
    if corpus.fingerprint != record.data.fingerprint:
        raise UserError(
            f"{run.id}: it was trained on corpus {record.data.corpus} with fingerprint "
            f"{record.data.fingerprint[:16]}, {corpus.root} has {corpus.fingerprint[:16]}; expected the same corpus, "
            f"unchanged: give its folder with --corpus, and a test release that came later as a folder of its own."
        )
    return RunRequest(
        method=method,
        preset_name=run.preset,
        preset=Preset.model_validate(run.config),
        overrides=tuple(run.overrides),
        task=get_task(run.task),
        corpus=corpus,
        seed=run.seed,
        device=device,
        select="validation" if record.score.selection == "validation" else "inner",
        allow_leak=bool(record.data.leaks),
        out=out,
    )


def _network(record: Record, request: RunRequest, encoders: Encoders) -> Restored:
    windows, training = request.network_settings()
    with torch.random.fork_rng():
        module = build_module(request, encoders)
    stages = stages_of(module.network)
    for stage in stages:  # a stage may change what the network is made of
        enter(module.network, stage.name)
    makers = makers_of(module.network, windows, training)
    _fill(module, request.out / "weights" / f"{record.run.id}.safetensors", record)
    device = make_fabric(request.device, "32-true").device
    module.to(device).eval()

    def prepare_all(data: Sequence[TrialData]) -> list[TrialData]:
        return prepare(module, makers, stages[-1].reads, data, device, record.run.method)

    def predict_all(data: Sequence[TrialData]) -> FramePredictions:
        label, ready = f"Predicting with {record.run.method}", prepare_all(data)
        return predict(module, ready, request.task, windows, training.batch_size, device, label=label).frames

    return Restored(record, request, encoders, module, device, predict_all, prepare_all)


def _fill(module: MethodModule, path: Path, record: Record) -> None:
    again = f"train it again: abaw bench {record.run.method} --task {record.run.task} --fresh"
    if not path.is_file():
        raise UserError(f"{path}: no such file; expected the weights of the run. Give its --out folder, or {again}")
    found = load_state(path)
    if found is None:
        raise UserError(f"{path}: damaged; expected the weights of the run; {again}")
    tensors, facts = found
    if facts.get("run") != record.run.id:
        raise UserError(f"{path}: holds the weights of {facts.get('run')}, expected {record.run.id}; {again}")
    try:
        module.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: not the weights of this network ({reason}); {again}") from None


def _estimator(record: Record, request: RunRequest, encoders: Encoders, store: FeatureStore) -> Restored:
    task, corpus = request.task, request.corpus
    lists = training_lists(request, corpus.trials(task.key, "validation"), [Stage("fit")])
    estimator: Estimator = request.method.build(task, encoders.dims, request.preset.model)
    estimator.fit([trial_arrays(item) for item in _load(encoders, lists.trials[task.key], store)])

    def predict_all(data: Sequence[TrialData]) -> FramePredictions:
        return predict_trials(estimator, [trial_arrays(item) for item in data])

    return Restored(record, request, encoders, estimator, torch.device("cpu"), predict_all, list)


def _load(encoders: Encoders, trials: Sequence[Trial], store: FeatureStore) -> list[TrialData]:
    store.ensure(trials, encoders.distinct)
    return encoders.load(trials, store)
