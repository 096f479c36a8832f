"""How much two predictions of the same frames differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from torch import Tensor
from torch.nn import functional


def jensen_shannon(a: Tensor, b: Tensor) -> Tensor:
    """Jensen-Shannon divergence of each frame in nats, (n,) in [0, ln 2], from logits (n, classes)."""
    log_a, log_b = a.log_softmax(-1), b.log_softmax(-1)
    middle = 0.5 * (log_a.exp() + log_b.exp())
    log_middle = middle.clamp(min=1e-30).log()
    apart = functional.kl_div(log_middle, log_a, log_target=True, reduction="none")
    apart = apart + functional.kl_div(log_middle, log_b, log_target=True, reduction="none")
    return 0.5 * apart.sum(-1)


def released_divergence(a: Tensor, b: Tensor) -> Tensor:
    """What the released code calls Jensen-Shannon, (n,), from logits (n, classes).

    Its middle is the softmax of the mean logits, and each side is told from it in the other direction:
    ``(KL(m || a) + KL(m || b)) / 2``. Not bounded.
    """
    middle = (0.5 * (a + b)).log_softmax(-1)
    apart = functional.kl_div(a.log_softmax(-1), middle, log_target=True, reduction="none")
    apart = apart + functional.kl_div(b.log_softmax(-1), middle, log_target=True, reduction="none")
    return 0.5 * apart.sum(-1)


DIVERGENCES: Final[dict[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "jensen_shannon": jensen_shannon,
    "released": released_divergence,
}
