"""Directed Cross-Modal Mixture-of-Experts: an expert for each ordered pair of modalities, and a router a frame.

The abstract names it and the released folder of that name holds another model (see ``released.py``), so that experts
and router are inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Literal

import torch
from torch import Tensor, nn

from benchmark.layers.attention import MaskedAttention
from benchmark.layers.position import sinusoidal
from benchmark.layers.transformer import TransformerEncoder
from methods.moe_fusion.branch import AffectHead

Router = Literal["learned", "uniform"]


class Expert(nn.Module):
    """What one modality (the source) tells another (the target): cross-attention and a feed-forward part."""

    def __init__(self, width: int, heads: int, feed_forward: int, dropout: float) -> None:
        """Build the expert for tokens of ``width``."""
        super().__init__()
        self.attention = MaskedAttention(width, width, heads, width, dropout)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, feed_forward), nn.GELU(), nn.Dropout(dropout), nn.Linear(feed_forward, width)
        )
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, target: Tensor, source: Tensor, source_mask: Tensor) -> Tensor:
        """Enrich (B, T, width) of the target by the source where ``source_mask`` (B, T) is True."""
        x = self.attention_norm(target + self.dropout(self.attention(target, source, source_mask)))
        result: Tensor = self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))
        return result


class DirectedMixture(nn.Module):
    """All experts, weighted for each frame; experts whose source is missing there get no weight."""

    def __init__(self, modalities: Sequence[str], width: int, layers: int, heads: int, feed_forward: int,
                 dropout: float, router: Router, mask_missing: bool) -> None:  # fmt: skip
        """Build projections, experts and router.

        Args:
            modalities: two or more give an expert for each ordered pair; a single one needs none.
            width: of the branches' embeddings and of the tokens.
            layers: Transformer layers over the mixture.
            router: ``learned``, or ``uniform`` for equal weights.
            mask_missing: whether experts whose source is missing at a frame are left out of the softmax.
        """
        super().__init__()
        self.router_kind, self.mask_missing = router, mask_missing
        self.pairs = list(permutations(modalities, 2))
        self.projections = nn.ModuleDict(
            {
                n: nn.Sequential(nn.Linear(width + 2, width), nn.LayerNorm(width), nn.Dropout(dropout))
                for n in modalities
            }
        )
        self.experts = nn.ModuleDict(
            {f"{source}_to_{target}": Expert(width, heads, feed_forward, dropout) for source, target in self.pairs}
        )
        routed = router == "learned" and len(self.pairs) > 1
        self.router = (
            nn.Sequential(nn.Linear(len(modalities) * width, width), nn.GELU(), nn.Linear(width, len(self.pairs)))
            if routed
            else None
        )
        self.encoder = TransformerEncoder(width, layers, heads, feed_forward, dropout) if layers else None
        self.head = AffectHead(width, width, dropout)

    def forward(
        self, streams: Mapping[str, Tensor], covered: Mapping[str, Tensor], times: Tensor, mask: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """V and A (B, T, 2), and what there is to see of the router.

        Args:
            streams: modality -> (B, T, width + 2), embedding and prediction.
            covered: modality -> (B, T) bool.
            times, mask: (B, T) of the frames.
        """
        tokens = {n: p(streams[n]) * covered[n].unsqueeze(-1) for n, p in self.projections.items()}
        weights = self.route(tokens, covered)
        position = sinusoidal(times, mask, next(iter(tokens.values())).shape[-1])
        placed = {name: x + position for name, x in tokens.items()}
        if self.pairs:
            opinions = [
                self.experts[f"{source}_to_{target}"](placed[target], placed[source], covered[source])
                for source, target in self.pairs
            ]
            mixed = (torch.stack(opinions, dim=2) * weights.unsqueeze(-1)).sum(2)
        else:
            mixed = next(iter(placed.values()))
        if self.encoder is not None:
            mixed = self.encoder(mixed, mask)
        return self.head(mixed)[1], usage(self.pairs, weights, covered, mask)

    def diagnostics(self) -> tuple[str, ...]:
        """Names of what ``usage`` gives."""
        conditions = ("", ", nothing missing", *(f", {name} missing" for name in self.projections))
        return tuple(usage_name(*pair, condition) for pair in self.pairs for condition in conditions)

    def route(self, tokens: Mapping[str, Tensor], covered: Mapping[str, Tensor]) -> Tensor:
        """Weights (B, T, pairs) that add up to 1, or to 0 where every source is missing."""
        sources = [covered[source] for source, _ in self.pairs]
        if not sources:
            return torch.zeros(*next(iter(covered.values())).shape, 0)
        usable = torch.stack(sources, dim=-1) if self.mask_missing else torch.ones_like(torch.stack(sources, dim=-1))
        logits = (
            torch.zeros_like(usable, dtype=next(iter(tokens.values())).dtype)
            if self.router is None
            else self.router(torch.cat(list(tokens.values()), dim=-1))
        )
        some = usable.any(-1, keepdim=True)
        weights = logits.masked_fill(~usable & some, -torch.inf).softmax(-1)
        return torch.where(some, weights, 0.0)


def usage(
    pairs: Sequence[tuple[str, str]], weights: Tensor, covered: Mapping[str, Tensor], mask: Tensor
) -> dict[str, Tensor]:
    """Weight of every expert by which modality is missing, (B, T) each, NaN at frames that are not concerned.

    Args:
        pairs: (source, target) of each expert.
        weights: (B, T, pairs).
        covered: modality -> (B, T) bool.
        mask: (B, T) bool, real frames.
    """
    here = torch.stack(list(covered.values()), dim=-1)
    conditions = {"": mask, ", nothing missing": mask & here.all(-1)}
    conditions |= {f", {name} missing": mask & ~seen for name, seen in covered.items()}
    return {
        usage_name(source, target, condition): torch.where(frames, weights[..., index].detach(), torch.nan)
        for index, (source, target) in enumerate(pairs)
        for condition, frames in conditions.items()
    }


def usage_name(source: str, target: str, condition: str = "") -> str:
    """What an expert's weight is called: ``router audio to face, audio missing``."""
    return f"router {source} to {target}{condition}"
