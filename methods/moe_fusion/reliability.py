"""Reliability-Aware Audio-Visual fusion (multimodal_fusion_model_v4 of the released code)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from benchmark.layers.attention import MaskedAttention
from benchmark.layers.transformer import TransformerEncoder

#: Prior reliability of the frame streams before their gates have looked (code).
PRIORS = {"face": 0.85, "behaviour": 0.15}


class ReliabilityFusion(nn.Module):
    """Gates weigh face and behaviour in each frame; frames then listen to a few latents that summarise the audio."""

    def __init__(self, modalities: Sequence[str], width: int, layers: int, heads: int, feed_forward: int,
                 latents: int, dropout: float) -> None:  # fmt: skip
        """Build the fusion.

        Args:
            modalities: of face, behaviour and audio, at least one of the first two.
            width: of the branches' embeddings and of the tokens.
            layers: pre-norm Transformer layers over the frames.
            latents: learned vectors that attend to the audio.
        """
        super().__init__()
        self.frame_streams = [name for name in PRIORS if name in modalities]
        total = sum(PRIORS[name] for name in self.frame_streams)
        self.log_priors = {name: math.log(PRIORS[name] / total) for name in self.frame_streams}
        self.projections = nn.ModuleDict({name: nn.Linear(width + 2, width) for name in modalities})
        # a single stream is always weighed 1, so that its gate would never learn
        gated = self.frame_streams if len(self.frame_streams) > 1 else []
        self.gates = nn.ModuleDict(
            {
                name: nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, 1))
                for name in gated
            }
        )
        self.audio = AudioLatents(width, latents, heads, dropout) if "audio" in modalities else None
        self.encoder = TransformerEncoder(width, layers, heads, feed_forward, dropout)
        self.head = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, 2)
        )

    def forward(
        self, streams: Mapping[str, Tensor], covered: Mapping[str, Tensor], audio: Tensor | None,
        audio_mask: Tensor | None, mask: Tensor,
    ) -> tuple[Tensor, dict[str, Tensor]]:  # fmt: skip
        """V and A (B, T, 2), and the gates.

        Args:
            streams: face, behaviour -> (B, T, width + 2), embedding and prediction.
            covered: face, behaviour -> (B, T) bool.
            audio: (B, K, width + 2), embedding and prediction of each second.
            audio_mask: (B, K) bool.
            mask: (B, T) bool, real frames.
        """
        tokens = {n: self.projections[n](streams[n]) * covered[n].unsqueeze(-1) for n in self.frame_streams}
        weights = self.weigh(tokens, covered)
        x = (torch.stack(list(tokens.values()), dim=2) * weights.unsqueeze(-1)).sum(2)
        some = mask & torch.stack([covered[n] for n in self.frame_streams]).any(0)
        if self.audio is not None and audio is not None and audio_mask is not None:
            heard = self.projections["audio"](audio) * audio_mask.unsqueeze(-1)
            x = self.audio(x, heard, audio_mask)
        x = self.encoder(x * some.unsqueeze(-1), mask)
        shown = {
            f"gate {name}": torch.where(some, weights[..., index].detach(), torch.nan)
            for index, name in enumerate(self.frame_streams)
        }
        return self.head(x), shown

    def diagnostics(self) -> tuple[str, ...]:
        """Names of the gates' weights."""
        return tuple(f"gate {name}" for name in self.frame_streams)

    def weigh(self, tokens: Mapping[str, Tensor], covered: Mapping[str, Tensor]) -> Tensor:
        """Weights (B, T, streams): softmax of gate plus log-prior over the streams that are there, else all zero."""
        usable = torch.stack([covered[name] for name in self.frame_streams], dim=-1)
        logits = [
            (self.gates[name](x).squeeze(-1) if name in self.gates else torch.zeros_like(x[..., 0]))
            + self.log_priors[name]
            for name, x in tokens.items()
        ]
        some = usable.any(-1, keepdim=True)
        weights = torch.stack(logits, dim=-1).masked_fill(~usable & some, -torch.inf).softmax(-1)
        return torch.where(some, weights, 0.0)


class AudioLatents(nn.Module):
    """A bottleneck: latents attend to the audio, frames attend to the latents."""

    def __init__(self, width: int, latents: int, heads: int, dropout: float) -> None:
        """Build both attentions for tokens of ``width``."""
        super().__init__()
        self.latents = nn.Parameter(0.02 * torch.randn(1, latents, width))
        self.listen = MaskedAttention(width, width, heads, width, dropout)
        self.tell = MaskedAttention(width, width, heads, width, dropout)
        self.latent_norm, self.frame_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.result_norm = nn.LayerNorm(width)

    def forward(self, frames: Tensor, audio: Tensor, audio_mask: Tensor) -> Tensor:
        """Frames (B, T, width) that know of the audio (B, K, width); unchanged where ``audio_mask`` (B, K) is empty."""
        latents = self.latents.expand(len(frames), -1, -1)
        latents = self.latent_norm(latents + self.listen(latents, audio, audio_mask))
        everything = torch.ones(latents.shape[:2], dtype=torch.bool, device=latents.device)
        told = self.result_norm(frames + self.tell(self.frame_norm(frames), latents, everything))
        return torch.where(audio_mask.any(1)[:, None, None], told, frames)
