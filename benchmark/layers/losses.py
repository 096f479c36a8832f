"""Losses over the valid frames of a batch: finite and differentiable also when there is none."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_EPSILON = 1e-8  # keeps 0/0 out of the CCC of two equal constants, which counts as 0


def masked_mse(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Mean squared error over valid frames and outputs; a connected 0 if no frame is valid.

    Args:
        prediction: (B, T, width).
        target: (B, T, width); its values do not matter where not valid.
        valid: (B, T) bool.
    """
    error = _error(prediction, target, valid)
    return error.square().sum() / (valid.sum() * prediction.shape[-1]).clamp(min=1)


def masked_ccc(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Concordance correlation coefficient of each output, (width,), all valid frames of the batch pooled.

    Population form (Lin 1989, divided by n), as the challenge scores it; 0 where both sides are constant.

    Args:
        prediction: (B, T, width).
        target: (B, T, width); its values do not matter where not valid.
        valid: (B, T) bool.
    """
    return _ccc(prediction, target, valid, (0, 1))


def ccc_loss(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """``1 - CCC`` averaged over the outputs; a connected 0 with fewer than two valid frames.

    Arguments as for ``masked_ccc``.
    """
    loss = 1 - masked_ccc(prediction, target, valid).mean()
    return loss * (valid.sum() > 1)


def windowed_ccc_loss(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """``1 - CCC`` of each output, (width,), with a CCC for every window of its own, averaged over the windows.

    A window with fewer than two valid frames does not count; connected zeros where none does.

    Args:
        prediction: (B, T, width).
        target: (B, T, width); its values do not matter where not valid.
        valid: (B, T) bool.
    """
    counted = valid.sum(1) > 1
    loss = (1 - _ccc(prediction, target, valid, (1,))) * counted.unsqueeze(-1)
    return loss.sum(0) / counted.sum().clamp(min=1)


def masked_cross_entropy(
    logits: Tensor, target: Tensor, valid: Tensor, weight: Tensor | None = None, smoothing: float = 0.0
) -> Tensor:
    """Cross-entropy over the valid frames, as ``nn.CrossEntropyLoss``; a connected 0 if no frame is valid.

    Args:
        logits: (B, T, classes).
        target: (B, T) int64; its values do not matter where not valid.
        valid: (B, T) bool.
        weight: (classes,) weight of each class, divided out again as torch does.
        smoothing: share of the target that is spread over all classes.
    """
    chosen = logits[valid].float()
    if not len(chosen):
        return logits.float().sum() * 0.0
    return functional.cross_entropy(chosen, target[valid], weight=weight, label_smoothing=smoothing)


def masked_focal(
    logits: Tensor, target: Tensor, valid: Tensor, weight: Tensor | None = None, gamma: float = 2.0
) -> Tensor:
    """``-(1 - p)^gamma log p`` of the true class over the valid frames (Lin et al. 2017, 1708.02002, eq. 4-5).

    With ``gamma`` 0 it is ``masked_cross_entropy``; a connected 0 if no frame is valid.

    Args:
        logits: (B, T, classes).
        target: (B, T) int64; its values do not matter where not valid.
        valid: (B, T) bool.
        weight: (classes,) weight of each class (alpha), divided out again as torch does for cross-entropy.
        gamma: how much less an easy frame counts.
    """
    chosen = logits[valid].float()
    if not len(chosen):
        return logits.float().sum() * 0.0
    true = target[valid]
    log_p = chosen.log_softmax(-1).gather(1, true.unsqueeze(1)).squeeze(1)
    share = torch.ones_like(log_p) if weight is None else weight[true]
    # -expm1(log p) is 1 - p without the rounding of p near 1; the clamp keeps the slope of a power finite at 0
    hard = (-torch.expm1(log_p)).clamp(min=torch.finfo(log_p.dtype).tiny) ** gamma
    return -(share * hard * log_p).sum() / share.sum()


def masked_bce(
    logits: Tensor,
    target: Tensor,
    valid: Tensor,
    positive_weight: Tensor | None = None,
    unit_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross-entropy over valid frames and outputs, as ``nn.BCEWithLogitsLoss``; a connected 0 if none is valid.

    Args:
        logits: (B, T, width).
        target: (B, T, width) in [0, 1]; its values do not matter where not valid.
        valid: (B, T) bool.
        positive_weight: (width,) weight of the positive side of each output (torch's ``pos_weight``).
        unit_weight: (width,) weight of both sides of each output (torch's ``weight``).
    """
    chosen = logits[valid].float()
    if not len(chosen):
        return logits.float().sum() * 0.0
    return functional.binary_cross_entropy_with_logits(
        chosen, target[valid].float(), weight=unit_weight, pos_weight=positive_weight
    )


def balanced_mse(prediction: Tensor, target: Tensor, valid: Tensor, noise_sigma: float) -> Tensor:
    """Balanced MSE by batch-wise Monte Carlo (Ren et al. 2022, 2203.16427), for targets of several outputs.

    Every valid row has to be told from all targets of the batch: cross-entropy over
    ``-||prediction_i - target_j||^2 / (2 sigma^2)`` with its own target as the class, times ``2 sigma^2``. Targets that
    are rare in the batch thus weigh more than in an MSE. A connected 0 if no row is valid.

    Args:
        prediction: (..., width).
        target: (..., width); its values do not matter where not valid.
        valid: (...) bool.
        noise_sigma: standard deviation of the prediction's noise, in units of the target.
    """
    chosen, wanted = prediction[valid].float(), target[valid].float()
    if not len(chosen):
        return prediction.float().sum() * 0.0
    scale = 2 * noise_sigma**2
    logits = -(chosen.unsqueeze(1) - wanted.unsqueeze(0)).square().sum(-1) / scale
    own = torch.arange(len(chosen), device=chosen.device)
    return functional.cross_entropy(logits, own) * scale


def _ccc(prediction: Tensor, target: Tensor, valid: Tensor, dims: tuple[int, ...]) -> Tensor:
    weight = valid.unsqueeze(-1).float()
    count = weight.sum(dims, keepdim=True).clamp(min=1)
    x = torch.where(valid.unsqueeze(-1), prediction.float(), 0.0)
    y = torch.where(valid.unsqueeze(-1), target.float(), 0.0)
    mean_x, mean_y = x.sum(dims, keepdim=True) / count, y.sum(dims, keepdim=True) / count
    dx, dy = (x - mean_x) * weight, (y - mean_y) * weight
    covariance = (dx * dy).sum(dims, keepdim=True) / count
    spread = (dx.square() + dy.square()).sum(dims, keepdim=True) / count + (mean_x - mean_y).square()
    return (2 * covariance / (spread + _EPSILON)).squeeze(dims)


def _error(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    return torch.where(valid.unsqueeze(-1), prediction.float() - target.float(), 0.0)
