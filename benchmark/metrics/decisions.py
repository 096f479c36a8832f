"""From activations to the values that are scored and submitted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.tasks import HEADS


def decide(key: str, activations: NDArray[Any]) -> NDArray[Any]:
    """V/A as they are; the most probable class; AUs at the official threshold of 0.5.

    Args:
        key: head key.
        activations: (N, width).

    Returns:
        (N, 2) float64, (N,) int64 or (N, 12) int64.
    """
    kind = HEADS[key].kind
    if kind == "regression":
        return activations.astype(np.float64)
    return activations.argmax(1) if kind == "classes" else (activations >= 0.5).astype(np.int64)
