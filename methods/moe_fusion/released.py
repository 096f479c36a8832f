"""The fusion in the released folder that is called DCMMOE: a Transformer whose queries are one stream's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from benchmark.layers.position import sinusoidal
from methods.moe_fusion.branch import AffectHead
from methods.moe_fusion.crossing import CrossingStack, Position


class ReleasedFusion(nn.Module):
    """The face asks, behaviour answers, in layers like those of the face branch (src_fusion_model)."""

    def __init__(self, modalities: Sequence[str], width: int, layers: int, heads: int, position: Position,
                 dropout: float) -> None:  # fmt: skip
        """Build the fusion; of ``modalities`` the first asks, and behaviour (or else the next one) answers."""
        super().__init__()
        self.query = modalities[0]
        others = [name for name in modalities if name != self.query]
        self.memory = "behaviour" if "behaviour" in others else others[0] if others else self.query
        self.projections = nn.ModuleDict(
            {
                name: nn.Sequential(nn.Linear(width + 2, width), nn.LayerNorm(width), nn.Dropout(dropout))
                for name in dict.fromkeys((self.query, self.memory))
            }
        )
        self.layers = CrossingStack(width, layers, heads, width, dropout, position)
        self.head = AffectHead(width, width, dropout)

    def forward(
        self, streams: Mapping[str, Tensor], covered: Mapping[str, Tensor], times: Tensor, mask: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """V and A (B, T, 2), and nothing to show; arguments as for ``DirectedMixture.forward``."""
        tokens = {n: p(streams[n]) * covered[n].unsqueeze(-1) for n, p in self.projections.items()}
        query = tokens[self.query]
        memory = tokens[self.memory] if self.memory != self.query else None
        hidden = self.layers(query, memory, covered[self.memory], sinusoidal(times, mask, query.shape[-1]))
        return self.head(hidden)[1], {}

    def diagnostics(self) -> tuple[str, ...]:
        """Nothing to show."""
        return ()
