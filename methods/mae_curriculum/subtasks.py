"""The sub-tasks of the multi-task track: heads, losses, and which of them answer which label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from benchmark.contract import Batch, Losses
from benchmark.errors import UserError, unknown_name
from benchmark.layers.losses import ccc_loss, masked_bce, masked_cross_entropy
from benchmark.tasks import HEADS

SUBTASKS: Final = {"au": HEADS["au"].width, "expr": HEADS["expr"].width, "valence": 1, "arousal": 1}
"""Sub-task -> number of outputs; valence and arousal are sub-tasks of their own [released code]."""

_PARTS: Final = {"au": ("au",), "expr": ("expr",), "va": ("valence", "arousal")}

Groups = tuple[tuple[str, ...], ...]


def check_groups(groups: Sequence[Sequence[str]]) -> Groups:
    """Sub-tasks that are trained together, each group in the order of ``SUBTASKS``.

    Raises:
        UserError: an unknown sub-task, or a label that no group answers.
    """
    for name in (name for group in groups for name in group):
        if name not in SUBTASKS:
            raise unknown_name("sub-task in model.joint", name, SUBTASKS)
    checked = tuple(tuple(name for name in SUBTASKS if name in group) for group in groups)
    for head, parts in _PARTS.items():
        if not any(set(parts) <= set(group) for group in checked):
            raise UserError(f"model.joint has no group that trains {' and '.join(parts)}; {head} needs one")
    return checked


def answering(groups: Groups, head: str) -> int:
    """Number of the first group that trains everything a label needs."""
    return next(index for index, group in enumerate(groups) if set(_PARTS[head]) <= set(group))


def activate(name: str, raw: Tensor) -> Tensor:
    """Valence and arousal leave their head through tanh; the others are logits."""
    return raw.tanh() if name in _PARTS["va"] else raw


def to_heads(outputs: dict[str, Tensor], like: Tensor) -> dict[str, Tensor]:
    """Label -> (B, T, width) from the outputs of sub-tasks; zeros for those that are not there.

    Args:
        outputs: sub-task -> (B, T, outputs).
        like: (B, T) any tensor of the right device.
    """

    def of(name: str) -> Tensor:
        found = outputs.get(name)
        return torch.zeros(*like.shape, SUBTASKS[name], device=like.device) if found is None else found.float()

    return {head: torch.cat([of(name) for name in parts], dim=-1) for head, parts in _PARTS.items()}


def subtask_losses(
    names: Sequence[str], heads: dict[str, Tensor], batch: Batch, au_weights: Sequence[float] | None = None
) -> Losses:
    """One term a sub-task, each over its own valid frames and none weighted, as the released training loop sums them.

    ``au`` binary cross-entropy, ``expr`` cross-entropy, ``valence`` and ``arousal`` each 1 - CCC over the batch.
    ``au_weights`` weighs the positive frames of each unit.
    """
    terms: Losses = {}
    for name in names:
        head = next(head for head, parts in _PARTS.items() if name in parts)
        prediction, target, valid = heads[head], batch.labels[head], batch.valid[head]
        if head == "au":
            weights = None if au_weights is None else torch.tensor(au_weights, device=prediction.device)
            terms[name] = masked_bce(prediction, target, valid, positive_weight=weights)
        elif head == "expr":
            terms[name] = masked_cross_entropy(prediction, target, valid)
        else:
            column = slice(_PARTS["va"].index(name), _PARTS["va"].index(name) + 1)
            terms[name] = ccc_loss(prediction[..., column], target[..., column], valid)
    return terms
