"""Optimisers and learning-rate schedules by name."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn

from benchmark.presets import Training


def make_optimizer(parameters: Iterable[nn.Parameter], settings: Training) -> torch.optim.Optimizer:
    """Adam or AdamW with the preset's rate and decay."""
    kind = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
    return kind(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)


class Schedule:
    """Learning rate of each epoch; its state is the history of inner scores, so a resumed run gets the same rates.

    ``cosine`` falls to zero at ``max_epochs``; ``plateau`` multiplies by 0.1 after five epochs without a better inner
    score (torch's defaults, used by most entries); ``warmup_epochs`` rise linearly before either.
    """

    PLATEAU_PATIENCE = 5
    PLATEAU_FACTOR = 0.1

    def __init__(self, settings: Training) -> None:
        self._settings = settings

    def rate(self, epoch: int, scores: list[float]) -> float:
        """Learning rate of a 0-based epoch, given the inner scores of the epochs before it."""
        settings = self._settings
        if epoch < settings.warmup_epochs:
            return settings.learning_rate * (epoch + 1) / (settings.warmup_epochs + 1)
        if settings.schedule == "cosine":
            span = max(settings.max_epochs - settings.warmup_epochs, 1)
            return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (epoch - settings.warmup_epochs) / span))
        if settings.schedule == "plateau":
            return settings.learning_rate * self.PLATEAU_FACTOR ** self._drops(scores)
        return settings.learning_rate

    def _drops(self, scores: list[float]) -> int:
        best, waited, drops = -math.inf, 0, 0
        for score in scores:
            if score > best:
                best, waited = score, 0
            else:
                waited += 1
                if waited > self.PLATEAU_PATIENCE:
                    waited, drops = 0, drops + 1
        return drops
