"""The two ways in which face and audio meet: cross-attention with a gate (code), or concatenation (abstract)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from benchmark.layers.attention import MaskedAttention


def projector(width_in: int, width: int) -> nn.Module:
    """Linear map, norm and GELU, as the released code has it for both modalities."""
    return nn.Sequential(nn.Linear(width_in, width), nn.LayerNorm(width), nn.GELU())


class Concatenation(nn.Module):
    """Projected modalities side by side (abstract)."""

    def __init__(self, names: Sequence[str], width_in: int, width: int) -> None:
        """Build one projection a modality; the result has ``self.width`` features."""
        super().__init__()
        self.projections = nn.ModuleDict({name: projector(width_in, width) for name in names})
        self.width = width * len(names)

    def forward(
        self, features: Mapping[str, Tensor], covered: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, T, width_in) of each modality -> (B, T, self.width) and no extras."""
        return torch.cat([project(features[name]) for name, project in self.projections.items()], dim=-1), {}


class GatedCrossAttention(nn.Module):
    """The face asks each audio stream, and a gate chooses between the face and what it heard (code, repaired).

    ``h_s = MHA(face, audio_s, audio_s)``, ``g = sigmoid(W [face, h_1, h_2])``, ``heard = mean_s h_s``,
    ``fused = g * face + (1 - g) * heard``; the result is ``[fused, heard]``. One attention and one audio projection
    serve all audio streams, as in the code.
    """

    def __init__(self, face: str, audio: Sequence[str], width_in: int, width: int, heads: int, dropout: float) -> None:
        """Build the block; the result has ``self.width`` features.

        Args:
            face: name of the modality that asks.
            audio: names of those that answer.
            width_in: width of each modality.
            width: width in which they meet.
            heads: attention heads; divides ``width``.
            dropout: of attention weights.
        """
        super().__init__()
        self.face, self.audio = face, tuple(audio)
        self.project_face, self.project_audio = projector(width_in, width), projector(width_in, width)
        self.attention = MaskedAttention(width, width, heads, width=width, dropout=dropout)
        self.gate = nn.Linear((1 + len(self.audio)) * width, width)
        self.width = 2 * width

    def forward(
        self, features: Mapping[str, Tensor], covered: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Fuse (B, T, width_in) of each modality into (B, T, self.width).

        Args:
            features: name -> (B, T, width_in).
            covered: name -> (B, T) bool, True where the modality was observed; nothing else is attended to. With no
                such frame in a window the face hears exactly nothing.

        Returns:
            The fused features, and ``gate`` (B, T): mean share of the face, 0..1.
        """
        face = self.project_face(features[self.face])
        heard = []
        for name in self.audio:
            audio = self.project_audio(features[name])
            heard.append(self.attention(face, audio, covered[name]))
        gate = torch.sigmoid(self.gate(torch.cat([face, *heard], dim=-1)))
        mean = torch.stack(heard).mean(0)
        fused = gate * face + (1 - gate) * mean
        return torch.cat([fused, mean], dim=-1), {"gate": gate.detach().mean(-1)}
