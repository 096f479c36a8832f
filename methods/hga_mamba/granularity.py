"""Hierarchical granularity alignment: the whole face asks its most active patches (all of it inferred, see card.py)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmark.layers.attention import MaskedAttention


class GranularityAlignment(nn.Module):
    """``g * global + (1 - g) * local``, local by cross-attention from the global token to its k nearest patches."""

    def __init__(self, width: int, heads: int, top_k: int, dropout: float) -> None:
        """Build the parts.

        Args:
            width: of global token and patches.
            heads: attention heads.
            top_k: how many patches are active in a frame; more than there are means all.
            dropout: on attention weights.
        """
        super().__init__()
        self.top_k = top_k
        self.attention = MaskedAttention(width, width, heads, width, dropout)
        self.norm = nn.LayerNorm(width)
        self.gate = nn.Linear(2 * width, width)

    def forward(self, whole: Tensor, patches: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Fuse the two granularities of every frame.

        Args:
            whole: (N, width) global token.
            patches: (N, P, width).

        Returns:
            fused (N, width); local (N, width), what the active patches say; active (N, k), which ones, by falling
            similarity.
        """
        active = most_similar(whole, patches, self.top_k)
        chosen = patches.gather(1, active.unsqueeze(-1).expand(-1, -1, patches.shape[-1]))
        everything = torch.ones(active.shape, dtype=torch.bool, device=active.device)
        local: Tensor = self.norm(self.attention(whole.unsqueeze(1), chosen, everything).squeeze(1))
        gate = self.gate(torch.cat([whole, local], dim=-1)).sigmoid()
        return gate * whole + (1 - gate) * local, local, active


def most_similar(whole: Tensor, patches: Tensor, k: int) -> Tensor:
    """Indices (N, k) of the patches (N, P, width) with the highest cosine to (N, width), highest first.

    Choosing has no gradient; what was chosen has one.
    """
    similarity = functional.cosine_similarity(patches, whole.unsqueeze(1), dim=-1)
    return similarity.topk(min(k, patches.shape[1]), dim=1).indices


def alignment_loss(whole: Tensor, local: Tensor, mask: Tensor) -> Tensor:
    """``1 - cos(global, local)`` over the frames where ``mask`` (B, T) is True; a connected 0 where there is none.

    Args:
        whole: (B, T, width).
        local: (B, T, width).
        mask: (B, T) bool.
    """
    distance = 1 - functional.cosine_similarity(whole.float(), local.float(), dim=-1)
    return torch.where(mask, distance, 0.0).sum() / mask.sum().clamp(min=1)
