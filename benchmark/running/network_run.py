"""One run of a network: build, train through its stages, predict, cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from benchmark.contract import Stage
from benchmark.corpora.trials import Trial
from benchmark.cost.memory import PeakMemory
from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.catalogue import encoder_spec
from benchmark.encoders.store import FeatureStore
from benchmark.files import whole
from benchmark.paths import cache_root
from benchmark.records import RunInfo
from benchmark.running.building import build_module
from benchmark.running.costing import network_cost
from benchmark.running.data import Encoders
from benchmark.running.lists import TrainingLists, training_lists
from benchmark.running.request import RunRequest, threads
from benchmark.running.result import Fed, Result
from benchmark.tasks import TASKS
from benchmark.training.artefacts import Artefacts
from benchmark.training.checkpoints import save_state
from benchmark.training.folds import held_out, inner_split, without
from benchmark.training.made import Keep
from benchmark.training.networks import Lists, chooses, make_fabric, prepare, stages_of, train_network
from benchmark.training.predict import predict
from benchmark.training.windows import TrialData


def run_network(request: RunRequest, info: RunInfo, scored: Sequence[Trial], store: FeatureStore) -> Result:
    """Train and predict; the weights go to ``out/weights``, pictures of the stages to ``out/pictures/<run id>``.

    Raises:
        UserError: the corpus or the preset cannot serve the request.
    """
    windows, training = request.network_settings()
    encoders = Encoders(request.preset.streams)
    module = build_module(request, encoders)
    stages = stages_of(module.network)
    fed = training_lists(request, scored, stages)
    fabric = make_fabric(request.device, training.precision)
    raw, data, notes = _load(encoders, fed, stages, scored, store)
    chosen = request.select == "validation" or chooses(stages, training)
    lists = _split(request, fed, data, raw, everything=not chosen)
    if module.standardiser is not None:
        module.standardiser.fit(lists.train[request.task.key])
    keep = _keeper(encoders, store)
    identity, options = _identity(request, info), request.preset.model
    trained = train_network(
        module,
        lists,
        training,
        request.seed,
        fabric,
        request.out / "work" / info.id,
        f"Training {info.method}",
        Artefacts(cache_root() / "stages", info.method, identity, options, reuse=not request.fresh),
        keep,
        _painter(request.out / "pictures" / info.id),
    )
    ready = prepare(module, trained.makers, trained.reads, raw, fabric.device, info.method, keep)
    with PeakMemory(fabric.device) as memory:
        prediction = predict(
            module,
            ready,
            request.task,
            windows,
            training.batch_size,
            fabric.device,
            label=f"Predicting with {info.method}",
        )
    save_state(request.out / "weights" / f"{info.id}.safetensors", module.state_dict(), {"run": info.id})
    cost = network_cost(trained, prediction, memory, ready, encoders, request, fabric.device)
    return Result(
        predictions=prediction.frames,
        cost=cost,
        scored=raw,
        fed=Fed(fed, notes),
        history=trained.history,
        selection=request.select if chosen else "none",
        diagnostics=prediction.diagnostics,
    )


def _load(
    encoders: Encoders, fed: TrainingLists, stages: Sequence[Stage], scored: Sequence[Trial], store: FeatureStore
) -> tuple[list[TrialData], dict[str, list[TrialData]], tuple[str, ...]]:
    """Scored trials and training lists with their streams, encoded where the store lacks them, and what was odd."""
    readers = {key: encoders if key in TASKS else _reading(encoders, stages, key) for key in fed.trials}
    annotated = [trial for key, trials in fed.trials.items() if key in TASKS for trial in trials]
    notes = store.ensure([*annotated, *scored], encoders.distinct).notes
    for key, trials in fed.trials.items():
        if key not in TASKS:
            notes += store.ensure(trials, readers[key].distinct).notes
    data = {key: readers[key].load(trials, store) for key, trials in fed.trials.items()}
    return encoders.load(scored, store), data, notes


def _reading(encoders: Encoders, stages: Sequence[Stage], key: str) -> Encoders:
    """The encoders of the streams that the stages read of a list; nothing else is encoded of its pictures."""
    reads = [stage.reads for stage in stages if key in stage.lists]
    return encoders.reading(name for one in reads for name in one) if all(reads) else encoders


def _split(
    request: RunRequest,
    fed: TrainingLists,
    data: dict[str, list[TrialData]],
    scored: list[TrialData],
    everything: bool,
) -> Lists:
    """Inner folds and the rest of every list, or ``everything`` to learn from where nothing is chosen by the folds."""
    windows, training = request.network_settings()
    bases = {key: [trial.base_video for trial in trials] for key, trials in fed.trials.items() if key in TASKS}
    held = held_out(bases, training.inner_folds, request.seed)
    parts = {
        key: inner_split(items, held) if key in TASKS else (without(items, held), []) for key, items in data.items()
    }
    train = data if everything else {key: part[0] for key, part in parts.items()}
    inner = {key: part[1] for key, part in parts.items()}
    if request.select == "validation":
        train[request.task.key], inner[request.task.key] = data[request.task.key], scored
    return Lists(train, inner, request.task, windows)


def _keeper(encoders: Encoders, store: FeatureStore) -> Keep:
    inputs = encoders.distinct

    def keep(item: TrialData, spec: EncoderSpec, make: Callable[[], Encoded]) -> Encoded:
        return store.derive(item.trial, spec, inputs, make)

    return keep


def _identity(request: RunRequest, info: RunInfo) -> list[object]:
    """What decides every stage of a run beside its own settings."""
    return [
        info.source_hash,
        request.corpus.fingerprint,
        request.seed,
        request.device,
        threads(request.device),
        torch.__version__,
        request.preset.standardise,
        [request.preset.texts, request.preset.weights, request.pictures()],
        {stream: encoder_spec(key).fingerprint() for stream, key in request.preset.streams.items()},
    ]


def _painter(folder: Path) -> Callable[[str, np.ndarray], None]:
    def paint(stage: str, picture: np.ndarray) -> None:
        from PIL import Image

        with whole(folder / f"{stage}.png") as temporary:
            Image.fromarray(picture).save(temporary, format="PNG")

    return paint
