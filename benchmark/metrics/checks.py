"""Refusal of predictions and labels that no score can be computed from, naming trial and row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UserError
from benchmark.tasks import HEADS, Head


def check_rows(trial: str, head: str, prediction: NDArray[Any], label: NDArray[Any], valid: NDArray[Any]) -> None:
    """Check one trial of one head.

    Every prediction must lie in the head's range, also on rows without a label, because a submission is scored on
    rows that only the organisers have labels for; labels must lie in range where ``valid``.

    Raises:
        ValueError: shapes or dtypes are wrong, which is a mistake of the calling code.
        UserError: a value is not finite or out of range; the message names trial, row (1-based) and column.
    """
    spec = HEADS[head]
    if valid.dtype != np.bool_ or valid.ndim != 1:
        raise ValueError(f"trial {trial}, {head}: valid must be (N,) bool, got {valid.shape} {valid.dtype}")
    shape = valid.shape if spec.kind == "classes" else (*valid.shape, spec.width)
    for what, array in (("prediction", prediction), ("label", label)):
        if array.shape != shape:
            raise ValueError(f"trial {trial}, {head}: {what} has shape {array.shape}, expected {shape}")
        if spec.kind != "regression" and array.dtype.kind not in "iub":
            raise ValueError(f"trial {trial}, {head}: {what} must hold integers, got {array.dtype}")
        if spec.kind == "regression" and array.dtype.kind != "f":
            raise ValueError(f"trial {trial}, {head}: {what} must hold floats, got {array.dtype}")
    _check_range(trial, spec, "prediction", prediction, np.ones_like(valid))
    _check_range(trial, spec, "label", label, valid)


def _check_range(trial: str, spec: Head, what: str, values: NDArray[Any], rows: NDArray[Any]) -> None:
    low, high = {"regression": (-1, 1), "binary": (0, 1), "classes": (0, spec.width - 1)}[spec.kind]
    table = values if values.ndim == 2 else values[:, None]
    good = ((table >= low) & (table <= high)) | ~rows[:, None]  # NaN fails both comparisons
    if good.all():
        return
    row, column = (int(index) for index in np.argwhere(~good)[0])
    name = spec.key if spec.kind == "classes" else spec.names[column]
    between = f"a number in [{low}, {high}]" if spec.kind == "regression" else f"an integer in {low}..{high}"
    raise UserError(f"trial {trial}, row {row + 1}: {name} {what} is {table[row, column]}; expected {between}.")
