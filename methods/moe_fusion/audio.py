"""The audio branch: attention-statistics pooling of every second, and the filter that the face decides."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.contract import Stream
from methods.moe_fusion.branch import Exported, with_deviations
from methods.moe_fusion.steps import members, to_frames

#: Seconds of a chunk: the entry cuts its windows of 4 s in 4 (code).
CHUNK = 1.0


class StatisticsPooling(nn.Module):
    """Weighted mean and weighted deviation of the steps of each chunk (code: attn_stats)."""

    def __init__(self, dim: int, attention_dim: int, dropout: float) -> None:
        """Build the scores for steps of ``dim`` features."""
        super().__init__()
        self.score = nn.Sequential(
            nn.Linear(dim, attention_dim), nn.Tanh(), nn.Dropout(dropout), nn.Linear(attention_dim, 1, bias=False)
        )

    def forward(self, values: Tensor, membership: Tensor) -> Tensor:
        """(B, L, D) and (B, L, K) bool, which step is in which chunk -> (B, K, 2 D), zero for chunks without a step."""
        inside = membership.transpose(1, 2)
        some = inside.any(2, keepdim=True)
        scores = self.score(values).transpose(1, 2).masked_fill(~inside & some, -torch.inf)
        weights = scores.softmax(2)
        mean = weights @ values
        variance = (weights @ values.square() - mean.square()).clamp(min=0)
        return torch.where(some, torch.cat([mean, (variance + 1e-6).sqrt()], dim=-1), 0.0)


class AudioBranch(nn.Module):
    """One embedding and one prediction a second of the video's clock."""

    def __init__(self, dim: int, width: int, attention_dim: int, dropout: float,
                 deviations: bool, input_dropout: float) -> None:  # fmt: skip
        """Build the branch from ``dim`` features a step to embeddings of ``width``."""
        super().__init__()
        dim *= 2 if deviations else 1
        self.deviations = deviations
        self.unseen = nn.Dropout(input_dropout)
        self.pool = StatisticsPooling(dim, attention_dim, dropout)
        self.embed = nn.Sequential(nn.LayerNorm(2 * dim), nn.Dropout(dropout), nn.Linear(2 * dim, width), nn.GELU())
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, 2))

    def forward(self, stream: Stream, times: Tensor, mask: Tensor, usable: Tensor) -> Exported:
        """Embeddings and predictions of every second and frame.

        Args:
            usable: (B, K) bool, which seconds of ``seconds_of`` the filter leaves.
        """
        centres = seconds_of(times, mask)
        values = with_deviations(stream.values, stream.mask) if self.deviations else stream.values
        inside = members(centres, usable, stream.times, stream.mask, CHUNK / 2)
        chunks = inside.any(1)
        embedding = self.embed(self.pool(self.unseen(values), inside))
        affect = self.out(embedding)
        embedding, affect = (torch.where(chunks.unsqueeze(-1), y, 0.0) for y in (embedding, affect))
        frames = members(centres, chunks, times, mask, CHUNK / 2)
        return Exported(
            to_frames(embedding, frames), to_frames(affect, frames), frames.any(2), embedding, affect, chunks, frames
        )


def seconds_of(times: Tensor, mask: Tensor) -> Tensor:
    """Middles of the whole seconds of the video that the frames of a window touch, (B, K) seconds.

    Rows that touch fewer seconds than others go on beyond their last frame, where no frame can lie.
    """
    first = torch.where(mask, times, torch.inf).amin(1)
    first = torch.where(mask.any(1), first, 0.0).floor()
    last = torch.where(mask, times, 0.0).amax(1).floor()
    count = int((last - first).amax()) + 1
    return first.unsqueeze(1) + CHUNK * (torch.arange(count, device=times.device) + 0.5)
