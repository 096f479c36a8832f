"""Predictions that a run has stored, read without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from benchmark.errors import UserError
from benchmark.tasks import HEADS


def read_stored(path: Path) -> dict[str, dict[str, NDArray[Any]]]:
    """Trial -> head key -> activations (N, width), from ``<out>/predictions/<run id>.safetensors``.

    Raises:
        UserError: the file is missing or damaged, or holds something else than predictions.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    mend = "expected the predictions of a run, such as runs/predictions/<run id>.safetensors"
    if not path.is_file():
        raise UserError(f"{path}: no such file; {mend}.")
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {mend}.") from None
    found: dict[str, dict[str, NDArray[Any]]] = {}
    for name, values in tensors.items():
        trial, _, head = name.rpartition("/")
        if head not in HEADS or not trial:
            raise UserError(f'{path}: holds "{name}", expected "<trial>/<head>" with a head of {", ".join(HEADS)}.')
        found.setdefault(trial, {})[head] = values
    if not found:
        raise UserError(f"{path}: holds no prediction; {mend}.")
    return found
