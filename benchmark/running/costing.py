"""What a run cost, measured around the very predictions that are scored."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from benchmark.corpora.trials import Trial
from benchmark.cost.flops import flops_per_frame
from benchmark.cost.latency import window_latency
from benchmark.cost.memory import PeakMemory
from benchmark.presets import Training, Windows
from benchmark.records import Cost
from benchmark.running.data import Encoders
from benchmark.tasks import Task
from benchmark.training.networks import Trained
from benchmark.training.predict import Prediction, predict
from benchmark.training.stitching import FramePredictions
from benchmark.training.windows import TrialData, collate, cut

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
    task: Task,
    windows: Windows,
    training: Training,
    device: torch.device,
) -> Cost:
    """Cost of a network; ``prediction`` is the scored one and carries its own wall time."""
    module = trained.module
    parameters = list(module.parameters())
    pieces = cut(data, windows.length, windows.hop)
    sample = sample_trials([item.trial for item in data])
    began = time.perf_counter()
    fresh = predict(module, encoders.encode(sample), task, windows, training.batch_size, device)
    seconds = time.perf_counter() - began
    check_same(fresh.frames, prediction.frames)
    return Cost(
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        precision=training.precision,
        batch_size=training.batch_size,
        parameters=sum(p.numel() for p in parameters),
        trainable_parameters=sum(p.numel() for p in parameters if p.requires_grad),
        flops_per_frame=flops_per_frame(module, collate(pieces[:1]).to(device)),
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
    )


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
