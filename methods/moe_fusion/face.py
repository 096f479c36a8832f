"""The face branch: a Transformer over the frames (src_visual_dynamic_model of the released code)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.contract import Stream
from benchmark.layers.align import nearest
from benchmark.layers.position import sinusoidal
from methods.moe_fusion.branch import AffectHead, Exported, Inputs
from methods.moe_fusion.crossing import CrossingStack, Position

#: Seconds after which the nearest face no longer counts as seen (inferred; the released code has no limit).
SEEN = 1.0


class FaceBranch(nn.Module):
    """One step a frame; where the face is missing the nearest one stands in (code)."""

    def __init__(self, dim: int, width: int, layers: int, heads: int, position: Position, dropout: float,
                 deviations: bool, input_dropout: float) -> None:  # fmt: skip
        """Build the branch from ``dim`` features a frame to embeddings of ``width``."""
        super().__init__()
        self.inputs = Inputs(dim, width, dropout, deviations, input_dropout)
        self.layers = CrossingStack(width, layers, heads, width, dropout, position)
        self.head = AffectHead(width, width, dropout)

    def forward(self, stream: Stream, times: Tensor, mask: Tensor) -> Exported:
        """Embeddings (the layer before the last) and predictions of every frame."""
        aligned = nearest(stream, times, mask, torch.inf)
        some = mask & stream.mask.any(1, keepdim=True)
        seen = some & (aligned.gap <= SEEN)
        x = self.inputs(aligned.values, seen)
        x = self.layers(x, None, some, sinusoidal(times, mask, x.shape[-1]))
        embedding, affect = self.head(x)
        embedding, affect = (torch.where(some.unsqueeze(-1), y, 0.0) for y in (embedding, affect))
        own = torch.eye(times.shape[1], dtype=torch.bool, device=times.device) & some.unsqueeze(2)
        return Exported(embedding, affect, seen, embedding, affect, some, own)
