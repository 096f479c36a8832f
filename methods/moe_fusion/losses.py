"""Loss terms of each part, by name: concordance and squared error on the part's own steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from benchmark.layers.losses import masked_ccc, masked_mse


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of a part's loss.

    Attributes:
        valence, arousal: of ``1 - CCC``.
        mse: of the squared error, 0 for none.
        by_window: whether the CCC is taken in each window and then averaged, instead of over the batch.
    """

    valence: float
    arousal: float
    mse: float = 0.0
    by_window: bool = False


#: As released; ``fusion`` is that of the reliability-aware fusion, ``transformer`` that of the released Transformer.
WEIGHTS: Final[Mapping[str, Weights]] = {
    "face": Weights(0.5, 0.5, by_window=True),
    "behaviour": Weights(0.5, 0.5),
    "audio": Weights(0.7, 0.3, mse=0.1),
    "fusion": Weights(0.7, 0.3, mse=0.01),
    "transformer": Weights(0.5, 0.5, by_window=True),
}


def affect_terms(part: str, weights: Weights, prediction: Tensor, target: Tensor, valid: Tensor) -> dict[str, Tensor]:
    """The terms ``<part>_ccc`` and, where it has a weight, ``<part>_mse``.

    Args:
        part: name of the branch or ``fusion``.
        prediction, target: (B, S, 2).
        valid: (B, S) bool.
    """
    share = torch.tensor([weights.valence, weights.arousal], device=prediction.device)
    ccc = _window_ccc if weights.by_window else _batch_ccc
    terms = {f"{part}_ccc": (share * ccc(prediction, target, valid)).sum()}
    if weights.mse:
        terms[f"{part}_mse"] = weights.mse * masked_mse(prediction, target, valid)
    return terms


def _batch_ccc(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """(2,) ``1 - CCC`` over all valid steps of the batch, a connected 0 with fewer than two."""
    return (1 - masked_ccc(prediction, target, valid)) * (valid.sum() > 1)


def _window_ccc(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """(2,) mean over the windows with two or more valid steps of ``1 - CCC`` within the window, as ``_batch_ccc``."""
    counted = valid.sum(1) > 1
    rows = [1 - masked_ccc(prediction[i : i + 1], target[i : i + 1], valid[i : i + 1]) for i in range(len(valid))]
    return (torch.stack(rows) * counted.unsqueeze(1)).sum(0) / counted.sum().clamp(min=1)
