"""What a run of any kind of method comes to, before it is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from benchmark.records import Cost
from benchmark.running.lists import TrainingLists
from benchmark.training.stitching import FramePredictions
from benchmark.training.windows import TrialData


@dataclass(frozen=True, slots=True)
class Fed:
    """What the run was fed with, and what the encoders found odd in it."""

    lists: TrainingLists
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Predictions of the scored split and how they came about.

    Attributes:
        predictions: per-frame activations of every scored trial.
        cost: measured around these very predictions.
        scored: the scored trials with the streams of the preset.
        fed: training lists and notes.
        history: one entry an epoch.
        selection: where checkpoints were chosen.
        diagnostics: means of what the network shows of its inside.
    """

    predictions: FramePredictions
    cost: Cost
    scored: Sequence[TrialData]
    fed: Fed
    history: list[dict[str, float]] = field(default_factory=list)
    selection: Literal["inner", "validation", "none"] = "none"
    diagnostics: Mapping[str, float] = field(default_factory=dict)
