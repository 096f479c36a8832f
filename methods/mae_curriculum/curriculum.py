"""From single to compound expressions: multi-label targets, pairs that may be mixed, and the seven classes."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from benchmark.contract import Batch
from benchmark.tasks import COMPOUND_EXPRESSIONS, EXPRESSIONS

BASIC: Final = ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")
_NOUN: Final = {
    "Fearfully": "Fear",
    "Happily": "Happiness",
    "Sadly": "Sadness",
    "Disgustedly": "Disgust",
    "Angrily": "Anger",
    "Surprised": "Surprise",
    "Fearful": "Fear",
    "Angry": "Anger",
}
COMPOUNDS: Final = tuple(tuple(BASIC.index(_NOUN[word]) for word in name.split("_")) for name in COMPOUND_EXPRESSIONS)
"""The two basic expressions of each of the seven compound ones, as indices into ``BASIC``."""

_ADMISSIBLE: Final = (
    ("Anger", "Disgust"),
    ("Anger", "Surprise"),
    ("Disgust", "Surprise"),
    ("Fear", "Anger"),
    ("Fear", "Surprise"),
    ("Happiness", "Disgust"),
    ("Happiness", "Surprise"),
    ("Sadness", "Anger"),
    ("Sadness", "Disgust"),
    ("Sadness", "Fear"),
    ("Sadness", "Surprise"),
)  # the eleven pairs of the released Mixup class; all that RAF-DB's compound set has


def admissible() -> Tensor:
    """(6, 6) bool, symmetric, True where two different basic expressions may be mixed."""
    table = torch.zeros(len(BASIC), len(BASIC), dtype=torch.bool)
    for first, second in _ADMISSIBLE:
        table[BASIC.index(first), BASIC.index(second)] = table[BASIC.index(second), BASIC.index(first)] = True
    return table


def targets(batch: Batch) -> tuple[Tensor, Tensor]:
    """Multi-label targets (B, T, 6) of 0 and 1, and where they count (B, T).

    A compound label sets two of the six, a basic one sets one; Neutral and Other do not count. A frame with a
    compound label keeps it, whatever else it is labelled.
    """
    device = batch.frame_mask.device
    of_compound = torch.zeros(len(COMPOUNDS), len(BASIC), device=device)
    for row, pair in enumerate(COMPOUNDS):
        of_compound[row, list(pair)] = 1.0
    target = torch.zeros(*batch.frame_mask.shape, len(BASIC), device=device)
    counts = torch.zeros_like(batch.frame_mask)
    if "expr" in batch.labels:
        of_basic = torch.zeros(len(EXPRESSIONS), len(BASIC), device=device)
        for column, name in enumerate(BASIC):
            of_basic[EXPRESSIONS.index(name), column] = 1.0
        target = of_basic[batch.labels["expr"]]
        counts = batch.valid["expr"] & (target.sum(-1) > 0)
    if "ce" in batch.labels:
        compound = batch.valid["ce"]
        target = torch.where(compound.unsqueeze(-1), of_compound[batch.labels["ce"]], target)
        counts = counts | compound
    return target, counts


def mixed_targets(target: Tensor, counts: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Targets of frames that were mixed from two.

    Args:
        target, counts: (N, 6) and (N,) of the frames that were there.
        first, second: (M,) indices of the two frames of each mixture.

    Returns:
        (M, 6) both labels, and (M,) whether the mixture counts: both frames have one basic label each and the two may
        be mixed.
    """
    single = counts & (target.sum(-1) == 1)
    kind = target.argmax(-1)
    allowed = admissible().to(target.device)[kind[first], kind[second]]
    return torch.maximum(target[first], target[second]), single[first] & single[second] & allowed


def compound_scores(basic: Tensor) -> Tensor:
    """Logits (..., 7) of the compound expressions from those of the basic ones (..., 6).

    The score of a compound expression is the sum of the probabilities of its two parts; its logarithm is returned, so
    that a softmax over the seven gives each one's share of all scores.
    """
    probabilities = basic.float().sigmoid()
    pairs = torch.tensor(COMPOUNDS, device=basic.device)
    return probabilities[..., pairs].sum(-1).clamp(min=1e-12).log()
