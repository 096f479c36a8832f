"""Layout of the per-trial tables: which sums or counts each head keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.metrics.ccc import ccc_sums
from benchmark.metrics.f1 import binary_counts, confusion_counts
from benchmark.tasks import HEADS

Table = NDArray[Any]
"""(V, 2, 6) float64 sums, (V, C, C) int64 confusion counts or (V, K, 4) int64 binary counts."""


def table_shape(head: str) -> tuple[int, int]:
    """Rows and columns that a head keeps of one trial."""
    spec = HEADS[head]
    return spec.width, {"regression": 6, "classes": spec.width, "binary": 4}[spec.kind]


def table_dtype(head: str) -> np.dtype[Any]:
    """float64 for sums, int64 for counts."""
    return np.dtype(np.float64 if HEADS[head].kind == "regression" else np.int64)


def trial_table(head: str, prediction: NDArray[Any], label: NDArray[Any], valid: NDArray[np.bool_]) -> Table:
    """Sums or counts of one trial, of shape ``table_shape(head)``."""
    spec = HEADS[head]
    if spec.kind == "regression":
        return ccc_sums(prediction, label, valid)
    if spec.kind == "classes":
        return confusion_counts(prediction, label, valid, spec.width)
    return binary_counts(prediction, label, valid)


def frames_per_trial(head: str, table: Table) -> NDArray[np.int64]:
    """Valid frames of each trial, (V,) int64."""
    kind = HEADS[head].kind
    if kind == "regression":
        return np.asarray(table[:, 0, 0], dtype=np.int64)
    return np.asarray(table.sum(axis=(1, 2)) if kind == "classes" else table[:, 0].sum(axis=1), dtype=np.int64)


def label_marginals(head: str, table: Table) -> Table:
    """What of a table depends on the labels alone: (V, 2, 3) n, Sy, Syy; (V, C) label counts; (V, K, 2) yes and no."""
    kind = HEADS[head].kind
    if kind == "regression":
        return table[:, :, [0, 2, 4]]
    if kind == "classes":
        return np.asarray(table.sum(axis=2))
    return np.stack([table[..., 0] + table[..., 2], table[..., 1] + table[..., 3]], axis=-1)
