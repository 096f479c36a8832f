"""Face and sound become one sequence: cross-attention, a gate, or the first and then the second (released code)."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool1d

from benchmark.layers.attention import MaskedAttention

FUSIONS: Final = ("cross_attn_gated", "cross_attn", "gated")
GATE_INPUTS: Final = ("image", "audio")


class CrossAttention(nn.Module):
    """The face asks the sound: attention and a feed-forward part, each with a residual and a norm after it."""

    def __init__(self, width: int, heads: int, feed_forward: int, dropout: float) -> None:
        """Build for sequences of ``width``."""
        super().__init__()
        self.attention = MaskedAttention(width, width, heads, width, dropout)
        self.attention_norm, self.forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, feed_forward), nn.ReLU(), nn.Dropout(dropout), nn.Linear(feed_forward, width)
        )

    def forward(self, image: Tensor, audio: Tensor, heard: Tensor) -> Tensor:
        """(N, K, width) and (N, Ka, width), the latter where ``heard`` (N, Ka) -> (N, K, width)."""
        mixed = self.attention_norm(image + self.attention(image, audio, heard))
        result: Tensor = self.forward_norm(mixed + self.feed_forward(mixed))
        return result


class Gate(nn.Module):
    """``g A' + (1 - g) B'`` with a weight ``g`` for every step and channel, then a linear layer."""

    def __init__(self, width: int, dropout: float) -> None:
        """Build for two sequences of ``width``."""
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        self.weigh = nn.Sequential(
            nn.Linear(2 * width, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, width), nn.Sigmoid()
        )
        self.out = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout))

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Two (N, K, width) -> the fused sequence and ``g``, both (N, K, width)."""
        a, b = self.first(a), self.second(b)
        g = self.weigh(torch.cat([a, b], dim=-1))
        return self.out(g * a + (1 - g) * b), g


class Fusion(nn.Module):
    """One of ``FUSIONS`` over a face sequence and a sound sequence."""

    def __init__(self, kind: str, gate_with: str, width: int, heads: int, feed_forward: int, dropout: float) -> None:
        """Build the parts that ``kind`` needs.

        Args:
            gate_with: what the gate weighs against the attended sequence: ``image``, as the released code passes
                under the name of the audio, or ``audio``. Without attention it is always the audio.
        """
        super().__init__()
        self.gate_with = gate_with
        self.cross = None if kind == "gated" else CrossAttention(width, heads, feed_forward, dropout)
        self.gate = None if kind == "cross_attn" else Gate(width, dropout)

    def forward(self, image: Tensor, audio: Tensor, heard: Tensor) -> tuple[Tensor, Tensor | None]:
        """Fuse (N, K, width) and (N, Ka, width); the second result is the gate (N, K, width), if there is one."""
        fused = image if self.cross is None else self.cross(image, audio, heard)
        if self.gate is None:
            return fused, None
        other = image
        if self.cross is None or self.gate_with == "audio":
            audible = audio * heard.unsqueeze(-1)
            other = adaptive_avg_pool1d(audible.transpose(1, 2), image.shape[1]).transpose(1, 2)
        weighed: tuple[Tensor, Tensor] = self.gate(fused, other)
        return weighed
