"""F1 scores from confusion counts (classes) and binary counts (action units)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINARY_NAMES = ("tp", "fp", "fn", "tn")

Float = NDArray[np.float64]
Count = NDArray[np.int64]


def confusion_counts(
    prediction: NDArray[np.integer], label: NDArray[np.integer], valid: NDArray[np.bool_], classes: int
) -> Count:
    """Confusion matrix of one trial over its valid rows.

    Args:
        prediction: (N,) class indices in 0..classes-1.
        label: (N,) class indices in 0..classes-1 where valid.
        valid: (N,) True where the row counts.
        classes: number of classes C.

    Returns:
        (C, C) int64, row = label, column = prediction.
    """
    cell = label[valid].astype(np.int64) * classes + prediction[valid].astype(np.int64)
    return np.bincount(cell, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def binary_counts(prediction: NDArray[np.integer], label: NDArray[np.integer], valid: NDArray[np.bool_]) -> Count:
    """Counts of one trial for K independent yes/no labels over its valid rows.

    Args:
        prediction: (N, K) of 0 and 1.
        label: (N, K) of 0 and 1 where valid.
        valid: (N,) True where the row counts.

    Returns:
        (K, 4) int64: tp, fp, fn, tn of the positive class.
    """
    x, y = prediction[valid].astype(bool), label[valid].astype(bool)
    tp, positive, predicted = (x & y).sum(0), y.sum(0), x.sum(0)
    fp, fn = predicted - tp, positive - tp
    return np.stack([tp, fp, fn, x.shape[0] - tp - fp - fn], axis=1).astype(np.int64)


def class_counts(confusion: NDArray[np.number]) -> Float:
    """One-vs-rest counts of every class.

    Args:
        confusion: (..., C, C), row = label, column = prediction.

    Returns:
        (..., C, 4) float64: tp, fp, fn, tn.
    """
    matrix = np.asarray(confusion, dtype=np.float64)
    tp = np.diagonal(matrix, axis1=-2, axis2=-1)
    fp = matrix.sum(-2) - tp
    fn = matrix.sum(-1) - tp
    tn = matrix.sum((-2, -1))[..., None] - tp - fp - fn
    return np.stack([tp, fp, fn, tn], axis=-1)


def f1_from_counts(counts: NDArray[np.number], undefined: float = 0.0) -> Float:
    """F1 of the positive class, ``2 tp / (2 tp + fp + fn)``.

    Args:
        counts: (..., 4) tp, fp, fn, tn.
        undefined: value where the class is neither labelled nor predicted.

    Returns:
        (...) float64 in [0, 1].
    """
    tp, fp, fn, _ = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    denominator = 2 * tp + fp + fn
    return np.where(denominator > 0, 2 * tp / np.where(denominator > 0, denominator, 1.0), undefined)
