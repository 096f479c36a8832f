"""The behaviour branch: state-space blocks over segments of a video-language model's embeddings."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.contract import Stream
from benchmark.layers.ssm import Mamba
from methods.moe_fusion.branch import AffectHead, Exported, Inputs
from methods.moe_fusion.steps import members, nearest_member, to_frames

#: Half of a segment, seconds (code: segments of 4 s every 2 s).
HALF_SEGMENT = 2.0
#: A frame in no segment takes the nearest one whose middle is no further than this, seconds (inferred).
HOLD = 4.0


class Block(nn.Module):
    """Add & Norm around a Mamba block."""

    def __init__(self, width: int, states: int, kernel: int, dropout: float) -> None:
        """Build the block for segments of ``width``, with as many inner channels (code: in-projection to 2 width)."""
        super().__init__()
        self.mamba = Mamba(width, d_state=states, d_conv=kernel, expand=1)
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Transform (B, S, width) over the segments where ``mask`` (B, S) is True."""
        result: Tensor = self.norm(x + self.dropout(self.mamba(x, mask)))
        return result


class BehaviourBranch(nn.Module):
    """A causal model of the segments; a frame gets the mean of the segments that it lies in (code)."""

    def __init__(self, dim: int, width: int, layers: int, states: int, kernel: int, dropout: float,
                 input_dropout: float) -> None:  # fmt: skip
        """Build the branch from ``dim`` features a segment to embeddings of ``width``."""
        super().__init__()
        self.inputs = Inputs(dim, width, dropout, False, input_dropout)
        self.blocks = nn.ModuleList(Block(width, states, kernel, dropout) for _ in range(layers))
        self.head = AffectHead(width, 2 * width, dropout)

    def forward(self, stream: Stream, times: Tensor, mask: Tensor) -> Exported:
        """Embeddings (of the last block) and predictions of every segment and frame."""
        x = self.inputs(stream.values, stream.mask)
        for block in self.blocks:
            x = block(x, stream.mask)
        x = torch.where(stream.mask.unsqueeze(-1), x, 0.0)
        affect = self.head(x)[1]
        inside = members(stream.times, stream.mask, times, mask, HALF_SEGMENT)
        near = nearest_member(stream.times, stream.mask, times, mask, HOLD)
        spread = torch.where(inside.any(2, keepdim=True), inside, near)
        return Exported(to_frames(x, spread), to_frames(affect, spread), spread.any(2), x, affect, stream.mask, inside)
