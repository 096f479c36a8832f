"""Additive self-attention (Bahdanau et al. 2015) over frames, in memory that grows with T and not with T squared."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class AdditiveSelfAttention(nn.Module):
    """``l_t = sum_t' softmax_t'(v . tanh(W h_t + W' h_t' + b)) h_t'`` (MAVEN eq. 21-24).

    The tanh of a sum does not factor, so all (t, t') pairs need ``T * T * attention_dim`` numbers. Queries go in
    chunks that the backward pass computes again, which keeps ``chunk * T * attention_dim`` of them at a time.
    """

    def __init__(self, dim: int, attention_dim: int, chunk: int = 32) -> None:
        """Build the maps.

        Args:
            dim: width of the hidden states.
            attention_dim: width of the space in which a pair of frames is compared.
            chunk: number of queries compared with all frames at a time.
        """
        super().__init__()
        self.chunk = chunk
        self.here = nn.Linear(dim, attention_dim)  # carries the b of eq. 21
        self.there = nn.Linear(dim, attention_dim, bias=False)
        self.score = nn.Linear(attention_dim, 1, bias=False)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Mix (B, T, dim) over the frames where ``mask`` (B, T) is True; zero for a row without any."""
        here, there = self.here(hidden), self.there(hidden)
        some = mask.any(1)
        usable = mask | ~some.unsqueeze(1)
        parts: list[Tensor] = []
        for queries in here.split(self.chunk, dim=1):
            if torch.is_grad_enabled():
                part = checkpoint(
                    self._mix, queries, there, hidden, usable, use_reentrant=False, preserve_rng_state=False
                )
            else:
                part = self._mix(queries, there, hidden, usable)
            parts.append(part)
        return torch.where(some[:, None, None], torch.cat(parts, dim=1), 0.0)

    def _mix(self, queries: Tensor, there: Tensor, hidden: Tensor, usable: Tensor) -> Tensor:
        pairs = torch.tanh(queries.unsqueeze(2) + there.unsqueeze(1))
        scores: Tensor = self.score(pairs).squeeze(-1).masked_fill(~usable.unsqueeze(1), -torch.inf)
        return torch.bmm(scores.softmax(-1), hidden)
