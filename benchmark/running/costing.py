"""What a run cost, measured around the very predictions that are scored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import torch

from benchmark.corpora.trials import Trial
from benchmark.cost.flops import flops_per_frame
from benchmark.cost.latency import window_latency
from benchmark.cost.memory import PeakMemory
from benchmark.records import Cost, StageInfo
from benchmark.running.data import Encoders
from benchmark.running.request import RunRequest
from benchmark.training.module import extract
from benchmark.training.networks import Trained, enter, prepare
from benchmark.training.predict import Prediction, predict
from benchmark.training.stitching import FramePredictions
from benchmark.training.windows import TrialData, Window, collate, cut

#: Frames that the end-to-end sample covers at least: seconds of work, and enough to drown the first call's overhead.
END_TO_END_FRAMES = 600
#: Largest difference between predictions from stored and from freshly encoded features that rounding explains.
TOLERANCE = 2e-3


def network_cost(
    trained: Trained,
    prediction: Prediction,
    memory: PeakMemory,
    data: Sequence[TrialData],
    encoders: Encoders,
    request: RunRequest,
    device: torch.device,
) -> Cost:
    """Cost of a network; ``prediction`` is the scored one and carries its own wall time.

    Where stages made streams, that work counts as encoding: it is in the end-to-end speed and in the operations a
    frame, not in the model's own speed.

    Args:
        data: the scored trials as the trained network reads them.
    """
    windows, training = request.network_settings()
    module = trained.module
    parameters = list(module.parameters())
    pieces = cut(data, windows.length, windows.hop)
    sample = sample_trials([item.trial for item in data])
    began = time.perf_counter()
    method = request.method.card.key
    encoded = prepare(module, trained.makers, trained.reads, encoders.encode(sample), device, method)
    fresh = predict(module, encoded, request.task, windows, training.batch_size, device)
    seconds = time.perf_counter() - began
    check_same(fresh.frames, prediction.frames)
    return Cost(
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        precision=training.precision,
        batch_size=training.batch_size,
        parameters=sum(p.numel() for p in parameters),
        trainable_parameters=sum(p.numel() for p in parameters if p.requires_grad),
        flops_per_frame=_flops(trained, encoders, sample[:1], pieces, device),
        train_seconds=trained.seconds,
        epochs=trained.epochs,
        steps=trained.steps,
        predict_frames=prediction.count,
        model_frames_per_second=prediction.count / prediction.seconds,
        end_to_end_frames_per_second=fresh.count / seconds,
        latency=window_latency(module, pieces, device),
        peak_memory_mib=memory.allocated_mib,
        peak_reserved_mib=memory.reserved_mib,
        memory_kind="cuda allocated" if device.type == "cuda" else "resident set",
        stages=[StageInfo(**asdict(stage)) for stage in trained.stages] if len(trained.stages) > 1 else [],
    )


def _flops(
    trained: Trained, encoders: Encoders, sample: Sequence[Trial], pieces: Sequence[Window], device: torch.device
) -> float:
    """Operations of one frame: in the last stage, and in making the streams that it reads."""
    module = trained.module
    total = flops_per_frame(module, collate(pieces[:1]).to(device))
    for maker in trained.makers:
        raw = encoders.reading(maker.stage.reads or encoders.keys).encode(sample)
        enter(module.network, maker.stage.name)
        window = cut(raw, maker.windows.length, maker.windows.length)[:1]
        total += flops_per_frame(module, collate(window).to(device), extract)
    enter(module.network, trained.stages[-1].name)
    return total


def sample_trials(trials: Sequence[Trial]) -> list[Trial]:
    """The first trials that together have ``END_TO_END_FRAMES`` frames, or all of them."""
    chosen: list[Trial] = []
    frames = 0
    for trial in trials:
        if frames >= END_TO_END_FRAMES:
            break
        chosen.append(trial)
        frames += trial.n_frames
    return chosen


def check_same(timed: FramePredictions, scored: FramePredictions) -> None:
    """Refuse a cost whose timed predictions are not the scored ones.

    Raises:
        RuntimeError: some frame differs by more than rounding; names the trial and the difference.
    """
    for name, heads in timed.items():
        for key, values in heads.items():
            worst = float(np.abs(values - scored[name][key]).max())
            if worst > TOLERANCE:
                raise RuntimeError(f"{name}, {key}: timed and scored predictions differ by {worst:.2g}")
