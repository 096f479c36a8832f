"""Multi-head attention from one sequence to another that survives sequences with nothing in them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class MaskedAttention(nn.Module):
    """Multi-head scaled dot-product attention; exactly zero for a query whose keys are all masked.

    Equal to ``torch.nn.functional.scaled_dot_product_attention`` between linear maps wherever a key is present. The
    key map has no bias: it would move every score of a query alike and get no gradient.
    """

    def __init__(
        self,
        query_dim: int,
        memory_dim: int,
        heads: int,
        width: int,
        dropout: float = 0.0,
        out_dim: int | None = None,
        safe: bool = True,
    ) -> None:
        """Build the maps.

        Args:
            query_dim: width of the queries.
            memory_dim: width of the sequence that is attended to.
            heads: number of heads.
            width: total width of queries, keys and values over all heads.
            dropout: probability of dropping an attention weight in training.
            out_dim: width of the result, that of the queries if not given.
            safe: False for the usual guard against NaN, for comparison: a query without keys looks at all of them as if
                they were there.

        Raises:
            ValueError: ``width`` is not divisible by ``heads``.
        """
        super().__init__()
        if width % heads:
            raise ValueError(f"attention width {width} is not divisible by {heads} heads")
        self.heads, self.dropout, self.safe = heads, dropout, safe
        self.query = nn.Linear(query_dim, width)
        self.key = nn.Linear(memory_dim, width, bias=False)
        self.value = nn.Linear(memory_dim, width)
        self.out = nn.Linear(width, query_dim if out_dim is None else out_dim)

    def forward(self, query: Tensor, memory: Tensor, memory_mask: Tensor) -> Tensor:
        """Attend from (B, Tq, query_dim) to (B, Tk, memory_dim).

        Args:
            query: (B, Tq, query_dim).
            memory: (B, Tk, memory_dim).
            memory_mask: bool, True for a key that may be looked at: (B, Tk), or (B, Tq, Tk) for each query its own.
        """
        mask = memory_mask if memory_mask.ndim == 3 else memory_mask.unsqueeze(1).expand(-1, query.shape[1], -1)
        some = mask.any(-1, keepdim=True)
        # a query without keys may look at everything, so that softmax stays finite; if safe, its result is discarded
        mixed = functional.scaled_dot_product_attention(
            self._split(self.query(query)),
            self._split(self.key(memory)),
            self._split(self.value(memory)),
            attn_mask=(mask | ~some).unsqueeze(1),
            dropout_p=self.dropout if self.training else 0.0,
        )
        result: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return torch.where(some, result, 0.0) if self.safe else result

    def _split(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        return x.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
