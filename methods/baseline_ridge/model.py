"""A linear model for each head on the features of the current frame alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GroupKFold

from benchmark.contract import TrialArrays
from benchmark.errors import UserError
from benchmark.metrics.base_video import base_video
from benchmark.tasks import HEADS, Head, Task
from methods.baseline_ridge.features import FrameFeatures, Matrix, spread

ALPHAS = tuple(10.0**power for power in range(7))
NEVER = -30.0  # logit of a class or action unit that the training frames do not have


def build(task: Task, dims: Mapping[str, int], **options: Any) -> LinearFloor:
    """Make the floor for ``task`` on all streams of ``dims``; ``options`` as in ``LinearFloor``."""
    return LinearFloor(tuple(HEADS[key] for key in task.heads), tuple(sorted(dims)), **options)


class LinearFloor:
    """Ridge regression for V and A, balanced logistic regression for classes and action units."""

    def __init__(
        self,
        heads: tuple[Head, ...],
        streams: tuple[str, ...],
        max_frames: int = 50_000,
        folds: int = 5,
        inverse_penalty: float = 0.01,
    ) -> None:
        """Prepare the models.

        Args:
            heads: what to predict.
            streams: which streams to read, in this order.
            max_frames: most training frames for each head; beyond it they are thinned evenly.
            folds: folds over base videos that choose the ridge penalty from ``ALPHAS``.
            inverse_penalty: C of the logistic regressions.
        """
        self.heads, self.max_frames, self.folds, self.inverse_penalty = heads, max_frames, folds, inverse_penalty
        self.features = FrameFeatures(streams)
        self.models: dict[str, list[_Linear]] = {}

    def fit(self, trials: list[TrialArrays]) -> None:
        """Learn from the valid frames of the training trials.

        Raises:
            UserError: no trial has a valid frame for one of the heads.
        """
        self.features.fit(trials)
        for head in self.heads:
            chosen = spread([trial.valid[head.key] for trial in trials], self.max_frames)
            if not any(mask.any() for mask in chosen):
                raise UserError(
                    f'no training frame has a valid "{head.key}" label; find the reason with: abaw corpus check PATH'
                )
            x = np.concatenate([self.features.rows(trial, mask) for trial, mask in zip(trials, chosen, strict=True)])
            y = np.concatenate([trial.labels[head.key][mask] for trial, mask in zip(trials, chosen, strict=True)])
            videos = np.repeat([base_video(trial.name) for trial in trials], [int(mask.sum()) for mask in chosen])
            self.models[head.key] = self._fit_head(head, x, y, videos)

    def predict(self, trial: TrialArrays) -> Mapping[str, Matrix]:
        """Head key -> (N, width): V and A clipped to [-1, 1], logits otherwise."""
        x = self.features.rows(trial)
        return {key: np.concatenate([model(x) for model in models], axis=1) for key, models in self.models.items()}

    @property
    def parameters(self) -> int:
        """Number of weights and biases after ``fit``."""
        return sum(m.weights.size + m.bias.size for models in self.models.values() for m in models)

    def _fit_head(self, head: Head, x: Matrix, y: NDArray[np.generic], videos: NDArray[np.str_]) -> list[_Linear]:
        if head.kind == "regression":
            return [_ridge(x, y, videos, self.folds)]
        if head.kind == "classes":
            return [_logistic(x, y, head.width, self.inverse_penalty)]
        return [_logistic(x, y[:, unit], 1, self.inverse_penalty) for unit in range(head.width)]


class _Linear:
    """``x @ weights + bias``, optionally clipped."""

    def __init__(self, weights: NDArray[Any], bias: NDArray[Any], bound: float | None = None) -> None:
        self.weights, self.bias, self.bound = weights.astype(np.float32), bias.astype(np.float32), bound

    def __call__(self, x: Matrix) -> Matrix:
        result: Matrix = x @ self.weights + self.bias
        return result if self.bound is None else result.clip(-self.bound, self.bound)


def _ridge(x: Matrix, y: NDArray[np.generic], videos: NDArray[np.str_], folds: int) -> _Linear:
    folds = min(folds, len(set(videos.tolist())))
    # with one video there is nothing to validate on; the strongest penalty is the safe choice
    splits = list(GroupKFold(folds).split(x, groups=videos)) if folds > 1 else None
    alphas = ALPHAS if splits else ALPHAS[-1:]
    model = RidgeCV(alphas, cv=splits, scoring="neg_mean_squared_error").fit(x.astype(np.float64), y)
    return _Linear(np.asarray(model.coef_).T, np.asarray(model.intercept_), bound=1.0)


def _logistic(x: Matrix, y: NDArray[np.generic], width: int, inverse_penalty: float) -> _Linear:
    """Logits (n, width); ``width`` 1 means the labels are 0 and 1 and the column is the logit of 1."""
    weights = np.zeros((x.shape[1], width))
    bias = np.full(width, NEVER)
    seen = np.unique(y).astype(np.int64)
    if len(seen) == 1:
        bias[0 if width == 1 else seen[0]] = -NEVER if width > 1 or seen[0] == 1 else NEVER
        return _Linear(weights, bias)
    model = LogisticRegression(C=inverse_penalty, class_weight="balanced", max_iter=300, random_state=0)
    model.fit(x.astype(np.float64), y)
    if width == 1:
        return _Linear(model.coef_.T, model.intercept_)
    if len(seen) == 2:
        # two classes give one column of log odds of the second against the first
        weights[:, seen[1]], bias[seen] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        weights[:, seen], bias[seen] = model.coef_.T, model.intercept_
    return _Linear(weights, bias)
